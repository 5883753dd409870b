/* SPDX-License-Identifier: MIT */
/*
 * Evidence for a cramp: the time that a channel has been tonically active with nothing else to explain it.
 * Kept in the run itself (struct tone), so it begins anew whenever the run breaks.
 *
 * The ways to a decision: one head of the calf alone for decide_fast_s; the surge out of a rise, or a gradual
 * onset within the hour after a cramp, for as long; a quick ramp to a strong level that lasts decide_s, or
 * much longer when it looks held by will; and a level that lingers too long to be an announcing rise.
 */
#pragma once

#include "base/names.h"
#include "detect/detector.h"
#include "detect/scene.h"

struct evidence_past {
    bool vouched;       /* a motion sensor or another muscle says that this is not the whole leg moving */
    bool announced;     /* the run under way was announced as a rise */
    int64_t last_cramp; /* frame at which the last cramp ended */
    int64_t
        movements; /* frame of the last leg movement but one: later than a series' span ago, a series runs */
};

/* One frame more for channel i of the scene. tilted: the posture changed so much that what was before
   belongs to the change. */
void evidence_step(struct scene *scene, int i, const struct detector_params *params, bool announced,
                   bool tilted);
bool evidence_complete(const struct tone *tone, int64_t frame, const struct detector_params *params,
                       const struct evidence_past *past, enum cramp_reason *reason);
/* How far a run has come, for people who watch: seconds that count, and that are needed, on the way of which
   most is done and that is not barred to what is too weak or too even; where all are, on one of these, and
   then as many as needed decide nothing. Never more than are needed. Both 0 without a run. */
void evidence_progress(const struct tone *tone, int64_t frame, const struct detector_params *params,
                       const struct evidence_past *past, double *have_s, double *needed_s);
/* Frame at which the contraction of this run began. */
int64_t evidence_onset(const struct tone *tone);
/* A slow elevation has lasted long enough to be announced. */
bool evidence_rise(const struct tone *tone);
/* A weak level is as even as noise for a minute: it is the electrode's. */
bool evidence_settled(const struct tone *tone);
/* A raised level neither became a cramp nor left: the floor is higher now. */
bool evidence_new_floor(const struct tone *tone, int64_t frame);
