/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crampsim/model_mpu6050.h"

#include <string.h>

static double motion[6];

static void read_motion(void *context, int64_t t_ns, double *values, unsigned count)
{
    (void)context;
    (void)t_ns;
    memcpy(values, motion, count * sizeof(*values));
}

static const struct world_signal signal = {read_motion, NULL};

static void set(struct model *m, int64_t now, uint8_t reg, uint8_t value)
{
    uint8_t bytes[2] = {reg, value};

    assert_int_equal(model_transfer(m, now, bytes, 2, NULL, 0), 0);
}

static void get(struct model *m, int64_t now, uint8_t reg, uint8_t *bytes, size_t count)
{
    assert_int_equal(model_transfer(m, now, &reg, 1, bytes, count), 0);
}

static unsigned get_one(struct model *m, int64_t now, uint8_t reg)
{
    uint8_t byte;

    get(m, now, reg, &byte, 1);
    return byte;
}

static unsigned fifo_count(struct model *m)
{
    uint8_t bytes[2];

    get(m, 0, 0x72, bytes, 2);
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static void run(struct model *m, int64_t until)
{
    while (model_next_wake(m) <= until)
        model_wake(m);
}

/* Awake, 100 Hz, acceleration into the FIFO. */
static struct model *running_chip(void)
{
    struct model *m = model_mpu6050_new(signal, 0);

    set(m, 0, 0x1a, 0x03);
    set(m, 0, 0x19, 9);
    set(m, 0, 0x23, 0x08);
    set(m, 0, 0x6a, 0x40);
    set(m, 0, 0x6b, 0x01);
    return m;
}

static void wakes_in_sleep_and_says_who_it_is(void **state)
{
    (void)state;
    _cleanup_(model_freep) struct model *m = model_mpu6050_new(signal, 0);

    assert_int_equal(get_one(m, 0, 0x75), 0x68);
    assert_int_equal(get_one(m, 0, 0x6b), 0x40);
    assert_true(model_next_wake(m) == MODEL_NEVER);
    set(m, 0, 0x75, 0x11);
    assert_int_equal(get_one(m, 0, 0x75), 0x68);
}

static void reset_takes_its_time(void **state)
{
    (void)state;
    _cleanup_(model_freep) struct model *m = running_chip();

    set(m, 0, 0x6b, 0x80);
    assert_true(get_one(m, 0, 0x6b) & 0x80);
    assert_int_equal(get_one(m, 0, 0x19), 0);
    set(m, NSEC_PER_MSEC, 0x6b, 0x01); /* too early: lost */
    assert_true(model_next_wake(m) == MODEL_NEVER);
    assert_int_equal(get_one(m, 100 * NSEC_PER_MSEC, 0x6b), 0x40);
    set(m, 100 * NSEC_PER_MSEC, 0x6b, 0x01);
    assert_true(model_next_wake(m) != MODEL_NEVER);
}

static void rate_comes_from_filter_divider_and_oscillator(void **state)
{
    (void)state;
    static const struct {
        uint8_t filter, divider;
        double error, hz;
    } cases[] = {{3, 9, 0, 100}, {1, 4, 0.1, 220}, {0, 79, 0, 100}, {7, 7, -0.05, 950}, {6, 0, 0, 1000}};

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(model_freep) struct model *m = model_mpu6050_new(signal, 0);
        unsigned n = 0;

        m->rate_error = cases[i].error;
        set(m, 0, 0x1a, cases[i].filter);
        set(m, 0, 0x19, cases[i].divider);
        set(m, 0, 0x6b, 0x01);
        for (; model_next_wake(m) <= NSEC_PER_SEC; n++)
            model_wake(m);
        assert_in_range(n, (unsigned)cases[i].hz - 1, (unsigned)cases[i].hz + 1);
    }
}

static void data_is_big_endian_in_the_chosen_ranges(void **state)
{
    (void)state;
    static const double per_g[4] = {16384, 8192, 4096, 2048};
    static const double full_dps[4] = {250, 500, 1000, 2000};

    for (unsigned i = 0; i < 4; i++) {
        _cleanup_(model_freep) struct model *m = running_chip();
        uint8_t b[14];
        double wanted[6] = {0.5, -1.0, 100, full_dps[i] / 2, -full_dps[i], 1e9};

        memcpy(motion, wanted, sizeof(motion));
        set(m, 0, 0x1c, (uint8_t)(i << 3));
        set(m, 0, 0x1b, (uint8_t)(i << 3));
        run(m, 20 * NSEC_PER_MSEC);
        get(m, 20 * NSEC_PER_MSEC, 0x3b, b, 14);
        assert_int_equal((int16_t)(b[0] << 8 | b[1]), (int)(0.5 * per_g[i]));
        assert_int_equal((int16_t)(b[2] << 8 | b[3]), (int)(-per_g[i]));
        assert_int_equal((int16_t)(b[4] << 8 | b[5]), 32767);
        assert_int_equal((int16_t)(b[6] << 8 | b[7]), -3920);
        assert_int_equal((int16_t)(b[8] << 8 | b[9]), 16384);
        assert_int_equal((int16_t)(b[10] << 8 | b[11]), -32768);
        assert_int_equal((int16_t)(b[12] << 8 | b[13]), 32767);
    }
}

static void fifo_takes_the_chosen_parts_in_order(void **state)
{
    (void)state;
    static const struct {
        uint8_t enable, size;
        uint8_t bytes[14];
    } cases[] = {
        {0x08, 6, {0x40, 0, 0xc0, 0, 0x20, 0}},
        {0x78, 12, {0x40, 0, 0xc0, 0, 0x20, 0, 0x40, 0, 0xc0, 0, 0x20, 0}},
        {0xa0, 4, {0xf0, 0xb0, 0xc0, 0}}, /* temperature, gyro y */
    };
    const double wanted[6] = {1, -1, 0.5, 125, -125, 62.5};

    memcpy(motion, wanted, sizeof(motion));
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(model_freep) struct model *m = running_chip();
        uint8_t bytes[14];

        set(m, 0, 0x23, cases[i].enable);
        run(m, 35 * NSEC_PER_MSEC);
        assert_int_equal(fifo_count(m), 3 * cases[i].size);
        get(m, 0, 0x74, bytes, cases[i].size);
        assert_memory_equal(bytes, cases[i].bytes, cases[i].size);
        assert_int_equal(fifo_count(m), 2 * cases[i].size);
    }
}

static void count_is_latched_by_its_high_byte(void **state)
{
    (void)state;
    _cleanup_(model_freep) struct model *m = running_chip();

    run(m, 500 * NSEC_PER_MSEC); /* 50 frames: 300 bytes */
    assert_int_equal(get_one(m, 0, 0x72), 1);
    run(m, 600 * NSEC_PER_MSEC);
    assert_int_equal(get_one(m, 0, 0x73), 300 - 256);
    assert_int_equal(get_one(m, 0, 0x72), 1);
    assert_int_equal(get_one(m, 0, 0x73), 360 - 256);
}

static void empty_fifo_repeats_its_last_byte(void **state)
{
    (void)state;
    _cleanup_(model_freep) struct model *m = running_chip();
    uint8_t bytes[9];

    motion[2] = 77.0 / 16384; /* low byte 77 */
    run(m, 15 * NSEC_PER_MSEC);
    get(m, 0, 0x74, bytes, 9);
    for (unsigned i = 5; i < 9; i++)
        assert_int_equal(bytes[i], 77);
    assert_int_equal(fifo_count(m), 0);
}

static void overflow_loses_the_oldest_and_the_alignment(void **state)
{
    (void)state;
    _cleanup_(model_freep) struct model *m = running_chip();
    uint8_t bytes[4];

    motion[0] = 1.0;
    motion[1] = motion[2] = 0;
    run(m, 2 * NSEC_PER_SEC); /* 1200 bytes */
    assert_int_equal(fifo_count(m), 1024);
    assert_true(get_one(m, 0, 0x3a) & 0x10);
    assert_false(get_one(m, 0, 0x3a) & 0x10); /* reading clears */
    get(m, 0, 0x74, bytes, 4);
    assert_int_not_equal(bytes[0], 0x40); /* 1024 is no multiple of 6 */
    set(m, 0, 0x6a, 0x44);                /* reset while enabled: not heard */
    assert_int_equal(fifo_count(m), 1020);
    set(m, 0, 0x6a, 0x00);
    set(m, 0, 0x6a, 0x44);
    assert_int_equal(fifo_count(m), 0);
    assert_int_equal(get_one(m, 0, 0x6a), 0x40);
    model_overflow(m);
    assert_int_equal(fifo_count(m), 1024);
    assert_true(get_one(m, 0, 0x3a) & 0x10);
}

static void interrupt_pin_pulses_latches_and_inverts(void **state)
{
    (void)state;
    _cleanup_(model_freep) struct model *m = running_chip();

    run(m, 15 * NSEC_PER_MSEC);
    assert_false(model_pin(m)); /* not enabled */
    set(m, 0, 0x38, 0x01);
    run(m, 20 * NSEC_PER_MSEC);
    assert_true(model_pin(m));
    assert_int_equal(model_next_wake(m), 20 * NSEC_PER_MSEC + 50 * NSEC_PER_USEC);
    model_wake(m);
    assert_false(model_pin(m));
    set(m, 0, 0x37, 0xa0); /* active low, latched */
    assert_true(model_pin(m));
    run(m, 45 * NSEC_PER_MSEC);
    assert_false(model_pin(m));
    get_one(m, 0, 0x75);
    assert_false(model_pin(m));
    get_one(m, 0, 0x3a);
    assert_true(model_pin(m));
    set(m, 0, 0x37, 0xb0); /* any read clears */
    run(m, 55 * NSEC_PER_MSEC);
    assert_false(model_pin(m));
    get_one(m, 0, 0x75);
    assert_true(model_pin(m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wakes_in_sleep_and_says_who_it_is),
        cmocka_unit_test(reset_takes_its_time),
        cmocka_unit_test(rate_comes_from_filter_divider_and_oscillator),
        cmocka_unit_test(data_is_big_endian_in_the_chosen_ranges),
        cmocka_unit_test(fifo_takes_the_chosen_parts_in_order),
        cmocka_unit_test(count_is_latched_by_its_high_byte),
        cmocka_unit_test(empty_fifo_repeats_its_last_byte),
        cmocka_unit_test(overflow_loses_the_oldest_and_the_alignment),
        cmocka_unit_test(interrupt_pin_pulses_latches_and_inverts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
