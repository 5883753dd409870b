/* SPDX-License-Identifier: MIT */
#include "store_help.h"

static void take_numbered(struct bench *bench, enum event_kind kind, uint64_t seq)
{
    struct event event = event_at(kind, bench->now_ns, seq);
    char payload[32];

    snprintf(payload, sizeof(payload), "{\"n\":%u}", (unsigned)seq);
    take_event(bench, &event, true, payload);
}

static void what_is_not_delivered_comes_back_oldest_first(void **state)
{
    struct bench *bench = *state;
    unsigned count, first;

    bench_open(bench);
    for (uint64_t seq = 1; seq <= 5; seq++)
        take_numbered(bench, EVENT_FAULT, seq);
    bench_work(bench, 0);
    take_delivered(bench, 2);
    first = fetch(bench, 3, 99, 0, &count);
    assert_int_equal(count, 3);
    assert_string_equal(bench->notices[first].text, "{\"n\":1}");
    assert_string_equal(bench->notices[first + 1].text, "{\"n\":3}");
    assert_string_equal(bench->notices[first + 2].text, "{\"n\":4}");
    /* and goes on behind the last token */
    first = fetch(bench, 3, 99, bench->notices[first + 2].token, &count);
    assert_int_equal(count, 1);
    assert_string_equal(bench->notices[first].text, "{\"n\":5}");
}

static void younger_events_of_this_run_are_in_flight_and_stay_out(void **state)
{
    struct bench *bench = *state;
    unsigned count, first;

    bench_open(bench);
    take_numbered(bench, EVENT_FAULT, 1);
    take_numbered(bench, EVENT_FAULT, 2);
    bench_close(bench);
    bench_open(bench);
    /* The next run counts from the beginning; its 1 is not the last run's 1. */
    take_numbered(bench, EVENT_FAULT, 1);
    take_numbered(bench, EVENT_FAULT, 2);
    first = fetch(bench, 10, 2, 0, &count);
    assert_int_equal(count, 3);
    take_delivered(bench, 1);
    take_delivered(bench, bench->notices[first].token);
    first = fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 2);
    assert_string_equal(bench->notices[first].text, "{\"n\":2}");
    assert_string_equal(bench->notices[first + 1].text, "{\"n\":2}");
}

static void delivered_while_still_waiting_never_makes_a_row(void **state)
{
    struct bench *bench = *state;
    unsigned count;

    bench_open(bench);
    take_numbered(bench, EVENT_DISMISSED, 1);
    take_delivered(bench, 1);
    assert_int_equal(worker_waiting(bench->worker), 1);
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 0);
}

static void too_many_rows_lose_the_dismissals_first_then_the_oldest(void **state)
{
    struct bench *bench = *state;
    unsigned count, first;

    bench->params.outbox_max_rows = 3;
    bench_open(bench);
    take_numbered(bench, EVENT_CRAMP_START, 1);
    take_numbered(bench, EVENT_DISMISSED, 2);
    take_numbered(bench, EVENT_FAULT, 3);
    take_numbered(bench, EVENT_FAULT, 4);
    first = fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 3);
    assert_string_equal(bench->notices[first].text, "{\"n\":1}");
    assert_string_equal(bench->notices[first + 1].text, "{\"n\":3}");
    take_numbered(bench, EVENT_FAULT, 5);
    first = fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 3);
    assert_string_equal(bench->notices[first].text, "{\"n\":3}");
}

static int64_t dropped(struct bench *bench)
{
    sqlite3_stmt *statement;
    sqlite3 *db;
    int64_t value = -1;

    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = '" META_DROPPED "'", -1, &statement, NULL),
        SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return value;
}

static void rows_grow_too_old_and_are_counted(void **state)
{
    struct bench *bench = *state;
    unsigned count;

    bench->params.outbox_max_age_h = 1;
    bench_open(bench);
    take_numbered(bench, EVENT_FAULT, 1);
    bench_work(bench, 0);
    bench_work(bench, 3000);
    take_numbered(bench, EVENT_FAULT, 2);
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 2);
    bench_work(bench, 1000);
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 1);
    bench_close(bench); /* nobody else can open it meanwhile */
    assert_int_equal(dropped(bench), 1);
}

static void a_row_of_an_earlier_boot_has_an_age_once_the_clock_is_right(void **state)
{
    struct bench *bench = *state;
    unsigned count;

    bench->params.outbox_max_age_h = 1;
    bench_open(bench);
    take_numbered(bench, EVENT_FAULT, 1);
    bench_close(bench);
    bench->now_ns = 5 * NSEC_PER_SEC;
    bench_open(bench);
    bench_work(bench, 700);
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 1);
    bench->now_ns += 700 * NSEC_PER_SEC;
    worker_work(bench->worker, bench->now_ns, WALL_US + INT64_C(7200000000));
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 0);
}

static void a_payload_that_is_not_json_is_redated_in_its_row_only(void **state)
{
    struct bench *bench = *state;
    struct event event = event_at(EVENT_FAULT, T0, 1);
    unsigned count;

    bench_open(bench);
    take_event(bench, &event, false, "not json");
    take_redate(bench, 0);
    unsigned first = fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 1);
    assert_string_equal(bench->notices[first].text, "not json");
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        ROW(what_is_not_delivered_comes_back_oldest_first),
        ROW(younger_events_of_this_run_are_in_flight_and_stay_out),
        ROW(delivered_while_still_waiting_never_makes_a_row),
        ROW(too_many_rows_lose_the_dismissals_first_then_the_oldest),
        ROW(rows_grow_too_old_and_are_counted),
        ROW(a_row_of_an_earlier_boot_has_an_age_once_the_clock_is_right),
        ROW(a_payload_that_is_not_json_is_redated_in_its_row_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
