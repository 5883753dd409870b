/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/macros.h"
#include "sensor/rate.h"
#include "sensor/stale.h"

#include <math.h>

static uint32_t seed;

static double uniform(void)
{
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 8) / 16777216.0;
}

struct run {
    double hz, jitter_s, lost_share;
    double seconds;
};

/* Feeds edges; returns how many conversions the steps added up to, against how many there were. */
static double feed(struct rate *rate, const struct run *run, int64_t *t_ns)
{
    double t_s = ns_to_s(*t_ns), end_s = t_s + run->seconds;
    int64_t last_ns = rate->last_ns;
    uint64_t counted = rate->index, made = 0, pending = 0;

    while (t_s < end_s) {
        t_s += 1 / run->hz;
        pending++;
        if (uniform() < run->lost_share)
            continue;
        int64_t edge_ns = s_to_ns(t_s + run->jitter_s * uniform());
        unsigned steps = last_ns == TIME_UNKNOWN ? 1 : rate_steps(rate, edge_ns - last_ns);
        if (steps == 0)
            continue;
        rate_add(rate, edge_ns, steps);
        last_ns = edge_ns;
        made += pending;
        pending = 0;
    }
    *t_ns = s_to_ns(t_s);
    return (double)(rate->index - counted) - (double)made;
}

static void the_true_rate_is_found_within_a_tenth_of_a_percent(void **state)
{
    (void)state;
    static const double nominals[] = {128, 250, 860, 3300};

    for (size_t i = 0; i < ARRAY_SIZE(nominals); i++)
        for (double off = -0.10; off <= 0.101; off += 0.02) {
            struct rate rate;
            struct run run = {.hz = nominals[i] * (1 + off), .jitter_s = 0.1 / nominals[i], .seconds = 10};
            int64_t t_ns = NSEC_PER_SEC;

            rate_init(&rate, nominals[i], false);
            assert_true(rate_hz(&rate) == 0);
            assert_true(fabs(feed(&rate, &run, &t_ns)) <= 1);
            assert_true(fabs(rate_hz(&rate) / run.hz - 1) < 0.001);
            assert_true(rate_is_plausible(&rate));
        }
}

static void lost_edges_are_counted_and_do_not_bend_it(void **state)
{
    (void)state;
    for (double lost = 0.1; lost < 0.95; lost += 0.1) {
        struct rate rate;
        struct run run = {.hz = 860 * 1.08, .jitter_s = 50e-6, .seconds = 1};
        int64_t t_ns = NSEC_PER_SEC;

        rate_init(&rate, 860, false);
        feed(&rate, &run, &t_ns);
        run.lost_share = lost;
        run.seconds = 20;
        assert_true(fabs(feed(&rate, &run, &t_ns)) <= 1);
        assert_true(fabs(rate_hz(&rate) / run.hz - 1) < 0.001);
    }
}

static void a_jump_is_followed_within_a_second_and_an_absurd_one_named(void **state)
{
    (void)state;
    struct rate rate;
    struct run run = {.hz = 860, .jitter_s = 20e-6, .seconds = 30};
    int64_t t_ns = NSEC_PER_SEC;

    rate_init(&rate, 860, false);
    feed(&rate, &run, &t_ns);
    run = (struct run){.hz = 860 * 1.25, .jitter_s = 20e-6, .seconds = 1};
    feed(&rate, &run, &t_ns);
    assert_true(fabs(rate_hz(&rate) / run.hz - 1) < 0.002);
    assert_false(rate_is_plausible(&rate));
    run.hz = 860;
    feed(&rate, &run, &t_ns);
    assert_true(rate_is_plausible(&rate));
    rate_pause(&rate); /* the estimate outlives a pause */
    assert_true(fabs(rate_hz(&rate) / 860 - 1) < 0.002);
}

static void drift_with_temperature_is_followed(void **state)
{
    (void)state;
    struct rate rate;
    struct run run = {.hz = 860, .seconds = 60};
    int64_t t_ns = NSEC_PER_SEC;

    rate_init(&rate, 860, false);
    for (int minute = 0; minute < 10; minute++) {
        run.hz *= 1.0005;
        assert_true(fabs(feed(&rate, &run, &t_ns)) <= 1);
        assert_true(fabs(rate_hz(&rate) / run.hz - 1) < 0.0006);
    }
}

static void steps_know_their_limits(void **state)
{
    (void)state;
    struct rate rate;

    rate_init(&rate, 1000, false);
    assert_int_equal(rate_steps(&rate, -5), 0);
    assert_int_equal(rate_steps(&rate, 0), 0);
    assert_int_equal(rate_steps(&rate, 499999), 0);
    assert_int_equal(rate_steps(&rate, 500000), 1);
    assert_int_equal(rate_steps(&rate, 1499999), 1);
    assert_int_equal(rate_steps(&rate, 3000001), 3);
    assert_int_equal(rate_steps(&rate, INT64_MAX), 1000000000);
}

static void a_fifo_that_is_counted_by_time_is_measured_too(void **state)
{
    (void)state;
    struct rate rate;
    double true_hz = 104;
    unsigned told = 0;

    rate_init(&rate, 100, true);
    for (int poll = 1; poll <= 20 * 60; poll++) {
        double t_s = poll * 0.05;
        unsigned count = (unsigned)(t_s * true_hz) - told;
        told += count;
        rate_add(&rate, s_to_ns(t_s), count);
    }
    assert_true(fabs(rate_hz(&rate) / true_hz - 1) < 0.005);
}

/* ---- stale ---- */

static bool any_stale(struct stale *stale, int count, int (*code)(int i))
{
    bool any = false;

    for (int i = 0; i < count; i++)
        any |= stale_add(stale, code(i));
    return any;
}

static int fine_noise(_unused_ int i)
{
    return (int)(20 * (uniform() + uniform() + uniform()));
}

/* A 12-bit converter behind a small gain: nine in ten are equal by chance. */
static int coarse_noise(_unused_ int i)
{
    return uniform() < 0.05 ? 16 : 0;
}

static int constant(_unused_ int i)
{
    return 1234;
}

static int last_code;

static int doubled(int i)
{
    if (i % 2 == 0)
        last_code = fine_noise(i);
    return last_code;
}

static void noise_is_fresh_also_when_it_is_hardly_seen(void **state)
{
    (void)state;
    struct stale stale;

    stale_init(&stale, 860);
    assert_false(any_stale(&stale, 100000, fine_noise));
    stale_init(&stale, 860);
    assert_false(any_stale(&stale, 100000, coarse_noise));
}

static void a_register_that_stands_still_is_stale(void **state)
{
    (void)state;
    struct stale stale;

    stale_init(&stale, 860);
    any_stale(&stale, 1000, fine_noise);
    assert_true(any_stale(&stale, 50, constant));
    assert_true(stale_add(&stale, 1234));
    assert_false(any_stale(&stale, 1000, fine_noise));
    /* Without any history it takes the longest run. */
    stale_init(&stale, 860);
    assert_false(any_stale(&stale, 860, constant));
    assert_true(any_stale(&stale, 2, constant));
}

static void conversions_that_come_twice_are_stale(void **state)
{
    (void)state;
    struct stale stale;

    stale_init(&stale, 860);
    any_stale(&stale, 1000, fine_noise);
    assert_true(any_stale(&stale, 3 * STALE_WINDOW, doubled));
    any_stale(&stale, 2 * STALE_WINDOW, fine_noise);
    assert_false(any_stale(&stale, 1000, fine_noise));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_true_rate_is_found_within_a_tenth_of_a_percent),
        cmocka_unit_test(lost_edges_are_counted_and_do_not_bend_it),
        cmocka_unit_test(a_jump_is_followed_within_a_second_and_an_absurd_one_named),
        cmocka_unit_test(drift_with_temperature_is_followed),
        cmocka_unit_test(steps_know_their_limits),
        cmocka_unit_test(a_fifo_that_is_counted_by_time_is_measured_too),
        cmocka_unit_test(noise_is_fresh_also_when_it_is_hardly_seen),
        cmocka_unit_test(a_register_that_stands_still_is_stale),
        cmocka_unit_test(conversions_that_come_twice_are_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
