/* SPDX-License-Identifier: MIT */
/* What one leg shows in one frame, channels and IMU together: what gates and episodes look at. */
#pragma once

#include "detect/emg.h"
#include "detect/imu.h"
#include "detect/tone.h"

struct scene {
    int64_t frame;
    unsigned channel_count;
    struct tone *tone[EMG_CHANNELS]; /* of this leg */
    int channel[EMG_CHANNELS];       /* their numbers */
    enum muscle muscle[EMG_CHANNELS];
    float hum_share[EMG_CHANNELS], hum_uv[EMG_CHANNELS], crossings_hz[EMG_CHANNELS];
    bool hum_leak[EMG_CHANNELS]; /* struct hum */
    bool full[EMG_CHANNELS];     /* emg_full() */
    bool clipped[EMG_CHANNELS];
    int strongest; /* usable tone with the highest smoothed ratio; -1: the leg is not seen */
    /* Motion. */
    bool motion_known;
    double motion_g; /* NAN not known */
    bool moving, strong, gait;
    float gravity[3];
    double swing_deg;        /* the leg's attitude changed by within a second */
    bool vibrating;          /* our own motor runs */
    int64_t vibrating_since; /* frame */
    bool bilateral;          /* the other leg does the same at the same time */
};

/* Motion of one leg over the last seconds. */
struct leg_motion {
    float window[GAIT_WINDOW_FRAMES];
    unsigned count, next;
    int64_t moved;                       /* frame of the last motion */
    double noise;                        /* g, of the sensor at rest */
    float attitude[LEG_SWING_FRAMES][3]; /* of the last second, ring */
    unsigned attitudes;
    float rest_gravity[3];
    bool rest_known;
};

void leg_motion_init(struct leg_motion *leg);
/* Fills the motion part of the scene; the vibrating part must be there. */
void leg_motion_step(struct leg_motion *leg, const struct imu_frame *frame, struct scene *scene);
/* What channel i shows is hum, not muscle. */
bool scene_hums(const struct scene *scene, int i);
/* Chooses the strongest channel. */
void scene_choose(struct scene *scene);
/* Another channel of the leg works about as hard as tone i. */
bool scene_coactive(const struct scene *scene, int i);
/* Tone i is the shin's, and a calf muscle that is seen does not work with it. */
bool scene_shin_alone(const struct scene *scene, int i);
/* How sure it is that tone i works while another head of the same muscle is silent, 0 to 1. */
double scene_alone(const struct scene *scene, int i);
