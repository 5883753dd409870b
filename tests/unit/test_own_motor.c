/* SPDX-License-Identifier: MIT */
/* The detector while the reminder's motor shakes the leg. */
#include "detector_help.h"

#define MOTOR_ON_S 80.0

static double motor_off_s, motor_pulse_s; /* pulse: of every 2 s */

static bool motor(double t)
{
    return t >= MOTOR_ON_S && t < motor_off_s && fmod(t, 2.0) < motor_pulse_s;
}

static double motor_shake(double t)
{
    return motor(t) ? 0.12 * sin(2 * M_PI * 31 * t) : 0;
}

static void motor_artefact(void *context, double t, unsigned channel, float *value)
{
    (void)context;
    (void)channel;
    if (motor(t))
        *value += (float)(40 * sin(2 * M_PI * 173 * t));
}

static void drive_motor(struct sleeper *s)
{
    motor_off_s = MOTOR_ON_S + 20;
    motor_pulse_s = 1.2;
    s->shake = motor_shake;
    s->spoil = motor_artefact;
    sleeper_start(s);
}

static void run_with_motor(struct sleeper *s, double until_s)
{
    for (double t = s->now; t < until_s; t += 0.5) {
        detector_set_vibration(s->detector, motor(t), s->start_ns + s_to_ns(t));
        sleeper_run(s, t + 0.5);
    }
}

/* As on most nights: the reminder goes on until the leg is stretched. */
static void stretching_is_seen_while_the_motor_runs(void **state)
{
    struct sleeper *s = new_sleeper();
    struct synth_event more = {.muscle = MUSCLE_GASTROCNEMIUS, .stretch = true};

    (void)state;
    two_channels(s);
    drive_motor(s);
    motor_off_s = MOTOR_ON_S + 63;
    sleeper_add(s, "cramp", MOTOR_ON_S - 6, 65, 0.4, &more);
    run_with_motor(s, MOTOR_ON_S + 100);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 1);
    assert_int_equal(sleeper_event(s, EVENT_CRAMP_END, 0)->end.relief, RELIEF_STRETCH);
    end(s);
}

static void nor_is_the_motor_itself_a_stretch(void **state)
{
    struct sleeper *s = new_sleeper();

    (void)state;
    two_channels(s);
    drive_motor(s);
    motor_off_s = MOTOR_ON_S + 63;
    sleeper_add(s, "cramp", MOTOR_ON_S - 6, 65, 0.4, NULL);
    run_with_motor(s, MOTOR_ON_S + 100);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 1);
    assert_int_equal(sleeper_event(s, EVENT_CRAMP_END, 0)->end.relief, RELIEF_SPONTANEOUS);
    end(s);
}

static void the_motor_starts_nothing(void **state)
{
    struct sleeper *s = new_sleeper();

    (void)state;
    drive_motor(s);
    run_with_motor(s, 130);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 0);
    assert_int_equal(sleeper_count(s, EVENT_DISMISSED), sleeper_dismissed(s, DISMISS_REMINDER));
    end(s);
}

/* As long as the settings allow (reminder.cap_s, reminder.max_s), in pulses and without a pause. */
static void a_long_reminder_stays_a_reminder(void **state)
{
    static const struct {
        double pulse_s, last_s;
    } rows[] = {{1.2, 600}, {2.0, 900}};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct sleeper *s = new_sleeper();

        drive_motor(s);
        s->shake = NULL; /* a motor that the IMU does not feel */
        motor_pulse_s = rows[i].pulse_s;
        motor_off_s = MOTOR_ON_S + rows[i].last_s;
        run_with_motor(s, motor_off_s + 30);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 0);
        assert_int_equal(sleeper_count(s, EVENT_DISMISSED), sleeper_dismissed(s, DISMISS_REMINDER));
        end(s);
    }
}

static void the_motor_ends_and_dismisses_nothing(void **state)
{
    (void)state;
    /* Begun long before the motor, and just before it. */
    for (double onset_s = 62; onset_s <= 78; onset_s += 16) {
        struct sleeper *s = new_sleeper();

        drive_motor(s);
        sleeper_add(s, "cramp", onset_s, 80, 0.4, NULL);
        run_with_motor(s, 200);
        assert_cramp(s, 0, onset_s, 12);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 1);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 1);
        assert_true(fabs(sleeper_event(s, EVENT_CRAMP_END, 0)->end.duration_s - 80) < 15);
        end(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stretching_is_seen_while_the_motor_runs),
        cmocka_unit_test(nor_is_the_motor_itself_a_stretch),
        cmocka_unit_test(the_motor_starts_nothing),
        cmocka_unit_test(a_long_reminder_stays_a_reminder),
        cmocka_unit_test(the_motor_ends_and_dismisses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
