/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/night.h"

#define MINUTE       (60 * NSEC_PER_SEC)
#define HOUR         (60 * MINUTE)
#define CLOCK(h, m)  ((h)*60 + (m))
#define UNKNOWN_TIME (-1)

static const struct policy_params over_midnight = {.night_start_min = CLOCK(22, 0),
                                                   .night_end_min = CLOCK(7, 0)};
static const struct policy_params always = {
    .night_always = true, .night_start_min = CLOCK(22, 0), .night_end_min = CLOCK(7, 0)};

static void window_has_its_edges_where_the_settings_say(void **state)
{
    static const struct {
        int start, end, minute;
        bool night;
    } rows[] = {
        {CLOCK(22, 0), CLOCK(7, 0), CLOCK(21, 59), false},
        {CLOCK(22, 0), CLOCK(7, 0), CLOCK(22, 0), true},
        {CLOCK(22, 0), CLOCK(7, 0), CLOCK(0, 0), true},
        {CLOCK(22, 0), CLOCK(7, 0), CLOCK(6, 59), true},
        {CLOCK(22, 0), CLOCK(7, 0), CLOCK(7, 0), false},
        {CLOCK(1, 0), CLOCK(9, 0), CLOCK(0, 59), false}, /* not over midnight */
        {CLOCK(1, 0), CLOCK(9, 0), CLOCK(1, 0), true},
        {CLOCK(1, 0), CLOCK(9, 0), CLOCK(9, 0), false},
        {CLOCK(3, 0), CLOCK(3, 0), CLOCK(15, 0), true}, /* empty window: the whole day */
        {CLOCK(22, 0), CLOCK(7, 0), UNKNOWN_TIME, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct policy_params params = {.night_start_min = rows[i].start, .night_end_min = rows[i].end};

        assert_int_equal(night_contains(&params, rows[i].minute), rows[i].night);
        params.night_always = true;
        assert_true(night_contains(&params, rows[i].minute));
    }
}

/* Walks `hours` of monotonic time in steps of a minute; local minute starts at `minute` and is shifted by
   shift_min after shift_after hours. Returns how many nights were closed, the last one in *closed. */
static unsigned walk(struct night *night, const struct policy_params *params, int64_t *t_ns, int minute,
                     int hours, int shift_after, int shift_min, struct night_counts *closed)
{
    unsigned nights = 0;

    for (int i = 0; i < hours * 60; i++, *t_ns += MINUTE) {
        int local = minute + i + (i >= shift_after * 60 ? shift_min : 0);
        double total = ns_to_s(*t_ns);

        local = minute < 0 ? UNKNOWN_TIME : ((local % 1440) + 1440) % 1440;
        nights += night_advance(night, params, *t_ns, local, total, total / 2, closed);
    }
    return nights;
}

static void a_night_is_counted_and_closed_in_the_morning(void **state)
{
    struct night night;
    struct night_counts closed = {0};
    int64_t t = 0;
    struct event cramp = {.kind = EVENT_CRAMP_START};
    struct event dismissed = {.kind = EVENT_DISMISSED, .dismissed.reason = DISMISS_GAIT};
    struct event end = {.kind = EVENT_CRAMP_END, .end.duration_s = 77};

    (void)state;
    night_init(&night);
    assert_int_equal(walk(&night, &over_midnight, &t, CLOCK(20, 0), 1, 99, 0, &closed), 0);
    assert_false(night_is_on(&night));
    assert_true(night.counts.start_ns == TIME_UNKNOWN);
    night_on_event(&night, &cramp); /* by day: not of the night */
    assert_int_equal(walk(&night, &over_midnight, &t, CLOCK(21, 0), 2, 99, 0, &closed), 0);
    night_on_event(&night, &cramp);
    night_on_event(&night, &end);
    night_on_event(&night, &dismissed);
    assert_int_equal(walk(&night, &over_midnight, &t, CLOCK(23, 0), 10, 99, 0, &closed), 1);
    assert_int_equal(closed.cramps, 1);
    assert_int_equal(closed.dismissed[DISMISS_GAIT], 1);
    assert_true(closed.longest_cramp_s == 77);
    assert_int_equal((closed.end_ns - closed.start_ns) / HOUR, 9);
    assert_true(closed.watched_s > 8.98 * 3600 && closed.watched_s < 9.02 * 3600);
    assert_true(closed.usable_s > 4.49 * 3600 && closed.usable_s < 4.51 * 3600);
    assert_false(night_is_on(&night));
    assert_int_equal(night.counts.cramps, 1); /* still there to be looked at by day */
}

static void an_hour_more_or_less_makes_neither_a_new_night_nor_none(void **state)
{
    struct night_counts closed;
    int shifts[] = {60, -60};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(shifts); i++) {
        struct night night;
        int64_t t = 0;

        night_init(&night);
        assert_int_equal(walk(&night, &over_midnight, &t, CLOCK(20, 0), 24, 7, shifts[i], &closed), 1);
        assert_int_equal((closed.end_ns - closed.start_ns) / HOUR, 9 - shifts[i] / 60);
        /* the same where every hour is night, at 07:30 when it was just cut and with the hour set back */
        night_init(&night);
        t = 0;
        assert_int_equal(walk(&night, &always, &t, CLOCK(5, 0), 24, 3, shifts[i], &closed), 1);
    }
}

static void a_night_without_a_morning_is_cut_once_a_day(void **state)
{
    struct night night;
    struct night_counts closed;
    int64_t t = 0;

    (void)state;
    night_init(&night);
    assert_int_equal(walk(&night, &always, &t, CLOCK(12, 0), 3 * 24, 99, 0, &closed), 3);
    assert_int_equal((closed.end_ns - closed.start_ns) / HOUR, 24);
    assert_true(night_is_on(&night));

    night_init(&night);
    t = 0;
    assert_int_equal(walk(&night, &over_midnight, &t, UNKNOWN_TIME, 3 * 24, 99, 0, &closed), 2);
    assert_true(night_is_on(&night));
}

static void a_night_that_was_only_assumed(void **state)
{
    struct night night;
    struct night_counts closed;
    struct event cramp = {.kind = EVENT_CRAMP_START, .t_ns = MINUTE};
    int64_t t = 0;

    (void)state;
    /* the clock is set after five minutes and it is noon: nothing to tell */
    night_init(&night);
    assert_int_equal(walk(&night, &over_midnight, &t, UNKNOWN_TIME, 1, 99, 0, &closed), 0);
    assert_int_equal(night_advance(&night, &over_midnight, 5 * MINUTE, CLOCK(12, 0), 300, 300, &closed), 0);
    assert_false(night_is_on(&night));

    /* the same with a cramp in it */
    night_init(&night);
    night_on_event(&night, &cramp); /* before anybody has told the time */
    assert_true(night_is_on(&night));
    assert_int_equal(night_advance(&night, &over_midnight, 5 * MINUTE, CLOCK(12, 0), 300, 300, &closed), 1);
    assert_int_equal(closed.cramps, 1);
    assert_true(closed.start_ns == MINUTE);

    /* the clock is set and it is night indeed: one night, from the beginning */
    night_init(&night);
    t = 0;
    assert_int_equal(walk(&night, &over_midnight, &t, UNKNOWN_TIME, 2, 99, 0, &closed), 0);
    assert_int_equal(walk(&night, &over_midnight, &t, CLOCK(23, 30), 9, 99, 0, &closed), 1);
    assert_true(closed.start_ns == 0);
}

static void figures_survive_a_detector_that_begins_again(void **state)
{
    struct night night;
    struct night_counts closed;

    (void)state;
    night_init(&night);
    night_advance(&night, &always, 0, -1, 0, 0, &closed);
    night_advance(&night, &always, 100 * NSEC_PER_SEC, -1, 100, 90, &closed);
    night_advance(&night, &always, 101 * NSEC_PER_SEC, -1, 0, 0, &closed);
    night_advance(&night, &always, 111 * NSEC_PER_SEC, -1, 10, 5, &closed);
    assert_true(night_finish(&night, 112 * NSEC_PER_SEC, &closed));
    assert_true(closed.watched_s == 110 && closed.usable_s == 95);
    assert_false(night_finish(&night, 113 * NSEC_PER_SEC, &closed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(window_has_its_edges_where_the_settings_say),
        cmocka_unit_test(a_night_is_counted_and_closed_in_the_morning),
        cmocka_unit_test(an_hour_more_or_less_makes_neither_a_new_night_nor_none),
        cmocka_unit_test(a_night_without_a_morning_is_cut_once_a_day),
        cmocka_unit_test(a_night_that_was_only_assumed),
        cmocka_unit_test(figures_survive_a_detector_that_begins_again),
    };
    return cmocka_run_group_tests_name("night", tests, NULL, NULL);
}
