/* SPDX-License-Identifier: MIT */
/*
 * MPU-6050: acceleration and rotation through its FIFO (register map RM-MPU-6000A 4.2). It shares the bus
 * with converters whose results live for one conversion only, so nothing here holds the bus for long: every
 * mpu6050_step() is one short transfer, and a frame is fetched in two pieces.
 *
 *   reset -> 100 ms -> who -> wake -> 60 ms -> configure... -> verify -> [ wait -> count -> pieces -> status
 * -> verify ]
 *
 * A batch is handed out only after the status read behind it showed no overflow and the configuration read
 * behind that was the one written: frames of a chip that overflowed, was reset or is talked over by noise are
 * never seen.
 */
#pragma once

#include "hw/i2c_bus.h"
#include "sensor/params.h"

#define MPU6050_ROWS    24 /* most frames in one batch */
#define MPU6050_FRAME   12 /* bytes: acceleration x y z, rotation x y z, big-endian */
#define MPU6050_PIECE   6  /* bytes a transfer: 0.8 ms at 100 kHz, less than a conversion at 860 SPS */
#define MPU6050_POLL_NS (50 * NSEC_PER_MSEC)

enum mpu6050_state {
    MPU_WHO,
    MPU_RESET,
    MPU_CONFIGURE,
    MPU_START_VERIFY,
    MPU_COUNT,
    MPU_PIECE,
    MPU_STATUS,
    MPU_VERIFY,
    MPU_FLUSH,
};

enum mpu6050_result {
    MPU_MORE,     /* go on when mpu6050.due_ns says so */
    MPU_READY,    /* initialised and verified */
    MPU_BATCH,    /* rows[0..row_count) are good; row_count may be 0 */
    MPU_OVERFLOW, /* the FIFO ran over or lost its frame: emptied, what was in it is lost */
};

struct mpu6050 {
    struct i2c_bus *bus;
    uint8_t address;
    uint8_t config[4]; /* what registers SMPLRT_DIV .. ACCEL_CONFIG must hold */
    bool interrupt;
    double g_per_code, dps_per_code;

    enum mpu6050_state state;
    unsigned step;  /* within MPU_CONFIGURE and MPU_FLUSH */
    int64_t due_ns; /* earliest time of the next step */
    int64_t poll_ns, next_poll_ns;
    int64_t counted_ns;                  /* when the batch was counted: its newest frame is not younger */
    uint8_t who;                         /* WHO_AM_I as found */
    unsigned row_count, bytes_got, torn; /* torn: batches in a row that left half a frame behind */
    uint8_t raw[MPU6050_ROWS * MPU6050_FRAME];
};

/* Works out the configuration; -EINVAL for a rate or range the chip does not have. *rate_hz: the nominal rate
   it will really have (1000 / n). */
int mpu6050_setup(struct mpu6050 *imu, struct i2c_bus *bus, const struct imu_params *params, double *rate_hz);

/* The next step starts the initialisation from the beginning. */
void mpu6050_restart(struct mpu6050 *imu, int64_t now_ns);

/* One transfer, if now_ns >= imu->due_ns. An enum mpu6050_result, or a negative errno: the bus's, -ECONNRESET
   (the chip has lost its configuration), -EBADMSG (it is not an MPU-6050 or speaks rubbish). */
int mpu6050_step(struct mpu6050 *imu, int64_t now_ns);

/* Row i of the batch as 6 values: g, g, g, deg/s x 3. */
void mpu6050_row(const struct mpu6050 *imu, unsigned i, float *values);

/* "MPU-6050", "MPU-6500" (a sibling that works the same here) or NULL for a WHO_AM_I nobody knows. */
const char *mpu6050_name(uint8_t who);
