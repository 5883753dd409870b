/* SPDX-License-Identifier: MIT */
/* What one frame says about the episode of a leg; what follows from it is in episode.c. */
#pragma once

#include "detect/episode.h"

enum step_event {
    STEP_REST,   /* nothing in particular */
    STEP_ACTIVE, /* activity */
    STEP_RISE,   /* a slow still elevation has lasted long enough */
    STEP_CRAMP,  /* the evidence is complete */
    STEP_OVER,   /* the suspicion, or the cramp, has come to rest */
    STEP_EASE,   /* the cramp weakens */
    STEP_GRIP,   /* the cramp is back */
    STEP_LOST,   /* no usable signal */
    STEP_BACK,   /* usable again, and for long enough to be believed */
    STEP_TIMEOUT,
};

/* Fills in e->candidate and e->reason with STEP_CRAMP, e->relearn where rest itself is higher. */
enum step_event episode_judge(struct episode *episode, const struct scene *scene);
