/* SPDX-License-Identifier: MIT */
#include "detect/quality.h"

#include "detect/lanes.h"

#include <math.h>

void quality_init(struct quality_watch *watch)
{
    *watch = (struct quality_watch){.value = NAN};
}

static int side_of(float v, float rail)
{
    return v >= rail ? 1 : v <= -rail ? -1 : 0;
}

/* Clipped: how many samples are at a rail, and how long without a break. Only looked at when one is. */
static uint32_t look_at_rails(struct quality_watch *watch, const float *values, unsigned count,
                              double rate_hz, float rail)
{
    unsigned good = 0, railed = 0, longest = 0;

    for (unsigned i = 0; i < count; i++) {
        int side = side_of(values[i], rail);

        if (isnan(values[i]))
            continue;
        good++;
        railed += side != 0;
        watch->rail = side && side == watch->rail_side ? watch->rail + 1 : (unsigned)(side != 0);
        watch->rail_side = side;
        longest = MAX(longest, watch->rail);
    }
    bool stuck = longest >= STUCK_S * rate_hz;
    return (stuck || railed >= CLIPPED_SHARE * good ? BIT(FAULT_CLIPPED) : 0) | (stuck ? QUALITY_DEAD : 0);
}

/* Many samples equal the one before. With a coarse ADC at rest that is so; when the steps between are large,
   conversions were read twice. */
static bool read_twice(const float *values, unsigned count)
{
    float last = NAN, least = INFINITY;
    double sum = 0;
    unsigned steps = 0;

    for (unsigned i = 0; i < count; i++) {
        float step = fabsf(values[i] - last);

        if (step > 0) {
            steps++;
            sum += (double)step;
            least = MIN(least, step);
        }
        if (!isnan(values[i]))
            last = values[i];
    }
    return steps > 0 && sum / steps >= STALE_STEPS * (double)least;
}

static float rail_at(double clip_uv)
{
    return clip_uv > 0 ? (float)(clip_uv * CLIP_SHARE) : INFINITY;
}

/* Sample by sample. NaN fails every comparison and is nobody's equal. */
static void look_closely(struct quality_scan *scan, const float *values, unsigned count, float before)
{
    for (unsigned i = 0; i < count; i++) {
        float v = values[i];

        scan->repeats += v == before;
        scan->low = v < scan->low ? v : scan->low;
        scan->high = v > scan->high ? v : scan->high;
        scan->missing += v != v;
        before = v;
    }
}

/* Whether count samples (of fours) are what they mostly are, numbers within +-limit. values[-1] is the one
   before. */
static bool look_at_fours(struct quality_scan *scan, const float *values, unsigned count, float limit)
{
    quad_mask inside = {-1, -1, -1, -1}, equal = {0}; /* equal: one less for each */

    for (const float *v = values; v < values + count; v += 4) {
        quad now = quad_load(v);

        inside &= (now > -limit) & (now < limit);
        equal += now == quad_load(v - 1);
    }
    if (!(inside[0] & inside[1] & inside[2] & inside[3]))
        return false;
    scan->repeats -= (unsigned)(equal[0] + equal[1] + equal[2] + equal[3]);
    return true;
}

void quality_look(struct quality_watch *watch, const float *values, unsigned count, double clip_uv,
                  struct quality_scan *scan)
{
    unsigned fours = count ? (count - 1) / 4 * 4 : 0, run = 0;

    *scan = (struct quality_scan){.low = INFINITY, .high = -INFINITY};
    if (count == 0)
        return;
    if (!look_at_fours(scan, values + 1, fours, MIN(rail_at(clip_uv), (float)VALUE_MAX_UV)))
        fours = 0;
    look_closely(scan, values, 1, watch->value);
    look_closely(scan, values + 1 + fours, count - 1 - fours, values[fours]);
    while (run + 1 < count && values[count - 1 - run] == values[count - 2 - run])
        run++;
    if (run + 1 < count)
        watch->same = run;
    else
        watch->same = values[0] == watch->value ? watch->same + count : run;
    watch->value = values[count - 1];
}

uint32_t quality_samples(struct quality_watch *watch, const struct quality_scan *scan, const float *values,
                         unsigned count, double rate_hz, double clip_uv)
{
    float rail = rail_at(clip_uv);
    uint32_t faults = 0;

    if (count == 0 || rate_hz <= 0)
        return 0;
    if (scan->high >= rail || scan->low <= -rail)
        faults = look_at_rails(watch, values, count, rate_hz, rail);
    else
        watch->rail = 0;
    if (watch->same >= FLAT_S * rate_hz && !(faults & QUALITY_DEAD))
        faults |= BIT(FAULT_FLAT) | QUALITY_DEAD;
    if (scan->repeats >= STALE_SHARE * count && !faults && read_twice(values, count))
        faults |= BIT(FAULT_STALE);
    return faults;
}

uint32_t quality_causes(uint32_t faults)
{
    const uint32_t roots = BIT(FAULT_LEAD_OFF) | BIT(FAULT_NOT_WORN) | BIT(FAULT_BUS);

    if (faults & roots)
        faults &=
            ~(BIT(FAULT_FLAT) | BIT(FAULT_CLIPPED) | BIT(FAULT_HUM) | BIT(FAULT_STALE) | BIT(FAULT_GAP));
    if (faults & (BIT(FAULT_STALE) | BIT(FAULT_FLAT)))
        faults &= ~BIT(FAULT_GAP);
    if (faults & BIT(FAULT_FLAT)) /* what never moves also repeats itself */
        faults &= ~BIT(FAULT_STALE);
    return faults;
}

uint32_t quality_step(struct quality_timers *timers, uint32_t faults, double after_s, int64_t t_ns)
{
    uint32_t changed = 0, busy = faults | timers->declared | timers->suspected;

    timers->suspected = 0;
    if (!busy)
        return 0;
    for (unsigned r = 0; r < QUALITY_REASONS; r++) {
        bool bad = faults & BIT(r);
        double *bad_s = &timers->reason[r].bad_s;

        if (!(busy & BIT(r))) /* good_s only counts while something is declared: bad begins it afresh */
            continue;

        /* One that comes and goes while it is declared is still the same. */
        if (bad && *bad_s <= 0 && !(timers->declared & BIT(r)))
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
        if (*bad_s > 0)
            timers->suspected |= BIT(r);
    }
    return changed;
}

uint32_t quality_withdraw(struct quality_timers *timers, enum fault_reason reason)
{
    uint32_t changed = timers->declared & BIT(reason);

    timers->declared &= ~changed;
    timers->reason[reason].bad_s = 0;
    return changed;
}
