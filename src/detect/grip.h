/* SPDX-License-Identifier: MIT */
/* The cramp under way: how strong it usually is, whether it rests, and what made it end. */
#pragma once

#include "base/names.h"
#include "detect/scene.h"

struct grip {
    bool on;
    int channel;        /* index in the scene of the muscle that cramps */
    int64_t onset;      /* frame */
    double peak, usual; /* ratios; usual is a slow mean */
    double rest_s;
    int64_t rest_since;
    int64_t burst, tilted; /* last frames: above the usual or with its neighbours; in another posture */
    double moving_memory_s;
    bool gait;
    bool posture_known;
    float posture[3]; /* gravity: the last while still */
};

void grip_start(struct grip *grip, const struct scene *scene, int channel, int64_t onset, double peak);
/* One frame more; easing: it does not count for what is usual. */
void grip_step(struct grip *grip, const struct scene *scene, bool easing);
enum relief grip_relief(const struct grip *grip);
