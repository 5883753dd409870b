/* SPDX-License-Identifier: MIT */
/* The detector when a cramp's signal is lost. */
#include "detector_help.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_does_not_end_a_cramp),
        cmocka_unit_test(a_cramp_lost_in_a_gap_ends_unknown),
        cmocka_unit_test(an_electrode_comes_off_in_a_cramp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
