/* SPDX-License-Identifier: MIT */
#include "sensor/mpu6050.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    REG_SMPLRT_DIV = 0x19,
    REG_CONFIG = 0x1A,
    REG_GYRO_CONFIG = 0x1B,
    REG_ACCEL_CONFIG = 0x1C,
    REG_FIFO_EN = 0x23,
    REG_INT_PIN_CFG = 0x37,
    REG_INT_ENABLE = 0x38,
    REG_INT_STATUS = 0x3A,
    REG_USER_CTRL = 0x6A,
    REG_PWR_MGMT_1 = 0x6B,
    REG_FIFO_COUNT_H = 0x72,
    REG_FIFO_R_W = 0x74,
    REG_WHO_AM_I = 0x75,
};

#define PWR_RESET       0x80
#define PWR_PLL_GYRO_X  0x01 /* awake, and a better clock than the internal one */
#define FIFO_ACC_GYRO   0x78
#define USER_FIFO_RESET 0x04
#define USER_FIFO_ON    0x40
#define INT_OVERFLOW    0x10
#define INT_DATA_READY  0x01
#define PIN_PULSE       0x00 /* active high, push-pull, 50 us */

#define RESET_NS   (100 * NSEC_PER_MSEC) /* register map, PWR_MGMT_1 */
#define WAKE_NS    (60 * NSEC_PER_MSEC)  /* gyroscope start-up; the first frames would be of no use */
#define FIFO_BYTES 512                   /* the siblings' FIFO; the MPU-6050 itself has 1024 */
#define TORN_MAX   3

/* All have the same registers here; their WHO_AM_I is what boards sold as MPU-6050 answer. */
static const struct {
    uint8_t who;
    const char *name;
} known[] = {
    {0x68, "MPU-6050"}, {0x70, "MPU-6500"}, {0x71, "MPU-9250"},  {0x72, "MPU-6050 clone"},
    {0x73, "MPU-9255"}, {0x74, "MPU-6515"}, {0x98, "ICM-20689"},
};

/* DLPF_CFG 1..6 and its acceleration bandwidth in Hz. */
static const int bandwidths[] = {0, 184, 94, 44, 21, 10, 5};

const char *mpu6050_name(uint8_t who)
{
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (known[i].who == who)
            return known[i].name;
    return NULL;
}

/* Full-scale steps double: 2, 4, 8, 16 g and 250, 500, 1000, 2000 deg/s. */
static int find_range(double range, double first)
{
    for (int i = 0; i < 4; i++)
        if (fabs(range - first * (1 << i)) < 0.01)
            return i;
    return -EINVAL;
}

int mpu6050_setup(struct mpu6050 *imu, struct i2c_bus *bus, const struct imu_params *params, double *rate_hz)
{
    int acc = find_range(params->acc_range_g, 2), gyro = find_range(params->gyro_range_dps, 250);
    int divider = params->rate_hz > 0 ? (1000 + params->rate_hz / 2) / params->rate_hz : 0;
    unsigned filter = 1;

    if (acc < 0 || gyro < 0 || divider < 1 || divider > 256)
        return -EINVAL;
    while (filter < 6 && bandwidths[filter] > params->rate_hz / 2)
        filter++;
    *imu = (struct mpu6050){
        .bus = bus,
        .address = (uint8_t)params->address,
        .config = {(uint8_t)(divider - 1), (uint8_t)filter, (uint8_t)(gyro << 3), (uint8_t)(acc << 3)},
        .interrupt = params->interrupt_line && *params->interrupt_line,
        .g_per_code = params->acc_range_g / 32768,
        .dps_per_code = params->gyro_range_dps / 32768,
        .due_ns = INT64_MAX,
    };
    *rate_hz = 1000.0 / divider;
    imu->poll_ns = MIN((int64_t)MPU6050_POLL_NS, s_to_ns(MPU6050_ROWS / 2.0 / *rate_hz));
    return 0;
}

void mpu6050_restart(struct mpu6050 *imu, int64_t now_ns)
{
    imu->state = MPU_WHO;
    imu->due_ns = now_ns;
    imu->row_count = 0;
    imu->torn = 0;
}

static int write_byte(struct mpu6050 *imu, uint8_t reg, uint8_t value)
{
    const uint8_t bytes[] = {reg, value};
    return i2c_transfer(imu->bus, imu->address, bytes, sizeof(bytes), NULL, 0);
}

static int read_bytes(struct mpu6050 *imu, uint8_t reg, void *bytes, size_t size)
{
    return i2c_transfer(imu->bus, imu->address, &reg, 1, bytes, size);
}

static void go(struct mpu6050 *imu, enum mpu6050_state state, int64_t due_ns)
{
    imu->state = state;
    imu->step = 0;
    imu->due_ns = due_ns;
}

static void wait_for_frames(struct mpu6050 *imu, int64_t now_ns)
{
    imu->next_poll_ns += imu->poll_ns;
    if (imu->next_poll_ns <= now_ns)
        imu->next_poll_ns = now_ns + imu->poll_ns;
    go(imu, MPU_COUNT, imu->next_poll_ns);
}

static int step_who(struct mpu6050 *imu, int64_t now_ns)
{
    int r = read_bytes(imu, REG_WHO_AM_I, &imu->who, 1);

    if (r < 0)
        return r;
    if (!mpu6050_name(imu->who))
        return -EBADMSG; /* nothing is written to a chip that is not ours: clocks sit at this address, too */
    go(imu, MPU_RESET, now_ns);
    return MPU_MORE;
}

static int step_configure(struct mpu6050 *imu, int64_t now_ns)
{
    const struct {
        uint8_t reg, value;
        int64_t pause_ns;
    } writes[] = {
        {REG_PWR_MGMT_1, PWR_PLL_GYRO_X, WAKE_NS},
        {REG_SMPLRT_DIV, imu->config[0], 0},
        {REG_CONFIG, imu->config[1], 0},
        {REG_GYRO_CONFIG, imu->config[2], 0},
        {REG_ACCEL_CONFIG, imu->config[3], 0},
        {REG_INT_PIN_CFG, PIN_PULSE, 0},
        {REG_INT_ENABLE, (uint8_t)(INT_OVERFLOW | (imu->interrupt ? INT_DATA_READY : 0)), 0},
        {REG_FIFO_EN, FIFO_ACC_GYRO, 0},
        {REG_USER_CTRL, USER_FIFO_RESET, 0},
        {REG_USER_CTRL, USER_FIFO_ON, 0},
    };
    int r = write_byte(imu, writes[imu->step].reg, writes[imu->step].value);

    if (r < 0)
        return r;
    imu->due_ns = now_ns + writes[imu->step].pause_ns;
    if (++imu->step == ARRAY_SIZE(writes))
        go(imu, MPU_START_VERIFY, now_ns);
    return MPU_MORE;
}

static int verify(struct mpu6050 *imu)
{
    static const uint8_t power_on[sizeof(imu->config)];
    uint8_t found[sizeof(imu->config)];
    int r = read_bytes(imu, REG_SMPLRT_DIV, found, sizeof(found));

    if (r < 0)
        return r;
    if (memcmp(found, imu->config, sizeof(found)) == 0)
        return 0;
    return memcmp(found, power_on, sizeof(found)) == 0 ? -ECONNRESET : -EBADMSG;
}

static int step_start_verify(struct mpu6050 *imu, int64_t now_ns)
{
    int r = verify(imu);

    if (r < 0)
        return r;
    imu->next_poll_ns = now_ns;
    imu->torn = 0;
    wait_for_frames(imu, now_ns);
    return MPU_READY;
}

static int step_count(struct mpu6050 *imu, int64_t now_ns)
{
    uint8_t bytes[2];
    int r = read_bytes(imu, REG_FIFO_COUNT_H, bytes, sizeof(bytes));

    if (r < 0)
        return r;
    unsigned count = (unsigned)bytes[0] << 8 | bytes[1];
    bool torn = count % MPU6050_FRAME != 0;
    imu->torn = torn ? imu->torn + 1 : 0;
    if (count > FIFO_BYTES - 2 * MPU6050_FRAME || imu->torn >= TORN_MAX) {
        go(imu, MPU_FLUSH, now_ns);
        return MPU_MORE;
    }
    if (torn) { /* counted while a frame was being stored? look again */
        imu->due_ns = now_ns + NSEC_PER_MSEC;
        return MPU_MORE;
    }
    imu->counted_ns = now_ns;
    imu->row_count = MIN(count / MPU6050_FRAME, (unsigned)MPU6050_ROWS);
    imu->bytes_got = 0;
    go(imu, imu->row_count > 0 ? MPU_PIECE : MPU_STATUS, now_ns);
    return MPU_MORE;
}

static int step_piece(struct mpu6050 *imu, int64_t now_ns)
{
    int r = read_bytes(imu, REG_FIFO_R_W, imu->raw + imu->bytes_got, MPU6050_PIECE);

    if (r == -EAGAIN) /* another master won the address: the chip was not asked */
        return r;
    if (r < 0) {
        /* How far the chip got is not known, so neither is where the next frame begins. */
        go(imu, MPU_FLUSH, now_ns);
        return r;
    }
    imu->bytes_got += MPU6050_PIECE;
    if (imu->bytes_got == imu->row_count * MPU6050_FRAME)
        go(imu, MPU_STATUS, now_ns);
    return MPU_MORE;
}

static int step_status(struct mpu6050 *imu, int64_t now_ns)
{
    uint8_t status;
    int r = read_bytes(imu, REG_INT_STATUS, &status, 1);

    if (r == -EAGAIN)
        return r;
    /* A read that failed may still have cleared the flags. */
    go(imu, r < 0 || status & INT_OVERFLOW ? MPU_FLUSH : MPU_VERIFY, now_ns);
    return r < 0 ? r : MPU_MORE;
}

static int step_verify(struct mpu6050 *imu, int64_t now_ns)
{
    int r = verify(imu);

    if (r == -EAGAIN)
        return r;
    if (r < 0) {
        go(imu, MPU_FLUSH, now_ns);
        return r;
    }
    wait_for_frames(imu, now_ns);
    return MPU_BATCH;
}

static int step_flush(struct mpu6050 *imu, int64_t now_ns)
{
    static const uint8_t values[] = {0, USER_FIFO_RESET, USER_FIFO_ON};
    bool writes = imu->step < ARRAY_SIZE(values);
    /* Last a look whether it was rubbish that made it seem to overflow. */
    int r = writes ? write_byte(imu, REG_USER_CTRL, values[imu->step]) : verify(imu);

    if (r < 0)
        return r;
    imu->step++;
    if (writes)
        return MPU_MORE;
    imu->row_count = 0;
    imu->torn = 0;
    wait_for_frames(imu, now_ns);
    return MPU_OVERFLOW;
}

int mpu6050_step(struct mpu6050 *imu, int64_t now_ns)
{
    int r;

    if (now_ns < imu->due_ns)
        return MPU_MORE;
    switch (imu->state) {
    case MPU_WHO: return step_who(imu, now_ns);
    case MPU_RESET:
        r = write_byte(imu, REG_PWR_MGMT_1, PWR_RESET);
        if (r == 0)
            go(imu, MPU_CONFIGURE, now_ns + RESET_NS);
        return r < 0 ? r : MPU_MORE;
    case MPU_CONFIGURE: return step_configure(imu, now_ns);
    case MPU_START_VERIFY: return step_start_verify(imu, now_ns);
    case MPU_COUNT: return step_count(imu, now_ns);
    case MPU_PIECE: return step_piece(imu, now_ns);
    case MPU_STATUS: return step_status(imu, now_ns);
    case MPU_VERIFY: return step_verify(imu, now_ns);
    case MPU_FLUSH: return step_flush(imu, now_ns);
    }
    return -EINVAL;
}

static int code_at(const uint8_t *bytes)
{
    return (int16_t)(uint16_t)(bytes[0] << 8 | bytes[1]);
}

void mpu6050_row(const struct mpu6050 *imu, unsigned i, float *values)
{
    const uint8_t *bytes = imu->raw + (size_t)i * MPU6050_FRAME;

    for (int axis = 0; axis < 3; axis++) {
        values[axis] = (float)(code_at(bytes + 2 * axis) * imu->g_per_code);
        values[3 + axis] = (float)(code_at(bytes + 6 + 2 * axis) * imu->dps_per_code);
    }
}
