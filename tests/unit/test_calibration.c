/* SPDX-License-Identifier: MIT */
/* A calibration as a person goes through it: well, badly, and not at all. */
#include "detect/calibration.h"

#include "base/macros.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define REST_UV 3.0

static void assert_near(double value, double wanted, double error)
{
    assert_true(fabs(value - wanted) <= error);
}

/* Who lies there, and what the frames to come are like. */
struct person {
    unsigned channels;
    struct calibration calibration;
    struct calibration_frame frame;
};

static struct person lies_down(unsigned channels)
{
    struct person p = {.channels = channels, .frame = {.frame = 1000}};

    for (unsigned k = 0; k < channels; k++)
        p.frame.channel[k].usable = true;
    calibration_begin(&p.calibration, LEG_RIGHT, channels);
    return p;
}

/* So many seconds at a level, with a scatter of a tenth; NAN: no signal. */
static void at_level(struct person *p, double level_uv, double seconds)
{
    for (unsigned i = 0; i < (unsigned)(seconds * FRAMES_PER_S + 0.5); i++) {
        for (unsigned k = 0; k < p->channels; k++) {
            p->frame.channel[k].usable = isfinite(level_uv);
            p->frame.channel[k].level_uv = level_uv * (1 + 0.1 * ((double)(i * 7 % 11) / 5 - 1));
        }
        calibration_step(&p->calibration, &p->frame);
        p->frame.frame++;
    }
}

static void state_fault(struct person *p, uint32_t faults)
{
    for (unsigned k = 0; k < p->channels; k++)
        p->frame.channel[k].faults = faults;
}

static void assert_ended(const struct person *p, enum calibration_phase phase, int hindrance)
{
    assert_int_equal(p->calibration.phase, phase);
    assert_int_equal(p->calibration.hindrance, hindrance);
    assert_false(calibration_running(&p->calibration));
}

static void a_minute_of_rest_and_a_contraction(void **state)
{
    struct person p = lies_down(2);

    (void)state;
    at_level(&p, REST_UV, 59.9);
    assert_int_equal(p.calibration.phase, CALIBRATION_REST);
    at_level(&p, REST_UV, 0.1);
    assert_int_equal(p.calibration.phase, CALIBRATION_CONTRACT);
    assert_near(p.calibration.channel[0].rest_uv, 0.96 * REST_UV, 0.05 * REST_UV);
    at_level(&p, REST_UV, 5);
    at_level(&p, 60, 0.5);
    at_level(&p, 120, 2);
    at_level(&p, 90, 0.6);
    assert_int_equal(p.calibration.phase, CALIBRATION_RELAX);
    at_level(&p, 80, 1);
    assert_true(calibration_running(&p.calibration));
    at_level(&p, REST_UV, 1);
    assert_ended(&p, CALIBRATION_DONE, -1);
    for (unsigned k = 0; k < 2; k++)
        assert_near(p.calibration.channel[k].firm_uv, 120, 6);
}

/* Two channels, of which one does not work along: pointing the foot is not for the shin. */
static void a_muscle_that_did_not_work_has_no_firm_level(void **state)
{
    struct person p = lies_down(2);

    (void)state;
    at_level(&p, REST_UV, 60);
    for (unsigned i = 0; i < 40; i++, p.frame.frame++) {
        p.frame.channel[0].level_uv = 100;
        p.frame.channel[1].level_uv = 2 * REST_UV;
        calibration_step(&p.calibration, &p.frame);
    }
    at_level(&p, REST_UV, 2);
    assert_ended(&p, CALIBRATION_DONE, -1);
    assert_near(p.calibration.channel[0].firm_uv, 100, 1);
    assert_true(p.calibration.channel[1].firm_uv <= 0);
}

static void movement_only_stops_the_time(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        at_level(&p, REST_UV, 9);
        p.frame.moving = true;
        at_level(&p, REST_UV, 5);
        assert_int_equal(p.calibration.hindrance, HINDRANCE_MOVING);
        p.frame.moving = false;
        at_level(&p, 8 * REST_UV, 3); /* tense for a moment */
        assert_int_equal(p.calibration.hindrance, HINDRANCE_TENSE);
    }
    assert_int_equal(p.calibration.phase, CALIBRATION_REST);
    assert_int_equal(p.calibration.rest_frames, 540);
    at_level(&p, REST_UV, 6);
    assert_int_equal(p.calibration.phase, CALIBRATION_CONTRACT);
    assert_near(p.calibration.channel[0].rest_uv, 0.96 * REST_UV, 0.05 * REST_UV);
}

static void who_never_lies_still_is_told_so(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    p.frame.moving = true;
    at_level(&p, REST_UV, CALIBRATION_REST_MAX_S - 0.1);
    assert_int_equal(p.calibration.phase, CALIBRATION_REST);
    at_level(&p, REST_UV, 0.1);
    assert_ended(&p, CALIBRATION_FAILED, HINDRANCE_MOVING);
}

static void who_never_relaxes_is_told_so(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    at_level(&p, REST_UV, 5);
    at_level(&p, 5 * REST_UV, CALIBRATION_REST_MAX_S);
    assert_ended(&p, CALIBRATION_FAILED, HINDRANCE_TENSE);
}

static void contact_lost_at_rest(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    at_level(&p, REST_UV, 40);
    state_fault(&p, BIT(FAULT_LEAD_OFF));
    at_level(&p, NAN, 60);
    assert_int_equal(p.calibration.hindrance, HINDRANCE_CONTACT);
    assert_int_equal(p.calibration.rest_frames, 400);
    at_level(&p, NAN, CALIBRATION_REST_MAX_S - 100);
    assert_ended(&p, CALIBRATION_FAILED, HINDRANCE_CONTACT);
}

static void contact_lost_in_the_contraction(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    at_level(&p, REST_UV, 62);
    at_level(&p, 100, 2);
    state_fault(&p, BIT(FAULT_LEAD_OFF));
    at_level(&p, NAN, CALIBRATION_BLIND_S);
    assert_int_equal(p.calibration.phase, CALIBRATION_RELAX);
    at_level(&p, NAN, 1);
    assert_ended(&p, CALIBRATION_FAILED, HINDRANCE_CONTACT);
}

static void no_signal_at_all(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    at_level(&p, NAN, CALIBRATION_REST_MAX_S);
    assert_ended(&p, CALIBRATION_FAILED, HINDRANCE_NO_SIGNAL);
}

static void no_contraction_comes(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    at_level(&p, REST_UV, 60);
    at_level(&p, REST_UV, 10);
    at_level(&p, 2.5 * REST_UV, 3); /* not firm */
    at_level(&p, 50, 0.7);          /* not a second */
    at_level(&p, REST_UV, CALIBRATION_CONTRACT_MAX_S - 13.7 + 1);
    assert_ended(&p, CALIBRATION_FAILED, HINDRANCE_NO_CONTRACTION);
}

/* Shorter than asked for, but a whole second of it: taken when the time is up. */
static void a_short_contraction_will_do(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    at_level(&p, REST_UV, 60);
    at_level(&p, 70, 1.5);
    at_level(&p, REST_UV, CALIBRATION_CONTRACT_MAX_S);
    assert_ended(&p, CALIBRATION_DONE, -1);
    assert_near(p.calibration.channel[0].firm_uv, 70, 4);
}

static void a_clipped_contraction_says_nothing(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    at_level(&p, REST_UV, 60);
    at_level(&p, 300, 1.2); /* the ramp is clean */
    state_fault(&p, BIT(FAULT_CLIPPED));
    at_level(&p, 800, 1);
    at_level(&p, NAN, 1); /* at one rail: no level at all */
    assert_int_equal(p.calibration.phase, CALIBRATION_RELAX);
    state_fault(&p, 0);
    at_level(&p, REST_UV, 1);
    assert_ended(&p, CALIBRATION_FAILED, HINDRANCE_CLIPPED);
}

static void a_moment_at_the_rails_is_left_out(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    at_level(&p, REST_UV, 60);
    at_level(&p, 300, 1.2);
    state_fault(&p, BIT(FAULT_CLIPPED));
    at_level(&p, 800, 0.5);
    state_fault(&p, 0);
    at_level(&p, 300, 1.5);
    at_level(&p, REST_UV, 1);
    assert_ended(&p, CALIBRATION_DONE, -1);
    assert_near(p.calibration.channel[0].firm_uv, 300, 15);
}

/* What goes on after ten seconds may be a cramp: the detector has to look again. */
static void relaxing_is_not_waited_for_without_end(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    at_level(&p, REST_UV, 60);
    at_level(&p, 100, 4 + CALIBRATION_RELAX_MAX_S);
    assert_ended(&p, CALIBRATION_DONE, -1);
}

/* No signal may hide a muscle that still works: it is not calm. */
static void lost_signal_is_not_taken_for_rest(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    at_level(&p, REST_UV, 60);
    at_level(&p, 100, 4);
    assert_int_equal(p.calibration.phase, CALIBRATION_RELAX);
    at_level(&p, (double)NAN, 2);
    assert_true(calibration_running(&p.calibration));
    at_level(&p, REST_UV, 1);
    assert_ended(&p, CALIBRATION_DONE, -1);
}

static void cancelled_at_any_time(void **state)
{
    struct person p = lies_down(1);

    (void)state;
    at_level(&p, REST_UV, 20);
    calibration_cancel(&p.calibration);
    assert_ended(&p, CALIBRATION_CANCELLED, -1);

    p = lies_down(1);
    at_level(&p, REST_UV, 60);
    at_level(&p, 100, 1.5);
    calibration_cancel(&p.calibration);
    at_level(&p, 100, 1); /* its tail */
    assert_true(calibration_running(&p.calibration));
    calibration_cancel(&p.calibration);
    at_level(&p, REST_UV, 1);
    assert_ended(&p, CALIBRATION_CANCELLED, -1);
    calibration_cancel(&p.calibration);
    at_level(&p, 100, 5);
    assert_ended(&p, CALIBRATION_CANCELLED, -1);

    p = (struct person){.channels = 1}; /* none was begun */
    calibration_cancel(&p.calibration);
    at_level(&p, 100, 5);
    assert_int_equal(p.calibration.phase, CALIBRATION_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minute_of_rest_and_a_contraction),
        cmocka_unit_test(a_muscle_that_did_not_work_has_no_firm_level),
        cmocka_unit_test(movement_only_stops_the_time),
        cmocka_unit_test(who_never_lies_still_is_told_so),
        cmocka_unit_test(who_never_relaxes_is_told_so),
        cmocka_unit_test(contact_lost_at_rest),
        cmocka_unit_test(contact_lost_in_the_contraction),
        cmocka_unit_test(no_signal_at_all),
        cmocka_unit_test(no_contraction_comes),
        cmocka_unit_test(a_short_contraction_will_do),
        cmocka_unit_test(a_clipped_contraction_says_nothing),
        cmocka_unit_test(a_moment_at_the_rails_is_left_out),
        cmocka_unit_test(relaxing_is_not_waited_for_without_end),
        cmocka_unit_test(lost_signal_is_not_taken_for_rest),
        cmocka_unit_test(cancelled_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
