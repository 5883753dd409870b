/* SPDX-License-Identifier: MIT */
/* What is known of a leg's hum comes from frames in which the leg was seen. */
#include "sleeper.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define OFF_S    600 /* an electrode is off, and hums ... */
#define OFF_FOR  120
#define SUDDEN_S 800 /* ... and later something else does */
#define GAP_S    60
#define GAP_FOR  600

static double mains(double uv, double t)
{
    return uv * sqrt(2) * sin(2 * M_PI * 50 * t);
}

/* Weak enough to look through, far more than rest: it is told for coming suddenly only. */
static void hum_of_a_loose_cable(_unused_ void *context, double t, _unused_ unsigned channel, float *value)
{
    if (t >= OFF_S && t < OFF_S + OFF_FOR)
        *value += (float)mains(500, t); /* an open electrode */
    if (t >= SUDDEN_S)
        *value += (float)mains(45, t);
}

static uint32_t off(double t)
{
    return t >= OFF_S && t < OFF_S + OFF_FOR ? BIT(FAULT_LEAD_OFF) : 0;
}

static bool told(const struct sleeper *s, enum fault_reason reason, double from_s, double to_s)
{
    for (unsigned i = 0; i < s->count; i++)
        if (s->events[i].kind == EVENT_FAULT && s->events[i].fault.reason == reason &&
            sleeper_s(s, s->events[i].t_ns) >= from_s && sleeper_s(s, s->events[i].t_ns) <= to_s)
            return true;
    return false;
}

static void an_open_electrodes_hum_is_not_the_legs(void **state)
{
    struct sleeper s;

    (void)state;
    sleeper_default(&s);
    s.spoil = hum_of_a_loose_cable;
    s.faults = off;
    sleeper_start(&s);
    sleeper_run(&s, SUDDEN_S + 20);
    assert_true(told(&s, FAULT_LEAD_OFF, OFF_S, OFF_S + 10));
    assert_true(told(&s, FAULT_HUM, SUDDEN_S, SUDDEN_S + 10));
    sleeper_finish(&s);
    sleeper_free(&s);
}

static void hum_of_every_night(_unused_ void *context, double t, _unused_ unsigned channel, float *value)
{
    *value += (float)mains(45, t);
}

static bool silent(double t)
{
    return t >= GAP_S && t < GAP_S + GAP_FOR;
}

/* What was usual before a gap is no surprise after it. */
static void silence_is_no_hum_either_way(void **state)
{
    struct sleeper s;

    (void)state;
    sleeper_default(&s);
    s.spoil = hum_of_every_night;
    s.silent = silent;
    sleeper_start(&s);
    sleeper_run(&s, GAP_S + GAP_FOR + 30);
    assert_true(told(&s, FAULT_GAP, GAP_S, GAP_S + 10));
    assert_int_equal(sleeper_count(&s, EVENT_FAULT_CLEARED), 1);
    assert_false(told(&s, FAULT_HUM, 0, GAP_S + GAP_FOR + 30));
    sleeper_finish(&s);
    sleeper_free(&s);
}

static void hum_of_every_night_and_more(void *context, double t, unsigned channel, float *value)
{
    hum_of_every_night(context, t, channel, value);
    if (off(t))
        *value += (float)mains(2000, t);
}

/* A home that hums: what an open electrode has heard of it does not outlive its contact. */
static void contact_that_returns_is_not_blamed_for_the_open_electrodes_hum(void **state)
{
    struct sleeper s;

    (void)state;
    sleeper_default(&s);
    s.spoil = hum_of_every_night_and_more;
    s.faults = off;
    sleeper_start(&s);
    sleeper_run(&s, OFF_S + OFF_FOR + 60);
    assert_true(told(&s, FAULT_LEAD_OFF, OFF_S, OFF_S + 10));
    assert_false(told(&s, FAULT_HUM, 0, OFF_S + OFF_FOR + 60));
    sleeper_finish(&s);
    sleeper_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_electrodes_hum_is_not_the_legs),
        cmocka_unit_test(contact_that_returns_is_not_blamed_for_the_open_electrodes_hum),
        cmocka_unit_test(silence_is_no_hum_either_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
