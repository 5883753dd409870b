/* SPDX-License-Identifier: MIT */
/*
 * The personal resting floor of one channel: a low quantile of the log level, moved a little by every
 * resting frame. It follows drift over minutes, stands still during activity, and says so while it is not
 * known yet.
 *
 * A flat line is no rest: learnt as one, its end would look like a cramp. It is only followed when the signal
 * shows life in between - then the floor is wrong (electrodes were changed), not the signal. Until a floor is
 * sure that holds against the one of the place before, if there was one: electrodes may come back shorted.
 */
#pragma once

#include "detect/tuning.h"

#include <stdbool.h>

struct baseline {
    double log_floor;
    unsigned frames; /* rest seen, up to FLOOR_YOUNG_FRAMES + FLOOR_LEARN_FRAMES */
    float first[FLOOR_LEARN_FRAMES];
    double earlier_uv;     /* floor of the place before, uV; 0 there was none */
    unsigned far_frames;   /* level has been far below the floor for so long */
    unsigned flat_frames;  /* since the signal became flat: that are so, */
    unsigned alive_frames; /* and that are not */
    unsigned back_frames;  /* ... the last ones, in a row */
};

void baseline_init(struct baseline *baseline);
/* The same, where electrodes came back: what was rest before, uV; 0 not known. */
void baseline_renew(struct baseline *baseline, double earlier_uv);
/* Goes on from a floor that was learnt before, uV. */
void baseline_resume(struct baseline *baseline, double floor_uv);
/* Still learning, and the first levels are about what the floor was found to be once, uV: known now. */
void baseline_recognise(struct baseline *baseline, double floor_uv);
/* Seen for long enough to be worth going on from. */
bool baseline_settled(const struct baseline *baseline);
/* A usable frame's level, uV. frozen: something is going on, do not learn from it. */
void baseline_observe(struct baseline *baseline, double level_uv, bool frozen);
/* uV; NAN while not known. */
double baseline_floor(const struct baseline *baseline);
/* A level below this is a flat line's, uV; NAN while there is nothing to compare with. */
double baseline_flat_uv(const struct baseline *baseline);
/* This level is the new rest (it was judged, and is no activity). */
void baseline_relearn(struct baseline *baseline, double level_uv);
