/* SPDX-License-Identifier: MIT */
/* A calibration as a person goes through it: well, badly, and not at all; then with a detector around it. */
#include "detect/calibration.h"
#include "sleeper.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define REST_UV 3.0

static void assert_near(double value, double wanted, double error)
{
    assert_true(fabs(value - wanted) <= error);
}

/* ---- the state machine ---- */

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

/* ---- in the detector ---- */

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
