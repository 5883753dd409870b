/* SPDX-License-Identifier: MIT */
#include "detect/baseline.h"

#include <math.h>
#include <string.h>

void baseline_init(struct baseline *baseline)
{
    memset(baseline, 0, sizeof(*baseline));
}

void baseline_renew(struct baseline *baseline, double earlier_uv)
{
    baseline_init(baseline);
    baseline->earlier_uv = earlier_uv;
}

void baseline_resume(struct baseline *baseline, double floor_uv)
{
    if (!(floor_uv > 0) || !isfinite(floor_uv))
        return;
    baseline->log_floor = log(floor_uv);
    baseline->frames = FLOOR_LEARN_FRAMES + FLOOR_YOUNG_FRAMES;
    baseline->far_frames = 0;
}

bool baseline_settled(const struct baseline *baseline)
{
    return baseline->frames >= FLOOR_LEARN_FRAMES + FLOOR_YOUNG_FRAMES;
}

static bool known(const struct baseline *baseline)
{
    return baseline->frames >= FLOOR_LEARN_FRAMES;
}

double baseline_floor(const struct baseline *baseline)
{
    return known(baseline) ? exp(baseline->log_floor) : NAN;
}

double baseline_flat_uv(const struct baseline *baseline)
{
    bool compared = !baseline_settled(baseline) && baseline->earlier_uv > 0;

    return FLAT_RATIO * (compared ? baseline->earlier_uv : baseline_floor(baseline));
}

void baseline_recognise(struct baseline *baseline, double floor_uv)
{
    if (known(baseline) || baseline->frames < FLOOR_AGREE_FRAMES || !(floor_uv > 0))
        return;
    double first_uv = (double)baseline->first[(unsigned)(FLOOR_QUANTILE * baseline->frames)];
    if (first_uv > floor_uv * FLOOR_FREEZE_RATIO || first_uv * FLOOR_FREEZE_RATIO < floor_uv)
        return;
    /* What is there now, and it may still be put right quickly: the old one only vouches for it. */
    baseline->log_floor = log(first_uv);
    baseline->frames = FLOOR_LEARN_FRAMES;
}

void baseline_relearn(struct baseline *baseline, double level_uv)
{
    if (known(baseline) && level_uv > 0)
        baseline->log_floor = log(level_uv);
}

/* Insertion into the sorted list of first levels; the floor starts at their quantile. */
static void learn_first(struct baseline *baseline, float level)
{
    unsigned i = baseline->frames++;

    for (; i > 0 && baseline->first[i - 1] > level; i--)
        baseline->first[i] = baseline->first[i - 1];
    baseline->first[i] = level;
    if (known(baseline))
        baseline->log_floor = log((double)baseline->first[(unsigned)(FLOOR_QUANTILE * FLOOR_LEARN_FRAMES)]);
}

/* Whether the level is a flat line's: not to be learnt. */
static bool is_dead(struct baseline *baseline, double level_uv)
{
    bool flat = level_uv < baseline_flat_uv(baseline);

    baseline->back_frames = flat ? 0 : baseline->back_frames + 1;
    if (flat)
        baseline->flat_frames++;
    else if (baseline->back_frames >= FLOOR_BACK_FRAMES)
        baseline->flat_frames = baseline->alive_frames = 0;
    else if (baseline->flat_frames > 0)
        baseline->alive_frames++;
    return flat && (baseline->flat_frames <= FLOOR_FAR_FRAMES || baseline->alive_frames < FLOOR_ALIVE_FRAMES);
}

void baseline_observe(struct baseline *baseline, double level_uv, bool frozen)
{
    if (!(level_uv > 0))
        return;
    bool young = !baseline_settled(baseline);
    /* A young floor without another to compare with may be the one that is wrong. */
    if (is_dead(baseline, level_uv) && (!young || baseline->earlier_uv > 0))
        return;
    if (!known(baseline)) {
        learn_first(baseline, (float)level_uv);
        return;
    }
    double distance = log(level_uv) - baseline->log_floor;
    if (frozen || distance > log(FLOOR_FREEZE_RATIO))
        return;

    bool far = distance < log(FLOOR_FAR);
    double step = distance > 0 ? FLOOR_DOWN * FLOOR_QUANTILE / (1 - FLOOR_QUANTILE) : -FLOOR_DOWN;
    baseline->far_frames = far ? baseline->far_frames + 1 : 0;
    if (far && (young || baseline->far_frames > FLOOR_FAR_FRAMES))
        step *= FLOOR_YOUNG_GAIN * FLOOR_FAR_GAIN;
    else if (young)
        step *= FLOOR_YOUNG_GAIN;
    baseline->log_floor += step;
    if (young)
        baseline->frames++;
}
