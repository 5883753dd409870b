/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log.h"
#include "sensor_rig.h"

#include <errno.h>
#include <stdio.h>

static void take(_unused_ void *context, _unused_ const struct block *block)
{
}

/* What the probe says; the caller frees it. */
static char *probe(const struct sensor_params *params, struct platform *platform, int *missing)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    *missing = sensor_probe(params, platform, out);
    fclose(out);
    return text;
}

#define assert_says(text, words)                                                                             \
    do {                                                                                                     \
        if (!strstr(text, words))                                                                            \
            print_error("\"%s\" is not in:\n%s", words, text);                                               \
        assert_non_null(strstr(text, words));                                                                \
    } while (0)

static void all_that_is_there_is_found(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct rig *rig = rig_new(&params, (double[]){0, 0}, 0, take, NULL);
    int missing;
    char *text = probe(&params, world_platform(rig->world), &missing);

    assert_int_equal(missing, 0);
    assert_says(text, "emg 0: ads1115");
    assert_says(text, "0x49");
    assert_says(text, "MPU-6050");
    assert_says(text, "GPIO17");
    assert_says(text, "All that the settings name is there.");
    assert_null(strstr(text, "MISSING"));
    free(text);
    rig_close(rig);
}

static void what_is_missing_is_named_with_what_to_do(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct sensor_params there = params;
    struct rig *rig;
    int missing;

    there.emg_count = 1;
    there.imu_count = 0;
    rig = rig_new(&there, (double[]){0, 0}, 0, take, NULL);
    char *text = probe(&params, world_platform(rig->world), &missing);
    /* The second converter, its line, the IMU. */
    assert_int_equal(missing, 3);
    assert_says(text, "MISSING  no answer at the address; is the cable in, the address right?");
    assert_says(text, "GPIO27                 MISSING");
    assert_says(text, "crampd(8)");
    free(text);

    /* The second address is at the first: a chip nobody asked for is shown, too. */
    params.emg_count = 1;
    params.imu_count = 0;
    params.emg[0].address = 0x4A;
    text = probe(&params, world_platform(rig->world), &missing);
    assert_int_equal(missing, 1);
    assert_says(text, "not in the settings");
    assert_says(text, "as after power-on answers");
    free(text);
    rig_close(rig);
}

static void the_wrong_chip_is_called_wrong(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct rig *rig = rig_new(&params, (double[]){0, 0}, 0, take, NULL);
    int missing;

    params.emg[1].address = 0x68;
    char *text = probe(&params, world_platform(rig->world), &missing);
    assert_int_equal(missing, 1);
    assert_says(text, "WRONG    MPU-6050 answers here");
    free(text);
    rig_close(rig);
}

static void no_bus_is_one_reason_for_all(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct rig *rig = rig_new(&params, (double[]){0, 0}, 0, take, NULL);
    int missing;

    params.bus = "/dev/i2c-7";
    char *text = probe(&params, world_platform(rig->world), &missing);
    assert_int_equal(missing, 4);
    assert_says(text, "enable I2C (dtparam=i2c_arm=on)");
    assert_says(text, "the bus is not there");
    free(text);
    rig_close(rig);
}

static void a_running_crampd_is_not_disturbed(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct rig *rig = rig_new(&params, (double[]){0, 0}, 0, take, NULL);
    struct acquire_status before, after;
    int missing;

    assert_int_equal(rig_run(rig, 2), 0);
    acquire_get_status(rig->acquire, &before);
    char *text = probe(&params, world_platform(rig->world), &missing);
    assert_int_equal(missing, 0);
    assert_says(text, "in use");
    assert_says(text, "not asked: another program (a running crampd?)");
    free(text);
    assert_int_equal(rig_run(rig, 2), 0);
    acquire_get_status(rig->acquire, &after);
    assert_int_equal(after.lost, before.lost);
    assert_true(after.samples >= before.samples + 2 * 2 * 840);
    rig_close(rig);
}

static void the_kernel_without_hardware_is_told_as_such(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    int missing;

    params.bus = "/dev/no-such-i2c-bus";
    params.emg[0].ready_line = "no such line 0";
    params.emg[1].ready_line = "no such line 1";
    char *text = probe(&params, platform_kernel(), &missing);
    assert_int_equal(missing, 2 + 1 + 3);
    assert_says(text, "libgpiod");
    free(text);
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_there_is_found),
        cmocka_unit_test(what_is_missing_is_named_with_what_to_do),
        cmocka_unit_test(the_wrong_chip_is_called_wrong),
        cmocka_unit_test(no_bus_is_one_reason_for_all),
        cmocka_unit_test(a_running_crampd_is_not_disturbed),
        cmocka_unit_test(the_kernel_without_hardware_is_told_as_such),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
