/* SPDX-License-Identifier: MIT */
/*
 * What must not change the detector's mind: how the samples are cut into blocks, polarity, gain, offset, when
 * it began, at what rate it was sampled. What must never make a cramp: holes and nonsense in the signal. And
 * what it must never do: allocate, or work through a gap frame by frame.
 */
#include "sleeper.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Linked with --wrap: every allocation of the program passes here. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static volatile unsigned long allocations; /* the compiler believes that malloc() changes nothing */

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    allocations++;
    return __real_realloc(old, size);
}

/* ---- one evening with a bit of everything ---- */

static struct sleeper *evening(uint64_t seed)
{
    struct sleeper *s = malloc(sizeof(*s));

    assert_non_null(s);
    sleeper_default(s);
    s->setup.seed = seed;
    s->setup.mains_uv = 20;
    s->setup.mains_hz = 50;
    s->setup.channel_count = 2;
    s->setup.channels[1] = (struct synth_channel){LEG_LEFT, MUSCLE_GASTROCNEMIUS_LATERAL};
    return s;
}

static void play(struct sleeper *s)
{
    struct synth_event rise = {.muscle = MUSCLE_GASTROCNEMIUS, .rise_s = 35, .rise_ratio = 4};

    sleeper_start(s);
    for (unsigned i = 0; i < 5; i++)
        sleeper_add(s, "leg_movement", 60 + 30 * i, 3, 0.2, NULL);
    sleeper_add(s, "turn", 220, 8, 0.4, NULL);
    sleeper_add(s, "cramp", 260, 50, 0.4, NULL);
    sleeper_add(s, "foot_tremor", 340, 20, 0.2, NULL);
    sleeper_add(s, "lead_off", 380, 20, 0, NULL);
    sleeper_add(s, "cramp", 480, 40, 0.4, &rise);
    sleeper_run(s, 560);
    sleeper_finish(s);
}

static void leave(struct sleeper *s)
{
    sleeper_free(s);
    free(s);
}

static void describe(const struct sleeper *s, unsigned i, char *text, size_t size)
{
    const struct event *e = &s->events[i];

    snprintf(text, size, "%u: %.1f s %s #%u %s", i, sleeper_s(s, e->t_ns), event_kind_name(e->kind),
             e->episode,
             e->kind == EVENT_DISMISSED ? dismiss_reason_name(e->dismissed.reason)
             : e->kind == EVENT_FAULT   ? fault_reason_name(e->fault.reason)
                                        : "");
}

/* The same events; times may differ by slack_s. */
static void assert_same(const struct sleeper *a, const struct sleeper *b, double slack_s, const char *what)
{
    for (unsigned i = 0; i < MAX(a->count, b->count); i++) {
        char left[120] = "nothing", right[120] = "nothing";
        const struct event *x = &a->events[i], *y = &b->events[i];

        if (i < a->count)
            describe(a, i, left, sizeof(left));
        if (i < b->count)
            describe(b, i, right, sizeof(right));
        if (i >= a->count || i >= b->count || x->kind != y->kind || x->channel != y->channel ||
            x->episode != y->episode ||
            (x->kind == EVENT_DISMISSED && x->dismissed.reason != y->dismissed.reason) ||
            (x->kind == EVENT_CRAMP_END && x->end.relief != y->end.relief) ||
            fabs(sleeper_s(a, x->t_ns) - sleeper_s(b, y->t_ns)) > slack_s)
            fail_msg("%s: \"%s\" became \"%s\"", what, left, right);
    }
}

static void block_size_does_not_matter(void **state)
{
    static const unsigned sizes[] = {1, 7, 43, BLOCK_VALUES, 0};
    struct sleeper *plain = evening(1);

    (void)state;
    play(plain);
    assert_int_equal(sleeper_count(plain, EVENT_CRAMP_START), 2);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct sleeper *s = evening(1);

        s->block = sizes[i];
        play(s);
        assert_same(plain, s, 0, "block size");
        leave(s);
    }
    leave(plain);
}

static void polarity_gain_and_offset_do_not_matter(void **state)
{
    static const double gains[] = {-1, 0.2, 5, -5};
    struct sleeper *plain = evening(2);

    (void)state;
    play(plain);
    assert_int_equal(sleeper_count(plain, EVENT_CRAMP_START), 2);
    for (size_t i = 0; i < ARRAY_SIZE(gains); i++) {
        struct sleeper *s = evening(2);

        s->gain = gains[i];
        play(s);
        assert_same(plain, s, 0.15, "gain");
        leave(s);
    }
    for (int sign = -1; sign <= 1; sign += 2) {
        struct sleeper *s = evening(2);

        s->offset_uv = sign * 700;
        play(s);
        assert_same(plain, s, 0.15, "offset");
        leave(s);
    }
    leave(plain);
}

static void start_time_does_not_matter(void **state)
{
    static const int64_t starts[] = {0, -7777777777, 123456789012345678};
    struct sleeper *plain = evening(3);

    (void)state;
    play(plain);
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        struct sleeper *s = evening(3);

        s->start_ns = starts[i];
        play(s);
        assert_same(plain, s, 1e-6, "start time");
        leave(s);
    }
    leave(plain);
}

/* Another rate is another noise: what counts must be the same, near the same time. */
static void rate_does_not_matter(void **state)
{
    static const double rates[] = {500, 860, 1000, 2000, 3300};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
        struct sleeper *s = evening(4);

        s->setup.rate_hz = rates[i];
        play(s);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 2);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 2);
        assert_int_equal(sleeper_count(s, EVENT_TENSION_RISE), 1);
        const struct event *first = sleeper_event(s, EVENT_CRAMP_START, 0);
        const struct event *second = sleeper_event(s, EVENT_CRAMP_START, 1);
        assert_true(sleeper_s(s, first->t_ns) > 264 && sleeper_s(s, first->t_ns) < 268);
        /* One head alone, still: out of its rise, or within that when it has lasted. */
        assert_true(sleeper_s(s, second->t_ns) > 452 && sleeper_s(s, second->t_ns) < 486.5);
        assert_int_equal(sleeper_dismissed(s, DISMISS_LEG_MOVEMENT) +
                             sleeper_dismissed(s, DISMISS_PERIODIC_LEG_MOVEMENT),
                         5);
        assert_int_equal(sleeper_dismissed(s, DISMISS_TURN), 1);
        assert_int_equal(sleeper_dismissed(s, DISMISS_RHYTHMIC_MOVEMENT), 1);
        assert_int_equal(sleeper_count(s, EVENT_FAULT), 2); /* lead_off on both channels */
        leave(s);
    }
}

/* The ADC's oscillator is off, and the estimate of its rate moves. */
static void the_estimate_may_move(void **state)
{
    struct detector_params params = {2.5, 1.6, 10, 5, 0, 5};
    struct sleeper *s = evening(5);

    (void)state;
    (void)params;
    sleeper_start(s);
    sleeper_run(s, 100);
    /* From here on the estimate is 2 % off and creeps back: no event may come of it. */
    for (unsigned i = 0; i < 40; i++) {
        s->setup.rate_hz = 860 * (1.02 - 0.0005 * i);
        s->start_ns += 1; /* times stay in order */
        sleeper_run(s, s->now + 0.5);
    }
    assert_int_equal(sleeper_count(s, EVENT_DISMISSED), 0);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 0);
    leave(s);
}

/* ---- holes and nonsense ---- */

static uint32_t random_state;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 1664525U + 1013904223U;
    return (uint32_t)(((uint64_t)random_state * n) >> 32);
}

static void punch_holes(void *context, double t, unsigned channel, float *value)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, 1e30F};
    unsigned *left = context;

    (void)t;
    (void)channel;
    if (*left == 0 && random_below(300) == 0)
        *left = 1 + random_below(random_below(20) ? 30 : 3000);
    if (*left > 0) {
        --*left;
        *value = odd[random_below(ARRAY_SIZE(odd))];
    }
}

static void holes_make_no_cramp(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 4; seed++) {
        struct sleeper *s = evening(seed);
        unsigned left = 0;

        random_state = seed;
        s->spoil = punch_holes;
        s->spoil_context = &left;
        sleeper_start(s);
        for (unsigned i = 0; i < 20; i++)
            sleeper_add(s, "leg_movement", 30 + 25 * i, 4, 0.3, NULL);
        sleeper_run(s, 560);
        sleeper_finish(s);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 0);
        assert_int_equal(sleeper_count(s, EVENT_TENSION_RISE), 0);
        leave(s);
    }
}

/* ---- effort ---- */

static void nothing_is_allocated(void **state)
{
    struct sleeper *s = evening(1);
    struct block b = {.kind = BLOCK_EMG, .width = 1, .count = 86, .period_ns = 1e9 / 860};
    unsigned long before;

    (void)state;
    sleeper_start(s);
    sleeper_add(s, "cramp", 60, 50, 0.4, NULL);
    sleeper_run(s, 5);
    before = allocations;
    void *volatile probe = malloc(1);
    free(probe);
    assert_int_equal(allocations, before + 1); /* the hook works */
    /* The synthesizer may allocate, the detector may not: noise that is as loud and swings as
     * a cramp, then a gap. */
    before = allocations;
    for (unsigned k = 0; k < 1200; k++) {
        const float swing = 0.1F + 0.04F * sinf(0.88F * (float)k); /* 1.4 Hz */

        b.t_ns = s->start_ns + (int64_t)(5e9 + k * 1e8 + (k > 900 ? 4e12 : 0));
        for (unsigned i = 0; i < b.count; i++)
            b.v[i] = ((float)random_below(2000) - 1000) * (k > 300 && k < 700 ? swing : 0.005F);
        detector_push(s->detector, &b);
        detector_advance(s->detector, b.t_ns);
    }
    detector_set_params(s->detector, &s->params);
    detector_finish(s->detector);
    assert_int_equal(allocations, before);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 1);
    leave(s);
}

/* Frame by frame this would take hours; the test harness would stop it. */
static void years_of_silence_pass_at_once(void **state)
{
    const int64_t decade = INT64_C(315360000) * NSEC_PER_SEC;
    struct sleeper *s = evening(1);
    struct block b = {.kind = BLOCK_EMG, .width = 1, .count = 86, .period_ns = 1e9 / 860};
    double total, usable;

    (void)state;
    sleeper_start(s);
    sleeper_run(s, 60);
    b.t_ns = s->start_ns + decade;
    detector_push(s->detector, &b);
    b.source = 1;
    b.t_ns += decade;
    detector_push(s->detector, &b);
    detector_advance(s->detector, s->start_ns + 3 * decade);
    detector_get_coverage(s->detector, &total, &usable);
    assert_true(fabs(total / ns_to_s(3 * decade) - 1) < 1e-6 && usable < 61);
    /* Both EMG channels and the IMU are missed, once each. */
    assert_int_equal(sleeper_count(s, EVENT_FAULT), 3);
    /* What comes from before the gap is refused, what comes after it is taken. */
    b.t_ns = s->start_ns + 61 * NSEC_PER_SEC;
    detector_push(s->detector, &b);
    b.t_ns = s->start_ns + INT64_MAX / 2;
    detector_push(s->detector, &b);
    struct detector_view view;
    detector_get_view(s->detector, 0, &view);
    assert_int_equal(view.dropped_blocks, 2);
    detector_advance(s->detector, INT64_MAX);
    detector_advance(s->detector, INT64_MIN);
    detector_get_coverage(s->detector, &total, &usable);
    assert_true(fabs(total / ns_to_s(3 * decade) - 1) < 1e-6);
    leave(s);
}

/* One source runs ahead for ever, the others never say anything. */
static void a_silent_neighbour_does_not_stop_the_rest(void **state)
{
    struct sleeper *s = evening(1);
    struct block b = {.kind = BLOCK_EMG, .width = 1, .count = 86, .period_ns = 1e9 / 860};
    double total, usable;

    (void)state;
    sleeper_start(s);
    for (unsigned k = 0; k < 1000; k++) {
        b.t_ns = s->start_ns + k * 100000000LL;
        for (unsigned i = 0; i < b.count; i++)
            b.v[i] = ((float)random_below(2000) - 1000) * 0.005F;
        detector_push(s->detector, &b);
    }
    detector_get_coverage(s->detector, &total, &usable);
    assert_true(total > 90 && usable > 75);
    leave(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_size_does_not_matter),
        cmocka_unit_test(polarity_gain_and_offset_do_not_matter),
        cmocka_unit_test(start_time_does_not_matter),
        cmocka_unit_test(rate_does_not_matter),
        cmocka_unit_test(the_estimate_may_move),
        cmocka_unit_test(holes_make_no_cramp),
        cmocka_unit_test(nothing_is_allocated),
        cmocka_unit_test(years_of_silence_pass_at_once),
        cmocka_unit_test(a_silent_neighbour_does_not_stop_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
