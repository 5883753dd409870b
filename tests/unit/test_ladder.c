/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sensor/ladder.h"

#define S  NSEC_PER_SEC
#define MS NSEC_PER_MSEC

static void a_new_chip_is_initialised_first(void **state)
{
    (void)state;
    struct ladder ladder;

    ladder_init(&ladder, 5, 10);
    assert_int_equal(ladder_take(&ladder, 4), LADDER_WORKING);
    assert_int_equal(ladder_take(&ladder, 5), LADDER_REINIT);
    assert_int_equal(ladder_take(&ladder, 6), LADDER_WORKING); /* under way */
    assert_int_equal(ladder_event(&ladder, LADDER_OK, 7), LADDER_WORKING);
    assert_int_equal(ladder_take(&ladder, 1000 * S), LADDER_WORKING);
}

static struct ladder working_since_long(int64_t now_ns, double retry_max_s)
{
    struct ladder ladder;

    ladder_init(&ladder, now_ns - 100 * S, retry_max_s);
    ladder_event(&ladder, LADDER_OK, now_ns - 100 * S);
    return ladder;
}

static void it_climbs_rung_by_rung(void **state)
{
    (void)state;
    int64_t now = 1000 * S;
    struct ladder ladder = working_since_long(now, 10);

    assert_int_equal(ladder_event(&ladder, LADDER_FAIL, now), LADDER_RETRY);
    for (int i = 0; i < LADDER_RETRIES; i++) {
        assert_int_equal(ladder.state, LADDER_RETRY);
        assert_int_equal(ladder_take(&ladder, now), LADDER_WORKING);
        now += LADDER_RETRY_NS;
        assert_int_equal(ladder_take(&ladder, now), LADDER_RETRY);
        ladder_event(&ladder, LADDER_FAIL, now);
    }
    assert_int_equal(ladder_take(&ladder, now), LADDER_REINIT);
    assert_int_equal(ladder_event(&ladder, LADDER_FAIL, now), LADDER_REOPEN);
    assert_int_equal(ladder_take(&ladder, now), LADDER_REOPEN);
    assert_false(ladder.declared);
    assert_int_equal(ladder_event(&ladder, LADDER_FAIL, now), LADDER_FAULT);
    assert_true(ladder.declared);
}

static void the_back_off_doubles_to_its_limit_and_is_forgotten(void **state)
{
    (void)state;
    int64_t now = 1000 * S, start;
    struct ladder ladder = working_since_long(now, 3);
    static const double pauses_s[] = {0.5, 1, 2, 3, 3, 3};

    ladder_event(&ladder, LADDER_NO_BUS, now);
    ladder_take(&ladder, now);
    for (size_t i = 0; i < ARRAY_SIZE(pauses_s); i++) {
        ladder_event(&ladder, LADDER_NO_BUS, now);
        start = now;
        now = ladder.due_ns;
        assert_true(now - start == s_to_ns(pauses_s[i]));
        assert_int_equal(ladder_take(&ladder, now - 1), LADDER_WORKING);
        assert_int_equal(ladder_take(&ladder, now), LADDER_REOPEN);
        assert_true(ladder.declared);
    }
    assert_int_equal(ladder_event(&ladder, LADDER_OK, now), LADDER_WORKING);
    assert_false(ladder.declared);
    now += LADDER_STABLE_NS;
    ladder_event(&ladder, LADDER_NO_BUS, now);
    ladder_event(&ladder, LADDER_NO_BUS, now);
    assert_int_equal(ladder.state, LADDER_FAULT);
}

static void a_rung_that_helped_only_shortly_is_not_tried_again(void **state)
{
    (void)state;
    int64_t now = 1000 * S;
    struct ladder ladder = working_since_long(now, 10);

    ladder_event(&ladder, LADDER_RESET, now);
    assert_int_equal(ladder.state, LADDER_REINIT);
    ladder_event(&ladder, LADDER_OK, now);
    assert_int_equal(ladder_event(&ladder, LADDER_FAIL, now + S), LADDER_REOPEN);
    ladder_event(&ladder, LADDER_OK, now + S);
    assert_int_equal(ladder_event(&ladder, LADDER_FAIL, now + 2 * S), LADDER_FAULT);
    /* The second declared fault in a row waits longer, although the chip answered between. */
    assert_true(ladder.due_ns - (now + 2 * S) == LADDER_BACKOFF_NS);
    now = ladder.due_ns;
    ladder_take(&ladder, now);
    ladder_event(&ladder, LADDER_OK, now);
    assert_int_equal(ladder_event(&ladder, LADDER_FAIL, now + S), LADDER_FAULT);
    assert_true(ladder.due_ns - (now + S) == 2 * LADDER_BACKOFF_NS);
    /* Once it has worked for long it begins below. */
    now = ladder.due_ns;
    ladder_take(&ladder, now);
    ladder_event(&ladder, LADDER_OK, now);
    assert_int_equal(ladder_event(&ladder, LADDER_FAIL, now + LADDER_STABLE_NS), LADDER_RETRY);
}

static void an_answer_ends_every_state_and_no_event_gets_stuck(void **state)
{
    (void)state;
    for (int from = 0; from < ladder_state_count; from++)
        for (int event = 0; event < ladder_event_count; event++) {
            struct ladder ladder = working_since_long(1000 * S, 10);

            ladder.state = (enum ladder_state)from;
            ladder.due_ns = INT64_MAX; /* a try is under way */
            if (from == LADDER_FAULT)
                ladder.due_ns = 1001 * S;
            ladder_event(&ladder, (enum ladder_event)event, 1000 * S);
            if (event == LADDER_OK)
                assert_int_equal(ladder.state, LADDER_WORKING);
            /* Whatever happened, something will be tried again. */
            if (event != LADDER_TIMER && ladder.state != LADDER_WORKING)
                assert_true(ladder.due_ns < 1020 * S);
            assert_string_not_equal(ladder_state_name(ladder.state), "?");
            assert_string_not_equal(ladder_event_name((enum ladder_event)event), "?");
        }
    assert_string_equal(ladder_state_name(ladder_state_count), "?");
    assert_string_equal(ladder_event_name(ladder_event_count), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_chip_is_initialised_first),
        cmocka_unit_test(it_climbs_rung_by_rung),
        cmocka_unit_test(the_back_off_doubles_to_its_limit_and_is_forgotten),
        cmocka_unit_test(a_rung_that_helped_only_shortly_is_not_tried_again),
        cmocka_unit_test(an_answer_ends_every_state_and_no_event_gets_stuck),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
