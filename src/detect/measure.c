/* SPDX-License-Identifier: MIT */
#include "detect/measure.h"

#include "detect/lanes.h"

#include <math.h>

struct parts {
    unsigned parts; /* of the frame that are measured: 5, 2 or 1 */
    double sum[FRAME_SUBS];
    unsigned count[FRAME_SUBS];
};

static unsigned parts_at(double rate_hz)
{
    return rate_hz * SUB_S >= SUB_SAMPLES_MIN ? FRAME_SUBS : rate_hz * FRAME_S / 2 >= SUB_SAMPLES_MIN ? 2 : 1;
}

/* First sample of part p. */
static unsigned part_begin(unsigned p, unsigned parts, unsigned count, double rate_hz, double first_s)
{
    double samples = ((double)p * FRAME_S / parts - first_s) * rate_hz;

    return samples <= 0 ? 0 : samples >= count ? count : (unsigned)ceil(samples - 1e-3);
}

/* Means of the parts -> sub (parts that hold nothing take their neighbour's), level without the loudest. */
static void fill(struct emg_frame *frame, struct parts *p, bool power)
{
    double sum = 0, loudest = 0, last = NAN;
    unsigned count = 0, loudest_count = 0;
    double value[FRAME_SUBS] = {0};

    for (unsigned i = 0; i < p->parts; i++) {
        double mean = p->count[i] ? fabs(p->sum[i]) / p->count[i] : NAN;

        value[i] = power ? sqrt(mean) : mean;
        sum += fabs(p->sum[i]);
        count += p->count[i];
        if (p->count[i] && mean * loudest_count >= loudest) {
            loudest = fabs(p->sum[i]);
            loudest_count = p->count[i];
        }
    }
    if (p->parts == FRAME_SUBS && count > loudest_count) {
        sum -= loudest;
        count -= loudest_count;
    }
    double mean = count ? sum / count : NAN;
    frame->parts = (uint8_t)p->parts;
    frame->level = (float)(power ? sqrt(mean) : mean);
    for (unsigned i = 0; i < FRAME_SUBS; i++) {
        double v = value[i * p->parts / FRAME_SUBS];

        if (!isnan(v))
            last = v;
        frame->sub[i] = (float)(isnan(last) ? (double)frame->level : last);
    }
}

/* How often the signal goes from above zero to not above it, or back. */
static unsigned count_crossings(const float *values, unsigned count)
{
    quad_mask crossings = {0}; /* one less for each */
    unsigned rest = 0;

    for (; count > 4; count -= 4, values += 4)
        crossings += (quad_load(values) > 0) ^ (quad_load(values + 1) > 0);
    for (; count > 1; count--, values++)
        rest += (values[0] > 0) != (values[1] > 0);
    return rest - (unsigned)(crossings[0] + crossings[1] + crossings[2] + crossings[3]);
}

void measure_muscle(struct emg_frame *frame, const float *values, const float *raw, unsigned count,
                    double rate_hz, double first_s)
{
    struct parts p = {.parts = parts_at(rate_hz)};
    unsigned begin = part_begin(0, p.parts, count, rate_hz, first_s);

    for (unsigned i = 0; i < p.parts; i++) {
        unsigned end = part_begin(i + 1, p.parts, count, rate_hz, first_s);

        p.sum[i] = quad_sum_squares(values + begin, end - begin);
        p.count[i] = end - begin;
        for (unsigned k = begin; raw && k < end; k++)
            if (isnan(raw[k])) {
                p.sum[i] -= (double)(values[k] * values[k]);
                p.count[i]--;
            }
        begin = end;
    }
    fill(frame, &p, true);
    frame->crossings_hz = count ? (float)(count_crossings(values, count) * rate_hz / count) : 0;
}

void measure_envelope(struct emg_frame *frame, const float *raw, unsigned count, double rate_hz,
                      double first_s)
{
    struct parts p = {.parts = parts_at(rate_hz)};

    for (unsigned i = 0; i < p.parts; i++) {
        unsigned end = part_begin(i + 1, p.parts, count, rate_hz, first_s);

        for (unsigned k = part_begin(i, p.parts, count, rate_hz, first_s); k < end; k++)
            if (!isnan(raw[k])) {
                p.sum[i] += (double)raw[k];
                p.count[i]++;
            }
    }
    fill(frame, &p, false);
}
