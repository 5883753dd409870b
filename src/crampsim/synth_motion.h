/* SPDX-License-Identifier: MIT */
/* One leg's IMU: the shank's attitude and what shakes it, as rows of acceleration (g) and rotation (deg/s).
 * Axes: x along the shank to the foot, z out of the lying leg towards the ceiling. */
#pragma once

#include "crampsim/synth_class.h"

struct motion {
    enum leg leg;
    double rate_hz;
    struct rng rng;
    uint64_t index;     /* next row */
    double roll, pitch; /* degrees, attitude when nothing moves */
    double last_roll, last_pitch;
    double rustle[3];         /* low-passed noise */
    const struct move *moves; /* sorted by start */
    size_t move_count, next;
    size_t active[32], active_count;
};

void synth_motion_init(struct motion *motion, enum leg leg, const struct synth_setup *setup,
                       const struct plan *plan);
void synth_motion_row(struct motion *motion, float row[6]);
