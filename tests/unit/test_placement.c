/* SPDX-License-Identifier: MIT */
/* Electrodes that come back elsewhere: a floor of their own, and never in mid-cramp. */
#include "detect/placement.h"
#include "sleeper.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define OFF_AT_S 150.0 /* the floor is sure by then */

static void assert_near(double value, double wanted, double error)
{
    assert_true(fabs(value - wanted) <= error);
}

/* ---- the rule alone ---- */

static struct baseline sure(double floor_uv)
{
    struct baseline baseline;

    baseline_init(&baseline);
    baseline_resume(&baseline, floor_uv);
    return baseline;
}

static void off_for(struct placement *p, struct baseline *b, unsigned frames, bool at_rest)
{
    for (unsigned i = 0; i < frames; i++)
        placement_step(p, b, true, false, at_rest);
}

static void on_for(struct placement *p, struct baseline *b, unsigned frames)
{
    for (unsigned i = 0; i < frames; i++)
        placement_step(p, b, false, false, true);
}

static void a_moment_is_nothing(void **state)
{
    struct placement p = {0};
    struct baseline b = sure(3);

    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        off_for(&p, &b, PLACEMENT_OFF_FRAMES - 1, true);
        on_for(&p, &b, BACK_FRAMES);
    }
    assert_true(baseline_settled(&b));
    off_for(&p, &b, PLACEMENT_OFF_FRAMES, true);
    assert_true(isnan(baseline_floor(&b)));
}

static void chatter_is_off(void **state)
{
    struct placement p = {0};
    struct baseline b = sure(3);

    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        off_for(&p, &b, PLACEMENT_OFF_FRAMES / 10, true);
        on_for(&p, &b, BACK_FRAMES - 1);
    }
    assert_true(isnan(baseline_floor(&b)));
}

static void what_goes_on_keeps_its_floor(void **state)
{
    struct placement p = {0};
    struct baseline b = sure(3);

    (void)state;
    off_for(&p, &b, 10 * PLACEMENT_OFF_FRAMES, false);
    for (unsigned i = 0; i < 100; i++)
        placement_step(&p, &b, false, false, false);
    assert_true(baseline_settled(&b));
    placement_step(&p, &b, false, false, true);
    assert_true(isnan(baseline_floor(&b)));
}

static void not_worn_is_for_channels_without_contact_too(void **state)
{
    struct placement p = {0};
    struct baseline b = sure(3);

    (void)state;
    placement_step(&p, &b, false, true, true);
    assert_true(isnan(baseline_floor(&b)));
}

static void only_a_change_by_more_than_drift_is_told(void **state)
{
    static const struct {
        double after_uv;
        unsigned changes;
    } rows[] = {{3, 0}, {5.9, 0}, {1.6, 0}, {6.1, 1}, {1.4, 1}};

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct placement p = {0};
        struct baseline b = sure(3);

        off_for(&p, &b, PLACEMENT_OFF_FRAMES, true);
        placement_compare(&p, &b, 100);
        /* Off again before the new floor is sure: the first one is still what it is compared with. */
        baseline_observe(&b, 30, false);
        off_for(&p, &b, 2 * PLACEMENT_OFF_FRAMES, true);
        placement_compare(&p, &b, 200);
        assert_int_equal(p.changes, 0);
        baseline_resume(&b, rows[i].after_uv);
        placement_compare(&p, &b, 300);
        placement_compare(&p, &b, 400); /* once */
        assert_int_equal(p.changes, rows[i].changes);
        if (p.changes) {
            assert_near(p.old_uv, 3, 1e-9);
            assert_near(p.new_uv, rows[i].after_uv, 1e-9);
            assert_int_equal(p.frame, 300);
        }
    }
}

/* ---- in the detector ---- */

struct gain {
    double from_s, times, until_s; /* 0: for ever */
};

static void weigh(void *context, double t, unsigned channel, float *value)
{
    const struct gain *gain = context;

    (void)channel;
    if (t >= gain->from_s && (gain->until_s <= 0 || t < gain->until_s))
        *value *= (float)gain->times;
}

static struct sleeper *asleep(struct gain *gain)
{
    struct sleeper *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    sleeper_default(s);
    s->spoil = weigh;
    s->spoil_context = gain;
    sleeper_start(s);
    return s;
}

static void end(struct sleeper *s)
{
    sleeper_free(s);
    free(s);
}

static double floor_at(struct sleeper *s, double t_s)
{
    struct detector_view view;

    sleeper_run(s, t_s);
    detector_get_view(s->detector, 0, &view);
    return view.floor_uv;
}

/* Electrodes off for 30 s and back where everything is so many times as strong. */
static void comes_back(double times, bool told)
{
    struct gain gain = {OFF_AT_S, times, 0};
    struct sleeper *s = asleep(&gain);
    struct detector_placement placement;
    double total[2], usable[2];

    sleeper_add(s, "lead_off", OFF_AT_S, 30, 0, NULL);
    double before = floor_at(s, OFF_AT_S - 1);
    assert_true(before > 0);
    assert_true(isnan(floor_at(s, OFF_AT_S + 20)));
    assert_true(isnan(floor_at(s, OFF_AT_S + 31)));
    detector_get_coverage(s->detector, &total[0], &usable[0]);
    assert_true(isnan(floor_at(s, OFF_AT_S + 39)));
    detector_get_coverage(s->detector, &total[1], &usable[1]);
    assert_true(total[1] - total[0] > 7);
    assert_near(usable[1], usable[0], 1e-9);
    double after = floor_at(s, OFF_AT_S + 45);
    assert_true(fabs(log(after / before / times)) < log(1.3));
    assert_false(detector_get_placement(s->detector, 0, &placement));
    sleeper_run(s, OFF_AT_S + 160);
    assert_int_equal(detector_get_placement(s->detector, 0, &placement), told);
    if (told) {
        assert_int_equal(placement.changes, 1);
        assert_near(placement.before_uv, before, 0.2 * before);
        assert_true(fabs(log(placement.after_uv / placement.before_uv / times)) < log(1.3));
        assert_true(sleeper_s(s, placement.t_ns) > OFF_AT_S + 30 + 70);
    }
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 0);
    assert_int_equal(sleeper_count(s, EVENT_TENSION_RISE), 0);
    assert_int_equal(sleeper_count(s, EVENT_DISMISSED), 0);
    end(s);
}

static void a_louder_place_is_no_activity(void **state)
{
    (void)state;
    comes_back(6, true);
}

static void a_quieter_place_is_known_at_once(void **state)
{
    (void)state;
    comes_back(0.3, true);
}

static void the_same_place_is_not_told(void **state)
{
    (void)state;
    comes_back(1, false);
}

/* In a place with a third of the signal a cramp is as many times rest as everywhere. */
static void a_cramp_in_the_new_place_is_found(void **state)
{
    struct gain gain = {OFF_AT_S, 0.25, 0};
    struct sleeper *s = asleep(&gain);

    (void)state;
    sleeper_add(s, "lead_off", OFF_AT_S, 30, 0, NULL);
    sleeper_add(s, "cramp", OFF_AT_S + 60, 40, 0.06, NULL);
    sleeper_run(s, OFF_AT_S + 140);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 1);
    double told_s = sleeper_s(s, sleeper_event(s, EVENT_CRAMP_START, 0)->t_ns);
    assert_true(told_s > OFF_AT_S + 60 && told_s < OFF_AT_S + 80);
    end(s);
}

static void a_cramp_keeps_its_floor_and_rest_learns_it_anew(void **state)
{
    struct gain gain = {0, 1, 0};
    struct sleeper *s = asleep(&gain);
    double cramp_s = OFF_AT_S - 40, length_s = 120;

    (void)state;
    sleeper_add(s, "cramp", cramp_s, length_s, 0.4, NULL);
    sleeper_add(s, "lead_off", OFF_AT_S, 25, 0, NULL);
    double before = floor_at(s, OFF_AT_S - 1);
    for (double t = OFF_AT_S; t < cramp_s + length_s; t += 5)
        assert_near(floor_at(s, t), before, 0.05 * before);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 0);
    sleeper_run(s, cramp_s + length_s + 15);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 1);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 1);
    assert_true(fabs(sleeper_event(s, EVENT_CRAMP_END, 0)->end.duration_s - length_s) < 15);
    double t = cramp_s + length_s + 15;
    while (!isnan(floor_at(s, t))) {
        assert_true(t < cramp_s + length_s + 60);
        t += 5;
    }
    assert_near(floor_at(s, t + 30), before, 0.3 * before);
    end(s);
}

static unsigned faults_told(const struct sleeper *s, enum event_kind kind, enum fault_reason reason)
{
    unsigned told = 0;

    for (unsigned i = 0; i < sleeper_count(s, kind); i++)
        told += sleeper_event(s, kind, i)->fault.reason == reason;
    return told;
}

/* Shorted so long after they came back, for two minutes (the amplifier's noise goes on): a fault, not a new
   place's rest, and its end is no cramp. */
static void come_back_shorted(double after_s)
{
    double flat_s = OFF_AT_S + 30 + after_s;
    struct gain gain = {flat_s, 0.08, flat_s + 120};
    struct sleeper *s = asleep(&gain);

    sleeper_add(s, "lead_off", OFF_AT_S, 30, 0, NULL);
    double before = floor_at(s, OFF_AT_S - 1);
    sleeper_run(s, flat_s + 10);
    assert_int_equal(faults_told(s, EVENT_FAULT, FAULT_FLAT), 1);
    sleeper_run(s, flat_s + 119);
    assert_int_equal(faults_told(s, EVENT_FAULT_CLEARED, FAULT_FLAT), 0);
    assert_near(floor_at(s, flat_s + 120 + 60), before, 0.3 * before);
    assert_int_equal(faults_told(s, EVENT_FAULT, FAULT_FLAT), 1);
    assert_int_equal(faults_told(s, EVENT_FAULT_CLEARED, FAULT_FLAT), 1);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 0);
    assert_int_equal(sleeper_count(s, EVENT_TENSION_RISE), 0);
    end(s);
}

static void shorted_electrodes_are_no_new_place(void **state)
{
    (void)state;
    come_back_shorted(0);
    come_back_shorted(5);
    come_back_shorted(40);
}

/* Somebody else, or another front end, and a tenth of the signal: told as flat until it shows life, then
 * learnt. */
static void a_far_quieter_place_is_learnt_once_it_lives(void **state)
{
    struct gain gain = {OFF_AT_S, 0.1, 0};
    struct sleeper *s = asleep(&gain);

    (void)state;
    sleeper_add(s, "lead_off", OFF_AT_S, 30, 0, NULL);
    for (int k = 0; k < 12; k++)
        sleeper_add(s, "leg_movement", OFF_AT_S + 50 + 20 * k, 3, 0.2, NULL);
    double before = floor_at(s, OFF_AT_S - 1);
    sleeper_run(s, OFF_AT_S + 45);
    assert_int_equal(faults_told(s, EVENT_FAULT, FAULT_FLAT), 1);
    assert_near(floor_at(s, OFF_AT_S + 400), 0.1 * before, 0.04 * before);
    assert_int_equal(faults_told(s, EVENT_FAULT_CLEARED, FAULT_FLAT), 1);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 0);
    end(s);
}

static void a_short_loss_costs_nothing(void **state)
{
    struct gain gain = {0, 1, 0};
    struct sleeper *s = asleep(&gain);

    (void)state;
    sleeper_add(s, "lead_off", OFF_AT_S, 8, 0, NULL);
    double before = floor_at(s, OFF_AT_S - 1);
    assert_near(floor_at(s, OFF_AT_S + 11), before, 0.1 * before);
    end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moment_is_nothing),
        cmocka_unit_test(chatter_is_off),
        cmocka_unit_test(what_goes_on_keeps_its_floor),
        cmocka_unit_test(not_worn_is_for_channels_without_contact_too),
        cmocka_unit_test(only_a_change_by_more_than_drift_is_told),
        cmocka_unit_test(a_louder_place_is_no_activity),
        cmocka_unit_test(a_quieter_place_is_known_at_once),
        cmocka_unit_test(the_same_place_is_not_told),
        cmocka_unit_test(a_cramp_in_the_new_place_is_found),
        cmocka_unit_test(a_cramp_keeps_its_floor_and_rest_learns_it_anew),
        cmocka_unit_test(shorted_electrodes_are_no_new_place),
        cmocka_unit_test(a_far_quieter_place_is_learnt_once_it_lives),
        cmocka_unit_test(a_short_loss_costs_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
