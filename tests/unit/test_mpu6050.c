/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sensor/mpu6050.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* A bus with one chip whose FIFO the test fills by hand. */
struct fake {
    struct i2c_bus bus;
    uint8_t registers[128];
    uint8_t fifo[1024];
    unsigned used, taken;
    unsigned longest; /* transfer, bytes */
    unsigned transfers, writes;
    int fail_register, error;
};

static int fake_transfer(struct i2c_bus *bus, uint8_t address, const void *write, size_t write_size,
                         void *read, size_t read_size)
{
    struct fake *fake = (struct fake *)bus;
    const uint8_t *w = write;
    uint8_t *r = read;

    fake->transfers++;
    fake->longest = MAX(fake->longest, (unsigned)(write_size + read_size));
    if (address != 0x68)
        return -ENXIO;
    assert_true(write_size >= 1);
    if (fake->error && w[0] == fake->fail_register)
        return fake->error;
    if (write_size == 2) {
        fake->writes++;
        fake->registers[w[0]] = w[1];
        if (w[0] == 0x6A && w[1] & 0x04)
            fake->used = fake->taken = 0;
    }
    for (size_t i = 0; i < read_size; i++) {
        if (w[0] == 0x74)
            r[i] = fake->taken < fake->used ? fake->fifo[fake->taken++] : 0xFF;
        else if (w[0] + i == 0x72)
            r[i] = (uint8_t)((fake->used - fake->taken) >> 8);
        else if (w[0] + i == 0x73)
            r[i] = (uint8_t)(fake->used - fake->taken);
        else
            r[i] = fake->registers[w[0] + i];
    }
    if (w[0] == 0x3A)
        fake->registers[0x3A] = 0;
    return 0;
}

static const struct i2c_bus_ops fake_ops = {.transfer = fake_transfer};

static const struct imu_params params = {.chip = IMU_MPU6050,
                                         .address = 0x68,
                                         .rate_hz = 100,
                                         .acc_range_g = 4,
                                         .gyro_range_dps = 500,
                                         .interrupt_line = ""};

struct bench {
    struct fake fake;
    struct mpu6050 imu;
    int64_t now_ns;
    int result;
};

/* Steps until something else than MPU_MORE comes out. */
static int step(struct bench *bench)
{
    int r = MPU_MORE;

    for (int i = 0; i < 100 && r == MPU_MORE; i++) {
        bench->now_ns = MAX(bench->now_ns, bench->imu.due_ns);
        r = mpu6050_step(&bench->imu, bench->now_ns);
    }
    return r;
}

static void bench_init(struct bench *bench)
{
    double rate_hz;

    memset(bench, 0, sizeof(*bench));
    bench->fake.bus = (struct i2c_bus){&fake_ops, "/dev/i2c-test"};
    bench->fake.registers[0x75] = 0x68;
    assert_int_equal(mpu6050_setup(&bench->imu, &bench->fake.bus, &params, &rate_hz), 0);
    assert_true(fabs(rate_hz - 100) < 1e-9);
    mpu6050_restart(&bench->imu, 0);
}

static void put_frame(struct fake *fake, int first)
{
    for (int i = 0; i < 6; i++) {
        int value = first + i;
        fake->fifo[fake->used++] = (uint8_t)((unsigned)value >> 8);
        fake->fifo[fake->used++] = (uint8_t)value;
    }
}

static void setting_up_writes_what_the_register_map_says(void **state)
{
    (void)state;
    struct bench b;

    bench_init(&b);
    assert_int_equal(step(&b), MPU_READY);
    assert_int_equal(b.fake.registers[0x6B], 0x01);
    assert_int_equal(b.fake.registers[0x19], 9);      /* 1 kHz / 10 */
    assert_int_equal(b.fake.registers[0x1A], 3);      /* 44 Hz */
    assert_int_equal(b.fake.registers[0x1B], 1 << 3); /* 500 deg/s */
    assert_int_equal(b.fake.registers[0x1C], 1 << 3); /* 4 g */
    assert_int_equal(b.fake.registers[0x23], 0x78);
    assert_int_equal(b.fake.registers[0x6A], 0x40);
    /* The pauses of the register map were kept. */
    assert_true(b.now_ns >= 160 * NSEC_PER_MSEC);
}

static void a_stranger_is_not_written_to(void **state)
{
    (void)state;
    struct bench b;

    bench_init(&b);
    b.fake.registers[0x75] = 0x00;
    assert_int_equal(step(&b), -EBADMSG);
    assert_int_equal(b.fake.writes, 0);
    b.fake.registers[0x75] = 0x70; /* a sibling */
    mpu6050_restart(&b.imu, b.now_ns);
    assert_int_equal(step(&b), MPU_READY);
    assert_int_equal(b.imu.who, 0x70);
    assert_null(mpu6050_name(0x55));
}

static void frames_become_g_and_degrees(void **state)
{
    (void)state;
    struct bench b;
    float row[6];

    bench_init(&b);
    step(&b);
    put_frame(&b.fake, 8192);
    put_frame(&b.fake, -8192);
    assert_int_equal(step(&b), MPU_BATCH);
    assert_int_equal(b.imu.row_count, 2);
    mpu6050_row(&b.imu, 0, row);
    assert_true(fabs((double)row[0] - 1.0) < 1e-6);
    assert_true(fabs((double)row[3] - 8195 * 500.0 / 32768) < 1e-4);
    mpu6050_row(&b.imu, 1, row);
    assert_true(fabs((double)row[0] + 1.0) < 1e-6);
    /* An empty FIFO would repeat its last byte: nothing is read from it. */
    assert_int_equal(step(&b), MPU_BATCH);
    assert_int_equal(b.imu.row_count, 0);
}

static void no_transfer_is_long(void **state)
{
    (void)state;
    struct bench b;

    bench_init(&b);
    step(&b);
    for (int i = 0; i < 20; i++)
        put_frame(&b.fake, i);
    assert_int_equal(step(&b), MPU_BATCH);
    assert_int_equal(b.imu.row_count, 20);
    assert_true(b.fake.longest <= 7);
}

static void an_overflow_empties_the_fifo_and_hands_out_nothing(void **state)
{
    (void)state;
    struct bench b;

    bench_init(&b);
    step(&b);
    put_frame(&b.fake, 1);
    b.fake.registers[0x3A] = 0x10;
    assert_int_equal(step(&b), MPU_OVERFLOW);
    assert_int_equal(b.imu.row_count, 0);
    assert_int_equal(b.fake.used, 0);
    assert_int_equal(b.fake.registers[0x6A], 0x40);
    /* More in it than a sibling's FIFO can hold. */
    for (int i = 0; i < 45; i++)
        put_frame(&b.fake, i);
    assert_int_equal(step(&b), MPU_OVERFLOW);
    put_frame(&b.fake, 1);
    assert_int_equal(step(&b), MPU_BATCH);
    assert_int_equal(b.imu.row_count, 1);
}

static void half_a_frame_is_waited_for_and_then_thrown_away(void **state)
{
    (void)state;
    struct bench b;

    bench_init(&b);
    step(&b);
    put_frame(&b.fake, 1);
    b.fake.used -= 5;
    /* Stored while it was counted: the rest comes. */
    b.now_ns = b.imu.due_ns;
    assert_int_equal(mpu6050_step(&b.imu, b.now_ns), MPU_MORE);
    b.fake.used += 5;
    assert_int_equal(step(&b), MPU_BATCH);
    assert_int_equal(b.imu.row_count, 1);
    /* It does not come: alignment is gone. */
    put_frame(&b.fake, 1);
    b.fake.used -= 5;
    assert_int_equal(step(&b), MPU_OVERFLOW);
    assert_int_equal(b.fake.used, 0);
}

static void a_reset_in_mid_flight_hands_out_nothing(void **state)
{
    (void)state;
    struct bench b;

    bench_init(&b);
    step(&b);
    put_frame(&b.fake, 1);
    memset(&b.fake.registers[0x19], 0, 4);
    assert_int_equal(step(&b), -ECONNRESET);
    b.fake.registers[0x1A] = 0x55;
    mpu6050_restart(&b.imu, b.now_ns);
    assert_int_equal(step(&b), MPU_READY);
    b.fake.registers[0x1C] = 0x55;
    assert_int_equal(step(&b), -EBADMSG);
}

static void a_broken_read_begins_with_an_empty_fifo(void **state)
{
    (void)state;
    struct bench b;

    bench_init(&b);
    step(&b);
    put_frame(&b.fake, 1);
    put_frame(&b.fake, 100);
    b.fake.fail_register = 0x74;
    b.fake.error = -ETIMEDOUT;
    assert_int_equal(step(&b), -ETIMEDOUT);
    b.fake.error = 0;
    assert_int_equal(step(&b), MPU_OVERFLOW);
    assert_int_equal(b.fake.used, 0);
    /* Lost arbitration is before the chip was asked: the frames are all there. */
    put_frame(&b.fake, 1);
    b.fake.error = -EAGAIN;
    assert_int_equal(step(&b), -EAGAIN);
    b.fake.error = 0;
    assert_int_equal(step(&b), MPU_BATCH);
    assert_int_equal(b.imu.row_count, 1);
}

static void settings_outside_the_chip_are_refused(void **state)
{
    (void)state;
    struct imu_params wrong[] = {params, params, params, params};
    struct mpu6050 imu;
    double rate_hz;

    wrong[0].rate_hz = 0;
    wrong[1].rate_hz = 3;
    wrong[2].acc_range_g = 5;
    wrong[3].gyro_range_dps = 300;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_int_equal(mpu6050_setup(&imu, NULL, &wrong[i], &rate_hz), -EINVAL);
    wrong[0].rate_hz = 120; /* 1000 / 8 */
    assert_int_equal(mpu6050_setup(&imu, NULL, &wrong[0], &rate_hz), 0);
    assert_true(fabs(rate_hz - 125) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_up_writes_what_the_register_map_says),
        cmocka_unit_test(a_stranger_is_not_written_to),
        cmocka_unit_test(frames_become_g_and_degrees),
        cmocka_unit_test(no_transfer_is_long),
        cmocka_unit_test(an_overflow_empties_the_fifo_and_hands_out_nothing),
        cmocka_unit_test(half_a_frame_is_waited_for_and_then_thrown_away),
        cmocka_unit_test(a_reset_in_mid_flight_hands_out_nothing),
        cmocka_unit_test(a_broken_read_begins_with_an_empty_fifo),
        cmocka_unit_test(settings_outside_the_chip_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
