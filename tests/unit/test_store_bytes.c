/* SPDX-License-Identifier: MIT */
/* What a night costs the card: bytes and flushes that SQLite asks of the system. */
#include "failing_disk.h"
#include "store_help.h"

#define NIGHT_S 28800

struct night_cost {
    int64_t bytes, syncs;
};

/* Eight hours, figures every 10 s, a dismissal every dismiss_s; events the broker takes at once have a
 * payload. */
static struct night_cost sleep_through(struct bench *bench, double batch_s, int dismiss_s, bool published)
{
    struct night_counts night = {.start_ns = T0, .end_ns = T0};
    uint64_t seq = 1;

    bench->params.batch_s = batch_s;
    bench_open(bench);
    failing_disk.bytes_written = failing_disk.writes = failing_disk.syncs = 0;
    for (int s = 0; s < NIGHT_S; s += 10) {
        bench->now_ns = T0 + s * NSEC_PER_SEC;
        night.end_ns = bench->now_ns;
        night.watched_s = night.usable_s = s;
        take_progress(bench, &night, true);
        if (s % dismiss_s == 0) {
            struct event event = event_at(EVENT_DISMISSED, bench->now_ns, seq);
            night.dismissed[DISMISS_LEG_MOVEMENT]++;
            take_event(bench, &event, true, published ? "{\"event\":\"dismissed\"}" : NULL);
            if (published)
                take_delivered(bench, seq);
            seq++;
        }
        bench_work(bench, 0);
    }
    bench_close(bench);
    return (struct night_cost){failing_disk.bytes_written, failing_disk.syncs};
}

static void a_quiet_night_costs_little(void **state)
{
    struct bench *bench = *state;
    struct night_cost cost = sleep_through(bench, 300, 900, true);

    print_message("quiet night, batch 300 s: %lld bytes, %lld flushes\n", (long long)cost.bytes,
                  (long long)cost.syncs);
    assert_true(cost.bytes > 0);
    assert_true(cost.bytes <= 250000);
    assert_true(cost.syncs <= NIGHT_S / 300 + 10);
}

static void a_restless_night_costs_little_more(void **state)
{
    struct bench *bench = *state;
    struct night_cost cost = sleep_through(bench, 300, 30, true);

    print_message("960 dismissals, batch 300 s: %lld bytes, %lld flushes\n", (long long)cost.bytes,
                  (long long)cost.syncs);
    assert_true(cost.bytes <= 1000000);
    assert_true(cost.syncs <= NIGHT_S / 300 + 10);
}

static void a_cramp_is_on_the_disk_at_once_and_what_follows_waits(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1"), dismissed = event_at(EVENT_DISMISSED, T0, 2);

    bench_open(bench);
    failing_disk.bytes_written = failing_disk.writes = failing_disk.syncs = 0;
    take_event(bench, &start, true, "{}");
    bench_work(bench, 0);
    assert_int_equal(worker_waiting(bench->worker), 0);
    assert_true(failing_disk.syncs >= 1);
    print_message("one cramp start: %lld bytes, %lld flushes\n", (long long)failing_disk.bytes_written,
                  (long long)failing_disk.syncs);
    int64_t before = failing_disk.writes;
    take_event(bench, &dismissed, true, "{}");
    bench_work(bench, 59);
    assert_int_equal(failing_disk.writes, before);
    bench_work(bench, 1);
    assert_true(failing_disk.writes > before);
    assert_int_equal(worker_waiting(bench->worker), 0);
}

/* The kernel would write it back some time later; a power cut shall cost a batch, not more. That something
   was delivered can wait for it: the worst is a second copy. */
static void a_batch_is_flushed_and_a_delivery_alone_is_not(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1"), dismissed = event_at(EVENT_DISMISSED, T0, 2);

    bench_open(bench);
    take_event(bench, &start, true, "{}");
    bench_work(bench, 0);
    failing_disk.writes = failing_disk.syncs = 0;
    take_delivered(bench, 1);
    bench_work(bench, 2);
    assert_true(failing_disk.writes > 0);
    assert_int_equal(failing_disk.syncs, 0);
    take_event(bench, &dismissed, true, "{}");
    bench_work(bench, 60);
    assert_int_equal(worker_waiting(bench->worker), 0);
    assert_true(failing_disk.syncs > 0);
}

static void live_nights(struct bench *bench, unsigned count, uint64_t *seq)
{
    for (unsigned n = 0; n < count; n++, bench->now_ns += s_to_ns(80000)) {
        struct night_counts night = {.start_ns = bench->now_ns, .end_ns = bench->now_ns, .watched_s = 1};

        for (unsigned e = 0; e < 3; e++) {
            char id[EVENT_ID_SIZE];

            snprintf(id, sizeof(id), "e-%llu", (unsigned long long)*seq);
            struct event start = cramp_start(bench->now_ns, (*seq)++, id);
            take_event(bench, &start, true, "{\"event\":\"cramp_start\"}");
            bench_work(bench, 60);
            struct event end = cramp_end(bench->now_ns, (*seq)++, id, 60);
            take_event(bench, &end, true, "{\"event\":\"cramp_end\"}");
            take_delivered(bench, start.seq);
            take_delivered(bench, end.seq);
            night.end_ns = bench->now_ns;
            take_progress(bench, &night, true);
            bench_work(bench, 300);
            bench_forget(bench);
        }
    }
}

/* It did for weeks: SQLite's cache filled, some pages a night. */
static void memory_does_not_grow_with_the_nights(void **state)
{
    struct bench *bench = *state;
    uint64_t seq = 1;

    bench_open(bench);
    live_nights(bench, 2, &seq);
    sqlite3_int64 early = sqlite3_memory_used();
    live_nights(bench, 60, &seq);
    print_message("SQLite's memory after 2 nights %lld, after 62 %lld bytes\n", (long long)early,
                  (long long)sqlite3_memory_used());
    assert_true(sqlite3_memory_used() - early <= 4096);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        ROW(a_quiet_night_costs_little),
        ROW(a_restless_night_costs_little_more),
        ROW(a_cramp_is_on_the_disk_at_once_and_what_follows_waits),
        ROW(a_batch_is_flushed_and_a_delivery_alone_is_not),
        ROW(memory_does_not_grow_with_the_nights),
    };
    failing_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
