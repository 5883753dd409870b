/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sensor/ads1x15.h"

#include <errno.h>
#include <math.h>

/* A bus with one chip of four registers, which can be made to fail at the n-th transfer. */
struct fake {
    struct i2c_bus bus;
    uint16_t registers[4];
    uint8_t pointer;
    unsigned transfers, fail_at;
    size_t written; /* by the last transfer */
    int error;
    bool forgets; /* takes no writes: another chip, or one in reset */
};

static int fake_transfer(struct i2c_bus *bus, uint8_t address, const void *write, size_t write_size,
                         void *read, size_t read_size)
{
    struct fake *fake = (struct fake *)bus;
    const uint8_t *w = write;
    uint8_t *r = read;

    if (address != 0x49)
        return -ENXIO;
    fake->written = write_size;
    if (++fake->transfers == fake->fail_at)
        return fake->error;
    if (write_size > 0)
        fake->pointer = w[0] & 3;
    if (write_size == 3 && !fake->forgets)
        fake->registers[fake->pointer] = (uint16_t)(w[1] << 8 | w[2]);
    if (read_size == 2) {
        r[0] = (uint8_t)(fake->registers[fake->pointer] >> 8);
        r[1] = (uint8_t)fake->registers[fake->pointer];
    }
    return 0;
}

static const struct i2c_bus_ops fake_ops = {.transfer = fake_transfer};

static struct fake fake_new(void)
{
    return (struct fake){.bus = {&fake_ops, "/dev/i2c-test"}, .registers = {0, 0x8583, 0x8000, 0x7FFF}};
}

static const struct emg_params raw = {.input = EMG_INPUT_RAW,
                                      .chip = ADC_ADS1115,
                                      .address = 0x49,
                                      .rate_hz = 860,
                                      .adc_range_v = 4.096,
                                      .gain = 200,
                                      .reference_v = 1.65,
                                      .input_pin = 0};

static void the_configuration_is_what_the_datasheet_asks_for(void **state)
{
    (void)state;
    static const struct {
        enum adc_chip chip;
        int rate_hz, pin;
        double range_v;
        uint16_t config;
    } rows[] = {
        {ADC_ADS1115, 860, 0, 4.096, 0x42E0},  {ADC_ADS1115, 8, 3, 6.144, 0x7000},
        {ADC_ADS1115, 128, 1, 0.256, 0x5A80},  {ADC_ADS1015, 128, 0, 2.048, 0x4400},
        {ADC_ADS1015, 3300, 2, 1.024, 0x66C0}, {ADC_ADS1015, 1600, 0, 0.512, 0x4880},
    };
    struct fake fake = fake_new();

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct emg_params params = raw;
        struct ads1x15 adc;

        params.chip = rows[i].chip;
        params.rate_hz = rows[i].rate_hz;
        params.input_pin = rows[i].pin;
        params.adc_range_v = rows[i].range_v;
        assert_int_equal(ads1x15_setup(&adc, &fake.bus, &params), 0);
        assert_int_equal(ads1x15_init(&adc), 0);
        assert_int_equal(fake.registers[1], rows[i].config);
        assert_int_equal(fake.registers[2], 0x0000);
        assert_int_equal(fake.registers[3], 0x8000);
    }
}

static void what_the_chip_does_not_have_is_refused(void **state)
{
    (void)state;
    struct ads1x15 adc;
    struct fake fake = fake_new();
    struct emg_params wrong[] = {raw, raw, raw, raw, raw, raw};

    wrong[0].rate_hz = 920; /* the other chip's */
    wrong[1].adc_range_v = 3.3;
    wrong[2].input_pin = 4;
    wrong[3].input_pin = -1;
    wrong[4].gain = 0;
    wrong[5].gain = NAN;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_int_equal(ads1x15_setup(&adc, &fake.bus, &wrong[i]), -EINVAL);
    assert_int_equal(fake.transfers, 0);
}

static void codes_become_microvolts_at_the_electrode(void **state)
{
    (void)state;
    struct ads1x15 adc;
    struct fake fake = fake_new();

    assert_int_equal(ads1x15_setup(&adc, &fake.bus, &raw), 0);
    /* 1.65 V is code 13200 at 125 uV a step; a step is 0.625 uV before a gain of 200. */
    assert_true(fabs(ads1x15_uv(&adc, 13200)) < 1e-6);
    assert_true(fabs(ads1x15_uv(&adc, 13201) - 0.625) < 1e-6);
    assert_true(fabs(ads1x15_uv(&adc, 0) + 8250) < 1e-6);
}

static void rails_of_converter_and_front_end_are_seen(void **state)
{
    (void)state;
    struct ads1x15 adc;
    struct fake fake = fake_new();
    struct emg_params envelope = raw;

    assert_int_equal(ads1x15_setup(&adc, &fake.bus, &raw), 0);
    assert_true(ads1x15_clipped(&adc, 0));
    assert_true(ads1x15_clipped(&adc, -3));
    assert_true(ads1x15_clipped(&adc, 26400)); /* 3.3 V */
    assert_true(ads1x15_clipped(&adc, INT16_MAX));
    assert_false(ads1x15_clipped(&adc, 13200));
    assert_false(ads1x15_clipped(&adc, 300));
    assert_false(ads1x15_clipped(&adc, 26000));
    /* An envelope rests at 0 V. */
    envelope.input = EMG_INPUT_ENVELOPE;
    envelope.reference_v = 0;
    envelope.chip = ADC_ADS1015;
    envelope.rate_hz = 920;
    assert_int_equal(ads1x15_setup(&adc, &fake.bus, &envelope), 0);
    assert_false(ads1x15_clipped(&adc, 0));
    assert_false(ads1x15_clipped(&adc, 0x7FE0));
    assert_true(ads1x15_clipped(&adc, 0x7FF0));
}

static void a_sample_is_a_plain_read(void **state)
{
    (void)state;
    struct ads1x15 adc;
    struct fake fake = fake_new();
    int16_t code;

    assert_int_equal(ads1x15_setup(&adc, &fake.bus, &raw), 0);
    assert_int_equal(ads1x15_init(&adc), 0);
    fake.registers[0] = 0x8001;
    assert_int_equal(ads1x15_read(&adc, &code), 0);
    assert_int_equal(code, -32767);
    unsigned before = fake.transfers;
    assert_int_equal(ads1x15_read(&adc, &code), 0);
    assert_int_equal(fake.transfers, before + 1);
    assert_int_equal(fake.written, 0); /* no pointer any more */
    /* Another program looked at the configuration and left the pointer there. */
    fake.pointer = 1;
    assert_int_equal(ads1x15_reread(&adc, &code), 0);
    assert_int_equal(code, -32767);
    assert_int_equal(ads1x15_read(&adc, &code), 0);
    assert_int_equal(code, -32767);
}

static void a_reset_and_a_stranger_are_told_apart(void **state)
{
    (void)state;
    struct ads1x15 adc;
    struct fake fake = fake_new();

    assert_int_equal(ads1x15_setup(&adc, &fake.bus, &raw), 0);
    assert_int_equal(ads1x15_init(&adc), 0);
    assert_int_equal(ads1x15_verify(&adc), 0);
    fake.registers[1] |= 0x8000; /* OS is status */
    assert_int_equal(ads1x15_verify(&adc), 0);
    fake.registers[1] = 0x8583;
    assert_int_equal(ads1x15_verify(&adc), -ECONNRESET);
    fake.registers[1] = 0x0220; /* a TMP117 */
    assert_int_equal(ads1x15_verify(&adc), -EBADMSG);
    fake.forgets = true;
    assert_int_equal(ads1x15_init(&adc), -EBADMSG);
}

static void every_failing_transfer_is_told_and_no_pointer_is_forgotten(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 6; n++) {
        struct ads1x15 adc;
        struct fake fake = fake_new();
        int16_t code = 0;

        assert_int_equal(ads1x15_setup(&adc, &fake.bus, &raw), 0);
        fake.fail_at = n;
        fake.error = -EAGAIN;
        assert_int_equal(ads1x15_init(&adc), -EAGAIN);
        /* Wherever it broke off: the next read is of a conversion. */
        fake.registers[0] = 77;
        assert_int_equal(ads1x15_read(&adc, &code), 0);
        assert_int_equal(code, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_configuration_is_what_the_datasheet_asks_for),
        cmocka_unit_test(what_the_chip_does_not_have_is_refused),
        cmocka_unit_test(codes_become_microvolts_at_the_electrode),
        cmocka_unit_test(rails_of_converter_and_front_end_are_seen),
        cmocka_unit_test(a_sample_is_a_plain_read),
        cmocka_unit_test(a_reset_and_a_stranger_are_told_apart),
        cmocka_unit_test(every_failing_transfer_is_told_and_no_pointer_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
