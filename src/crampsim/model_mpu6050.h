/* SPDX-License-Identifier: MIT */
/*
 * MPU-6050 at register level (InvenSense RM-MPU-6000A r4.2, PS-MPU-6000A).
 *
 * Modelled: sleep at power-on, DEVICE_RESET (writes are lost until RESET_BUSY has passed, as a driver that
 * does not wait will find out), sampling rate from DLPF and divider, full scales with saturation, data
 * registers, FIFO of 1024 bytes whose overflow loses the oldest ones, FIFO_COUNT latched by its high byte,
 * empty FIFO repeating its last byte, INT pin (pulse, latch, polarity, clear on any read). Not modelled:
 * filter curves, self-test, auxiliary bus, motion detection, noise.
 */
#pragma once

#include "crampsim/model.h"

#define MODEL_MPU6050_RESET_BUSY_NS (90 * NSEC_PER_MSEC) /* of the 100 ms a driver must wait */
#define MODEL_MPU6050_FIFO          1024

/* motion: 6 values, acceleration x y z in g, rotation x y z in deg/s. Power-on state. NULL for ENOMEM. */
struct model *model_mpu6050_new(struct world_signal motion, int64_t now_ns);
