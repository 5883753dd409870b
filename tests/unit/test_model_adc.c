/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crampsim/model_adc.h"

#include <math.h>
#include <string.h>

#define US NSEC_PER_USEC

static double pins[4];

static void read_pins(void *context, int64_t t_ns, double *values, unsigned count)
{
    (void)context;
    (void)t_ns;
    memcpy(values, pins, count * sizeof(*values));
}

static const struct world_signal signal = {read_pins, NULL};

static void set(struct model *m, int64_t now, uint8_t reg, uint16_t value)
{
    uint8_t bytes[3] = {reg, (uint8_t)(value >> 8), (uint8_t)value};

    assert_int_equal(model_transfer(m, now, bytes, 3, NULL, 0), 0);
}

static uint16_t get(struct model *m, int64_t now, uint8_t reg)
{
    uint8_t bytes[2];

    assert_int_equal(model_transfer(m, now, &reg, 1, bytes, 2), 0);
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* Falling edges of the pin until `until`; *last = time of the last one. */
static unsigned falls(struct model *m, int64_t until, int64_t *last)
{
    unsigned n = 0;

    while (model_next_wake(m) <= until) {
        int64_t t = model_next_wake(m);
        bool before = model_pin(m);

        model_wake(m);
        if (before && !model_pin(m)) {
            n++;
            *last = t;
        }
    }
    return n;
}

static void registers_have_their_reset_values(void **state)
{
    (void)state;
    _cleanup_(model_freep) struct model *m = model_adc_new(ADC_ADS1115, signal, 0);

    assert_int_equal(get(m, 0, 0), 0);
    assert_int_equal(get(m, 0, 1), 0x8583);
    assert_int_equal(get(m, 0, 2), 0x8000);
    assert_int_equal(get(m, 0, 3), 0x7fff);
    assert_true(model_pin(m));
    assert_true(model_next_wake(m) == MODEL_NEVER);
    set(m, 0, 3, 0x1234);
    set(m, 0, 0, 0x4321); /* read only */
    assert_int_equal(get(m, 0, 0), 0);
    assert_int_equal(get(m, 0, 3), 0x1234);
    model_general_call(m, 1, 0x05);
    assert_int_equal(get(m, 0, 3), 0x1234);
    model_general_call(m, 1, 0x06);
    assert_int_equal(get(m, 0, 3), 0x7fff);
}

static void pointer_stays_and_a_third_byte_is_open_bus(void **state)
{
    (void)state;
    _cleanup_(model_freep) struct model *m = model_adc_new(ADC_ADS1115, signal, 0);
    uint8_t bytes[3];

    get(m, 0, 3);
    assert_int_equal(model_transfer(m, 0, NULL, 0, bytes, 3), 0);
    assert_memory_equal(bytes, "\x7f\xff\xff", 3);
}

static void continuous_mode_pulses_once_a_conversion_at_the_chips_rates(void **state)
{
    (void)state;
    static const double rates[2][8] = {{8, 16, 32, 64, 128, 250, 475, 860},
                                       {128, 250, 490, 920, 1600, 2400, 3300, 3300}};

    for (unsigned i = 0; i < 16; i++) {
        _cleanup_(model_freep) struct model *m = model_adc_new((enum adc_chip)(i / 8), signal, 0);
        int64_t last = 0;
        unsigned n;

        m->rate_error = 0.05;
        set(m, 0, 3, 0x8000);
        set(m, 0, 2, 0x0000);
        set(m, 0, 1, (uint16_t)(0x4000 | (i % 8) << 5));
        n = falls(m, 10 * NSEC_PER_SEC, &last);
        assert_in_range(n, (unsigned)(rates[i / 8][i % 8] * 10.5) - 1,
                        (unsigned)(rates[i / 8][i % 8] * 10.5));
        assert_int_equal(get(m, last, 1) >> 15, 0); /* always converting */
        while (model_pin(m) == false)
            model_wake(m);
        assert_true(fabs((double)(model_next_wake(m) - last) - 1e9 / rates[i / 8][i % 8] / 1.05) <= 1.0);
    }
}

static void ready_pulses_need_thresholds_and_queue(void **state)
{
    (void)state;
    static const struct {
        uint16_t lo, hi, queue;
        bool pulses;
    } cases[] = {
        {0x0000, 0x8000, 0, true},  {0x7fff, 0x8000, 2, true},  {0x0000, 0x8000, 3, false},
        {0x8000, 0x8000, 0, false}, {0x0000, 0x7fff, 0, false}, {0x8000, 0x7fff, 0, false},
    };

    pins[0] = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(model_freep) struct model *m = model_adc_new(ADC_ADS1115, signal, 0);
        int64_t last = 0;

        set(m, 0, 2, cases[i].lo);
        set(m, 0, 3, cases[i].hi);
        set(m, 0, 1, (uint16_t)(0x40e0 | cases[i].queue));
        assert_int_equal(falls(m, NSEC_PER_SEC, &last) > 800, cases[i].pulses);
    }
}

static void single_shot_converts_once_and_holds_the_pin(void **state)
{
    (void)state;
    _cleanup_(model_freep) struct model *m = model_adc_new(ADC_ADS1115, signal, 0);
    int64_t last = 0;

    pins[1] = 1.024;
    set(m, 0, 3, 0x8000);
    set(m, 0, 2, 0x0000);
    set(m, 0, 1, 0xd5e0); /* OS, AIN1, 2.048 V, single, 860 */
    assert_int_equal(get(m, 0, 1), 0x55e0);
    assert_int_equal(falls(m, NSEC_PER_SEC, &last), 1);
    assert_int_equal(last, 25 * US + 1162790);
    assert_int_equal(get(m, last, 1), 0xd5e0);
    assert_int_equal(get(m, last, 0), 0x4000);
    assert_false(model_pin(m));
    set(m, last, 1, 0x55e0); /* no OS: nothing starts */
    assert_true(model_next_wake(m) == MODEL_NEVER);
    set(m, last, 1, 0xd5e0);
    assert_true(model_pin(m));
}

static void codes_follow_range_and_saturate(void **state)
{
    (void)state;
    static const double ranges[8] = {6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256};

    for (unsigned i = 0; i < 16; i++) {
        double range = ranges[i % 8];
        bool short_chip = i >= 8;
        _cleanup_(model_freep) struct model *m =
            model_adc_new(short_chip ? ADC_ADS1015 : ADC_ADS1115, signal, 0);
        const struct {
            double v;
            int code;
        } cases[] = {
            {range / 2, 0x4000},
            {-range / 4, -0x2000},
            {range, short_chip ? 0x7ff0 : 0x7fff},
            {2 * range, short_chip ? 0x7ff0 : 0x7fff},
            {-3 * range, -0x8000},
            {NAN, short_chip ? 0x7ff0 : 0x7fff},
        };

        for (unsigned k = 0; k < ARRAY_SIZE(cases); k++) {
            pins[2] = cases[k].v;
            set(m, 0, 1, (uint16_t)(0xe1e3 | i % 8 << 9));
            while (model_next_wake(m) != MODEL_NEVER)
                model_wake(m);
            assert_int_equal((int16_t)get(m, 0, 0), cases[k].code);
        }
    }
}

static void the_running_conversion_keeps_its_settings(void **state)
{
    (void)state;
    _cleanup_(model_freep) struct model *m = model_adc_new(ADC_ADS1115, signal, 0);
    int64_t first, second;

    pins[0] = 1.0;
    pins[3] = -1.0;
    set(m, 0, 1, 0x4083); /* AIN0, 6.144 V, continuous, 128 */
    first = model_next_wake(m);
    set(m, first / 2, 1, 0x72e3); /* AIN3, 4.096 V, 860 */
    assert_int_equal(model_next_wake(m), first);
    model_wake(m);
    assert_int_equal((int16_t)get(m, first, 0), 5333);
    second = model_next_wake(m);
    assert_int_equal(second - first, 1162790);
    model_wake(m);
    assert_int_equal((int16_t)get(m, second, 0), -8000);
    set(m, second, 1, 0x7303); /* single-shot: the conversion is finished, then power-down */
    model_wake(m);
    assert_true(model_next_wake(m) == MODEL_NEVER);
}

static void differential_inputs_subtract(void **state)
{
    (void)state;
    _cleanup_(model_freep) struct model *m = model_adc_new(ADC_ADS1115, signal, 0);
    static const double expect[4] = {-1.0, -3.0, -2.0, -1.0}; /* 0-1, 0-3, 1-3, 2-3 */

    for (unsigned i = 0; i < 4; i++)
        pins[i] = 0.5 + i;
    for (unsigned i = 0; i < 4; i++) {
        set(m, 0, 1, (uint16_t)(0x83e3 | i << 12));
        model_wake(m);
        assert_int_equal((int16_t)get(m, 0, 0), (int)(expect[i] / 4.096 * 32768));
    }
}

/* A level at each conversion, the comparator's answer after it. */
static void comparator_queue_hysteresis_window_latch(void **state)
{
    (void)state;
    static const struct {
        uint16_t config;
        double volts[8];
        const char *pin; /* '0' low (asserted), '1' high */
    } cases[] = {
        {0x42e0, {0, 2, 1.5, 0.5, 2, 0, 0, 0}, "10010111"},       /* traditional, after one */
        {0x42e1, {2, 2, 0, 2, 0, 2, 2, 2}, "10111100"},           /* after two in a row */
        {0x42f0, {0, 1.5, 3, 1.5, 0, 1.5, 1.5, 1.5}, "01010111"}, /* window */
        {0x42e4, {2, 0, 0, 0, 0, 0, 0, 0}, "00000000"},           /* latched */
        {0x42e8, {0, 3, 0, 0, 0, 0, 0, 0}, "01000000"},           /* active high */
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(model_freep) struct model *m = model_adc_new(ADC_ADS1115, signal, 0);

        set(m, 0, 2, 8000);  /* 1 V */
        set(m, 0, 3, 14400); /* 1.8 V */
        set(m, 0, 1, cases[i].config);
        for (unsigned k = 0; k < 8; k++) {
            pins[0] = cases[i].volts[k];
            model_wake(m);
            if (model_pin(m) != (cases[i].pin[k] == '1'))
                fail_msg("case %u, conversion %u: pin %d", i, k, model_pin(m));
        }
        if (cases[i].config & 4) {
            get(m, model_next_wake(m) - 1, 0);
            assert_true(model_pin(m));
        }
    }
}

static void stuck_and_repeated_values(void **state)
{
    (void)state;
    _cleanup_(model_freep) struct model *m = model_adc_new(ADC_ADS1115, signal, 0);
    uint16_t values[8];

    set(m, 0, 1, 0x42e3);
    m->repeat = true;
    for (unsigned i = 0; i < 8; i++) {
        m->stuck = i >= 4;
        pins[0] = 0.1 * (i + 1);
        model_wake(m);
        values[i] = get(m, 0, 0);
    }
    assert_int_equal(values[0], values[1]);
    assert_int_not_equal(values[1], values[2]);
    for (unsigned i = 4; i < 8; i++)
        assert_int_equal(values[i], values[3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_have_their_reset_values),
        cmocka_unit_test(pointer_stays_and_a_third_byte_is_open_bus),
        cmocka_unit_test(continuous_mode_pulses_once_a_conversion_at_the_chips_rates),
        cmocka_unit_test(ready_pulses_need_thresholds_and_queue),
        cmocka_unit_test(single_shot_converts_once_and_holds_the_pin),
        cmocka_unit_test(codes_follow_range_and_saturate),
        cmocka_unit_test(the_running_conversion_keeps_its_settings),
        cmocka_unit_test(differential_inputs_subtract),
        cmocka_unit_test(comparator_queue_hysteresis_window_latch),
        cmocka_unit_test(stuck_and_repeated_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
