/* SPDX-License-Identifier: MIT */
/* The detector on what looks like a cramp and is none. */
#include "detector_help.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confusers_are_dismissed_with_their_reason),
        cmocka_unit_test(movements_at_intervals_are_a_series),
        cmocka_unit_test(a_quiet_night_is_quiet),
        cmocka_unit_test(a_hissing_electrode_is_a_new_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
