/* SPDX-License-Identifier: MIT */
/* The resting floor: learnt, followed, frozen. */
#include "detect/baseline.h"

#include "base/macros.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Levels that scatter by +-10 % in a fixed pattern. */
static void rest(struct baseline *b, double level, unsigned frames, bool frozen)
{
    for (unsigned i = 0; i < frames; i++)
        baseline_observe(b, level * (0.9 + 0.02 * (double)((i * 7) % 11)), frozen);
}

static double decibel(double a, double b)
{
    return 20 * log10(a / b);
}

static void unknown_is_said(void **state)
{
    struct baseline b;

    (void)state;
    baseline_init(&b);
    rest(&b, 3, FLOOR_LEARN_FRAMES - 1, false);
    assert_true(isnan(baseline_floor(&b)));
    baseline_observe(&b, NAN, false);
    baseline_observe(&b, 0, false);
    assert_true(isnan(baseline_floor(&b)));
    rest(&b, 3, 1, false);
    assert_true(fabs(baseline_floor(&b) - 2.85) < 0.2);
}

static void drift_is_followed(void **state)
{
    struct baseline b;
    double level = 3;

    (void)state;
    baseline_init(&b);
    rest(&b, 3, 2000, false);
    /* 6 dB up in an hour and 12 dB down in two. */
    for (unsigned minute = 0; minute < 180; minute++) {
        level *= pow(10, (minute < 60 ? 6.0 : -6.0) / 60 / 20);
        rest(&b, level, 600, false);
        assert_true(fabs(decibel(baseline_floor(&b), 0.96 * level)) < 1.5);
    }
}

static void activity_freezes_it(void **state)
{
    struct baseline b;

    (void)state;
    baseline_init(&b);
    rest(&b, 3, 2000, false);
    double before = baseline_floor(&b);
    rest(&b, 3 * 1.3, 6000, true);
    rest(&b, 30, 6000, false);
    assert_true(baseline_floor(&b) == before);
}

/* Going to bed: the first ten seconds were walking. */
static void a_high_start_is_left_soon(void **state)
{
    struct baseline b;

    (void)state;
    baseline_init(&b);
    rest(&b, 60, FLOOR_LEARN_FRAMES, false);
    rest(&b, 3, 300, false);
    assert_true(decibel(baseline_floor(&b), 3) < 1.5);
}

/* Later a short odd quiet changes little, a long one is followed. */
static void an_odd_quiet_is_not_believed_at_once(void **state)
{
    struct baseline b;

    (void)state;
    baseline_init(&b);
    rest(&b, 3, 3000, false);
    rest(&b, 0.9, 300, false);
    assert_true(decibel(baseline_floor(&b), 3) > -1.6);
    rest(&b, 0.9, FLOOR_FAR_FRAMES + 600, false);
    assert_true(fabs(decibel(baseline_floor(&b), 0.9)) < 6);
}

/* However long: what comes back after it must still look like rest. */
static void a_flat_line_is_never_rest(void **state)
{
    struct baseline b;

    (void)state;
    baseline_init(&b);
    rest(&b, 3, 3000, false);
    double before = baseline_floor(&b);
    rest(&b, 0.3, 36000, false);
    assert_true(baseline_floor(&b) == before);
    rest(&b, 3, 300, false);
    rest(&b, 0.3, 36000, false); /* once more: what was between was no sign of life in it */
    assert_true(decibel(baseline_floor(&b), 3) > -1.6);
}

/* Other electrodes: as quiet, but the leg moves now and then. */
static void a_quieter_leg_is_followed(void **state)
{
    struct baseline b;

    (void)state;
    baseline_init(&b);
    rest(&b, 20, 3000, false);
    for (unsigned minute = 0; minute < 10; minute++) {
        rest(&b, 2, 600, false);
        rest(&b, 30, 20, true);
    }
    assert_true(fabs(decibel(baseline_floor(&b), 2)) < 3);
}

static void a_new_rest_is_taken(void **state)
{
    struct baseline b;

    (void)state;
    baseline_init(&b);
    baseline_relearn(&b, 9);
    assert_true(isnan(baseline_floor(&b)));
    rest(&b, 3, 3000, false);
    baseline_relearn(&b, 7);
    assert_true(fabs(baseline_floor(&b) - 7) < 1e-9);
}

static void an_earlier_floor_is_gone_on_with(void **state)
{
    struct baseline b;

    (void)state;
    baseline_init(&b);
    rest(&b, 3, FLOOR_LEARN_FRAMES + FLOOR_YOUNG_FRAMES - 1, false);
    assert_false(baseline_settled(&b));
    rest(&b, 3, 1, false);
    assert_true(baseline_settled(&b));
    baseline_init(&b);
    baseline_resume(&b, NAN);
    baseline_resume(&b, 0);
    assert_true(isnan(baseline_floor(&b)));
    baseline_resume(&b, 4);
    assert_true(baseline_settled(&b));
    rest(&b, 80, 600, false); /* a cramp from the first frame on */
    assert_true(fabs(baseline_floor(&b) - 4) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_is_said),
        cmocka_unit_test(a_flat_line_is_never_rest),
        cmocka_unit_test(a_quieter_leg_is_followed),
        cmocka_unit_test(drift_is_followed),
        cmocka_unit_test(activity_freezes_it),
        cmocka_unit_test(a_high_start_is_left_soon),
        cmocka_unit_test(an_odd_quiet_is_not_believed_at_once),
        cmocka_unit_test(a_new_rest_is_taken),
        cmocka_unit_test(an_earlier_floor_is_gone_on_with),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
