/* SPDX-License-Identifier: MIT */
/* Activity of a leg that is being judged: everything noted of it, from its first frame to the present. */
#pragma once

#include "detect/scene.h"

struct suspicion {
    bool open;
    int64_t start, last_active; /* frames */
    int channel;                /* index in the scene of the loudest so far */
    double loudest;             /* its loudest 20 ms, ratio */
    double peak;                /* highest frame ratio */
    double longest_run_s;       /* unbroken */
    double rest_s;              /* since the last activity */
    double active_s, moving_s, strong_s, gait_s, coactive_s, bilateral_s, hum_s, clipped_s, lost_s,
        vibrating_s;
    double peak_uv, hum_low_uv, hum_high_uv; /* level and steady hum of the strongest */
    double crossings;                        /* zero crossings while active */
    bool full;                               /* crossings and bursts mean something */
    bool began_vibrating;
    bool announced; /* a tension rise */
    bool new_floor; /* it is no activity: rest itself is higher */
    bool posture_known;
    float before[3];                      /* direction of gravity before it began */
    double posture_deg, posture_peak_deg; /* away from that, now and at most; 0 without IMU */
    struct tone_bursts bursts;            /* of that channel, filled in at the end */
    unsigned series;                      /* leg movements before it in a periodic series */
};

/* This channel shows activity by itself, now. */
bool suspicion_triggers(const struct tone *tone, double onset_ratio);
void suspicion_open(struct suspicion *suspicion, const struct scene *scene, int channel,
                    const float before[3]);
/* One frame more. */
void suspicion_note(struct suspicion *suspicion, const struct scene *scene, double onset_ratio);
/* Seconds it lasted, without the rest that ended it. */
double suspicion_duration_s(const struct suspicion *suspicion);
