/* SPDX-License-Identifier: MIT */
/*
 * The personal resting floor of one channel: a low quantile of the log level, moved a little by every
 * resting frame. It follows drift over minutes, stands still during activity, and says so while it is not
 * known yet.
 */
#pragma once

#include "detect/tuning.h"

#include <stdbool.h>

struct baseline {
    double log_floor;
    unsigned frames; /* rest seen, up to FLOOR_YOUNG_FRAMES + FLOOR_LEARN_FRAMES */
    float first[FLOOR_LEARN_FRAMES];
    unsigned far_frames; /* level has been far below the floor for so long */
};

void baseline_init(struct baseline *baseline);
/* A usable frame's level, uV. frozen: something is going on, do not learn from it. */
void baseline_observe(struct baseline *baseline, double level_uv, bool frozen);
/* uV; NAN while not known. */
double baseline_floor(const struct baseline *baseline);
/* This level is the new rest (it was judged, and is no activity). */
void baseline_relearn(struct baseline *baseline, double level_uv);
