/* SPDX-License-Identifier: MIT */
/*
 * What else it can be. An ordered table of named predicates; the first that fires wins, and its reason is
 * the reason of the dismissal. `now` asks of this frame: while one fires, time is no evidence for a cramp.
 * `explains` asks of a whole suspicion that has come to an end without becoming a cramp.
 */
#pragma once

#include "detect/scene.h"

/* Everything noted of one suspicion, from its first active frame to the present. */
struct suspicion {
    int64_t start, last_active; /* frames */
    int channel;                /* index in the scene: strongest so far */
    double strength;            /* its loudest 20 ms, ratio */
    double peak;                /* highest frame ratio */
    double longest_run_s;       /* unbroken */
    double active_s, moving_s, strong_s, gait_s, coactive_s, bilateral_s, hum_s, lost_s, vibrating_s;
    double crossings; /* zero crossings while active */
    bool full;        /* crossings and bursts mean something */
    bool began_vibrating;
    bool announced;                       /* a tension rise */
    bool new_floor;                       /* it is no activity: rest itself is higher */
    double posture_deg, posture_peak_deg; /* now and at most, from before it began; 0 without IMU */
    struct tone_bursts bursts;            /* of that channel */
    unsigned series;                      /* leg movements before it in a periodic series */
};

/* Seconds it lasted, without the rest that ended it. */
double suspicion_duration_s(const struct suspicion *suspicion);

struct gate {
    enum dismiss_reason reason;
    bool (*now)(const struct scene *scene, int channel);
    double weight; /* of time while `now` fires, as evidence for a cramp */
    bool (*explains)(const struct suspicion *suspicion);
};

/* Evidence weight of this frame for tone `channel`: 1 if no gate fires. */
double gates_weight(const struct scene *scene, int channel);
enum dismiss_reason gates_explain(const struct suspicion *suspicion);
