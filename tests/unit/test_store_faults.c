/* SPDX-License-Identifier: MIT */
#include "failing_disk.h"
#include "store_help.h"

#include <errno.h>
#include <fcntl.h>

static void heal(void)
{
    failing_disk.good_syncs = 0;
    failing_disk.write_error = failing_disk.write_errno = failing_disk.read_error = failing_disk.sync_error =
        0;
}

static int healing_teardown(void **state)
{
    heal();
    return bench_teardown(state);
}

/* Every way a write can fail: what it is called, and that nothing is lost. */
static void nothing_is_lost_while_the_disk_fails(void **state)
{
    static const struct {
        int error, system_errno;
        enum fault_reason reason;
    } rows[] = {
        {SQLITE_FULL, ENOSPC, FAULT_FULL},
        {SQLITE_IOERR_WRITE, ENOSPC, FAULT_FULL},
        {SQLITE_IOERR_WRITE, EDQUOT, FAULT_FULL},
        {SQLITE_READONLY, EROFS, FAULT_READ_ONLY},
        {SQLITE_IOERR_WRITE, EROFS, FAULT_READ_ONLY},
        {SQLITE_IOERR_WRITE, EIO, FAULT_READ_ONLY},
    };
    struct bench *bench = *state;
    uint64_t seq = 1;

    bench_open(bench);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char id[16];
        snprintf(id, sizeof(id), "e-%u", (unsigned)i);
        struct event start = cramp_start(bench->now_ns, seq++, id);
        failing_disk.write_error = rows[i].error;
        failing_disk.write_errno = rows[i].system_errno;
        take_event(bench, &start, true, "{}");
        for (int n = 0; n < 10; n++)
            bench_work(bench, 61);
        /* said once, however often it is tried */
        assert_int_equal(count_notices(bench, STORE_FAULT, rows[i].reason), 1);
        assert_int_equal(worker_waiting(bench->worker), 1);
        heal();
        bench_work(bench, 61);
        assert_int_equal(worker_waiting(bench->worker), 0);
        assert_int_equal(count_notices(bench, STORE_RECOVERED, rows[i].reason), 1);
        assert_non_null(strstr(ask(bench, "episodes"), id));
        bench_forget(bench);
    }
    assert_int_equal(worker_lost(bench->worker), 0);
}

static void what_waits_in_memory_can_be_delivered(void **state)
{
    struct bench *bench = *state;
    struct event first = cramp_start(T0, 1, "e-1"), second = cramp_end(T0, 2, "e-1", 5);
    struct event third = cramp_start(T0, 3, "e-3"), fourth = cramp_start(T0, 4, "e-4");
    unsigned count;

    bench_open(bench);
    take_event(bench, &first, true, "one");
    bench_work(bench, 0);
    failing_disk.write_error = SQLITE_FULL;
    take_event(bench, &second, true, "two");
    bench_work(bench, 1);
    unsigned at = fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 2);
    assert_string_equal(bench->notices[at].text, "one");
    assert_string_equal(bench->notices[at + 1].text, "two");
    uint64_t token = bench->notices[at + 1].token;
    assert_true(token & STORE_TOKEN_ROW);
    take_event(bench, &third, true, "three");
    at = fetch(bench, 10, 99, token, &count);
    assert_int_equal(count, 1);
    assert_string_equal(bench->notices[at].text, "three");
    take_delivered(bench, token);
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 2);
    token = bench->notices[at].token;
    /* meanwhile it becomes a row, and its token still means it */
    take_event(bench, &fourth, true, "four");
    heal();
    bench_work(bench, 61);
    at = fetch(bench, 10, 99, token, &count);
    assert_int_equal(count, 1);
    assert_string_equal(bench->notices[at].text, "four");
    take_delivered(bench, token);
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 2);
}

/* The flush of a COMMIT fails, its frames are in the WAL: what happened once stays one entry. */
static void a_commit_that_failed_and_is_there_all_the_same_happened_once(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1"), remind = event_at(EVENT_REMINDER_START, T0, 2);
    struct event fault = event_at(EVENT_FAULT, T0, 3);
    unsigned count;

    memcpy(remind.id, "e-1", 4);
    bench_open(bench);
    failing_disk.sync_error = SQLITE_IOERR_FSYNC;
    failing_disk.write_errno = EIO;
    take_event(bench, &start, true, "one");
    take_event(bench, &remind, true, "two");
    take_event(bench, &fault, true, "three");
    bench_work(bench, 0);
    assert_int_equal(worker_waiting(bench->worker), 3);
    heal();
    bench_work(bench, 61);
    assert_int_equal(worker_waiting(bench->worker), 0);
    unsigned at = fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 3);
    assert_string_equal(bench->notices[at].text, "one");
    assert_string_equal(bench->notices[at + 1].text, "two");
    assert_string_equal(bench->notices[at + 2].text, "three");
    assert_non_null(strstr(ask(bench, "episodes"), "\"reminders\":1,"));
    const char *faults = ask(bench, "faults");
    assert_ptr_equal(strstr(faults, "\"source\""), strrchr(faults, '{') + 1);
}

static void what_is_delivered_while_the_disk_is_full_is_not_offered_again(void **state)
{
    struct bench *bench = *state;
    char payload[16];
    unsigned count, at;

    bench_open(bench);
    for (uint64_t seq = 1; seq <= 6; seq++) {
        struct event event = event_at(EVENT_FAULT, T0, seq);
        snprintf(payload, sizeof(payload), "%u", (unsigned)seq);
        take_event(bench, &event, true, payload);
    }
    at = fetch(bench, 1, 99, 0, &count);
    uint64_t first = bench->notices[at].token;
    failing_disk.write_error = SQLITE_FULL;
    take_delivered(bench, first); /* by its row */
    take_delivered(bench, 2);     /* by its seq: it went live */
    take_delivered(bench, 4);
    bench_work(bench, 2);
    /* and a batch is full nevertheless, or the hub would take it for the last */
    at = fetch(bench, 2, 99, 0, &count);
    assert_int_equal(count, 2);
    assert_string_equal(bench->notices[at].text, "3");
    assert_string_equal(bench->notices[at + 1].text, "5");
    at = fetch(bench, 2, 99, bench->notices[at + 1].token, &count);
    assert_int_equal(count, 1);
    assert_string_equal(bench->notices[at].text, "6");
    heal();
    bench_work(bench, 61);
    assert_int_equal(worker_waiting(bench->worker), 0);
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 3);
}

static void a_disk_that_opens_but_does_not_flush_has_not_recovered(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1");

    bench_open(bench);
    failing_disk.sync_error = SQLITE_IOERR_FSYNC;
    failing_disk.write_errno = EIO;
    take_event(bench, &start, true, "{}");
    for (int i = 0; i < 10; i++)
        bench_work(bench, 61);
    assert_int_equal(bench->count, 1);
    assert_int_equal(count_notices(bench, STORE_FAULT, FAULT_READ_ONLY), 1);
    heal();
    bench_work(bench, 61);
    assert_int_equal(bench->count, 2);
    assert_int_equal(count_notices(bench, STORE_RECOVERED, FAULT_READ_ONLY), 1);
    assert_int_equal(worker_waiting(bench->worker), 0);
}

/* In the file after a commit that failed, and in memory still: one of them is offered, and one delivery ends
   both. */
static void an_event_on_the_disk_and_in_memory_is_offered_once(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1");
    unsigned count;

    bench_open(bench);
    take_event(bench, &start, true, "one");
    failing_disk.sync_error = SQLITE_IOERR_FSYNC;
    failing_disk.write_errno = EIO;
    bench_work(bench, 0);
    /* It opens again, and is full. */
    failing_disk.good_syncs = 1;
    failing_disk.sync_error = SQLITE_FULL;
    failing_disk.write_errno = ENOSPC;
    bench_work(bench, 61);
    assert_int_equal(count_notices(bench, STORE_FAULT, FAULT_FULL), 1);
    assert_int_equal(worker_waiting(bench->worker), 1);
    unsigned at = fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 1);
    take_delivered(bench, bench->notices[at].token);
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 0);
    heal();
    bench_work(bench, 61);
    assert_int_equal(worker_waiting(bench->worker), 0);
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 0);
    assert_non_null(strstr(ask(bench, "episodes"), "e-1"));
}

static void when_memory_ends_deliveries_and_dates_are_kept(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1");
    unsigned count;

    bench_open(bench);
    take_event(bench, &start, false, "{}");
    bench_work(bench, 0);
    failing_disk.write_error = SQLITE_FULL;
    take_delivered(bench, 1);
    take_redate(bench, 0);
    for (uint64_t seq = 2; seq < 3000; seq++) {
        struct event event = event_at(seq % 2 ? EVENT_DISMISSED : EVENT_FAULT, T0, seq);
        take_event(bench, &event, true, NULL);
    }
    bench_work(bench, 1);
    heal();
    bench_work(bench, 61);
    assert_int_equal(worker_waiting(bench->worker), 0);
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 0);
    assert_non_null(strstr(ask(bench, "episodes"), "\"clock_synced\":true"));
}

static void when_memory_ends_dismissals_go_before_episodes(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1");

    bench_open(bench);
    failing_disk.write_error = SQLITE_FULL;
    take_event(bench, &start, true, NULL);
    for (uint64_t seq = 2; seq < 3000; seq++) {
        struct event dismissed = event_at(EVENT_DISMISSED, T0, seq);
        take_event(bench, &dismissed, true, NULL);
    }
    assert_int_equal(worker_waiting(bench->worker), STORE_BACKLOG / 2);
    assert_int_equal(worker_lost(bench->worker), 2999 - STORE_BACKLOG / 2);
    bench_work(bench, 1);
    heal();
    bench_work(bench, 61);
    assert_non_null(strstr(ask(bench, "episodes"), "e-1"));
    /* and when there is nothing else to give, the oldest */
    failing_disk.write_error = SQLITE_FULL;
    for (uint64_t seq = 1; seq <= STORE_BACKLOG; seq++)
        take_event(bench, &start, true, NULL);
    assert_int_equal(worker_waiting(bench->worker), STORE_BACKLOG / 2);
}

static void overwrite(const char *path, const char *what, off_t at)
{
    int fd = open(path, O_WRONLY);

    assert_true(fd >= 0);
    for (int i = 0; i < 40; i++)
        assert_int_equal(pwrite(fd, what, strlen(what), at + i * (off_t)strlen(what)), strlen(what));
    close(fd);
}

static void assert_moved_aside(struct bench *bench, int n)
{
    char aside[128];

    snprintf(aside, sizeof(aside), "%s.corrupt-%d", bench->path, n);
    assert_int_equal(access(aside, F_OK), 0);
    assert_int_equal(count_notices(bench, STORE_FAULT, FAULT_CORRUPT), 1);
    assert_int_equal(count_notices(bench, STORE_RECOVERED, FAULT_CORRUPT), 1);
    for (unsigned i = 0; i < bench->count; i++)
        if (bench->notices[i].kind == STORE_FAULT)
            assert_non_null(strstr(bench->notices[i].text, aside));
}

static void a_corrupt_file_at_start_is_kept_and_a_new_one_begun(void **state)
{
    static const off_t where[] = {0, 1024}; /* the header, then the first table: quick_check finds it */
    struct bench *bench = *state;

    for (int n = 0; n < 2; n++) {
        struct event start = cramp_start(T0, 1, "e-1");
        bench_open(bench);
        take_event(bench, &start, true, NULL);
        bench_close(bench);
        overwrite(bench->path, "This is not a database. ", where[n]);
        bench_forget(bench);
        bench_open(bench);
        assert_moved_aside(bench, n + 1);
        assert_string_equal(ask(bench, "episodes"), "[]");
        take_event(bench, &start, true, NULL);
        assert_non_null(strstr(ask(bench, "episodes"), "e-1"));
        bench_close(bench);
        bench_forget(bench);
    }
}

static void a_file_that_turns_corrupt_while_running_costs_no_new_entry(void **state)
{
    struct bench *bench = *state;
    struct event before = cramp_start(T0, 1, "e-before"), after = cramp_start(T0, 2, "e-after");
    unsigned count;

    bench_open(bench);
    take_event(bench, &before, true, "{}");
    bench_work(bench, 0);
    unsigned at = fetch(bench, 1, 99, 0, &count);
    uint64_t stale = bench->notices[at].token;
    failing_disk.write_error = SQLITE_CORRUPT;
    take_event(bench, &after, true, "{}");
    bench_work(bench, 1);
    heal();
    bench_work(bench, 61);
    assert_moved_aside(bench, 1);
    /* A token of the old file does not delete a row of the new one. */
    take_delivered(bench, stale);
    bench_work(bench, 5);
    fetch(bench, 1, 99, 0, &count);
    assert_int_equal(count, 1);
    const char *json = ask(bench, "episodes");
    assert_non_null(strstr(json, "e-after"));
    assert_null(strstr(json, "e-before"));
}

static void somebody_elses_lock_is_waited_for(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1");
    sqlite3 *other;

    bench_open(bench);
    bench_close(bench);
    assert_int_equal(sqlite3_open(bench->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    bench_open(bench);
    take_event(bench, &start, true, NULL);
    bench_work(bench, 0);
    assert_int_equal(worker_waiting(bench->worker), 1);
    assert_int_equal(count_notices(bench, STORE_FAULT, FAULT_STALLED), 1);
    assert_non_null(strstr(bench->notices[0].text, "locked"));
    sqlite3_close(other);
    bench_work(bench, 61);
    assert_int_equal(worker_waiting(bench->worker), 0);
    assert_non_null(strstr(ask(bench, "episodes"), "e-1"));
}

static void a_directory_that_is_no_directory_is_a_fault_not_an_end(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1");
    char file[80];

    snprintf(file, sizeof(file), "%s/file", bench->directory);
    close(open(file, O_CREAT | O_WRONLY, 0600));
    bench->worker = worker_new(&bench->params, file, directory_lock(file), keep_notice, bench);
    bench_work(bench, 0);
    assert_int_equal(count_notices(bench, STORE_FAULT, FAULT_READ_ONLY), 1);
    take_event(bench, &start, true, NULL);
    assert_null(ask(bench, "episodes"));
    assert_int_equal(bench->notices[bench->count - 1].error, -EIO);
    assert_int_equal(worker_waiting(bench->worker), 1);
    unlink(file);
    bench_work(bench, 61);
    assert_int_equal(count_notices(bench, STORE_RECOVERED, FAULT_READ_ONLY), 1);
    assert_non_null(strstr(ask(bench, "episodes"), "e-1"));
}

static void a_diary_that_cannot_be_written_can_still_be_read(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1");

    bench_open(bench);
    take_event(bench, &start, true, NULL);
    bench_close(bench);
    failing_disk.write_error = SQLITE_READONLY;
    failing_disk.write_errno = EROFS;
    bench_open(bench);
    bench_work(bench, 1);
    assert_int_equal(count_notices(bench, STORE_FAULT, FAULT_READ_ONLY), 1);
    assert_non_null(strstr(ask(bench, "episodes"), "e-1"));
    heal();
    bench_work(bench, 61);
    assert_int_equal(count_notices(bench, STORE_RECOVERED, FAULT_READ_ONLY), 1);
}

/* The file was only away: the episode that began before goes on, and tokens still mean what they meant. */
static void a_file_that_comes_back_belongs_to_the_same_run(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1"), next = cramp_start(T0, 2, "e-2");
    unsigned count;

    bench_open(bench);
    take_event(bench, &start, true, "{}");
    bench_work(bench, 0);
    failing_disk.write_error = SQLITE_READONLY;
    failing_disk.write_errno = EROFS;
    take_event(bench, &next, true, "{}");
    bench_work(bench, 1);
    assert_non_null(strstr(ask(bench, "episodes"), "\"ongoing\":true"));
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 1);
    assert_int_equal(bench->notices[bench->count - 1].error, -EIO); /* there is more, ask again */
    heal();
    bench_work(bench, 61);
    const char *json = ask(bench, "episodes");
    assert_non_null(strstr(json, "e-2"));
    assert_null(strstr(json, "unknown"));
    fetch(bench, 10, 1, 0, &count);
    assert_int_equal(count, 0); /* both are of this run and may be in flight */
    take_delivered(bench, 1);
    fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 1);
}

static void two_workers_do_not_share_a_directory(void **state)
{
    struct bench *bench = *state;

    bench_open(bench);
    assert_int_equal(directory_lock(bench->directory), -EBUSY);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, bench_setup, healing_teardown)
    const struct CMUnitTest tests[] = {
        ROW(nothing_is_lost_while_the_disk_fails),
        ROW(what_waits_in_memory_can_be_delivered),
        ROW(a_commit_that_failed_and_is_there_all_the_same_happened_once),
        ROW(what_is_delivered_while_the_disk_is_full_is_not_offered_again),
        ROW(a_disk_that_opens_but_does_not_flush_has_not_recovered),
        ROW(an_event_on_the_disk_and_in_memory_is_offered_once),
        ROW(when_memory_ends_deliveries_and_dates_are_kept),
        ROW(when_memory_ends_dismissals_go_before_episodes),
        ROW(a_corrupt_file_at_start_is_kept_and_a_new_one_begun),
        ROW(a_file_that_turns_corrupt_while_running_costs_no_new_entry),
        ROW(somebody_elses_lock_is_waited_for),
        ROW(a_directory_that_is_no_directory_is_a_fault_not_an_end),
        ROW(a_diary_that_cannot_be_written_can_still_be_read),
        ROW(a_file_that_comes_back_belongs_to_the_same_run),
        ROW(two_workers_do_not_share_a_directory),
    };
    failing_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
