/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/names.h"
#include "base/ring.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>

static void every_word_finds_its_way_back(void **state)
{
    (void)state;
#define CHECK_WORDS(tag, LIST)                                                                               \
    for (int i = 0; i < (int)tag##_count; i++)                                                               \
        assert_int_equal(tag##_from_name(tag##_name((enum tag)i)), i);                                       \
    assert_int_equal(tag##_from_name("no such word"), -EINVAL);                                              \
    assert_int_equal(tag##_from_name(NULL), -EINVAL);                                                        \
    assert_string_equal(tag##_name((enum tag)tag##_count), "?");
    NAME_LISTS(CHECK_WORDS)
}

static void ring_keeps_order_and_counts_what_does_not_fit(void **state)
{
    (void)state;
    _cleanup_(ring_freep) struct ring *ring = ring_new(3, sizeof(int));
    struct pollfd fd = {.fd = ring_fd(ring), .events = POLLIN};
    int out;

    assert_int_equal(ring_slots(ring), 4);
    assert_int_equal(poll(&fd, 1, 0), 0);
    for (int i = 0; i < 6; i++)
        assert_int_equal(ring_put(ring, &i), i < 4);
    assert_int_equal(ring_dropped(ring), 2);
    assert_int_equal(poll(&fd, 1, 0), 1);
    ring_acknowledge(ring);
    assert_int_equal(poll(&fd, 1, 0), 0);
    for (int i = 0; i < 4; i++) {
        assert_true(ring_get(ring, &out));
        assert_int_equal(out, i);
    }
    assert_false(ring_get(ring, &out));
}

static void *write_numbers(void *ring)
{
    for (int i = 0; i < 100000;)
        i += ring_put(ring, &i) ? 1 : 0;
    return NULL;
}

static void ring_carries_everything_between_two_threads(void **state)
{
    (void)state;
    _cleanup_(ring_freep) struct ring *ring = ring_new(64, sizeof(int));
    pthread_t writer;
    int out;

    assert_int_equal(pthread_create(&writer, NULL, write_numbers, ring), 0);
    for (int i = 0; i < 100000;)
        if (ring_get(ring, &out))
            assert_int_equal(out, i++);
    pthread_join(writer, NULL);
    assert_false(ring_get(ring, &out));
}

static void log_limit_says_how_much_it_held_back(void **state)
{
    (void)state;
    struct log_limit limit = {.interval_ns = 10 * NSEC_PER_SEC, .burst = 2};
    unsigned suppressed = 99;

    assert_true(log_allowed(&limit, 1, &suppressed));
    assert_int_equal(suppressed, 0);
    assert_true(log_allowed(&limit, 2, NULL));
    for (int i = 0; i < 5; i++)
        assert_false(log_allowed(&limit, 3, NULL));
    assert_true(log_allowed(&limit, 11 * NSEC_PER_SEC, &suppressed));
    assert_int_equal(suppressed, 5);
}

static int64_t fixed_now(struct clock *clock)
{
    (void)clock;
    return 100;
}

static void clock_scales_waits_by_its_speed(void **state)
{
    (void)state;
    struct clock fast = {.now = fixed_now, .speed = 4};

    assert_int_equal(clock_real_delay(&fast, 100 + 400), 100);
    assert_int_equal(clock_real_delay(&fast, 50), 0);
    assert_true(clock_now(clock_monotonic()) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_finds_its_way_back),
        cmocka_unit_test(ring_keeps_order_and_counts_what_does_not_fit),
        cmocka_unit_test(ring_carries_everything_between_two_threads),
        cmocka_unit_test(log_limit_says_how_much_it_held_back),
        cmocka_unit_test(clock_scales_waits_by_its_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
