/* SPDX-License-Identifier: MIT */
/* A calibration with a detector around it: what it changes, and what it does not. */
#include "sleeper.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_near(double value, double wanted, double error)
{
    assert_true(fabs(value - wanted) <= error);
}

static struct sleeper *asleep(unsigned channels)
{
    struct sleeper *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    sleeper_default(s);
    s->setup.channel_count = channels;
    for (unsigned i = 1; i < channels; i++)
        s->setup.channels[i] = (struct synth_channel){.leg = LEG_RIGHT, .muscle = MUSCLE_GASTROCNEMIUS};
    sleeper_start(s);
    return s;
}

static void end(struct sleeper *s)
{
    sleeper_free(s);
    free(s);
}

static enum calibration_phase phase_of(const struct sleeper *s)
{
    struct detector_calibration c;

    detector_get_calibration(s->detector, &c);
    return c.phase;
}

/* Calibrates at 30 s; the contraction at 95 s; ready at 105 s. */
static void calibrate(struct sleeper *s)
{
    sleeper_run(s, 30);
    assert_int_equal(detector_calibrate(s->detector, LEG_LEFT), 0);
    assert_int_equal(detector_calibrate(s->detector, LEG_LEFT), -EALREADY);
    sleeper_run(s, 105);
    assert_int_equal(phase_of(s), CALIBRATION_DONE);
}

static void what_was_asked_for_is_nobodys_cramp(void **state)
{
    (void)state;
    for (unsigned asked = 0; asked < 2; asked++) {
        struct sleeper *s = asleep(1);
        double total_s, usable_s;

        sleeper_add(s, "voluntary_hold", 95, 4, 0.7, NULL);
        if (asked)
            calibrate(s);
        sleeper_run(s, 150);
        assert_int_equal(sleeper_count(s, EVENT_DISMISSED), !asked);
        assert_int_equal(s->count, !asked);
        detector_get_coverage(s->detector, &total_s, &usable_s);
        assert_true(asked ? total_s - usable_s > 60 : total_s - usable_s < 30);
        end(s);
    }
}

static void rest_and_firm_are_taken_over_at_once(void **state)
{
    struct sleeper *s = asleep(1);
    struct detector_view view;

    (void)state;
    assert_true(isnan(detector_get_personal(s->detector, 0).rest_uv));
    sleeper_add(s, "voluntary_hold", 95, 4, 0.7, NULL);
    calibrate(s);
    struct detector_personal personal = detector_get_personal(s->detector, 0);
    detector_get_view(s->detector, 0, &view);
    assert_near(personal.rest_uv, view.floor_uv, 0.02 * view.floor_uv);
    assert_true(personal.firm_uv > 10 * personal.rest_uv);
    assert_true(isfinite(detector_get_rest(s->detector, 0))); /* sure without another minute */
    end(s);
}

static void a_cramp_is_found_afterwards_and_told_in_percent(void **state)
{
    struct sleeper *s = asleep(1);

    (void)state;
    sleeper_add(s, "voluntary_hold", 95, 4, 0.8, NULL);
    sleeper_add(s, "cramp", 130, 40, 0.4, NULL);
    calibrate(s);
    sleeper_run(s, 200);
    const struct event *event = sleeper_event(s, EVENT_CRAMP_END, 0);
    assert_non_null(event);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 1);
    double firm_ratio =
        detector_get_personal(s->detector, 0).firm_uv / detector_get_personal(s->detector, 0).rest_uv;
    assert_near(event->end.peak_percent, 100 * event->end.peak_ratio / firm_ratio, 5);
    assert_true(event->end.peak_percent > 25 && event->end.peak_percent < 120);
    end(s);
}

static void without_calibration_there_is_no_percent(void **state)
{
    struct sleeper *s = asleep(1);

    (void)state;
    sleeper_add(s, "cramp", 130, 40, 0.4, NULL);
    sleeper_run(s, 200);
    assert_true(isnan(sleeper_event(s, EVENT_CRAMP_END, 0)->end.peak_percent));
    end(s);
}

static void not_while_a_cramp_is_on(void **state)
{
    struct sleeper *s = asleep(1);

    (void)state;
    sleeper_add(s, "cramp", 60, 40, 0.4, NULL);
    sleeper_run(s, 85);
    assert_int_equal(detector_calibrate(s->detector, LEG_RIGHT), -ENODEV);
    assert_int_equal(detector_calibrate(s->detector, LEG_LEFT), -EBUSY);
    sleeper_run(s, 140);
    assert_int_equal(detector_calibrate(s->detector, LEG_LEFT), 0);
    end(s);
}

/* ... and the leg that is not calibrated may work along without being called a cramp. */
static void both_legs_are_held(void **state)
{
    const struct synth_event right = {.leg = LEG_RIGHT, .muscle = MUSCLE_GASTROCNEMIUS};
    struct sleeper *s = asleep(2);

    (void)state;
    sleeper_add(s, "voluntary_hold", 95, 4, 0.7, NULL);
    sleeper_add(s, "voluntary_hold", 95, 4, 0.5, &right);
    calibrate(s);
    sleeper_run(s, 150);
    assert_int_equal(s->count, 0);
    assert_true(isnan(detector_get_personal(s->detector, 1).rest_uv));
    end(s);
}

static void a_cancelled_one_changes_nothing(void **state)
{
    struct sleeper *s = asleep(1);

    (void)state;
    sleeper_add(s, "voluntary_hold", 95, 4, 0.7, NULL);
    sleeper_run(s, 30);
    assert_int_equal(detector_calibrate(s->detector, LEG_LEFT), 0);
    sleeper_run(s, 97);
    detector_cancel_calibration(s->detector);
    sleeper_run(s, 150);
    assert_int_equal(phase_of(s), CALIBRATION_CANCELLED);
    assert_int_equal(s->count, 0);
    assert_true(isnan(detector_get_personal(s->detector, 0).rest_uv));
    end(s);
}

static double known_after_s(double calibrated_uv)
{
    struct sleeper *s = asleep(1);
    const struct detector_personal personal = {calibrated_uv, 200};
    struct detector_view view;

    detector_set_personal(s->detector, 0, &personal);
    do {
        sleeper_run(s, s->now + 0.5);
        detector_get_view(s->detector, 0, &view);
    } while (isnan(view.floor_uv));
    double known_s = s->now, uv = view.floor_uv;
    sleeper_run(s, 60);
    detector_get_view(s->detector, 0, &view);
    assert_near(uv, view.floor_uv, 0.25 * view.floor_uv);
    end(s);
    return known_s;
}

static void a_floor_that_agrees_is_known_at_once(void **state)
{
    struct sleeper *s = asleep(1);
    struct detector_view view;

    (void)state;
    sleeper_run(s, 60);
    detector_get_view(s->detector, 0, &view);
    end(s);
    assert_true(known_after_s(view.floor_uv) < 4);
    assert_true(known_after_s(1.3 * view.floor_uv) < 4);
    assert_true(known_after_s(2 * view.floor_uv) > 9);
    assert_true(known_after_s(0.4 * view.floor_uv) > 9);
    assert_true(known_after_s((double)NAN) > 9);
}

static void louder(void *context, double t, unsigned channel, float *value)
{
    (void)context, (void)channel;
    if (t > 150)
        *value *= 5;
}

static void another_placement_forgets_it(void **state)
{
    struct sleeper *s = asleep(1);

    (void)state;
    s->spoil = louder;
    sleeper_add(s, "voluntary_hold", 95, 4, 0.7, NULL);
    sleeper_add(s, "lead_off", 150, 20, 0, NULL);
    calibrate(s);
    sleeper_run(s, 200);
    assert_true(isfinite(detector_get_personal(s->detector, 0).firm_uv));
    sleeper_run(s, 300);
    assert_true(isnan(detector_get_personal(s->detector, 0).firm_uv));
    assert_true(isnan(detector_get_personal(s->detector, 0).rest_uv));
    end(s);
}

static void louder_from_the_start_of_the_move(void *context, double t, unsigned channel, float *value)
{
    (void)context, (void)channel;
    if (t > 100)
        *value *= 5;
}

/* Put elsewhere and calibrated before the new floor is sure: what is learnt is of the new place and stays. */
static void what_is_learnt_right_after_a_move_stays(void **state)
{
    struct sleeper *s = asleep(1);

    (void)state;
    s->spoil = louder_from_the_start_of_the_move;
    sleeper_add(s, "lead_off", 100, 20, 0, NULL);
    sleeper_add(s, "voluntary_hold", 205, 4, 0.7, NULL);
    sleeper_run(s, 140);
    assert_int_equal(detector_calibrate(s->detector, LEG_LEFT), 0);
    sleeper_run(s, 215);
    assert_int_equal(phase_of(s), CALIBRATION_DONE);
    sleeper_run(s, 300);
    assert_true(isfinite(detector_get_personal(s->detector, 0).rest_uv));
    assert_true(isfinite(detector_get_personal(s->detector, 0).firm_uv));
    end(s);
}

/* A calibration ends also when nothing comes any more. */
static void silence_ends_it(void **state)
{
    struct sleeper *s = asleep(1);
    struct detector_calibration c;

    (void)state;
    sleeper_run(s, 30);
    assert_int_equal(detector_calibrate(s->detector, LEG_LEFT), 0);
    detector_advance(s->detector, s->start_ns + s_to_ns(300));
    detector_get_calibration(s->detector, &c);
    assert_int_equal(c.phase, CALIBRATION_FAILED);
    assert_int_equal(c.hindrance, HINDRANCE_NO_SIGNAL);
    end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_asked_for_is_nobodys_cramp),
        cmocka_unit_test(rest_and_firm_are_taken_over_at_once),
        cmocka_unit_test(a_cramp_is_found_afterwards_and_told_in_percent),
        cmocka_unit_test(without_calibration_there_is_no_percent),
        cmocka_unit_test(not_while_a_cramp_is_on),
        cmocka_unit_test(both_legs_are_held),
        cmocka_unit_test(a_cancelled_one_changes_nothing),
        cmocka_unit_test(a_floor_that_agrees_is_known_at_once),
        cmocka_unit_test(another_placement_forgets_it),
        cmocka_unit_test(what_is_learnt_right_after_a_move_stays),
        cmocka_unit_test(silence_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
