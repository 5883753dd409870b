/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "reminder/envelope.h"

#include <math.h>

static const struct envelope gentle = {
    .ramp_s = 20, .rhythm_s = 2, .first_share = 0.1, .share = 0.5, .max_s = 60};

/* Follows the envelope from change to change; seconds on in the period that begins at `begin_s`. */
static double on_time(const struct envelope *envelope, double begin_s)
{
    double t = begin_s, on = 0;

    while (t < begin_s + envelope->rhythm_s - 1e-9) {
        struct envelope_now now = envelope_at(envelope, t);

        if (now.over)
            break;
        assert_true(now.change_s > t); /* or the caller would not get on */
        if (now.on)
            on += fmin(now.change_s, begin_s + envelope->rhythm_s) - t;
        t = now.change_s;
    }
    return on;
}

static void it_begins_faint_and_rises_to_its_strength(void **state)
{
    double before = 0;

    (void)state;
    assert_true(envelope_at(&gentle, 0).on);
    assert_true(fabs(on_time(&gentle, 0) - 0.2) < 1e-6);
    for (double begin = 0; begin < 60; begin += 2) {
        double on = on_time(&gentle, begin);

        assert_true(on >= before - 1e-6);
        assert_true(on <= 1.0 + 1e-6);
        before = on;
    }
    assert_true(fabs(before - 1.0) < 1e-6);
}

static void it_is_over_at_its_limit(void **state)
{
    (void)state;
    assert_false(envelope_at(&gentle, 59.99).over);
    assert_true(envelope_at(&gentle, 60).over);
    assert_false(envelope_at(&gentle, 60).on);
    assert_true(envelope_at(&gentle, 1e6).over);
}

static void it_wakes_up_twice_a_period(void **state)
{
    unsigned wakes = 0;

    (void)state;
    for (double t = 0; !envelope_at(&gentle, t).over; t = envelope_at(&gentle, t).change_s)
        wakes++;
    assert_int_equal(wakes, 60);
}

static void settings_at_their_edges(void **state)
{
    const struct envelope steady = {.rhythm_s = 2, .first_share = 1, .share = 1, .max_s = 10};
    const struct envelope weak = {.ramp_s = 5, .rhythm_s = 2, .first_share = 0.1, .share = 0, .max_s = 10};
    const struct envelope none = {.max_s = 0};
    const struct envelope hasty = {.rhythm_s = 0, .share = 0.5, .first_share = 0.5, .max_s = 1};
    unsigned wakes = 0;

    (void)state;
    for (double t = 0; t < 9.995; t += 0.01)
        assert_true(envelope_at(&steady, t).on);
    assert_true(fabs(on_time(&weak, 8) - 0.2) < 1e-6);
    assert_true(envelope_at(&none, 0).over);
    for (double t = 0; !envelope_at(&hasty, t).over && wakes < 1000; t = envelope_at(&hasty, t).change_s)
        wakes++;
    assert_true(wakes <= 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_faint_and_rises_to_its_strength),
        cmocka_unit_test(it_is_over_at_its_limit),
        cmocka_unit_test(it_wakes_up_twice_a_period),
        cmocka_unit_test(settings_at_their_edges),
    };
    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
