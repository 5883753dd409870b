/* SPDX-License-Identifier: MIT */
#include "detect/evidence.h"

#include "detect/gates.h"

#include <math.h>

static int64_t frames(double s)
{
    return (int64_t)(s * FRAMES_PER_S + 0.5);
}

/* The cramp itself rises out of its announcement, or out of a ramp too slow to be the cramp's own. */
static void note_surge(struct tone *tone, int64_t frame, bool announced, double weight)
{
    double needed = MAX(CRAMP_RATIO, RISE_SURGE * tone->rise_level);
    bool slow = announced || frame - tone->start > frames(RAMP_MAX_S);

    if (tone->surge >= 0) {
        if (tone->smooth >= needed * CRAMP_KEEP)
            tone->surge_s += weight * FRAME_S;
        else if ((tone->surge_s -= FRAME_S) < -SURGE_LOST_S)
            tone->surge = -1;
    } else if (tone->smooth >= needed && slow && tone->rise_level > 0) {
        tone->surge = frame - SMOOTH_FRAMES / 2;
        tone->surge_s = 0;
    } else {
        double a = tone->rise_level > 0 ? FRAME_S / RISE_LEVEL_S : 1;

        tone->rise_level += a * (tone->smooth - tone->rise_level);
    }
}

static void set_marks(struct tone *tone, int64_t frame)
{
    double level = RUN_MARK_FIRST;

    for (unsigned k = 0; k < RUN_MARKS && tone->smooth >= level; k++, level *= 2)
        if (tone->mark[k].frame < 0)
            tone->mark[k] = (struct tone_mark){frame - SMOOTH_FRAMES / 2, tone->evidence_s};
}

/* The highest mark that is no more than a tenth of what the run came to. */
static struct tone_mark onset_mark(const struct tone *tone)
{
    struct tone_mark onset = {tone->start, 0};
    double level = RUN_MARK_FIRST, strength = tone->reference / tone->floor;

    for (unsigned k = 0; k < RUN_MARKS && level <= ONSET_SHARE * strength; k++, level *= 2)
        if (tone->mark[k].frame > onset.frame)
            onset = tone->mark[k];
    return onset;
}

/* The floor hides the foot of a slow, weak ramp: seconds of it before the run was noticed, going back along
   the straight line from there to where CRAMP_RATIO was reached. Amplitudes add as squares. */
static double hidden_s(const struct tone *tone, const struct tone_mark *onset,
                       const struct detector_params *params)
{
    double noticed = 1 + RUN_LOW_SHARE * (params->rise_ratio - 1);
    double low = sqrt(noticed * noticed - 1), high = sqrt(CRAMP_RATIO * CRAMP_RATIO - 1);
    double ramp_s = (double)(tone->reached - tone->start - SMOOTH_FRAMES) * FRAME_S;

    if (onset->frame != tone->start || tone->reached < 0 || tone->moved_s > 0 || ramp_s <= 0)
        return 0;
    return MIN(ramp_s * low / (high - low), HIDDEN_MAX_S);
}

int64_t evidence_onset(const struct tone *tone)
{
    return onset_mark(tone).frame;
}

void evidence_step(struct scene *scene, int i, const struct detector_params *params, bool announced,
                   bool tilted)
{
    struct tone *tone = scene->tone[i];

    if (!tone->usable || !tone->running)
        return;
    double weight = gates_weight(scene, i);
    if (scene->moving)
        tone->moved_s += FRAME_S;
    if (tilted) {
        for (unsigned k = 0; k < RUN_MARKS; k++)
            tone->mark[k].evidence_s = 0;
        tone->evidence_s = tone->above_s = tone->risen_s = tone->surge_s = 0;
        tone->moved_s = MAX(tone->moved_s, MOVED_MIN_S);
    }
    set_marks(tone, scene->frame);
    tone->evidence_s += weight * FRAME_S;
    if (tone->smooth >= CRAMP_KEEP * CRAMP_RATIO)
        tone->above_s += weight * FRAME_S;
    if (tone->smooth >= params->rise_ratio)
        tone->risen_s += weight * FRAME_S;
    if (scene->frame - tone->start <= EARLY_FRAMES)
        tone->early = tone->smooth;
    note_surge(tone, scene->frame, announced, weight);
}

/* A cramp takes one to several seconds to build; a movement or a hold is there at once. */
static bool gradual(const struct tone *tone)
{
    return tone->early < GRADUAL_SHARE * tone->reference / tone->floor;
}

/* In the hour after a cramp less is asked, of something that came up gradually outside a movement series. */
static bool recurs(const struct tone *tone, int64_t frame, const struct evidence_past *past)
{
    return past->vouched && frame - past->last_cramp < frames(RECURRENCE_S) && gradual(tone) &&
           tone->moved_s <= 0 && frame - past->movements > frames(PERIODIC_FAR_S);
}

/* The ways to a decision, in the order in which they are asked. */
enum { WAY_SURGE, WAY_QUICK, WAY_RECURRENCE, WAY_LINGER, WAY_LINGER_STRONG, WAYS };

struct way {
    bool open;    /* the run is on it */
    bool blocked; /* ... but too weak, or not strong for long enough */
    double have_s, needed_s;
    enum cramp_reason reason;
};

static void find_ways(const struct tone *tone, int64_t frame, const struct detector_params *params,
                      const struct evidence_past *past, struct way way[WAYS])
{
    const struct tone_mark onset = onset_mark(tone);
    double evidence_s = tone->evidence_s - onset.evidence_s + hidden_s(tone, &onset, params);
    bool moved = tone->moved_s >= MOVED_MIN_S;
    /* Up within the time of a ramp; while it has not reached the level, it still may. */
    int64_t up = tone->reached >= 0 ? tone->reached : frame;
    bool quick =
        !past->announced && ((moved && tone->reached >= 0) || up - onset.frame <= frames(RAMP_MAX_S));
    bool weak = tone->reached < 0 || tone->smooth < CRAMP_KEEP * CRAMP_RATIO || tone->above_s < ABOVE_MIN_S;
    enum cramp_reason reason = moved ? CRAMP_AFTER_MOVEMENT : CRAMP_SUSTAINED;

    way[WAY_SURGE] = (struct way){tone->surge >= 0, false, tone->surge_s, params->decide_fast_s, CRAMP_RISE};
    way[WAY_QUICK] = (struct way){quick, weak, evidence_s,
                                  params->decide_s + (gradual(tone) ? 0 : ABRUPT_EXTRA_S), reason};
    way[WAY_RECURRENCE] = (struct way){quick && recurs(tone, frame, past), weak, evidence_s,
                                       params->decide_fast_s, CRAMP_RECURRENCE};
    way[WAY_LINGER] = (struct way){true, false, tone->evidence_s, RISE_MAX_S, reason};
    way[WAY_LINGER_STRONG] = (struct way){true, false, tone->above_s, RISE_LINGER_S, reason};
}

bool evidence_complete(const struct tone *tone, int64_t frame, const struct detector_params *params,
                       const struct evidence_past *past, enum cramp_reason *reason)
{
    struct way way[WAYS];

    if (!tone->usable || !tone->running || tone->smooth < RISE_WEAK_RATIO)
        return false;
    find_ways(tone, frame, params, past, way);
    for (unsigned i = 0; i < WAYS; i++)
        if (way[i].open && !way[i].blocked && way[i].have_s >= way[i].needed_s) {
            *reason = way[i].reason;
            return true;
        }
    return false;
}

void evidence_progress(const struct tone *tone, int64_t frame, const struct detector_params *params,
                       const struct evidence_past *past, double *have_s, double *needed_s)
{
    struct way way[WAYS];
    const struct way *nearest = NULL;

    *have_s = *needed_s = 0;
    if (!tone->running)
        return;
    find_ways(tone, frame, params, past, way);
    for (unsigned i = 0; i < WAYS; i++)
        if (way[i].open &&
            (!nearest || way[i].needed_s - way[i].have_s < nearest->needed_s - nearest->have_s))
            nearest = &way[i];
    *have_s = MAX(0, nearest->have_s);
    *needed_s = nearest->needed_s;
}

bool evidence_rise(const struct tone *tone)
{
    return tone->usable && tone->running && tone->reached < 0 && tone->risen_s >= RISE_MIN_S;
}

bool evidence_new_floor(const struct tone *tone)
{
    return tone->usable && tone->running && tone->evidence_s >= RISE_MAX_S && tone->smooth < RISE_WEAK_RATIO;
}
