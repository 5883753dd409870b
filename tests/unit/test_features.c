/* SPDX-License-Identifier: MIT */
/* Sources to frames: levels, holes, contact, gravity. */
#include "detect/emg.h"
#include "detect/imu.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct emg *new_emg(enum emg_input input)
{
    struct detector_channel channel = {.input = input};
    struct emg *emg = malloc(sizeof(*emg));

    assert_non_null(emg);
    emg_init(emg, &channel, 50);
    emg_start(emg, 0);
    return emg;
}

/* A sine of this amplitude, from sample `from`, n samples at 1000 Hz. */
static void push(struct emg *emg, unsigned from, unsigned n, double uv, double hz)
{
    for (unsigned k = 0; k < n; k += 100) {
        struct block b = {.kind = BLOCK_EMG, .width = 1, .count = 100, .period_ns = 1e6};
        unsigned position = 0;

        b.t_ns = (int64_t)(from + k) * 1000000;
        for (unsigned i = 0; i < 100; i++)
            b.v[i] = (float)(500 + uv * sin(2 * M_PI * hz * (from + k + i) / 1000.0));
        while (emg_push(emg, &b, &position))
            ;
    }
}

static void level_is_rms_of_the_band(void **state)
{
    struct emg *emg = new_emg(EMG_INPUT_RAW);
    struct emg_frame missing;

    (void)state;
    push(emg, 0, 2000, 10, 125);
    const struct emg_frame *f = emg_get_frame(emg, 15, &missing);
    assert_true(f->usable && f->faults == 0);
    assert_true(fabs((double)f->level - 10 * M_SQRT1_2) < 0.2);
    for (unsigned i = 0; i < FRAME_SUBS; i++)
        assert_true(fabs((double)f->sub[i] - 10 * M_SQRT1_2) < 1.5);
    assert_true(fabs((double)f->crossings_hz - 250) < 15);
    free(emg);
}

static void offset_and_slow_swings_are_no_level(void **state)
{
    struct emg *emg = new_emg(EMG_INPUT_RAW);
    struct emg_frame missing;

    (void)state;
    push(emg, 0, 2000, 1000, 2);
    assert_true((double)emg_get_frame(emg, 15, &missing)->level < 1.0);
    free(emg);
}

static void one_potential_does_not_lift_the_level(void **state)
{
    struct emg *emg = new_emg(EMG_INPUT_RAW);
    struct emg_frame missing;
    struct block b = {.kind = BLOCK_EMG, .width = 1, .count = 10, .period_ns = 1e6, .t_ns = 1500 * 1000000LL};
    unsigned position = 0;

    (void)state;
    push(emg, 0, 1500, 3, 125);
    /* 10 ms of 300 uV right at the start of a frame. */
    for (unsigned i = 0; i < 10; i++)
        b.v[i] = (float)(500 + 300 * sin(2 * M_PI * 125 * i / 1000.0));
    while (emg_push(emg, &b, &position))
        ;
    push(emg, 1510, 300, 3, 125);
    const struct emg_frame *f = emg_get_frame(emg, 15, &missing);
    assert_true((double)f->level < 40 && (double)f->sub[0] > 100);
    free(emg);
}

static void an_envelope_is_its_own_level(void **state)
{
    struct emg *emg = new_emg(EMG_INPUT_ENVELOPE);
    struct emg_frame missing;

    (void)state;
    push(emg, 0, 1000, 20, 3);
    assert_true(fabs((double)emg_get_frame(emg, 5, &missing)->level - 500) < 25);
    assert_false(emg_full(emg));
    free(emg);
}

static void holes_are_missing_not_calm(void **state)
{
    struct emg *emg = new_emg(EMG_INPUT_RAW);
    struct emg_frame missing;

    (void)state;
    push(emg, 0, 1000, 10, 125);
    push(emg, 1400, 600, 10, 125); /* frames 10..13 never came */
    const struct emg_frame *f = emg_get_frame(emg, 11, &missing);
    assert_false(f->usable);
    assert_true(f->faults & BIT(FAULT_GAP));
    assert_true(isnan(f->level));
    /* The first frames after it settle; then the level is right at once. */
    assert_false(emg_get_frame(emg, 14, &missing)->usable);
    assert_true(emg_get_frame(emg, 17, &missing)->usable);
    assert_true(fabs((double)emg_get_frame(emg, 17, &missing)->level - 10 * M_SQRT1_2) < 0.5);
    free(emg);
}

static void a_lost_sample_or_two_is_bridged(void **state)
{
    struct emg *emg = new_emg(EMG_INPUT_RAW);
    struct emg_frame missing;

    (void)state;
    push(emg, 0, 1000, 10, 125);
    push(emg, 1003, 500, 10, 125);
    const struct emg_frame *f = emg_get_frame(emg, 10, &missing);
    assert_true(f->usable && f->faults == 0);
    assert_true(fabs((double)f->level - 10 * M_SQRT1_2) < 2);
    free(emg);
}

static void contact_makes_unusable(void **state)
{
    struct emg *emg = new_emg(EMG_INPUT_RAW);
    struct emg_frame missing;

    (void)state;
    push(emg, 0, 500, 10, 125);
    emg_contact(emg, true, 5);
    push(emg, 500, 500, 10, 125);
    assert_true(emg_get_frame(emg, 7, &missing)->faults & BIT(FAULT_LEAD_OFF));
    assert_false(emg_get_frame(emg, 7, &missing)->usable);
    emg_contact(emg, false, 10);
    push(emg, 1000, 2500, 10, 125);
    assert_false(emg_get_frame(emg, 15, &missing)->usable); /* electrode settles */
    assert_true(emg_get_frame(emg, 30, &missing)->usable);
    free(emg);
}

static void gravity_and_motion(void **state)
{
    struct imu imu;
    struct imu_frame missing;
    const float down[3] = {0, 0, 1}, up[3] = {0, 0, -1}, side[3] = {0.70710678F, 0, 0.70710678F};

    (void)state;
    imu_init(&imu);
    imu_start(&imu, 0);
    for (unsigned k = 0; k < 200; k++) {
        struct block b = {
            .kind = BLOCK_IMU, .width = 3, .count = 10, .period_ns = 1e7, .t_ns = k * 100000000LL};
        unsigned position = 0;

        for (unsigned i = 0; i < 10; i++) {
            unsigned n = k * 10 + i;
            /* 10 s still; then a shake of 0.2 g; from 15 s on tilted by 45 degrees. */
            b.v[i * 3] = n >= 1500 ? 0.70710678F : 0;
            b.v[i * 3 + 1] = n >= 1000 && n < 1500 ? (float)(0.2 * sin(2 * M_PI * 5 * n / 100.0)) : 0;
            b.v[i * 3 + 2] = n >= 1500 ? 0.70710678F : 1;
        }
        while (imu_push(&imu, &b, &position))
            ;
        if (k == 99 || k == 149)
            assert_true(imu_angle(imu_get_frame(&imu, k - 1, &missing)->gravity, down) < 12);
        if (k == 99)
            assert_true((double)imu_get_frame(&imu, k - 1, &missing)->motion_g < 0.001);
        if (k == 149)
            assert_true(fabs((double)imu_get_frame(&imu, k - 1, &missing)->motion_g - 0.14) < 0.03);
    }
    assert_true(imu_angle(imu_get_frame(&imu, 198, &missing)->gravity, side) < 1);
    assert_false(imu_get_frame(&imu, 500, &missing)->usable);
    assert_true(fabs(imu_angle(down, up) - 180) < 1e-3 && fabs(imu_angle(down, side) - 45) < 1e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(level_is_rms_of_the_band),
        cmocka_unit_test(offset_and_slow_swings_are_no_level),
        cmocka_unit_test(one_potential_does_not_lift_the_level),
        cmocka_unit_test(an_envelope_is_its_own_level),
        cmocka_unit_test(holes_are_missing_not_calm),
        cmocka_unit_test(a_lost_sample_or_two_is_bridged),
        cmocka_unit_test(contact_makes_unusable),
        cmocka_unit_test(gravity_and_motion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
