/* SPDX-License-Identifier: MIT */
#include "crampsim/synth_sampling.h"

#include <math.h>
#include <string.h>

#define MAKE_UP 40 /* samples within which a missed conversion is made up for by one read twice [assumed] */

void sampling_init(struct sampling *sampling, const struct synth_setup *setup, unsigned channel)
{
    *sampling = (struct sampling){
        .rng = rng_fork(setup->seed, 300 + channel),
        .jitter = (float)(setup->jitter * sqrt(3)),
        .missed_gap = setup->missed_per_h > 0 ? 3600 * setup->rate_hz / setup->missed_per_h : 0,
    };
    sampling->to_missed = rng_exponential(&sampling->rng, sampling->missed_gap);
}

/* Sample i taken late or early: along the line from the one before it. */
static void jitter(struct sampling *sampling, float *samples, size_t count)
{
    float before = sampling->analog;
    uint64_t bits = 0;

    for (size_t i = 0; i < count; i++) {
        bits = i % 4 ? bits >> 16 : rng_next(&sampling->rng);
        float now = samples[i], late = (float)(int16_t)(bits & 0xffff) * 0x1p-15F;
        samples[i] += sampling->jitter * late * (now - before);
        before = now;
    }
    sampling->analog = before;
}

/* Conversion i is missed: those after it come one place early, until one is read twice. */
static void miss(struct sampling *sampling, float *samples, size_t count)
{
    sampling->to_missed -= (double)count;
    while (sampling->to_missed < 0) {
        size_t at = rng_next(&sampling->rng) % count, shifted = 1 + rng_next(&sampling->rng) % MAKE_UP;
        shifted = MIN(shifted, count - 1 - at);
        memmove(samples + at, samples + at + 1, shifted * sizeof(*samples));
        sampling->to_missed += rng_exponential(&sampling->rng, sampling->missed_gap);
    }
}

void sampling_apply(struct sampling *sampling, float *samples, size_t count, bool bus_is_down)
{
    if (sampling->jitter > 0)
        jitter(sampling, samples, count);
    if (sampling->missed_gap > 0)
        miss(sampling, samples, count);
    if (bus_is_down)
        for (size_t i = 0; i < count; i++)
            samples[i] = sampling->recorded;
    sampling->recorded = samples[count - 1];
}
