/* SPDX-License-Identifier: MIT */
#include "failing_disk.h"
#include "store/disk_fault.h"
#include "store_help.h"

#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

/* As long as the test may run: a disk that others use, too, may stall for longer than any stop would wait. */
#define PATIENCE_MS 300000

static struct store *start(struct bench *bench)
{
    struct store *store = store_new(&bench->params);

    assert_non_null(store);
    assert_int_equal(store_start(store), 0);
    return store;
}

/* The next notice of that kind; others are kept in the bench. Waits as long as the test may run. */
static struct store_notice *await(struct bench *bench, struct store *store, enum store_notice_kind kind)
{
    struct pollfd fd = {.fd = store_fd(store), .events = POLLIN};

    for (;;) {
        while (store_next(store, &bench->notices[bench->count]))
            if (bench->notices[bench->count++].kind == kind)
                return &bench->notices[bench->count - 1];
        assert_int_equal(poll(&fd, 1, -1), 1);
    }
}

static int healing_teardown(void **state)
{
    failing_disk.sync_sleep_s = failing_disk.sync_error = failing_disk.write_errno = 0;
    return bench_teardown(state);
}

static void events_survive_a_stop(void **state)
{
    struct bench *bench = *state;
    struct stamp stamp = stamp_at(T0, true);
    struct event event = cramp_start(T0, 1, "e-1");
    struct night_counts night = {.start_ns = T0, .end_ns = T0 + NSEC_PER_SEC, .watched_s = 1, .usable_s = 1};
    struct store *store = start(bench);

    assert_true(store_event(store, &event, &stamp, "{\"n\":1}"));
    for (int i = 0; i < 100; i++) {
        night.cramps++;
        store_night_progress(store, &night, &stamp);
    }
    store_set_mute(store, WALL_US);
    store_stop(store, PATIENCE_MS);
    store_free(store);

    store = start(bench);
    assert_int_equal(await(bench, store, STORE_MUTE)->wall_us, WALL_US);
    assert_true(store_query(store, "episodes", 10, 5));
    const struct store_notice *answer = await(bench, store, STORE_ANSWER);
    assert_int_equal(answer->token, 5);
    assert_non_null(strstr(answer->text, "e-1"));
    /* the last figures, although only some of them were sent on */
    assert_true(store_query(store, "nights", 10, 6));
    assert_non_null(strstr(await(bench, store, STORE_ANSWER)->text, "\"cramps\":100"));
    assert_true(store_fetch_outbox(store, 41, 10, 1, 0));
    const struct store_notice *row = await(bench, store, STORE_OUTBOX);
    assert_int_equal(row->fetch, 41);
    const struct store_notice *end = await(bench, store, STORE_OUTBOX_END);
    assert_int_equal(end->fetch, 41);
    assert_int_equal(end->token, 1);
    assert_int_equal(end->error, 0);
    store_delivered(store, row->token);
    assert_true(store_fetch_outbox(store, 42, 10, 1, 0));
    end = await(bench, store, STORE_OUTBOX_END);
    assert_int_equal(end->fetch, 42);
    assert_int_equal(end->token, 0);
    store_stop(store, PATIENCE_MS);
    store_free(store);
}

static void a_night_that_is_over_stays_complete(void **state)
{
    struct bench *bench = *state;
    struct stamp stamp = stamp_at(T0, true);
    struct event summary = event_at(EVENT_NIGHT_SUMMARY, T0 + 2 * NSEC_PER_SEC, 7);
    struct night_counts night = {.start_ns = T0, .end_ns = T0 + NSEC_PER_SEC, .watched_s = 1, .usable_s = 1};
    struct store *store = start(bench);

    store_night_progress(store, &night, &stamp);
    night.cramps = 1;
    store_night_progress(store, &night, &stamp); /* waits for its time */
    assert_true(store_query(store, "nights", 10, 1));
    assert_non_null(strstr(await(bench, store, STORE_ANSWER)->text, "\"cramps\":1"));
    night.cramps = 2;
    store_night_progress(store, &night, &stamp);
    night.cramps = 3;
    summary.night = night;
    assert_true(store_event(store, &summary, &stamp, NULL));
    store_stop(store, PATIENCE_MS);
    store_free(store);

    store = start(bench);
    assert_true(store_query(store, "nights", 10, 2));
    const char *text = await(bench, store, STORE_ANSWER)->text;
    assert_non_null(strstr(text, "\"cramps\":3"));
    assert_non_null(strstr(text, "\"complete\":true"));
    store_stop(store, PATIENCE_MS);
    store_free(store);
}

static void a_second_daemon_is_refused_until_the_first_is_gone(void **state)
{
    struct bench *bench = *state;
    struct store *store = start(bench);

    errno = 0;
    assert_null(store_new(&bench->params));
    assert_int_equal(errno, EBUSY);
    store_stop(store, PATIENCE_MS);
    store_free(store);
    store = store_new(&bench->params);
    assert_non_null(store);
    store_free(store);
}

static void a_directory_comes_from_the_settings_or_from_systemd(void **state)
{
    struct bench *bench = *state;
    char path[PATH_MAX], list[160], deep[96];

    snprintf(list, sizeof(list), "%s:/elsewhere", bench->directory);
    assert_int_equal(setenv("STATE_DIRECTORY", list, 1), 0);
    assert_int_equal(directory_find("", path), 0);
    assert_string_equal(path, bench->directory);
    assert_int_equal(directory_find("/configured", path), 0);
    assert_string_equal(path, "/configured");
    assert_int_equal(unsetenv("STATE_DIRECTORY"), 0);
    assert_int_equal(directory_find("", path), 0);
    assert_string_equal(path, "/var/lib/crampd");
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(directory_find(path, path), -ENAMETOOLONG);
    snprintf(deep, sizeof(deep), "%s/made/on/the/way", bench->directory);
    int fd = directory_lock(deep);
    assert_true(fd >= 0);
    close(fd);
}

static void a_disk_that_holds_the_thread_is_told_and_takes_nothing(void **state)
{
    struct bench *bench = *state;
    struct stamp stamp = stamp_at(T0, true);
    struct event event = cramp_start(T0, 1, "e-1");
    struct store *store = start(bench);

    assert_true(store_query(store, "episodes", 1, 1));
    await(bench, store, STORE_ANSWER);
    failing_disk.sync_sleep_s = 7;
    assert_true(store_event(store, &event, &stamp, NULL));
    const struct store_notice *fault = await(bench, store, STORE_FAULT);
    assert_int_equal(fault->reason, FAULT_STALLED);
    failing_disk.sync_sleep_s = 0;
    /* the loop goes on meanwhile */
    assert_true(store_query(store, "episodes", 1, 2));
    assert_non_null(strstr(await(bench, store, STORE_ANSWER)->text, "e-1"));
    assert_int_equal(await(bench, store, STORE_RECOVERED)->reason, FAULT_STALLED);
    store_stop(store, PATIENCE_MS);
    store_free(store);
}

/* Each write comes through in the end, but none in time. What tells of the fault is written, too. */
static void a_disk_that_stays_slow_is_told_once(void **state)
{
    struct bench *bench = *state;
    struct stamp stamp = stamp_at(T0, true);
    struct event event = cramp_start(T0, 1, "e-1");
    struct store *store = start(bench);

    assert_true(store_query(store, "episodes", 1, 1));
    await(bench, store, STORE_ANSWER);
    failing_disk.sync_sleep_s = 6;
    assert_true(store_event(store, &event, &stamp, NULL));
    assert_int_equal(await(bench, store, STORE_FAULT)->reason, FAULT_STALLED);
    event = event_at(EVENT_FAULT, T0, 2);
    assert_true(store_event(store, &event, &stamp, NULL));
    assert_true(store_query(store, "episodes", 1, 2)); /* answered when both are written */
    await(bench, store, STORE_ANSWER);
    assert_true(store_query(store, "episodes", 1, 3));
    await(bench, store, STORE_ANSWER);
    assert_int_equal(count_notices(bench, STORE_RECOVERED, FAULT_STALLED), 0);
    failing_disk.sync_sleep_s = 0;
    event.seq = 3;
    assert_true(store_event(store, &event, &stamp, NULL));
    assert_int_equal(await(bench, store, STORE_RECOVERED)->reason, FAULT_STALLED);
    assert_int_equal(count_notices(bench, STORE_FAULT, FAULT_STALLED), 1);
    store_stop(store, PATIENCE_MS);
    store_free(store);
}

/* The stall ends, but every write fails now: that is no recovery. */
static void a_stall_that_ends_in_an_error_is_not_over(void **state)
{
    struct bench *bench = *state;
    struct stamp stamp = stamp_at(T0, true);
    struct event event = cramp_start(T0, 1, "e-1");
    struct store *store = start(bench);

    assert_true(store_query(store, "episodes", 1, 1));
    await(bench, store, STORE_ANSWER);
    failing_disk.sync_sleep_s = 6;
    failing_disk.sync_error = SQLITE_IOERR_FSYNC;
    failing_disk.write_errno = EIO;
    assert_true(store_event(store, &event, &stamp, NULL));
    assert_non_null(strstr(await(bench, store, STORE_FAULT)->text, "not answered"));
    failing_disk.sync_sleep_s = 0;
    assert_non_null(strstr(await(bench, store, STORE_FAULT)->text, strerror(EIO)));
    assert_true(store_query(store, "episodes", 1, 2)); /* answered after the turn that the stall was in */
    await(bench, store, STORE_ANSWER);
    assert_int_equal(count_notices(bench, STORE_RECOVERED, FAULT_READ_ONLY), 0);
    failing_disk.sync_error = failing_disk.write_errno = 0;
    assert_int_equal(await(bench, store, STORE_RECOVERED)->reason, FAULT_READ_ONLY);
    assert_true(store_query(store, "episodes", 1, 3));
    assert_non_null(strstr(await(bench, store, STORE_ANSWER)->text, "e-1"));
    assert_int_equal(count_notices(bench, STORE_RECOVERED, FAULT_READ_ONLY), 1);
    store_stop(store, PATIENCE_MS);
    store_free(store);
}

/* Hears one notice; "F full" and the like, "" when it is not news. */
static const char *hear(struct disk_fault *fault, enum disk_fault_finder finder, enum store_notice_kind kind,
                        enum fault_reason reason)
{
    struct store_notice notice = {.kind = kind, .reason = reason}, held;
    static char said[64];
    size_t used = 0;

    said[0] = '\0';
    if (!disk_fault_hears(fault, finder, &notice))
        return said;
    used = (size_t)snprintf(said, sizeof(said), "%c %s", notice.kind == STORE_FAULT ? 'F' : 'R',
                            fault_reason_name(notice.reason));
    if (disk_fault_held(fault, &held))
        snprintf(said + used, sizeof(said) - used, ", %c %s", held.kind == STORE_FAULT ? 'F' : 'R',
                 fault_reason_name(held.reason));
    return said;
}

static void two_find_fault_and_one_is_told(void **state)
{
    struct disk_fault fault = {0};
    (void)state;

#define HEAR(finder, kind, reason) hear(&fault, FOUND_BY_##finder, STORE_##kind, FAULT_##reason)
    /* alone */
    assert_string_equal(HEAR(TIMER, FAULT, STALLED), "F stalled");
    assert_string_equal(HEAR(TIMER, RECOVERED, STALLED), "R stalled");
    assert_string_equal(HEAR(TIMER, RECOVERED, STALLED), "");
    assert_string_equal(HEAR(THREAD, FAULT, FULL), "F full");
    assert_string_equal(HEAR(THREAD, RECOVERED, FULL), "R full");
    /* a stall that turns into an error */
    assert_string_equal(HEAR(TIMER, FAULT, STALLED), "F stalled");
    assert_string_equal(HEAR(THREAD, FAULT, FULL), "R stalled, F full");
    assert_string_equal(HEAR(TIMER, RECOVERED, STALLED), "");
    assert_string_equal(HEAR(THREAD, RECOVERED, FULL), "R full");
    /* an error that ends in a stall */
    assert_string_equal(HEAR(THREAD, FAULT, FULL), "F full");
    assert_string_equal(HEAR(TIMER, FAULT, STALLED), "");
    assert_string_equal(HEAR(THREAD, RECOVERED, FULL), "");
    assert_string_equal(HEAR(TIMER, RECOVERED, STALLED), "R full");
    /* an error that turns into another, in a stall */
    assert_string_equal(HEAR(THREAD, FAULT, FULL), "F full");
    assert_string_equal(HEAR(TIMER, FAULT, STALLED), "");
    assert_string_equal(HEAR(THREAD, RECOVERED, FULL), "");
    assert_string_equal(HEAR(THREAD, FAULT, READ_ONLY), "R full, F read_only");
    assert_string_equal(HEAR(TIMER, RECOVERED, STALLED), "");
    assert_string_equal(HEAR(THREAD, RECOVERED, READ_ONLY), "R read_only");
#undef HEAR
}

static void a_full_ring_refuses_and_counts(void **state)
{
    struct bench *bench = *state;
    struct stamp stamp = stamp_at(T0, true);
    struct event event = event_at(EVENT_DISMISSED, T0, 1);
    struct store *store = store_new(&bench->params); /* not started: nobody drains */
    unsigned taken = 0;

    assert_non_null(store);
    while (store_event(store, &event, &stamp, "{}"))
        taken++;
    assert_int_equal(taken, STORE_BACKLOG / 2);
    assert_false(store_fetch_outbox(store, 1, 10, 1, 0));
    assert_false(store_query(store, "episodes", 1, 1));
    store_free(store);
}

/* What nobody would ask for again waits until there is room, and before what is asked later. */
static void a_full_ring_forgets_no_delivery_no_date_and_no_mute(void **state)
{
    struct bench *bench = *state;
    struct stamp unsure = stamp_at(T0, false);
    struct event event = cramp_start(T0, 1, "e-1");
    struct store *store = store_new(&bench->params);

    assert_true(store_event(store, &event, &unsure, "{}"));
    event = event_at(EVENT_DISMISSED, T0, 2);
    while (store_event(store, &event, &unsure, "{}"))
        event.seq++;
    for (uint64_t seq = 1; seq < event.seq; seq++)
        store_delivered(store, seq);
    store_redate(store, unsure.boot_id, 0);
    store_set_mute(store, WALL_US);
    assert_int_equal(store_start(store), 0);
    while (!store_query(store, "episodes", 1, 1))
        usleep(1000);
    assert_non_null(strstr(await(bench, store, STORE_ANSWER)->text, "\"clock_synced\":true"));
    while (!store_fetch_outbox(store, 1, 10, UINT64_MAX, 0))
        usleep(1000);
    assert_int_equal(await(bench, store, STORE_OUTBOX_END)->token, 0);
    store_stop(store, PATIENCE_MS);
    store_free(store);
    store = start(bench);
    assert_int_equal(await(bench, store, STORE_MUTE)->wall_us, WALL_US);
    store_stop(store, PATIENCE_MS);
    store_free(store);
}

/* The power goes: what had been committed is there, and the file is sound. */
static void a_killed_process_loses_nothing_it_had_committed(void **state)
{
    struct bench *bench = *state;
    int ready[2];
    char byte;

    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct stamp stamp = stamp_at(T0, true);
        struct event event = cramp_start(T0, 1, "e-1");
        struct store *store = start(bench);
        store_event(store, &event, &stamp, "{}");
        store_query(store, "episodes", 1, 1);
        await(bench, store, STORE_ANSWER);
        ssize_t written = write(ready[1], "x", 1);
        (void)written;
        for (;;)
            pause();
    }
    assert_true(child > 0);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ready[0]);
    struct store *store = start(bench);
    const struct store_notice *unfinished = await(bench, store, STORE_UNFINISHED);
    assert_string_equal(unfinished->text, "e-1");
    assert_true(unfinished->has_site);
    assert_true(store_query(store, "episodes", 10, 1));
    const char *json = await(bench, store, STORE_ANSWER)->text;
    assert_non_null(strstr(json, "e-1"));
    assert_non_null(strstr(json, "\"relief\":\"unknown\""));
    assert_int_equal(count_notices(bench, STORE_FAULT, FAULT_CORRUPT), 0);
    store_stop(store, PATIENCE_MS);
    store_free(store);
    /* It is told once. */
    store = start(bench);
    assert_true(store_query(store, "episodes", 10, 1));
    await(bench, store, STORE_ANSWER);
    assert_int_equal(count_notices(bench, STORE_UNFINISHED, 0), 1);
    store_stop(store, PATIENCE_MS);
    store_free(store);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, bench_setup, healing_teardown)
    const struct CMUnitTest tests[] = {
        ROW(events_survive_a_stop),
        ROW(a_night_that_is_over_stays_complete),
        ROW(a_second_daemon_is_refused_until_the_first_is_gone),
        ROW(a_directory_comes_from_the_settings_or_from_systemd),
        ROW(a_disk_that_holds_the_thread_is_told_and_takes_nothing),
        ROW(a_disk_that_stays_slow_is_told_once),
        ROW(a_stall_that_ends_in_an_error_is_not_over),
        ROW(two_find_fault_and_one_is_told),
        ROW(a_full_ring_refuses_and_counts),
        ROW(a_full_ring_forgets_no_delivery_no_date_and_no_mute),
        ROW(a_killed_process_loses_nothing_it_had_committed),
    };
    failing_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
