/* SPDX-License-Identifier: MIT */
/* Chips that answer with any bytes, or not at all: the drivers never believe more than they were told. */
#include "fuzz.h"

#include "sensor/ads1x15.h"
#include "sensor/mpu6050.h"

#include <errno.h>
#include <math.h>

/* A bus that mostly remembers what was written, so that drivers get somewhere, and answers off the input when
 * the input says so: always for registers that nobody writes (results, FIFO, status). */
struct babbling_bus {
    struct i2c_bus bus;
    struct fuzz_input input;
    unsigned transfers;
    unsigned width; /* bytes a register has */
    uint8_t pointer;
    uint8_t memory[256][2];
    bool written[256];
};

static void remember(struct babbling_bus *babbling, const uint8_t *bytes, size_t size)
{
    babbling->pointer = bytes[0];
    for (size_t i = 1; i < size; i++) {
        uint8_t reg = (uint8_t)(bytes[0] + (i - 1) / babbling->width);
        babbling->memory[reg][(i - 1) % babbling->width] = bytes[i];
        babbling->written[reg] = true;
    }
}

static int babble(struct i2c_bus *bus, uint8_t address, const void *write, size_t write_size, void *read,
                  size_t read_size)
{
    static const int errors[] = {-EREMOTEIO, -ETIMEDOUT, -EAGAIN, -ENXIO, -ENODEV};
    struct babbling_bus *babbling = (struct babbling_bus *)bus;
    uint8_t *bytes = read;

    (void)address;
    PROMISE(write_size == 0 || write);
    PROMISE(read_size == 0 || read);
    PROMISE(read_size + write_size > 0 && read_size <= 64);
    babbling->transfers++;
    uint8_t kind = fuzz_byte(&babbling->input);
    if (kind >= 0xf0)
        return errors[kind % 5];
    if (write_size)
        remember(babbling, write, write_size);
    if (read_size)
        fuzz_take(&babbling->input, read, read_size);
    for (size_t i = 0; i < read_size && kind < 0xe0; i++) {
        uint8_t reg = (uint8_t)(babbling->pointer + i / babbling->width);
        if (babbling->written[reg])
            bytes[i] = babbling->memory[reg][i % babbling->width];
    }
    return 0;
}

static int reopen(struct i2c_bus *bus)
{
    return fuzz_byte(&((struct babbling_bus *)bus)->input) & 1 ? -ENODEV : 0;
}

static void leave(struct i2c_bus *bus)
{
    (void)bus;
}

static const struct i2c_bus_ops babbling_ops = {.transfer = babble, .reopen = reopen, .free = leave};

static void try_adc(struct babbling_bus *babbling)
{
    static const struct emg_params params = {.chip = ADC_ADS1115,
                                             .address = 0x48,
                                             .rate_hz = 860,
                                             .adc_range_v = 2.048,
                                             .gain = 200,
                                             .reference_v = 1.65};
    struct ads1x15 adc;
    int16_t code;

    PROMISE(ads1x15_setup(&adc, &babbling->bus, &params) == 0);
    PROMISE(ads1x15_init(&adc) <= 0);
    for (int i = 0; i < 50 && babbling->input.size; i++) {
        if (ads1x15_read(&adc, &code) == 0)
            PROMISE(isfinite(ads1x15_uv(&adc, code)));
        if (i % 16 == 15)
            PROMISE(ads1x15_verify(&adc) <= 0);
    }
}

static void try_imu(struct babbling_bus *babbling)
{
    static const struct imu_params params = {
        .chip = IMU_MPU6050, .address = 0x68, .rate_hz = 100, .acc_range_g = 4, .gyro_range_dps = 500};
    struct mpu6050 imu;
    double rate_hz;
    float row[6];
    int64_t now = 0;

    memset(&imu, 0, sizeof(imu));
    PROMISE(mpu6050_setup(&imu, &babbling->bus, &params, &rate_hz) == 0);
    PROMISE(rate_hz > 0);
    mpu6050_restart(&imu, now);
    while (babbling->input.size) {
        unsigned before = babbling->transfers;
        int result = mpu6050_step(&imu, now);
        PROMISE(result <= MPU_OVERFLOW);
        PROMISE(babbling->transfers <= before + 1); /* never holds the bus for long */
        if (result == MPU_BATCH) {
            PROMISE(imu.row_count <= MPU6050_ROWS);
            for (unsigned i = 0; i < imu.row_count; i++) {
                mpu6050_row(&imu, i, row);
                for (int axis = 0; axis < 6; axis++)
                    PROMISE(isfinite(row[axis]));
            }
        }
        if (result < 0)
            mpu6050_restart(&imu, now);
        if (babbling->transfers == before && imu.due_ns <= now)
            break; /* it waits for nothing: the promise below is the end of it */
        now = imu.due_ns > now ? imu.due_ns : now + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct babbling_bus babbling = {.bus = {.ops = &babbling_ops, .path = "fuzz"}, .input = {data, size}};

    bool imu = fuzz_byte(&babbling.input) & 1;
    babbling.width = imu ? 1 : 2;
    if (imu)
        try_imu(&babbling);
    else
        try_adc(&babbling);
    return 0;
}
