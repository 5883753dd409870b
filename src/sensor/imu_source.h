/* SPDX-License-Identifier: MIT */
/*
 * One IMU: its driver's short steps fitted between the converters' readings, its recovery, its blocks.
 *
 * A frame's time is worked out backwards from when its batch was counted, on a grid of the estimated rate
 * that is pushed only as far as the count proves it wrong; with the interrupt line wired, the newest frame's
 * time is its edge's.
 */
#pragma once

#include "sensor/mpu6050.h"
#include "sensor/rate.h"
#include "sensor/recovery.h"
#include "sensor/source.h"
#include "sensor/stale.h"
#include "sensor/wire.h"

struct imu_source {
    struct source_env *env;
    unsigned index;
    struct mpu6050 imu;
    struct wire interrupt;
    struct recovery recovery;
    struct rate rate;
    struct stale stale;
    struct outlet outlet;
    uint32_t faults;            /* for the next block */
    int64_t newest_ns;          /* time of the last frame handed out; TIME_UNKNOWN after a break */
    int64_t due_ns;             /* when the next frame is expected */
    int64_t batch_ns;           /* when frames last came */
    int64_t edge_ns;            /* last edge of the interrupt line */
    bool setting_up;            /* the driver is in its initialisation */
    unsigned lost_arbitrations; /* in a row */
    uint8_t who_told;           /* WHO_AM_I that was logged */
    int64_t deadline_ns;
};

/* -EINVAL: the chip cannot do what the settings ask for (logged). */
int imu_source_init(struct imu_source *source, struct source_env *env, unsigned index,
                    const struct imu_params *params, const struct sensor_params *sensor, int64_t now_ns);

/* At most one transfer. Sets deadline_ns: to be called again by then. */
void imu_source_service(struct imu_source *source, int64_t now_ns);

void imu_source_finish(struct imu_source *source);
