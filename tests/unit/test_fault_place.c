/* SPDX-License-Identifier: MIT */
/* What faults are of: the IMU of one leg or the other, the contact lines of a channel, a leg that is not
 * worn. */
#include "detect/detector.h"
#include "detect/tuning.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EMG_RATE_HZ 500
#define IMU_RATE_HZ 50
#define STEP_S      0.2
#define AFTER_S     5.0
#define EVENTS      64

/* Two channels on the left leg, one on the right, an IMU on each; what they say is up to the test. */
struct bed {
    struct detector *detector;
    double now_s;
    uint32_t imu_faults[IMU_SOURCES]; /* stated instead of motion; 0: it works */
    double shake_g[IMU_SOURCES];
    float contact[3]; /* 0 on, 1 off, NAN not known, INFINITY: not wired */
    unsigned count;
    struct event events[EVENTS];
};

static void collect(void *context, const struct event *event)
{
    struct bed *bed = context;

    if (event->kind != EVENT_FAULT && event->kind != EVENT_FAULT_CLEARED)
        return;
    assert_true(bed->count < EVENTS);
    bed->events[bed->count++] = *event;
}

static struct bed *bed_new(void)
{
    static const struct detector_params params = {
        .onset_ratio = 2.5, .rise_ratio = 1.6, .decide_s = 10, .decide_fast_s = 5, .fault_after_s = AFTER_S};
    static const struct detector_channel channels[] = {
        {.leg = LEG_LEFT, .muscle = MUSCLE_GASTROCNEMIUS},
        {.leg = LEG_LEFT, .muscle = MUSCLE_GASTROCNEMIUS_LATERAL},
        {.leg = LEG_RIGHT, .muscle = MUSCLE_GASTROCNEMIUS}};
    static const struct detector_imu imus[] = {{LEG_LEFT}, {LEG_RIGHT}};
    struct bed *bed = calloc(1, sizeof(*bed));

    assert_non_null(bed);
    for (unsigned i = 0; i < 3; i++)
        bed->contact[i] = INFINITY;
    bed->detector = detector_new(&params, channels, 3, imus, 2, collect, bed);
    assert_non_null(bed->detector);
    return bed;
}

static void bed_free(struct bed *bed)
{
    detector_free(bed->detector);
    free(bed);
}

static float noise(unsigned i)
{
    unsigned h = (i + 1) * 2654435761U;

    h = (h ^ h >> 13) * 2246822519U;
    return (float)((h >> 12) % 1009) / 100 - 5;
}

static void push_emg(struct bed *bed, unsigned channel, int64_t t_ns)
{
    struct block b = {.kind = BLOCK_EMG, .source = (uint8_t)channel, .width = 1, .t_ns = t_ns};

    b.count = (uint16_t)(STEP_S * EMG_RATE_HZ);
    b.period_ns = 1e9 / EMG_RATE_HZ;
    for (unsigned i = 0; i < b.count; i++)
        b.v[i] = noise((unsigned)(bed->now_s * EMG_RATE_HZ) + i + 7919 * channel);
    detector_push(bed->detector, &b);
}

static void push_imu(struct bed *bed, unsigned source, int64_t t_ns)
{
    struct block b = {.kind = BLOCK_IMU,
                      .source = (uint8_t)source,
                      .width = 3,
                      .t_ns = t_ns,
                      .period_ns = 1e9 / IMU_RATE_HZ};

    b.faults = bed->imu_faults[source];
    b.count = b.faults ? 0 : (uint16_t)(STEP_S * IMU_RATE_HZ);
    for (unsigned i = 0; i < b.count; i++) {
        b.v[i * 3] = (float)(bed->shake_g[source] * (i % 2 ? 1 : -1));
        b.v[i * 3 + 2] = 1;
    }
    detector_push(bed->detector, &b);
}

static void push_contact(struct bed *bed, unsigned channel, int64_t t_ns)
{
    struct block b = {.kind = BLOCK_CONTACT, .source = (uint8_t)channel, .width = 1, .t_ns = t_ns};

    if (isinf(bed->contact[channel]))
        return;
    if (isnan(bed->contact[channel])) {
        b.faults = BIT(FAULT_GAP);
    } else {
        b.count = 1;
        b.v[0] = bed->contact[channel];
    }
    detector_push(bed->detector, &b);
}

static void sleep_until(struct bed *bed, double until_s)
{
    for (; bed->now_s < until_s - 1e-9; bed->now_s += STEP_S) {
        int64_t t_ns = NSEC_PER_SEC + s_to_ns(bed->now_s);

        for (unsigned i = 0; i < 3; i++)
            push_contact(bed, i, t_ns);
        for (unsigned i = 0; i < 2; i++)
            push_imu(bed, i, t_ns);
        for (unsigned i = 0; i < 3; i++)
            push_emg(bed, i, t_ns);
    }
}

static double at_s(const struct event *event)
{
    return ns_to_s(event->t_ns - NSEC_PER_SEC);
}

static void two_imus_fail_and_recover_apart(void **state)
{
    struct bed *bed = bed_new();

    (void)state;
    sleep_until(bed, 20);
    assert_int_equal(bed->count, 0);
    bed->imu_faults[1] = BIT(FAULT_BUS); /* and nothing comes: one cause, one fault */
    sleep_until(bed, 40);
    bed->imu_faults[0] = BIT(FAULT_BUS);
    sleep_until(bed, 60);
    assert_int_equal(bed->count, 2);
    bed->imu_faults[1] = 0;
    sleep_until(bed, 80);
    bed->imu_faults[0] = 0;
    sleep_until(bed, 100);
    assert_int_equal(bed->count, 4);
    for (unsigned i = 0; i < 4; i++) {
        const struct event *e = &bed->events[i];

        assert_int_equal(e->kind, i < 2 ? EVENT_FAULT : EVENT_FAULT_CLEARED);
        assert_int_equal(e->leg, i % 2 ? LEG_LEFT : LEG_RIGHT);
        assert_true(e->has_leg && !e->has_site && e->channel == -1);
        assert_int_equal(e->fault.part, PART_IMU);
        assert_int_equal(e->fault.source, SOURCE_BUS);
        assert_int_equal(e->fault.reason, FAULT_BUS);
        assert_true(at_s(e) > 20 + 20 * i && at_s(e) <= 20 + 20 * i + AFTER_S + 1);
    }
    bed_free(bed);
}

static void contact_that_cannot_be_read_is_a_fault_and_the_signal_stays(void **state)
{
    struct bed *bed = bed_new();
    struct detector_view view;
    double total, usable;

    (void)state;
    bed->contact[0] = 0;
    bed->contact[1] = NAN; /* from the start: the settings name a line that is not there */
    sleep_until(bed, 20);
    bed->contact[0] = NAN; /* in the night: somebody took the line */
    sleep_until(bed, 40);
    assert_int_equal(bed->count, 2);
    for (unsigned i = 0; i < 2; i++) {
        const struct event *e = &bed->events[i];

        assert_int_equal(e->kind, EVENT_FAULT);
        assert_int_equal(e->channel, 1 - (int)i);
        assert_true(e->has_site && e->leg == LEG_LEFT);
        assert_int_equal(e->fault.part, PART_CONTACT);
        assert_int_equal(e->fault.source, SOURCE_SENSOR);
        assert_int_equal(e->fault.reason, FAULT_GAP);
        assert_true(at_s(e) <= 20 * i + AFTER_S + 0.5);
    }
    detector_get_view(bed->detector, 0, &view);
    assert_int_equal(view.declared_faults, BIT(FAULT_GAP));
    assert_true(view.level_uv > 0);
    detector_get_coverage(bed->detector, &total, &usable);
    assert_true(usable > total - 15); /* the floor takes 10 s to learn */
    bed->contact[0] = bed->contact[1] = 0;
    sleep_until(bed, 60);
    assert_int_equal(bed->count, 4);
    assert_true(bed->events[2].kind == EVENT_FAULT_CLEARED && bed->events[3].kind == EVENT_FAULT_CLEARED);
    assert_true(bed->events[2].fault.part == PART_CONTACT && bed->events[3].fault.part == PART_CONTACT);
    bed_free(bed);
}

static void assert_event(const struct bed *bed, unsigned n, enum event_kind kind, enum fault_reason reason,
                         int channel, double from_s, double to_s)
{
    const struct event *e = &bed->events[n];

    assert_true(n < bed->count);
    assert_int_equal(e->kind, kind);
    assert_int_equal(e->fault.reason, reason);
    assert_int_equal(e->fault.part, PART_EMG);
    assert_int_equal(e->channel, channel);
    assert_int_equal(e->leg, LEG_LEFT);
    assert_true(e->has_site == (channel >= 0) && e->has_leg == (channel < 0));
    if (at_s(e) < from_s || at_s(e) > to_s)
        fail_msg("event %u at %.1f s, not between %.1f and %.1f", n, at_s(e), from_s, to_s);
}

/* lead_off at once for each, not_worn of the leg in their place when nobody has moved for long; and back. */
static void electrodes_that_stay_off_become_a_sensor_that_is_not_worn(void **state)
{
    struct bed *bed = bed_new();
    struct detector_view view;
    double away_s = 30 + NOT_WORN_S;

    (void)state;
    bed->contact[0] = bed->contact[1] = 0;
    sleep_until(bed, 20);
    bed->contact[0] = 1;
    sleep_until(bed, 30);
    bed->contact[1] = 1;
    sleep_until(bed, away_s - 5);
    assert_int_equal(bed->count, 2);
    assert_event(bed, 0, EVENT_FAULT, FAULT_LEAD_OFF, 0, 20, 20 + AFTER_S + 0.5);
    assert_event(bed, 1, EVENT_FAULT, FAULT_LEAD_OFF, 1, 30, 30 + AFTER_S + 0.5);
    sleep_until(bed, away_s + 60);
    assert_int_equal(bed->count, 5);
    assert_event(bed, 2, EVENT_FAULT_CLEARED, FAULT_LEAD_OFF, 0, away_s, away_s + 1);
    assert_event(bed, 3, EVENT_FAULT_CLEARED, FAULT_LEAD_OFF, 1, away_s, away_s + 1);
    assert_event(bed, 4, EVENT_FAULT, FAULT_NOT_WORN, -1, away_s, away_s + 1);
    detector_get_view(bed->detector, 0, &view);
    assert_int_equal(view.declared_faults, BIT(FAULT_NOT_WORN));
    assert_int_equal(view.faults, BIT(FAULT_NOT_WORN));
    assert_int_equal(view.state, EPISODE_BLIND);
    /* One is put on: worn again, and the other one is off. */
    bed->contact[1] = 0;
    sleep_until(bed, away_s + 80);
    assert_int_equal(bed->count, 7);
    assert_event(bed, 5, EVENT_FAULT_CLEARED, FAULT_NOT_WORN, -1, away_s + 60, away_s + 60 + 4);
    assert_true(fabs(bed->events[5].fault.duration_s - (NOT_WORN_S + 60)) < 5);
    assert_event(bed, 6, EVENT_FAULT, FAULT_LEAD_OFF, 0, away_s + 63, away_s + 60 + 4 + AFTER_S + 0.5);
    bed->contact[0] = 0;
    sleep_until(bed, away_s + 100);
    assert_int_equal(bed->count, 8);
    assert_event(bed, 7, EVENT_FAULT_CLEARED, FAULT_LEAD_OFF, 0, away_s + 80, away_s + 85);
    bed_free(bed);
}

static void who_moves_or_has_an_electrode_on_wears_it(void **state)
{
    (void)state;
    for (unsigned moves = 0; moves < 2; moves++) {
        struct bed *bed = bed_new();

        bed->contact[0] = 1;
        bed->contact[1] = moves ? 1 : 0;
        for (double t = 0; t < 3 * NOT_WORN_S; t += 100) {
            bed->shake_g[0] = moves ? 0.2 : 0;
            sleep_until(bed, t + 2);
            bed->shake_g[0] = 0;
            bed->shake_g[1] = 0.2; /* the other leg says nothing of this one */
            sleep_until(bed, t + 100);
        }
        assert_int_equal(bed->count, 1 + moves);
        assert_event(bed, 0, EVENT_FAULT, FAULT_LEAD_OFF, 0, 0, AFTER_S + 0.5);
        bed_free(bed);
    }
}

/* One electrode, and an IMU that does not work: the time alone decides. */
static void one_electrode_without_an_imu_is_enough(void **state)
{
    struct bed *bed = bed_new();

    (void)state;
    bed->imu_faults[0] = BIT(FAULT_BUS);
    bed->contact[0] = 1; /* the leg's other channel has no contact lines */
    sleep_until(bed, NOT_WORN_S + 10);
    assert_int_equal(bed->count, 4);
    assert_int_equal(bed->events[0].fault.part + bed->events[1].fault.part, PART_EMG + PART_IMU);
    assert_event(bed, 2, EVENT_FAULT_CLEARED, FAULT_LEAD_OFF, 0, NOT_WORN_S, NOT_WORN_S + 1);
    assert_event(bed, 3, EVENT_FAULT, FAULT_NOT_WORN, -1, NOT_WORN_S, NOT_WORN_S + 1);
    bed_free(bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_imus_fail_and_recover_apart),
        cmocka_unit_test(contact_that_cannot_be_read_is_a_fault_and_the_signal_stays),
        cmocka_unit_test(electrodes_that_stay_off_become_a_sensor_that_is_not_worn),
        cmocka_unit_test(who_moves_or_has_an_electrode_on_wears_it),
        cmocka_unit_test(one_electrode_without_an_imu_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
