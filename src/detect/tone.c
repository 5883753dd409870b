/* SPDX-License-Identifier: MIT */
#include "detect/tone.h"

#include <math.h>
#include <string.h>

void tone_init(struct tone *tone)
{
    memset(tone, 0, sizeof(*tone));
    tone->floor = NAN;
    tone->last_dip = tone->last_peak = INT64_MIN / 2;
    modulation_init(&tone->modulation);
    for (unsigned i = 0; i < PAUSES_RHYTHMIC; i++)
        tone->pauses[i] = INT64_MIN / 2;
}

void tone_reset_bursts(struct tone *tone)
{
    tone->bursts = (struct tone_bursts){0};
    tone->in_burst = false;
    tone->burst_parts = 0;
}

void tone_restart(struct tone *tone, int64_t frame)
{
    tone->start = frame;
    tone->reached = tone->surge = -1;
    tone->evidence_s = tone->alone_s = tone->weak_s = tone->above_s = tone->risen_s = tone->surge_s =
        tone->moved_s = 0;
    tone->settled_frames = 0;
    tone->rise_level = tone->swing_deg = tone->plateau = tone->unrest = 0;
    tone->unrest_before = NAN;
    tone->unrest_frames = 0;
    modulation_restart(&tone->modulation);
    for (unsigned k = 0; k < RUN_MARKS; k++)
        tone->mark[k].frame = -1;
}

static double median(float *values, unsigned count)
{
    for (unsigned i = 1; i < count; i++)
        for (unsigned j = i; j > 0 && values[j - 1] > values[j]; j--) {
            float swap = values[j];

            values[j] = values[j - 1];
            values[j - 1] = swap;
        }
    /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.UndefReturn): nobody asks for the median of nothing */
    return (double)values[count / 2];
}

/* Takes `old` (if the ring is full) out of the sorted levels and puts `level` in. */
static void resort(struct tone *tone, float old, float level)
{
    unsigned i = tone->recent_count;

    if (i == REF_FRAMES) {
        for (i = 0; i + 1 < REF_FRAMES && tone->sorted[i] < old; i++)
            ;
        for (; i + 1 < REF_FRAMES; i++)
            tone->sorted[i] = tone->sorted[i + 1];
    } else {
        tone->recent_count++;
    }
    for (; i > 0 && tone->sorted[i - 1] > level; i--)
        tone->sorted[i] = tone->sorted[i - 1];
    tone->sorted[i] = level;
}

static void remember(struct tone *tone, float level)
{
    float last[SMOOTH_FRAMES];
    unsigned count;

    resort(tone, tone->recent[tone->recent_next], level);
    tone->recent[tone->recent_next] = level;
    tone->recent_next = (tone->recent_next + 1) % REF_FRAMES;
    count = MIN(tone->recent_count, SMOOTH_FRAMES);
    for (unsigned i = 0; i < count; i++)
        last[i] = tone->recent[(tone->recent_next + REF_FRAMES - 1 - i) % REF_FRAMES];
    tone->smooth = median(last, count) / tone->floor;
    tone->reference = (double)tone->sorted[tone->recent_count * 3 / 4];
}

double tone_change(const struct tone *tone)
{
    double now = 0, before = 0;

    if (tone->recent_count < 2 * CHANGE_FRAMES)
        return 0;
    for (unsigned i = 0; i < CHANGE_FRAMES; i++) {
        now += (double)tone->recent[(tone->recent_next + REF_FRAMES - 1 - i) % REF_FRAMES];
        before += (double)tone->recent[(tone->recent_next + REF_FRAMES - 1 - CHANGE_FRAMES - i) % REF_FRAMES];
    }
    return now > 0 && before > 0 ? log(now / before) : 0;
}

static void end_burst(struct tone *tone)
{
    tone->bursts.parts += tone->burst_parts;
    tone->bursts.longest = MAX(tone->bursts.longest, tone->burst_parts);
    tone->burst_parts = 0;
    tone->in_burst = false;
}

/* One 20 ms part. Returns true when it completes a pause that breaks a run. */
static bool step_part(struct tone *tone, double level, double pause_level, int64_t part, bool fine)
{
    bool breaks = false;

    if (level < pause_level) {
        tone->pause_parts++;
        if (tone->pause_parts == PAUSE_SHORT_SUBS) {
            int64_t oldest = tone->pauses[tone->pause_next];

            tone->pauses[tone->pause_next] = part;
            tone->pause_next = (tone->pause_next + 1) % PAUSES_RHYTHMIC;
            breaks = fine && part - oldest < PAUSES_WINDOW_SUBS;
        }
        breaks = breaks || tone->pause_parts == (fine ? PAUSE_LONG_SUBS : PAUSE_COARSE_SUBS);
        if (tone->in_burst && tone->pause_parts >= PAUSE_SHORT_SUBS)
            end_burst(tone);
        return breaks;
    }
    if (tone->in_burst)
        tone->burst_parts += 1 + tone->pause_parts;
    tone->pause_parts = 0;
    if (!tone->in_burst && level >= BURST_MARGIN * pause_level) {
        tone->in_burst = true;
        tone->burst_parts = 1;
        tone->bursts.last = part / FRAME_SUBS;
        if (tone->bursts.count++ == 0)
            tone->bursts.first = part / FRAME_SUBS;
    }
    return false;
}

/* Dips that do not reach rest, repeated. */
static bool step_dip(struct tone *tone, double level, int64_t frame, bool fine)
{
    bool breaks = false;

    tone->dip_frames = level < DIP_SHARE * tone->reference ? tone->dip_frames + 1 : 0;
    if (tone->dip_frames == (fine ? DIP_FRAMES : DIP_COARSE_FRAMES)) {
        breaks = frame - tone->last_dip < (int64_t)(DIP_WINDOW_S * FRAMES_PER_S);
        tone->last_dip = frame;
    }
    return breaks;
}

/* Short peaks that tower over what lies between, repeated: the muscle is being used. */
static bool step_peak(struct tone *tone, double level, int64_t frame)
{
    /* On a ramp the reference lags, the median of half a second does not. */
    double high = PEAK_SHARE * MAX(tone->reference, tone->smooth * tone->floor);
    bool breaks = false;

    if (level > high && level > tone->peak_level / 2) {
        tone->peak_level = MAX(tone->peak_level, level);
        tone->peak_frames++;
    } else if (tone->peak_frames > 0 && tone->peak_frames <= PEAK_FRAMES && level >= tone->peak_level / 2) {
        tone->peak_frames++;
    } else {
        if (tone->peak_frames > 0 && tone->peak_frames <= PEAK_FRAMES) {
            breaks = frame - tone->last_peak < (int64_t)(DIP_WINDOW_S * FRAMES_PER_S);
            tone->last_peak = frame;
        }
        tone->peak_frames = 0;
        tone->peak_level = 0;
    }
    return breaks;
}

/* A weak contraction is few units, and these leave gaps: it goes on, but that it was unbroken is no evidence.
 */
static void doubt(struct tone *tone)
{
    tone->evidence_s = tone->weak_s = tone->above_s = tone->surge_s = 0;
    tone->surge = -1;
    for (unsigned k = 0; k < RUN_MARKS; k++)
        tone->mark[k].evidence_s = 0;
    tone->alone_s = MAX(0, tone->alone_s - DOUBT_S);
    tone->risen_s = MAX(0, tone->risen_s - DOUBT_S);
}

static void step_run(struct tone *tone, int64_t frame, double rise_ratio)
{
    if (!tone->running && tone->smooth >= 1 + RUN_LOW_SHARE * (rise_ratio - 1)) {
        tone->running = true;
        tone->low_frames = 0;
        tone_restart(tone, frame - SMOOTH_FRAMES / 2);
    }
    if (!tone->running)
        return;
    tone->low_frames = tone->smooth < 1 + RUN_END_SHARE * (rise_ratio - 1) ? tone->low_frames + 1 : 0;
    if (tone->low_frames >= RUN_END_FRAMES) {
        tone->running = tone->spent = false;
        tone_restart(tone, frame);
    } else if (tone->broken && tone->reference >= CRAMP_RATIO * tone->floor) {
        double alone_s = MAX(0, tone->alone_s - BREAK_S);

        tone_restart(tone, frame);
        tone->alone_s = alone_s;
    } else if (tone->broken) {
        doubt(tone);
    }
    if (tone->running && tone->reached < 0 && tone->smooth >= CRAMP_RATIO)
        tone->reached = frame;
}

void tone_step(struct tone *tone, const struct emg_frame *frame, double floor, double rise_ratio)
{
    tone->usable = frame->usable && !isnan(floor);
    tone->floor = floor;
    tone->broken = tone->resting = false;
    if (!tone->usable) {
        if (++tone->unusable_frames == FORGET_FRAMES) {
            tone->running = false;
            tone->mean = 0; /* of a second long ago */
        }
        return;
    }
    tone->unusable_frames = 0;
    tone->ratio = (double)frame->level / floor;
    remember(tone, frame->level);
    tone->mean =
        sqrt(tone->mean * tone->mean + MEAN_SHARE * (tone->ratio * tone->ratio - tone->mean * tone->mean));

    double high = MAX(tone->reference / floor, 1.0);
    double pause_level = MAX(floor * pow(high, PAUSE_EXPONENT), PAUSE_DEEP * tone->reference);
    double loudest = 0;
    bool breaks = false, fine = frame->parts == FRAME_SUBS;

    pause_level = MAX(pause_level, (1 + RUN_LOW_SHARE * (rise_ratio - 1)) * floor);
    for (unsigned i = 0; i < FRAME_SUBS; i++) {
        double level = (double)frame->sub[i];

        breaks = step_part(tone, level, pause_level, frame->index * FRAME_SUBS + i, fine) || breaks;
        loudest = MAX(loudest, level);
    }
    tone->peak = loudest / floor;
    tone->resting = tone->pause_parts >= PAUSE_SHORT_SUBS || tone->ratio < END_RATIO;
    breaks = step_dip(tone, (double)frame->level, frame->index, fine) || breaks;
    breaks = step_peak(tone, (double)frame->level, frame->index) || breaks;
    tone->broken = breaks && tone->running;
    step_run(tone, frame->index, rise_ratio);
    if (tone->running && fine) /* of few samples, a level scatters too much by itself */
        modulation_step(&tone->modulation, (double)frame->level);
}
