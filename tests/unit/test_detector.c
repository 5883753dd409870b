/* SPDX-License-Identifier: MIT */
/* The detector on scripted minutes of sleep: cramps of every kind, and what its caller may do. */
#include "detector_help.h"

#include <errno.h>

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
        cmocka_unit_test(an_envelope_will_do),
        cmocka_unit_test(a_noisy_motion_sensor_is_learnt),
        cmocka_unit_test(what_is_open_at_the_end_is_closed),
        cmocka_unit_test(the_view_tells_what_is_seen),
        cmocka_unit_test(new_parameters_hold_from_now_on),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
