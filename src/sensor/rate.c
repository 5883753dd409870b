/* SPDX-License-Identifier: MIT */
#include "sensor/rate.h"

#include "base/macros.h"

#include <math.h>
#include <string.h>

#define BATCH_LEAVES  0.02 /* a median this far from the estimate is odd */
#define STEPS_TRUSTED 2000 /* a longer pause cannot be counted in samples */
#define SLOPE_MIN_NS  (250 * NSEC_PER_MSEC)
#define COARSE_MIN_NS (3 * NSEC_PER_SEC)
#define COARSE_LEAVES 0.03
#define ANCHOR_NS     (500 * NSEC_PER_MSEC) /* window: 64 of them, half a minute */

void rate_init(struct rate *rate, double nominal_hz, bool coarse)
{
    *rate = (struct rate){.nominal_ns = 1e9 / nominal_hz,
                          .period_ns = 1e9 / nominal_hz,
                          .coarse = coarse,
                          .last_ns = TIME_UNKNOWN};
}

void rate_pause(struct rate *rate)
{
    rate->last_ns = TIME_UNKNOWN;
    rate->anchor_count = 0;
    rate->batch_used = 0;
    rate->odd_batches = 0;
}

unsigned rate_steps(const struct rate *rate, int64_t interval_ns)
{
    double steps = (double)interval_ns / rate->period_ns;
    return steps < 0.5 ? 0 : steps >= 1e9 ? 1000000000U : (unsigned)(steps + 0.5);
}

static double median(double *values, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        double value = values[i];
        unsigned j = i;
        for (; j > 0 && values[j - 1] > value; j--)
            values[j] = values[j - 1];
        values[j] = value;
    }
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static const struct rate_anchor *oldest(const struct rate *rate)
{
    return &rate->anchors[rate->anchor_first];
}

static const struct rate_anchor *newest(const struct rate *rate)
{
    return &rate->anchors[(rate->anchor_first + rate->anchor_count - 1) % RATE_ANCHORS];
}

static void start_window(struct rate *rate, int64_t t_ns)
{
    rate->anchors[0] = (struct rate_anchor){t_ns, rate->index};
    rate->anchor_first = 0;
    rate->anchor_count = 1;
}

static void add_anchor(struct rate *rate, int64_t t_ns)
{
    if (rate->anchor_count == 0) {
        start_window(rate, t_ns);
        return;
    }
    if (t_ns - newest(rate)->t_ns < ANCHOR_NS)
        return;
    if (rate->anchor_count == RATE_ANCHORS) {
        rate->anchor_first = (rate->anchor_first + 1) % RATE_ANCHORS;
        rate->anchor_count--;
    }
    rate->anchors[(rate->anchor_first + rate->anchor_count++) % RATE_ANCHORS] =
        (struct rate_anchor){t_ns, rate->index};
}

static double slope(const struct rate *rate, const struct rate_anchor *from, int64_t t_ns)
{
    return (double)(t_ns - from->t_ns) / (double)(rate->index - from->index);
}

static void use_slope(struct rate *rate, int64_t t_ns, int64_t min_ns)
{
    const struct rate_anchor *from = oldest(rate);

    if (rate->anchor_count > 0 && t_ns - from->t_ns >= min_ns && rate->index > from->index) {
        rate->period_ns = slope(rate, from, t_ns);
        rate->known = true;
    }
}

static void end_batch(struct rate *rate, int64_t t_ns)
{
    double middle = median(rate->batch, rate->batch_used);

    rate->batch_used = 0;
    if (rate->known && fabs(middle / rate->period_ns - 1) <= BATCH_LEAVES) {
        rate->odd_batches = 0;
        use_slope(rate, t_ns, SLOPE_MIN_NS);
        return;
    }
    if (rate->known && ++rate->odd_batches < 2)
        return;
    rate->period_ns = middle;
    rate->known = true;
    rate->odd_batches = 0;
    start_window(rate, t_ns);
}

/* Without medians: a recent slope that leaves the long one says that the rate has changed. */
static void coarse_update(struct rate *rate, int64_t t_ns)
{
    unsigned recent = (unsigned)(COARSE_MIN_NS / ANCHOR_NS) + 1;

    if (rate->anchor_count > recent + 1) {
        const struct rate_anchor *from =
            &rate->anchors[(rate->anchor_first + rate->anchor_count - recent) % RATE_ANCHORS];
        double now_ns = rate->index > from->index ? slope(rate, from, t_ns) : rate->period_ns;

        if (fabs(now_ns / rate->period_ns - 1) > COARSE_LEAVES) {
            struct rate_anchor start = *from;
            rate->anchors[0] = start;
            rate->anchor_first = 0;
            rate->anchor_count = 1;
        }
    }
    use_slope(rate, t_ns, COARSE_MIN_NS);
}

void rate_add(struct rate *rate, int64_t t_ns, unsigned steps)
{
    int64_t last_ns = rate->last_ns;

    if (steps > STEPS_TRUSTED) {
        rate_pause(rate);
        last_ns = TIME_UNKNOWN;
    }
    rate->index += steps;
    rate->last_ns = t_ns;
    add_anchor(rate, t_ns);
    if (last_ns == TIME_UNKNOWN || steps == 0)
        return;
    if (rate->coarse) {
        coarse_update(rate, t_ns);
        return;
    }
    rate->batch[rate->batch_used++] = (double)(t_ns - last_ns) / steps;
    if (rate->batch_used == RATE_BATCH)
        end_batch(rate, t_ns);
}

double rate_hz(const struct rate *rate)
{
    return rate->known ? 1e9 / rate->period_ns : 0;
}

bool rate_is_plausible(const struct rate *rate)
{
    return !rate->known || fabs(rate->nominal_ns / rate->period_ns - 1) <= RATE_TOLERANCE;
}
