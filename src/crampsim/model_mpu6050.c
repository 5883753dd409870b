/* SPDX-License-Identifier: MIT */
#include "crampsim/model_mpu6050.h"

#include <math.h>
#include <string.h>

enum {
    REG_SMPLRT_DIV = 0x19,
    REG_CONFIG = 0x1a,
    REG_GYRO_CONFIG = 0x1b,
    REG_ACCEL_CONFIG = 0x1c,
    REG_FIFO_EN = 0x23,
    REG_INT_PIN_CFG = 0x37,
    REG_INT_ENABLE = 0x38,
    REG_INT_STATUS = 0x3a,
    REG_ACCEL = 0x3b,
    REG_TEMP = 0x41,
    REG_GYRO = 0x43,
    REG_MOT_DETECT_STATUS = 0x61,
    REG_USER_CTRL = 0x6a,
    REG_PWR_MGMT_1 = 0x6b,
    REG_FIFO_COUNT_H = 0x72,
    REG_FIFO_COUNT_L = 0x73,
    REG_FIFO_R_W = 0x74,
    REG_WHO_AM_I = 0x75,
    REG_COUNT = 0x76,
};

#define PIN_ACTIVE_LOW  0x80u
#define PIN_LATCH       0x20u
#define PIN_CLEAR_ANY   0x10u
#define INT_DATA_READY  0x01u
#define INT_OVERFLOW    0x10u
#define USER_FIFO_EN    0x40u
#define USER_FIFO_RESET 0x04u
#define POWER_RESET     0x80u
#define POWER_SLEEP     0x40u
#define INT_PULSE_NS    (50 * NSEC_PER_USEC) /* RM-MPU-6000A, INT_PIN_CFG */

struct model_mpu6050 {
    struct model model;
    struct world_signal motion;
    uint8_t registers[REG_COUNT];
    uint8_t pointer;
    uint8_t count_latch_low;
    int64_t reset_done_ns;

    int64_t sample_ns; /* next sample; MODEL_NEVER while asleep */
    double carry_ns;
    unsigned samples;

    uint8_t fifo[MODEL_MPU6050_FIFO];
    size_t fifo_first, fifo_used;
    uint8_t fifo_last; /* what an empty FIFO repeats */

    bool asserted;
    int64_t pulse_end_ns;
};

static struct model_mpu6050 *mpu_of(struct model *model)
{
    return (struct model_mpu6050 *)model;
}

static const struct model_mpu6050 *const_mpu_of(const struct model *model)
{
    return (const struct model_mpu6050 *)model;
}

static void schedule_sample(struct model_mpu6050 *mpu, int64_t from_ns)
{
    unsigned filter = mpu->registers[REG_CONFIG] & 7u;
    double output_hz = filter == 0 || filter == 7 ? 8000.0 : 1000.0;
    double rate = output_hz / (1.0 + mpu->registers[REG_SMPLRT_DIV]) * (1.0 + mpu->model.rate_error);
    double period = 1e9 / rate + mpu->carry_ns;

    mpu->sample_ns = from_ns + (int64_t)period;
    mpu->carry_ns = period - floor(period);
}

static void fifo_push(struct model_mpu6050 *mpu, uint8_t byte)
{
    if (mpu->fifo_used == MODEL_MPU6050_FIFO) {
        mpu->fifo_first = (mpu->fifo_first + 1) % MODEL_MPU6050_FIFO;
        mpu->fifo_used--;
        mpu->registers[REG_INT_STATUS] |= INT_OVERFLOW;
    }
    mpu->fifo[(mpu->fifo_first + mpu->fifo_used++) % MODEL_MPU6050_FIFO] = byte;
}

static uint8_t fifo_pop(struct model_mpu6050 *mpu)
{
    if (mpu->fifo_used > 0) {
        mpu->fifo_last = mpu->fifo[mpu->fifo_first];
        mpu->fifo_first = (mpu->fifo_first + 1) % MODEL_MPU6050_FIFO;
        mpu->fifo_used--;
    }
    return mpu->fifo_last;
}

/* FIFO_EN: which data registers go into the FIFO, in the order of their addresses. */
static void fifo_push_frame(struct model_mpu6050 *mpu)
{
    static const struct {
        uint8_t bit, first, size;
    } parts[] = {
        {0x08, REG_ACCEL, 6},    {0x80, REG_TEMP, 2},     {0x40, REG_GYRO, 2},
        {0x20, REG_GYRO + 2, 2}, {0x10, REG_GYRO + 4, 2},
    };

    if (!(mpu->registers[REG_USER_CTRL] & USER_FIFO_EN))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        for (unsigned k = 0; mpu->registers[REG_FIFO_EN] & parts[i].bit && k < parts[i].size; k++)
            fifo_push(mpu, mpu->registers[parts[i].first + k]);
}

static void put_axis(uint8_t *at, double value, double per_unit)
{
    double raw = rint(value * per_unit);
    int16_t code = raw >= 32767.0 ? 32767 : raw <= -32768.0 ? -32768 : isnan(raw) ? 0 : (int16_t)raw;

    at[0] = (uint8_t)((uint16_t)code >> 8);
    at[1] = (uint8_t)code;
}

static void measure(struct model_mpu6050 *mpu, int64_t t_ns)
{
    double values[6] = {0};
    double per_g = 16384.0 / (1 << ((mpu->registers[REG_ACCEL_CONFIG] >> 3) & 3));
    double per_dps = 131.072 / (1 << ((mpu->registers[REG_GYRO_CONFIG] >> 3) & 3));

    mpu->motion.read(mpu->motion.context, t_ns, values, 6);
    for (unsigned i = 0; i < 3; i++) {
        put_axis(&mpu->registers[REG_ACCEL + 2 * i], values[i], per_g);
        put_axis(&mpu->registers[REG_GYRO + 2 * i], values[3 + i], per_dps);
    }
    put_axis(&mpu->registers[REG_TEMP], 25.0 - 36.53, 340.0);
}

/* The pin follows the status bits that INT_ENABLE lets through. */
static void raise_interrupt(struct model_mpu6050 *mpu, int64_t t_ns)
{
    if (!(mpu->registers[REG_INT_STATUS] & mpu->registers[REG_INT_ENABLE]))
        return;
    mpu->asserted = true;
    mpu->pulse_end_ns = mpu->registers[REG_INT_PIN_CFG] & PIN_LATCH ? MODEL_NEVER : t_ns + INT_PULSE_NS;
}

static void take_sample(struct model_mpu6050 *mpu)
{
    int64_t t_ns = mpu->sample_ns;

    if (!mpu->model.stuck && !(mpu->model.repeat && mpu->samples % 2))
        measure(mpu, t_ns);
    mpu->samples++;
    mpu->registers[REG_INT_STATUS] |= INT_DATA_READY;
    fifo_push_frame(mpu);
    raise_interrupt(mpu, t_ns);
    schedule_sample(mpu, t_ns);
}

static int64_t mpu_next_wake(const struct model *model)
{
    const struct model_mpu6050 *mpu = const_mpu_of(model);

    return MIN(mpu->sample_ns, mpu->pulse_end_ns);
}

static void mpu_wake(struct model *model)
{
    struct model_mpu6050 *mpu = mpu_of(model);

    if (mpu->pulse_end_ns <= mpu->sample_ns) {
        mpu->pulse_end_ns = MODEL_NEVER;
        mpu->asserted = false;
    } else if (mpu->sample_ns != MODEL_NEVER) {
        take_sample(mpu);
    }
}

static bool mpu_pin(const struct model *model)
{
    const struct model_mpu6050 *mpu = const_mpu_of(model);

    return (mpu->registers[REG_INT_PIN_CFG] & PIN_ACTIVE_LOW) ? !mpu->asserted : mpu->asserted;
}

static void mpu_power_on(struct model *model, int64_t now_ns)
{
    struct model_mpu6050 *mpu = mpu_of(model);

    (void)now_ns;
    memset(mpu->registers, 0, sizeof(mpu->registers));
    mpu->registers[REG_PWR_MGMT_1] = POWER_SLEEP;
    mpu->registers[REG_WHO_AM_I] = 0x68;
    mpu->pointer = 0;
    mpu->count_latch_low = 0;
    mpu->reset_done_ns = INT64_MIN;
    mpu->sample_ns = MODEL_NEVER;
    mpu->carry_ns = 0;
    mpu->samples = 0;
    mpu->fifo_first = mpu->fifo_used = 0;
    mpu->fifo_last = 0;
    mpu->asserted = false;
    mpu->pulse_end_ns = MODEL_NEVER;
}

static void write_power(struct model_mpu6050 *mpu, int64_t now_ns, uint8_t value)
{
    if (value & POWER_RESET) {
        uint8_t pointer = mpu->pointer;

        mpu_power_on(&mpu->model, now_ns);
        mpu->pointer = pointer;
        mpu->reset_done_ns = now_ns + MODEL_MPU6050_RESET_BUSY_NS;
        return;
    }
    mpu->registers[REG_PWR_MGMT_1] = value;
    if (value & POWER_SLEEP)
        mpu->sample_ns = MODEL_NEVER;
    else if (mpu->sample_ns == MODEL_NEVER)
        schedule_sample(mpu, now_ns);
}

/* FIFO_RESET only acts while the FIFO is (or is being) disabled: RM-MPU-6000A, USER_CTRL. */
static void write_user_control(struct model_mpu6050 *mpu, uint8_t value)
{
    bool enabled = mpu->registers[REG_USER_CTRL] & value & USER_FIFO_EN;

    if ((value & USER_FIFO_RESET) && !enabled)
        mpu->fifo_first = mpu->fifo_used = 0;
    mpu->registers[REG_USER_CTRL] = value & 0xf0u;
}

static void write_register(struct model_mpu6050 *mpu, int64_t now_ns, uint8_t address, uint8_t value)
{
    bool read_only = address >= REG_INT_STATUS && address <= REG_MOT_DETECT_STATUS;

    if (address >= REG_FIFO_COUNT_H || read_only || now_ns < mpu->reset_done_ns)
        return;
    if (address == REG_PWR_MGMT_1)
        write_power(mpu, now_ns, value);
    else if (address == REG_USER_CTRL)
        write_user_control(mpu, value);
    else
        mpu->registers[address] = value;
}

static void clear_interrupt(struct model_mpu6050 *mpu)
{
    mpu->registers[REG_INT_STATUS] = 0;
    if (mpu->registers[REG_INT_PIN_CFG] & PIN_LATCH)
        mpu->asserted = false;
}

static uint8_t read_register(struct model_mpu6050 *mpu, int64_t now_ns, uint8_t address)
{
    uint8_t value = address < REG_COUNT ? mpu->registers[address] : 0;

    switch (address) {
    case REG_INT_STATUS: clear_interrupt(mpu); return value;
    case REG_PWR_MGMT_1: return now_ns < mpu->reset_done_ns ? POWER_RESET | POWER_SLEEP : value;
    case REG_FIFO_COUNT_H:
        mpu->count_latch_low = (uint8_t)mpu->fifo_used;
        return (uint8_t)(mpu->fifo_used >> 8);
    case REG_FIFO_COUNT_L: return mpu->count_latch_low;
    case REG_FIFO_R_W: return fifo_pop(mpu);
    default: return value;
    }
}

static int mpu_transfer(struct model *model, int64_t now_ns, const uint8_t *write, size_t write_size,
                        uint8_t *read, size_t read_size)
{
    struct model_mpu6050 *mpu = mpu_of(model);

    if (write_size > 0)
        mpu->pointer = write[0];
    for (size_t i = 1; i < write_size; i++) {
        write_register(mpu, now_ns, mpu->pointer, write[i]);
        mpu->pointer = (uint8_t)(mpu->pointer + (mpu->pointer != REG_FIFO_R_W));
    }
    for (size_t i = 0; i < read_size; i++) {
        read[i] = read_register(mpu, now_ns, mpu->pointer);
        mpu->pointer = (uint8_t)(mpu->pointer + (mpu->pointer != REG_FIFO_R_W));
    }
    if (read_size > 0 && (mpu->registers[REG_INT_PIN_CFG] & PIN_CLEAR_ANY))
        clear_interrupt(mpu);
    return 0;
}

/* One FIFO's worth of frames that nobody reads. */
static void mpu_overflow(struct model *model)
{
    struct model_mpu6050 *mpu = mpu_of(model);

    if (!(mpu->registers[REG_USER_CTRL] & USER_FIFO_EN) || !(mpu->registers[REG_FIFO_EN] & 0xf8u))
        return;
    for (unsigned i = 0; i <= MODEL_MPU6050_FIFO / 2; i++)
        fifo_push_frame(mpu);
}

static void mpu_free(struct model *model)
{
    free(mpu_of(model));
}

static const struct model_ops mpu_ops = {
    .transfer = mpu_transfer,
    .next_wake = mpu_next_wake,
    .wake = mpu_wake,
    .pin = mpu_pin,
    .power_on = mpu_power_on,
    .overflow = mpu_overflow,
    .free = mpu_free,
};

struct model *model_mpu6050_new(struct world_signal motion, int64_t now_ns)
{
    struct model_mpu6050 *mpu = calloc(1, sizeof(*mpu));

    if (!mpu)
        return NULL;
    mpu->model.ops = &mpu_ops;
    mpu->motion = motion;
    mpu_power_on(&mpu->model, now_ns);
    return &mpu->model;
}
