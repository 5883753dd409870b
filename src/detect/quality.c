/* SPDX-License-Identifier: MIT */
#include "detect/quality.h"

#include <math.h>

void quality_init(struct quality_watch *watch)
{
    *watch = (struct quality_watch){.value = NAN};
}

static int side_of(float v, float rail)
{
    return v >= rail ? 1 : v <= -rail ? -1 : 0;
}

uint32_t quality_samples(struct quality_watch *watch, const float *values, unsigned count, double rate_hz,
                         double clip_uv)
{
    float rail = clip_uv > 0 ? (float)(clip_uv * CLIP_SHARE) : INFINITY;
    float last = watch->value, step_min = INFINITY;
    unsigned good = 0, railed = 0, repeats = 0, steps = 0, rail_longest = 0;
    double step_sum = 0;

    for (unsigned i = 0; i < count; i++) {
        float v = values[i];

        if (isnan(v))
            continue;
        int side = side_of(v, rail);
        float step = fabsf(v - last); /* NaN before the first */
        good++;
        railed += side != 0;
        watch->rail = side && side == watch->rail_side ? watch->rail + 1 : (unsigned)(side != 0);
        watch->rail_side = side;
        rail_longest = MAX(rail_longest, watch->rail);
        watch->same = v == last ? watch->same + 1 : 0;
        repeats += v == last && !side;
        if (step > 0) {
            steps++;
            step_sum += (double)step;
            step_min = MIN(step_min, step);
        }
        last = v;
    }
    watch->value = last;
    if (good == 0 || rate_hz <= 0)
        return 0;

    bool stuck = rail_longest >= STUCK_S * rate_hz;
    bool flat = watch->same >= FLAT_S * rate_hz && watch->rail_side == 0;
    bool stale =
        repeats >= STALE_SHARE * good && steps > 0 && step_sum / steps >= STALE_STEPS * (double)step_min;
    return (stuck || railed >= CLIPPED_SHARE * good ? BIT(FAULT_CLIPPED) : 0) | (flat ? BIT(FAULT_FLAT) : 0) |
           (stale ? BIT(FAULT_STALE) : 0) | (stuck || flat ? QUALITY_DEAD : 0);
}

uint32_t quality_step(struct quality_timers *timers, uint32_t faults, double after_s, int64_t t_ns)
{
    uint32_t changed = 0;

    for (unsigned r = 0; r < QUALITY_REASONS; r++) {
        bool bad = faults & BIT(r);
        double *bad_s = &timers->reason[r].bad_s;

        if (bad && *bad_s <= 0)
            timers->reason[r].since_ns = t_ns;
        *bad_s = bad ? MIN(*bad_s + FRAME_S, after_s) : MAX(*bad_s - FAULT_DECAY * FRAME_S, 0);
        timers->reason[r].good_s = bad ? 0 : timers->reason[r].good_s + FRAME_S;
        if (!(timers->declared & BIT(r)) && bad && *bad_s >= after_s - 0.5 * FRAME_S) {
            timers->declared |= BIT(r);
            changed |= BIT(r);
        } else if ((timers->declared & BIT(r)) && timers->reason[r].good_s >= FAULT_CLEAR_S) {
            timers->declared &= ~BIT(r);
            *bad_s = 0;
            changed |= BIT(r);
        }
    }
    return changed;
}
