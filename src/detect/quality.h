/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a source: what samples show by themselves, and the timers that turn a lasting problem
 * into one fault and its end into one clearing.
 */
#pragma once

#include "base/macros.h"
#include "base/names.h"
#include "detect/tuning.h"

#include <stdbool.h>
#include <stdint.h>

/* Set in quality_samples() when the signal sits at one rail or does not move: no level can be had. */
#define QUALITY_DEAD BIT(31)

/* Runs that go over the ends of frames. */
struct quality_watch {
    float value; /* of the last sample */
    unsigned same, rail;
    int rail_side;
};

struct quality_scan {
    /* Of all samples; but where low is above -VALUE_MAX_UV and high below it, and neither is at a rail, no
       sample is, and they may be those of some samples only. INFINITY, -INFINITY if there is no number. */
    float low, high;
    unsigned missing; /* NaN */
    unsigned repeats; /* equal to the one before */
};

void quality_init(struct quality_watch *watch);
/* One look at every sample; clip_uv as below. */
void quality_look(struct quality_watch *watch, const float *values, unsigned count, double clip_uv,
                  struct quality_scan *scan);
/* BIT(FAULT_CLIPPED | FAULT_FLAT | FAULT_STALE) and QUALITY_DEAD, of samples just looked at. clip_uv: where
   the rails are, 0 = not known. */
uint32_t quality_samples(struct quality_watch *watch, const struct quality_scan *scan, const float *values,
                         unsigned count, double rate_hz, double clip_uv);

#define QUALITY_REASONS (FAULT_RATE + 1) /* reasons a sensor can have */

struct quality_timers {
    struct {
        double bad_s, good_s;
        int64_t since_ns; /* when the problem began */
    } reason[QUALITY_REASONS];
    uint32_t declared;  /* BIT(enum fault_reason) */
    uint32_t suspected; /* ... with bad_s above 0: mostly none of either, and there is nothing to do */
};

/* One cause, one fault: of what a frame shows, without what follows from the rest (an electrode that is off
   also hums). */
uint32_t quality_causes(uint32_t faults);
/* One step of FRAME_S with the faults of this frame. Returns which declarations changed. */
uint32_t quality_step(struct quality_timers *timers, uint32_t faults, double after_s, int64_t t_ns);
/* Ends a fault at once because another one tells more. Returns what changed, as above. */
uint32_t quality_withdraw(struct quality_timers *timers, enum fault_reason reason);
