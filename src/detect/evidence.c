/* SPDX-License-Identifier: MIT */
#include "detect/evidence.h"

#include "detect/gates.h"

#include <math.h>

static int64_t frames(double s)
{
    return (int64_t)(s * FRAMES_PER_S + 0.5);
}

/* The cramp itself rises out of its announcement, or out of a ramp too slow to be the cramp's own. One head
   alone need not rise as far. */
static void note_surge(struct tone *tone, int64_t frame, bool announced, double weight, double alone)
{
    double needed = MAX(alone > 0 ? RISE_WEAK_RATIO : CRAMP_RATIO, RISE_SURGE * tone->rise_level);
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

    for (unsigned k = 0; k < RUN_MARKS && tone->smooth >= level; k++, level *= RUN_MARK_STEP)
        if (tone->mark[k].frame < 0)
            tone->mark[k] = (struct tone_mark){frame - SMOOTH_FRAMES / 2, tone->evidence_s, tone->alone_s};
}

/* The highest mark that is no more than a tenth of what the run came to. */
static struct tone_mark onset_mark(const struct tone *tone)
{
    struct tone_mark onset = {tone->start, 0, 0};
    double level = RUN_MARK_FIRST, strength = tone->reference / tone->floor;

    for (unsigned k = 0; k < RUN_MARKS && level <= ONSET_SHARE * strength; k++, level *= RUN_MARK_STEP)
        if (tone->mark[k].frame > onset.frame)
            onset = tone->mark[k];
    return onset;
}

static double excess(double ratio)
{
    return ratio > 1 ? sqrt(ratio * ratio - 1) : 0;
}

/* Frame at which the run first reached a level, between the marks around it. */
static double reached_at(const struct tone *tone, double level)
{
    double below = (double)tone->start, low = RUN_MARK_FIRST / RUN_MARK_STEP, high = RUN_MARK_FIRST;

    for (unsigned k = 0; k < RUN_MARKS && tone->mark[k].frame >= 0; k++) {
        if (high > level) {
            double share = (level - low) / (high - low);

            return below + MAX(share, 0) * ((double)tone->mark[k].frame - below);
        }
        below = (double)tone->mark[k].frame;
        low = high;
        high *= RUN_MARK_STEP;
    }
    return below;
}

/* Seconds of the ramp from nothing to the plateau, from the part of it that shows. */
static double attack_s(const struct tone *tone)
{
    double plateau = excess(tone->plateau);
    double from = MAX(ATTACK_FROM, excess(RUN_MARK_FIRST) / plateau), to = ATTACK_TO;

    if (plateau <= 0 || to - from < ATTACK_SPAN_MIN)
        return NAN;
    double low = sqrt(1 + pow(from * plateau, 2)), high = sqrt(1 + pow(to * plateau, 2));
    return (reached_at(tone, high) - reached_at(tone, low)) * FRAME_S / (to - from);
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

/* Right after a step the run is as restless as it was before it: a few frames say little. */
static double unrest(const struct tone *tone)
{
    bool before = tone->unrest_frames < UNREST_FEW && !isnan(tone->unrest_before);

    return sqrt(before ? tone->unrest_before : tone->unrest);
}

/* As restless as noise: the electrode's, not a few units that fire irregularly. */
static bool quiet_as_noise(const struct tone *tone)
{
    bool known = tone->unrest_frames >= UNREST_FEW || !isnan(tone->unrest_before);

    return !known || unrest(tone) < UNREST_NOISE;
}

/* One head works and the others do not: only cramps are like that. The weaker, the slower. */
static void note_alone(struct tone *tone, double weight, double alone, bool coactive, bool old)
{
    tone->surge_alone_s = tone->surge < 0 ? 0 : tone->surge_alone_s + weight * alone * FRAME_S;
    if (alone > 0 && tone->mean >= CRAMP_KEEP * FAINT_RATIO)
        tone->alone_s += weight * alone * FRAME_S * MIN(1.0, excess(tone->mean) / ALONE_EXCESS);
    else if (coactive)
        tone->alone_s = MAX(0, tone->alone_s - FRAME_S);
    if (tone->smooth < CRAMP_RATIO && tone->unrest_frames >= UNREST_FEW && quiet_as_noise(tone)) {
        tone->alone_s = 0;
        for (unsigned k = 0; k < RUN_MARKS; k++)
            tone->mark[k].alone_s = 0;
    }
    /* A weak tone that has been there for long says little of what comes next. */
    if (old && tone->smooth < CRAMP_RATIO && tone->surge < 0)
        tone->alone_s = MIN(tone->alone_s, ALONE_OLD_MAX_S);
}

/* What came up, and how restless it is there. */
static void note_shape(struct tone *tone, const struct scene *scene)
{
    int64_t age = scene->frame - onset_mark(tone).frame;

    /* What is weak may still be coming up. */
    if (age <= frames(PLATEAU_S) || tone->plateau < CRAMP_RATIO)
        tone->plateau = tone->reference / tone->floor;
    if (age <= frames(LEG_SWING_S))
        tone->swing_deg = MAX(tone->swing_deg, scene->swing_deg);
    if (age <= frames(UNREST_AFTER_S)) {
        tone->unrest_frames = 0;
        return;
    }
    bool settled = tone->unrest_frames >= UNREST_FEW && tone->smooth < CRAMP_RATIO && quiet_as_noise(tone);
    double change = tone_change(tone);

    if (change * change >
        UNREST_MAX) { /* a step, or another movement's end: what follows is looked at afresh */
        tone->unrest_before = tone->unrest_frames >= UNREST_FEW ? tone->unrest : NAN;
        tone->unrest_frames = 0;
        return;
    }
    tone->settled_frames = settled ? tone->settled_frames + 1 : 0;
    tone->unrest_frames = MIN(tone->unrest_frames + 1, UNREST_FRAMES);
    tone->unrest += (change * change - tone->unrest) / tone->unrest_frames;
}

void evidence_step(struct scene *scene, int i, const struct detector_params *params, bool announced,
                   bool tilted)
{
    struct tone *tone = scene->tone[i];

    if (!tone->usable || !tone->running)
        return;
    double weight = gates_weight(scene, i), alone = scene_alone(scene, i);
    double weight_alone = gates_weight_alone(scene, i);
    if (scene->moving)
        tone->moved_s += FRAME_S;
    if (tilted) {
        for (unsigned k = 0; k < RUN_MARKS; k++)
            tone->mark[k].evidence_s = tone->mark[k].alone_s = 0;
        tone->evidence_s = tone->alone_s = tone->weak_s = tone->above_s = tone->risen_s = tone->surge_s = 0;
        tone->moved_s = MAX(tone->moved_s, MOVED_MIN_S);
    }
    set_marks(tone, scene->frame);
    tone->evidence_s += weight * FRAME_S;
    if (tone->smooth >= CRAMP_KEEP * CRAMP_RATIO)
        tone->above_s += weight * FRAME_S;
    if (tone->smooth >= CRAMP_KEEP * RISE_WEAK_RATIO)
        tone->weak_s += weight * FRAME_S;
    if (tone->smooth >= params->rise_ratio)
        tone->risen_s += weight * FRAME_S * (1 + (RISE_ALONE_GAIN - 1) * alone);
    note_alone(tone, weight_alone, alone, scene_coactive(scene, i),
               scene->frame - tone->start > frames(ALONE_OLD_S));
    note_shape(tone, scene);
    note_surge(tone, scene->frame, announced, weight, alone);
}

/* A cramp takes one to several seconds to build; a movement or a hold is there at once. 0 at once, 1 like a
   cramp; in between there are both. */
static double gradual(const struct tone *tone)
{
    if (tone->swing_deg >= LEG_SWING_DEG)
        return 0;
    double share = (attack_s(tone) - ATTACK_ABRUPT_S) / (ATTACK_GRADUAL_S - ATTACK_ABRUPT_S);

    return isnan(share) ? 0 : MAX(0, MIN(share, 1));
}

/* 1 steady as a voluntary hold, 0 as restless as a cramp (units that fire irregularly, and swing at 1-2 Hz).
 */
static double steady(const struct tone *tone)
{
    double share = (UNREST_CRAMP - unrest(tone)) / (UNREST_CRAMP - UNREST_HOLD);

    return MAX(0, MIN(share, 1));
}

/* Hum, a hissing electrode: no muscle is as even as that. */
static bool even(const struct tone *tone)
{
    return tone->unrest_frames >= UNREST_FEW && sqrt(tone->unrest) < UNREST_MUSCLE;
}

/* 1 cramp, 0 hold: a contraction that was there at once and does not swing, or, while nobody can say whether
   it does, is steady. */
static double cramplike(const struct tone *tone)
{
    double swing = modulation_ratio(&tone->modulation), held = steady(tone);

    if (!isnan(swing))
        held = MAX(held, 1 - MAX(0, MIN((swing - SWING_HOLD) / (SWING_CRAMP - SWING_HOLD), 1)));
    return 1 - (1 - gradual(tone)) * held;
}

/* In the hour after a cramp less is asked, of something that came up gradually outside a movement series. */
static bool recurs(const struct tone *tone, int64_t frame, const struct evidence_past *past)
{
    return past->vouched && frame - past->last_cramp < frames(RECURRENCE_S) && cramplike(tone) >= 0.5 &&
           gradual(tone) > 0 && tone->moved_s <= 0 && frame - past->movements > frames(PERIODIC_FAR_S);
}

/* The ways to a decision, in the order in which they are asked. */
enum { WAY_ALONE, WAY_SURGE, WAY_QUICK, WAY_RECURRENCE, WAY_LINGER, WAY_LINGER_STRONG, WAYS };

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
    double hidden = hidden_s(tone, &onset, params);
    double evidence_s = tone->evidence_s - onset.evidence_s + hidden;
    double alone_s = tone->alone_s - onset.alone_s;
    bool moved = tone->moved_s >= MOVED_MIN_S;
    /* Up within the time of a ramp; while it has not reached the level, it still may. */
    int64_t up = tone->reached >= 0 ? tone->reached : frame;
    bool quick =
        !past->announced && ((moved && tone->reached >= 0) || up - onset.frame <= frames(RAMP_MAX_S));
    bool weak = tone->reached < 0 || tone->smooth < CRAMP_KEEP * CRAMP_RATIO || tone->above_s < ABOVE_MIN_S;
    /* Weak: it must be more than an electrode that hisses louder than before. */
    bool faint = tone->mean < CRAMP_KEEP * FAINT_RATIO || (weak && (tone->spent || quiet_as_noise(tone)));
    bool hiss = tone->smooth < RISE_WEAK_RATIO || quiet_as_noise(tone);
    bool old = frame - tone->start > frames(ALONE_OLD_S);
    bool ramp = (moved && !(weak && old)) || (tone->surge >= 0 && tone->surge_alone_s >= SURGE_ALONE_S) ||
                attack_s(tone) <= (weak ? FAINT_RAMP_S : RAMP_MAX_S);
    enum cramp_reason reason = moved ? CRAMP_AFTER_MOVEMENT : CRAMP_SUSTAINED;
    double held = 1 - cramplike(tone);
    double hold_s = MAX((1 - gradual(tone)) * ABRUPT_EXTRA_S, held * (HOLD_S - params->decide_s));
    bool fresh = tone->surge - tone->start <= frames(RISE_MAX_S);

    way[WAY_ALONE] = (struct way){ramp, faint, alone_s + hidden, params->decide_fast_s,
                                  tone->surge >= 0 && past->announced ? CRAMP_RISE : reason};
    way[WAY_SURGE] = (struct way){
        tone->surge >= 0 && fresh, weak, tone->surge_s,
        gradual(tone) > 0 ? params->decide_fast_s : params->decide_s + ABRUPT_EXTRA_S, CRAMP_RISE};
    way[WAY_QUICK] = (struct way){quick, weak, evidence_s, params->decide_s + hold_s, reason};
    way[WAY_RECURRENCE] = (struct way){quick && recurs(tone, frame, past), weak, evidence_s,
                                       params->decide_fast_s, CRAMP_RECURRENCE};
    way[WAY_LINGER] = (struct way){true, hiss, tone->weak_s, MAX(RISE_MAX_S, held * HOLD_S), reason};
    way[WAY_LINGER_STRONG] =
        (struct way){!quick, hiss, tone->above_s, MAX(RISE_LINGER_S, held * HOLD_S), reason};
}

bool evidence_complete(const struct tone *tone, int64_t frame, const struct detector_params *params,
                       const struct evidence_past *past, enum cramp_reason *reason)
{
    struct way way[WAYS];

    if (!tone->usable || !tone->running || even(tone))
        return false;
    find_ways(tone, frame, params, past, way);
    for (unsigned i = 0; i < WAYS; i++)
        if (way[i].open && !way[i].blocked && way[i].have_s >= way[i].needed_s) {
            *reason = way[i].reason;
            return true;
        }
    return false;
}

/* Of what a way asks for, the share that the run has. */
static double way_share(const struct way *way)
{
    return way->have_s / way->needed_s;
}

/* The open way of which most is done, of those that are blocked or of those that are not. */
static const struct way *nearest_way(const struct way way[WAYS], bool blocked)
{
    const struct way *nearest = NULL;

    for (unsigned i = 0; i < WAYS; i++)
        if (way[i].open && way[i].blocked == blocked && (!nearest || way_share(&way[i]) > way_share(nearest)))
            nearest = &way[i];
    return nearest;
}

void evidence_progress(const struct tone *tone, int64_t frame, const struct detector_params *params,
                       const struct evidence_past *past, double *have_s, double *needed_s)
{
    struct way way[WAYS];

    *have_s = *needed_s = 0;
    if (!tone->running)
        return;
    find_ways(tone, frame, params, past, way);
    const struct way *nearest = nearest_way(way, false);
    if (!nearest) /* one way at least is always open */
        nearest = nearest_way(way, true);
    *have_s = MAX(0, MIN(nearest->have_s, nearest->needed_s));
    *needed_s = nearest->needed_s;
}

bool evidence_rise(const struct tone *tone)
{
    return tone->usable && tone->running && tone->reached < 0 && tone->risen_s >= RISE_MIN_S;
}

bool evidence_settled(const struct tone *tone)
{
    return tone->usable && tone->running && tone->settled_frames >= FLOOR_SETTLED_FRAMES;
}

bool evidence_new_floor(const struct tone *tone, int64_t frame)
{
    if (!tone->usable || !tone->running)
        return false;
    return (tone->evidence_s >= RISE_MAX_S && tone->smooth < RISE_WEAK_RATIO) || evidence_settled(tone) ||
           (frame - tone->start >= frames(FLOOR_WEAK_S) && tone->mean < RISE_WEAK_RATIO);
}
