/* SPDX-License-Identifier: MIT */
/*
 * Where a channel's electrodes sit: a floor holds for one place on one person. Electrodes that were off for
 * longer than a moment, or a sensor that nobody wore, may be back elsewhere or on somebody else: the floor is
 * then learnt afresh, as after the start, and compared with the one before once it is sure. Pure.
 *
 * Not while anything goes on in the leg: a cramp under way keeps the floor it is measured by, and the new
 * one is learnt after it.
 */
#pragma once

#include "detect/baseline.h"

#include <stdbool.h>
#include <stdint.h>

struct placement {
    unsigned off_frames, on_frames; /* electrodes off, and on again, without a break */
    bool open;                      /* the floor that is known may be another place's */
    bool compare;                   /* a new one is being learnt; before_uv is to be compared with it */
    double before_uv;
    /* The last time that the new floor was another one. */
    unsigned changes; /* so many times; 0: what follows does not hold */
    double old_uv, new_uv;
    int64_t frame;
};

/* One frame, before the floor is used. off: these electrodes do not touch; away: nobody wears the leg's
   sensor; at_rest: nothing is going on in the leg. Forgets the floor when its time has come. */
void placement_step(struct placement *placement, struct baseline *baseline, bool off, bool away,
                    bool at_rest);
/* ... and after the floor has learnt from it: has it become sure, and is it another one? */
bool placement_compare(struct placement *placement, const struct baseline *baseline, int64_t frame);
