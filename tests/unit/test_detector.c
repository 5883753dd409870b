/* SPDX-License-Identifier: MIT */
/* The detector on scripted minutes of sleep: cramps, what looks like them, and what goes wrong. */
#include "sleeper.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define REST_S 60.0 /* sleep before anything happens: the floor is known */

static struct sleeper *new_sleeper(void)
{
    struct sleeper *s = malloc(sizeof(*s));

    assert_non_null(s);
    sleeper_default(s);
    return s;
}

static void two_channels(struct sleeper *s)
{
    s->setup.channel_count = 2;
    s->setup.channels[1] = (struct synth_channel){LEG_LEFT, MUSCLE_GASTROCNEMIUS_LATERAL};
}

static void two_legs(struct sleeper *s)
{
    s->setup.channel_count = 2;
    s->setup.channels[1] = (struct synth_channel){LEG_RIGHT, MUSCLE_GASTROCNEMIUS};
}

/* Every suspicion has exactly one verdict, every cramp one end. */
static void assert_books_balance(const struct sleeper *s)
{
    uint32_t last = 0;

    for (unsigned i = 0; i < s->count; i++)
        last = MAX(last, s->events[i].episode);
    for (uint32_t id = 1; id <= last; id++) {
        unsigned verdicts = 0, starts = 0, ends = 0;

        for (unsigned i = 0; i < s->count; i++) {
            if (s->events[i].episode != id)
                continue;
            starts += s->events[i].kind == EVENT_CRAMP_START;
            ends += s->events[i].kind == EVENT_CRAMP_END;
            verdicts += s->events[i].kind == EVENT_CRAMP_START || s->events[i].kind == EVENT_DISMISSED;
        }
        assert_int_equal(verdicts, 1);
        assert_int_equal(starts, ends);
    }
}

static void end(struct sleeper *s)
{
    sleeper_finish(s);
    assert_books_balance(s);
    sleeper_free(s);
    free(s);
}

/* n-th cramp: decided within limit_s of its onset. */
static const struct event *assert_cramp(const struct sleeper *s, unsigned n, double onset_s, double limit_s)
{
    const struct event *e = sleeper_event(s, EVENT_CRAMP_START, n);

    assert_non_null(e);
    assert_true(sleeper_s(s, e->t_ns) >= onset_s);
    assert_true(sleeper_s(s, e->t_ns) <= onset_s + limit_s);
    assert_true(fabs(sleeper_s(s, e->cramp.onset_ns) - onset_s) < 2.5);
    assert_int_equal(e->muscle, MUSCLE_GASTROCNEMIUS);
    assert_true(e->episode != 0 && e->has_site);
    assert_true(e->cramp.confidence > 0 && e->cramp.confidence < 1);
    return e;
}

/* ---- cramps ---- */

static void cramp_is_found_at_every_rate(void **state)
{
    static const double rates[] = {100, 125, 250, 500, 860, 1000, 2000, 3300, 4000};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
        struct sleeper *s = new_sleeper();

        s->setup.rate_hz = rates[i];
        sleeper_start(s);
        sleeper_add(s, "cramp", REST_S, 60, 0.4, NULL);
        sleeper_run(s, 160);
        const struct event *start = assert_cramp(s, 0, REST_S, 12);
        const struct event *over = sleeper_event(s, EVENT_CRAMP_END, 0);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 1);
        assert_int_equal(start->cramp.reason, CRAMP_SUSTAINED);
        assert_true(start->cramp.rise_ns == TIME_UNKNOWN);
        assert_non_null(over);
        assert_true(fabs(over->end.duration_s - 60) < 15);
        assert_true(over->end.onset_ns == start->cramp.onset_ns && over->episode == start->episode);
        assert_true(over->end.peak_ratio >= 5);
        end(s);
    }
}

static void cramp_is_found_without_imu_and_with_neighbours(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct sleeper *s = new_sleeper();

        if (i & 1)
            two_channels(s);
        if (i & 2)
            s->setup.imu_rate_hz = 0;
        sleeper_start(s);
        sleeper_add(s, "cramp", REST_S, 60, 0.4, NULL);
        sleeper_run(s, 160);
        assert_cramp(s, 0, REST_S, 12);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 1);
        end(s);
    }
}

/* The shin lifts the foot in a leg movement, and a long one is not a cramp where the calf is seen to rest; a
   cramp of the calf beside an electrode on the shin is one. */
static void shin_alone_is_a_movement_where_the_calf_is_seen(void **state)
{
    (void)state;
    for (unsigned shin = 0; shin < 2; shin++) {
        struct sleeper *s = new_sleeper();
        struct synth_event more = {.muscle = shin ? MUSCLE_TIBIALIS : MUSCLE_GASTROCNEMIUS};

        s->setup.channel_count = 2;
        s->setup.channels[1] = (struct synth_channel){LEG_LEFT, MUSCLE_TIBIALIS};
        sleeper_start(s);
        sleeper_add(s, "cramp", REST_S, 40, 0.4, &more);
        sleeper_run(s, 140);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), shin ? 0 : 1);
        end(s);
    }
}

static void weak_floor_of_five_is_enough(void **state)
{
    struct sleeper *s = new_sleeper();

    (void)state;
    s->setup.mvc_uv = 100;
    s->setup.floor_uv = 4;
    sleeper_start(s);
    sleeper_add(s, "cramp", REST_S, 60, 0.3, NULL);
    sleeper_run(s, 140);
    assert_cramp(s, 0, REST_S, 12);
    end(s);
}

static void each_leg_has_its_own(void **state)
{
    struct sleeper *s = new_sleeper();
    struct synth_event right = {.leg = LEG_RIGHT, .muscle = MUSCLE_GASTROCNEMIUS};

    (void)state;
    two_legs(s);
    sleeper_start(s);
    sleeper_add(s, "cramp", REST_S, 60, 0.4, NULL);
    sleeper_add(s, "cramp", REST_S + 20, 60, 0.4, &right);
    sleeper_run(s, 180);
    assert_int_equal(assert_cramp(s, 0, REST_S, 12)->leg, LEG_LEFT);
    assert_int_equal(assert_cramp(s, 1, REST_S + 20, 12)->leg, LEG_RIGHT);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 2);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 2);
    end(s);
}

static void a_rise_is_announced_and_decides_faster(void **state)
{
    struct sleeper *s = new_sleeper();
    struct synth_event more = {.muscle = MUSCLE_GASTROCNEMIUS, .rise_s = 40, .rise_ratio = 3.5};

    (void)state;
    sleeper_start(s);
    sleeper_add(s, "cramp", 120, 60, 0.4, &more);
    sleeper_run(s, 220);
    const struct event *rise = sleeper_event(s, EVENT_TENSION_RISE, 0);
    const struct event *cramp = assert_cramp(s, 0, 120, 6.5);
    assert_non_null(rise);
    assert_int_equal(sleeper_count(s, EVENT_TENSION_RISE), 1);
    assert_true(sleeper_s(s, rise->t_ns) < 110 && sleeper_s(s, rise->t_ns) > 88);
    assert_int_equal(cramp->cramp.reason, CRAMP_RISE);
    assert_int_equal(cramp->episode, rise->episode);
    assert_true(sleeper_s(s, cramp->cramp.rise_ns) >= 79 && sleeper_s(s, cramp->cramp.rise_ns) < 100);
    end(s);
}

static void a_second_cramp_within_the_hour_decides_faster(void **state)
{
    (void)state;
    for (unsigned imu = 0; imu < 2; imu++) {
        struct sleeper *s = new_sleeper();

        if (!imu)
            s->setup.imu_rate_hz = 0;
        sleeper_start(s);
        sleeper_add(s, "cramp", REST_S, 30, 0.4, NULL);
        sleeper_add(s, "cramp", 200, 30, 0.4, NULL);
        sleeper_run(s, 280);
        /* One electrode pair alone cannot tell it from a turn: nothing vouches for the shorter time. */
        const struct event *second = assert_cramp(s, 1, 200, imu ? 7 : 12);
        assert_int_equal(second->cramp.reason, imu ? CRAMP_RECURRENCE : CRAMP_SUSTAINED);
        end(s);
    }
}

static void a_cramp_may_begin_in_a_turn(void **state)
{
    struct sleeper *s = new_sleeper();

    (void)state;
    sleeper_start(s);
    sleeper_add(s, "turn", REST_S, 6, 0.3, NULL);
    sleeper_add(s, "cramp", REST_S + 4, 60, 0.5, NULL);
    sleeper_run(s, 160);
    const struct event *e = sleeper_event(s, EVENT_CRAMP_START, 0);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 1);
    assert_true(sleeper_s(s, e->t_ns) > REST_S + 12 && sleeper_s(s, e->t_ns) < REST_S + 22);
    assert_int_equal(e->cramp.reason, CRAMP_AFTER_MOVEMENT);
    end(s);
}

static void stretching_is_seen_as_the_relief(void **state)
{
    struct sleeper *s = new_sleeper();
    struct synth_event more = {.muscle = MUSCLE_GASTROCNEMIUS, .stretch = true};

    (void)state;
    two_channels(s);
    sleeper_start(s);
    sleeper_add(s, "cramp", REST_S, 60, 0.4, &more);
    sleeper_run(s, 160);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 1);
    assert_int_equal(sleeper_event(s, EVENT_CRAMP_END, 0)->end.relief, RELIEF_STRETCH);
    end(s);
}

struct amplifier {
    float offset, smooth;
};

/* What an amplifier with high-pass, rectifier and smoother would put out. */
static void rectify(void *context, double t, unsigned channel, float *value)
{
    struct amplifier *amplifier = context;

    (void)t;
    (void)channel;
    amplifier->offset += 0.1F * (*value - amplifier->offset);
    amplifier->smooth += 0.02F * (fabsf(*value - amplifier->offset) - amplifier->smooth);
    *value = amplifier->smooth;
}

static void an_envelope_will_do(void **state)
{
    struct sleeper *s = new_sleeper();
    struct amplifier amplifier = {0, 0};

    (void)state;
    s->input = EMG_INPUT_ENVELOPE;
    s->spoil = rectify;
    s->spoil_context = &amplifier;
    sleeper_start(s);
    sleeper_add(s, "leg_movement", REST_S, 3, 0.3, NULL);
    sleeper_add(s, "cramp", REST_S + 30, 60, 0.4, NULL);
    sleeper_run(s, 190);
    assert_cramp(s, 0, REST_S + 30, 12);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 1);
    assert_int_equal(sleeper_dismissed(s, DISMISS_LEG_MOVEMENT), 1);
    end(s);
}

static double loose_sensor(double t)
{
    return 0.09 * sin(2 * M_PI * 7.3 * t);
}

/* A motion sensor that never is still must not hide cramps for ever. */
static void a_noisy_motion_sensor_is_learnt(void **state)
{
    struct sleeper *s = new_sleeper();

    (void)state;
    s->shake = loose_sensor;
    sleeper_start(s);
    sleeper_add(s, "cramp", 900, 60, 0.4, NULL);
    sleeper_run(s, 990);
    assert_cramp(s, 0, 900, 12);
    end(s);
}

/* ---- what looks like one ---- */

static void confusers_are_dismissed_with_their_reason(void **state)
{
    static const struct {
        const char *class;
        double duration_s, level;
        bool legs;
        uint32_t reasons; /* allowed: BIT(enum dismiss_reason) */
    } rows[] = {
        {"leg_movement", 3, 0.2, false, BIT(DISMISS_LEG_MOVEMENT)},
        {"leg_movement", 9, 0.3, false, BIT(DISMISS_LEG_MOVEMENT) | BIT(DISMISS_VOLUNTARY)},
        {"leg_movement_bilateral", 12, 0.2, true, BIT(DISMISS_LEG_MOVEMENT)},
        {"foot_tremor", 40, 0.2, false, BIT(DISMISS_RHYTHMIC_MOVEMENT)},
        {"turn", 20, 0.4, true, BIT(DISMISS_TURN)},
        {"pandiculation", 12, 0.6, false, BIT(DISMISS_VOLUNTARY)},
        {"voluntary_hold", 60, 0.2, false, BIT(DISMISS_VOLUNTARY)},
        {"toilet_walk", 90, 0.4, true, BIT(DISMISS_GAIT)},
        {"clonus", 30, 0.4, false, BIT(DISMISS_CLONIC) | BIT(DISMISS_RHYTHMIC_MOVEMENT)},
        {"tonic_seizure", 60, 1.0, true,
         BIT(DISMISS_CLONIC) | BIT(DISMISS_BILATERAL_TONIC) | BIT(DISMISS_VOLUNTARY) | BIT(DISMISS_GAIT)},
        {"hypnic_jerk", 0.2, 0.7, true,
         BIT(DISMISS_JERK) | BIT(DISMISS_MYOCLONUS) | BIT(DISMISS_LEG_MOVEMENT)},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            struct sleeper *s = new_sleeper();
            struct synth_event more = {.muscle = MUSCLE_GASTROCNEMIUS, .still = seed == 3};
            unsigned dismissed = 0;

            s->setup.seed = seed;
            if (rows[i].legs)
                two_legs(s);
            else
                two_channels(s);
            sleeper_start(s);
            sleeper_add(s, rows[i].class, REST_S, rows[i].duration_s, rows[i].level, &more);
            sleeper_run(s, REST_S + rows[i].duration_s + 20);
            sleeper_finish(s);
            assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 0);
            for (unsigned k = 0; k < s->count; k++) {
                if (s->events[k].kind != EVENT_DISMISSED)
                    continue;
                dismissed++;
                if (!(rows[i].reasons & BIT(s->events[k].dismissed.reason)))
                    fail_msg("%s (seed %u) dismissed as %s", rows[i].class, (unsigned)seed,
                             dismiss_reason_name(s->events[k].dismissed.reason));
            }
            assert_true(dismissed > 0);
            end(s);
        }
}

static void movements_at_intervals_are_a_series(void **state)
{
    struct sleeper *s = new_sleeper();

    (void)state;
    sleeper_start(s);
    for (unsigned i = 0; i < 8; i++)
        sleeper_add(s, "leg_movement", REST_S + 25 * i, 2.5, 0.2, NULL);
    sleeper_run(s, 280);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 0);
    assert_int_equal(sleeper_dismissed(s, DISMISS_LEG_MOVEMENT), 3);
    assert_int_equal(sleeper_dismissed(s, DISMISS_PERIODIC_LEG_MOVEMENT), 5);
    const struct event *e = sleeper_event(s, EVENT_DISMISSED, 0);
    assert_true(fabs(sleeper_s(s, e->dismissed.start_ns) - REST_S) < 0.5);
    assert_true(fabs(e->dismissed.duration_s - 2.5) < 0.6);
    end(s);
}

static void a_quiet_night_is_quiet(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct sleeper *s = new_sleeper();
        double total, usable;

        s->setup.seed = seed;
        s->setup.mains_uv = seed == 2 ? 40 : 0;
        s->setup.mains_hz = 60;
        s->setup.ecg_uv = 4;
        s->setup.floor_drift_db = 6;
        sleeper_start(s);
        sleeper_run(s, 1800);
        sleeper_finish(s);
        assert_int_equal(s->count, 0);
        detector_get_coverage(s->detector, &total, &usable);
        assert_true(fabs(total - 1800) < 1 && usable > 1780 && usable < total);
        end(s);
    }
}

static uint64_t hiss_state;

/* From two minutes on an electrode has twice to three times the noise it had. */
static void hiss(void *context, double t, unsigned channel, float *value)
{
    const double *sd_uv = context;

    hiss_state = hiss_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    if (channel == 0 && t >= 120)
        *value +=
            (float)(*sd_uv * sqrt(12.0) * ((double)(hiss_state >> 11) / (double)(UINT64_C(1) << 53) - 0.5));
}

/* One head that is weakly louder than before, for good, is an electrode: its noise becomes the floor, nothing
   is called for it, and a cramp is still found. */
static void a_hissing_electrode_is_a_new_floor(void **state)
{
    static double levels[] = {5, 7, 9};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        struct sleeper *s = new_sleeper();
        struct detector_view before, after;

        two_channels(s);
        s->spoil = hiss;
        s->spoil_context = &levels[i];
        sleeper_start(s);
        sleeper_add(s, "leg_movement", 135, 3, 0.2, NULL);
        sleeper_add(s, "leg_movement", 420, 3, 0.2, NULL);
        sleeper_add(s, "cramp", 900, 60, 0.5, NULL);
        sleeper_run(s, 110);
        detector_get_view(s->detector, 0, &before);
        sleeper_run(s, 890);
        detector_get_view(s->detector, 0, &after);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 0);
        assert_true(after.floor_uv > 1.4 * before.floor_uv);
        sleeper_run(s, 1000);
        assert_cramp(s, 0, 900, 12);
        end(s);
    }
}

/* ---- our own motor ---- */

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

/* ---- blindness ---- */

static bool short_silence(double t)
{
    return t >= 90 && t < 100;
}

static bool long_silence(double t)
{
    return t >= 90 && t < 400;
}

static bool late_silence(double t)
{
    return t >= 110 && t < 150;
}

static void a_gap_does_not_end_a_cramp(void **state)
{
    struct sleeper *s = new_sleeper();

    (void)state;
    s->silent = short_silence;
    sleeper_start(s);
    sleeper_add(s, "cramp", REST_S, 80, 0.4, NULL);
    sleeper_run(s, 180);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 1);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 1);
    assert_true(fabs(sleeper_event(s, EVENT_CRAMP_END, 0)->end.duration_s - 80) < 15);
    assert_int_equal(sleeper_event(s, EVENT_CRAMP_END, 0)->end.relief, RELIEF_SPONTANEOUS);
    assert_int_equal(sleeper_event(s, EVENT_FAULT, 0)->fault.reason, FAULT_GAP);
    end(s);
}

static void a_cramp_lost_in_a_gap_ends_unknown(void **state)
{
    bool (*const silences[])(double) = {long_silence, late_silence};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct sleeper *s = new_sleeper();

        s->silent = silences[i];
        sleeper_start(s);
        sleeper_add(s, "cramp", REST_S, 60, 0.4, NULL);
        sleeper_run(s, 420);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 1);
        assert_int_equal(sleeper_event(s, EVENT_CRAMP_END, 0)->end.relief, RELIEF_UNKNOWN);
        assert_int_equal(sleeper_count(s, EVENT_FAULT), 1 + (s->setup.imu_rate_hz <= 0));
        assert_int_equal(sleeper_count(s, EVENT_FAULT_CLEARED), 1);
        end(s);
    }
}

static void an_electrode_comes_off_in_a_cramp(void **state)
{
    struct sleeper *s = new_sleeper();

    (void)state;
    sleeper_start(s);
    sleeper_add(s, "cramp", REST_S, 120, 0.4, NULL);
    sleeper_add(s, "lead_off", 100, 20, 0, NULL);
    sleeper_run(s, 240);
    assert_cramp(s, 0, REST_S, 12);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 1);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 1);
    assert_true(fabs(sleeper_event(s, EVENT_CRAMP_END, 0)->end.duration_s - 120) < 15);
    assert_int_equal(sleeper_event(s, EVENT_FAULT, 0)->fault.reason, FAULT_LEAD_OFF);
    end(s);
}

/* ---- surroundings ---- */

static void what_is_open_at_the_end_is_closed(void **state)
{
    struct sleeper *s = new_sleeper();

    (void)state;
    sleeper_start(s);
    sleeper_add(s, "cramp", REST_S, 120, 0.4, NULL);
    sleeper_run(s, 100);
    sleeper_finish(s);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 1);
    assert_int_equal(sleeper_event(s, EVENT_CRAMP_END, 0)->end.relief, RELIEF_UNKNOWN);
    assert_true(fabs(sleeper_event(s, EVENT_CRAMP_END, 0)->end.duration_s - 40) < 1);
    end(s);
}

static void the_view_tells_what_is_seen(void **state)
{
    struct sleeper *s = new_sleeper();
    struct detector_view view;

    (void)state;
    s->setup.rate_hz = 250;
    sleeper_start(s);
    sleeper_add(s, "cramp", REST_S, 60, 0.4, NULL);
    sleeper_run(s, 5);
    detector_get_view(s->detector, 0, &view);
    assert_true(isnan(view.floor_uv) && view.level_uv > 0 && view.motion_g >= 0);
    sleeper_run(s, 50);
    detector_get_view(s->detector, 0, &view);
    assert_true(view.floor_uv > 1.5 && view.floor_uv < 4);
    assert_int_equal(view.state, EPISODE_QUIET);
    assert_true(view.reduced && fabs(view.rate_hz - 250) < 1);
    sleeper_run(s, 90);
    detector_get_view(s->detector, 0, &view);
    assert_int_equal(view.state, EPISODE_CRAMP);
    assert_true(view.level_uv > 5 * view.floor_uv);
    detector_get_view(s->detector, 7, &view);
    assert_true(isnan(view.level_uv));
    end(s);
}

static void new_parameters_hold_from_now_on(void **state)
{
    struct sleeper *s = new_sleeper();

    (void)state;
    sleeper_start(s);
    sleeper_add(s, "cramp", REST_S, 60, 0.4, NULL);
    sleeper_run(s, 62);
    s->params.decide_s = 20;
    detector_set_params(s->detector, &s->params);
    sleeper_run(s, 160);
    const struct event *e = sleeper_event(s, EVENT_CRAMP_START, 0);
    assert_non_null(e);
    assert_true(sleeper_s(s, e->t_ns) > REST_S + 19 && sleeper_s(s, e->t_ns) < REST_S + 23);
    end(s);
}

static void nonsense_is_refused(void **state)
{
    struct detector_params params = {2.5, 1.6, 10, 5, 0, 5};
    struct detector_channel channel = {.muscle = MUSCLE_GASTROCNEMIUS}, odd = {.leg = 7};
    struct detector_imu imu[3] = {{LEG_LEFT}};
    struct sleeper out = {0};

    (void)state;
    event_sink sink = (event_sink)(void (*)(void))abort;
    errno = 0;
    assert_null(detector_new(&params, &channel, 0, imu, 1, sink, &out));
    assert_int_equal(errno, EINVAL);
    assert_null(detector_new(&params, &channel, EMG_CHANNELS + 1, imu, 1, sink, &out));
    assert_null(detector_new(&params, &odd, 1, imu, 1, sink, &out));
    assert_null(detector_new(&params, &channel, 1, imu, 3, sink, &out));
    assert_null(detector_new(&params, &channel, 1, imu, 1, NULL, &out));
    detector_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cramp_is_found_at_every_rate),
        cmocka_unit_test(cramp_is_found_without_imu_and_with_neighbours),
        cmocka_unit_test(shin_alone_is_a_movement_where_the_calf_is_seen),
        cmocka_unit_test(weak_floor_of_five_is_enough),
        cmocka_unit_test(each_leg_has_its_own),
        cmocka_unit_test(a_rise_is_announced_and_decides_faster),
        cmocka_unit_test(a_second_cramp_within_the_hour_decides_faster),
        cmocka_unit_test(a_cramp_may_begin_in_a_turn),
        cmocka_unit_test(stretching_is_seen_as_the_relief),
        cmocka_unit_test(stretching_is_seen_while_the_motor_runs),
        cmocka_unit_test(nor_is_the_motor_itself_a_stretch),
        cmocka_unit_test(an_envelope_will_do),
        cmocka_unit_test(a_noisy_motion_sensor_is_learnt),
        cmocka_unit_test(confusers_are_dismissed_with_their_reason),
        cmocka_unit_test(movements_at_intervals_are_a_series),
        cmocka_unit_test(a_quiet_night_is_quiet),
        cmocka_unit_test(a_hissing_electrode_is_a_new_floor),
        cmocka_unit_test(the_motor_starts_nothing),
        cmocka_unit_test(a_long_reminder_stays_a_reminder),
        cmocka_unit_test(the_motor_ends_and_dismisses_nothing),
        cmocka_unit_test(a_gap_does_not_end_a_cramp),
        cmocka_unit_test(a_cramp_lost_in_a_gap_ends_unknown),
        cmocka_unit_test(an_electrode_comes_off_in_a_cramp),
        cmocka_unit_test(what_is_open_at_the_end_is_closed),
        cmocka_unit_test(the_view_tells_what_is_seen),
        cmocka_unit_test(new_parameters_hold_from_now_on),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
