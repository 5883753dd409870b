/* SPDX-License-Identifier: MIT */
/*
 * The IMU of one leg: acceleration in, per frame motion energy about gravity and the direction of gravity.
 */
#pragma once

#include "base/block.h"
#include "detect/tuning.h"

#include <stdbool.h>

struct imu_frame {
    int64_t index;
    bool usable;
    uint32_t faults;
    float motion_g;   /* RMS about the slow part; length of the vector */
    float gravity[3]; /* unit vector, smoothed */
};

struct imu {
    bool started;
    int64_t origin_ns, frame;
    double period_ns;
    unsigned count;
    double sum; /* of squared motion in this frame */
    bool primed;
    double fast[3], posture[3];
    uint32_t faults, standing;
    struct imu_frame ring[FRAME_RING];
};

void imu_init(struct imu *motion);
void imu_start(struct imu *motion, int64_t origin_ns);
/* As emg_push(), emg_close_until() and emg_get_frame(). */
bool imu_push(struct imu *motion, const struct block *block, unsigned *position);
void imu_close_until(struct imu *motion, int64_t frame);
const struct imu_frame *imu_get_frame(const struct imu *motion, int64_t frame, struct imu_frame *missing);
/* Degrees between two directions. */
double imu_angle(const float a[3], const float b[3]);
