/* SPDX-License-Identifier: MIT */
/* Faults: from samples, over time, and through the detector: declared within 10 s, cleared by themselves. */
#include "detect/quality.h"
#include "sleeper.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t look(const float *values, unsigned count, double clip_uv)
{
    struct quality_watch watch;
    struct quality_scan scan;

    quality_init(&watch);
    quality_look(&watch, values, count, clip_uv, &scan);
    return quality_samples(&watch, &scan, values, count, 1000, clip_uv);
}

static float scatter(unsigned i)
{
    unsigned h = (i + 1) * 2654435761U;

    h = (h ^ h >> 13) * 2246822519U;
    return (float)((h >> 12) % 1009) - 504;
}

static void samples_show_it(void **state)
{
    float v[1000];

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        v[i] = scatter(i);
    assert_int_equal(look(v, 1000, 0), 0);
    assert_int_equal(look(v, 1000, 3000), 0);
    assert_true(look(v, 1000, 300) & BIT(FAULT_CLIPPED));
    assert_false(look(v, 1000, 300) & QUALITY_DEAD); /* crosses over: activity */
    for (unsigned i = 100; i < 300; i++)
        v[i] = 3000;
    assert_int_equal(look(v, 1000, 3000), BIT(FAULT_CLIPPED) | QUALITY_DEAD);
    for (unsigned i = 400; i < 1000; i++)
        v[i] = -17;
    assert_int_equal(look(v, 1000, 0), BIT(FAULT_FLAT) | QUALITY_DEAD);
    for (unsigned i = 0; i < 1000; i++)
        v[i] = scatter(i / 2);
    assert_int_equal(look(v, 1000, 0), BIT(FAULT_STALE));
    /* A coarse ADC at rest repeats itself too, in single steps. */
    for (unsigned i = 0; i < 1000; i++)
        v[i] = fmodf(scatter(i / 2) + 504, 3);
    assert_int_equal(look(v, 1000, 0), 0);
    for (unsigned i = 0; i < 1000; i++)
        v[i] = NAN;
    assert_int_equal(look(v, 1000, 0), 0);
}

/* Whatever a frame's length, what is odd is seen at any place of it, and repeats are counted over its ends.
 */
static void nothing_is_overlooked(void **state)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, 2e7F, -2e7F, 990, -990};
    float v[24];

    (void)state;
    for (unsigned count = 1; count < ARRAY_SIZE(v); count++)
        for (unsigned k = 0; k < ARRAY_SIZE(odd); k++)
            for (unsigned place = 0; place < count; place++) {
                struct quality_watch watch = {.value = 1, .same = 5};
                struct quality_scan scan;

                for (unsigned i = 0; i < count; i++)
                    v[i] = 1;
                quality_look(&watch, v, count, 1000, &scan);
                assert_int_equal(scan.repeats, count);
                assert_int_equal(scan.missing, 0);
                assert_int_equal(watch.same, 5 + count);
                v[place] = odd[k];
                quality_look(&watch, v, count, 1000, &scan);
                assert_int_equal(scan.missing, isnan(odd[k]));
                assert_int_equal(scan.repeats, count - 1 - (place + 1 < count));
                assert_int_equal(watch.same, count - 1 - (place + 1 < count ? place + 1 : place));
                assert_true(isnan(odd[k]) || scan.low == odd[k] || scan.high == odd[k]);
            }
}

static void time_makes_a_fault_of_it(void **state)
{
    struct quality_timers timers = {0};
    int64_t t = 0;
    unsigned steps = 0;

    (void)state;
    while (quality_step(&timers, BIT(FAULT_FLAT), 5, t += 100) == 0)
        assert_true(++steps < 100);
    assert_int_equal(steps, 49);
    assert_int_equal(timers.declared, BIT(FAULT_FLAT));
    assert_int_equal(quality_step(&timers, BIT(FAULT_FLAT), 5, t), 0);
    for (steps = 0; quality_step(&timers, 0, 5, t) == 0; steps++)
        assert_true(steps < 100);
    assert_int_equal(timers.declared, 0);
    assert_int_equal(steps, (unsigned)(FAULT_CLEAR_S / FRAME_S) - 1);
    /* One bad second in ten is none. */
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(quality_step(&timers, i % 100 < 10 ? BIT(FAULT_GAP) : 0, 5, t), 0);
}

/* Good for long enough to be forgiven, never for long enough to be over: it began when it began. */
static void one_that_comes_and_goes_began_once(void **state)
{
    (void)state;
    struct quality_timers timers = {0};
    int64_t t = 0;

    while (quality_step(&timers, BIT(FAULT_GAP), 1, t += 100) == 0)
        ;
    for (int i = 1; i < 300; i++)
        assert_int_equal(quality_step(&timers, i % 29 == 0 ? BIT(FAULT_GAP) : 0, 1, t += 100), 0);
    while (quality_step(&timers, 0, 1, t += 100) == 0)
        ;
    assert_int_equal(timers.reason[FAULT_GAP].since_ns, 100);
}

/* ---- through the detector ---- */

#define BEGIN_S 60.0
#define END_S   100.0

static enum fault_reason wanted;

static void spoil(void *context, double t, unsigned channel, float *value)
{
    static float held;

    (void)context;
    (void)channel;
    if (t < BEGIN_S || t >= END_S) {
        held = *value;
        return;
    }
    switch (wanted) {
    case FAULT_FLAT: *value = held; break;
    case FAULT_CLIPPED: *value = fmod(t, 2) < 1 ? 800 : -800; break;
    case FAULT_HUM: *value += (float)(500 * sin(2 * M_PI * 50 * t)); break;
    case FAULT_GAP: *value = NAN; break;
    default: break;
    }
}

static uint32_t stated(double t)
{
    return t >= BEGIN_S && t < END_S ? BIT(wanted) : 0;
}

static void each_fault_is_declared_and_cleared(void **state)
{
    static const struct {
        enum fault_reason reason;
        bool stated; /* by the blocks; otherwise the signal shows it */
        enum fault_source source;
    } rows[] = {
        {FAULT_FLAT, false, SOURCE_SENSOR},    {FAULT_CLIPPED, false, SOURCE_SENSOR},
        {FAULT_HUM, false, SOURCE_SENSOR},     {FAULT_GAP, false, SOURCE_SENSOR},
        {FAULT_LEAD_OFF, true, SOURCE_SENSOR}, {FAULT_NOT_WORN, true, SOURCE_SENSOR},
        {FAULT_STALE, true, SOURCE_SENSOR},    {FAULT_BUS, true, SOURCE_BUS},
        {FAULT_RATE, true, SOURCE_SENSOR},     {FAULT_HUM, true, SOURCE_SENSOR},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct sleeper *s = malloc(sizeof(*s));
        double total, usable;

        assert_non_null(s);
        sleeper_default(s);
        s->setup.clip_uv = 800;
        wanted = rows[i].reason;
        if (rows[i].stated)
            s->faults = stated;
        else
            s->spoil = spoil;
        sleeper_start(s);
        sleeper_run(s, 130);
        sleeper_finish(s);
        const struct event *fault = sleeper_event(s, EVENT_FAULT, 0);
        const struct event *clear = sleeper_event(s, EVENT_FAULT_CLEARED, 0);
        if (!fault || !clear)
            fail_msg("%s is not seen", fault_reason_name(wanted));
        assert_int_equal(sleeper_count(s, EVENT_FAULT), 1);
        assert_int_equal(sleeper_count(s, EVENT_FAULT_CLEARED), 1);
        assert_int_equal(fault->fault.reason, wanted);
        assert_int_equal(fault->fault.source, rows[i].source);
        assert_true(fault->has_site && fault->leg == LEG_LEFT && fault->channel == 0);
        assert_true(sleeper_s(s, fault->t_ns) > BEGIN_S && sleeper_s(s, fault->t_ns) <= BEGIN_S + 10);
        assert_true(sleeper_s(s, clear->t_ns) > END_S && sleeper_s(s, clear->t_ns) <= END_S + 10);
        assert_true(fabs(clear->fault.duration_s - (END_S - BEGIN_S)) < 7);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 0);
        assert_int_equal(sleeper_count(s, EVENT_TENSION_RISE), 0);
        detector_get_coverage(s->detector, &total, &usable);
        if (wanted != FAULT_RATE && !(wanted == FAULT_HUM && rows[i].stated))
            assert_true(usable < total - 30);
        sleeper_free(s);
        free(s);
    }
}

/* Nothing was ever connected: the hub only says that time passes. */
static void silence_from_the_start_is_a_fault(void **state)
{
    struct sleeper *s = malloc(sizeof(*s));

    (void)state;
    assert_non_null(s);
    sleeper_default(s);
    s->setup.imu_rate_hz = 0;
    sleeper_start(s);
    for (int64_t t = 0; t < 20; t++)
        detector_advance(s->detector, s->start_ns + t * NSEC_PER_SEC);
    assert_int_equal(sleeper_count(s, EVENT_FAULT), 1);
    assert_int_equal(sleeper_event(s, EVENT_FAULT, 0)->fault.reason, FAULT_GAP);
    assert_true(sleeper_s(s, sleeper_event(s, EVENT_FAULT, 0)->t_ns) <= 10);
    sleeper_free(s);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_show_it),
        cmocka_unit_test(nothing_is_overlooked),
        cmocka_unit_test(time_makes_a_fault_of_it),
        cmocka_unit_test(one_that_comes_and_goes_began_once),
        cmocka_unit_test(each_fault_is_declared_and_cleared),
        cmocka_unit_test(silence_from_the_start_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
