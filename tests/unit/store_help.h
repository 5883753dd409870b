/* SPDX-License-Identifier: MIT */
/* What the tests of the store share: a temporary directory, events, and a worker whose notices are kept. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store/database.h"
#include "store/diary.h"
#include "store/directory.h"
#include "store/worker.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WALL_US INT64_C(1795000000000000) /* 2026-11-18T11:06:40Z */
#define T0      (1000 * NSEC_PER_SEC)

struct bench {
    char directory[64];
    char path[96];
    struct store_params params;
    struct worker *worker;
    struct store_notice notices[512];
    unsigned count;
    int64_t now_ns;
};

static inline int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static inline void keep_notice(void *context, struct store_notice *notice)
{
    struct bench *bench = context;

    if (notice->kind == STORE_PREFERENCE && notice->value < 0)
        return; /* every opening says that nothing is set */
    assert_true(bench->count < 512);
    bench->notices[bench->count++] = *notice;
}

static inline void bench_forget(struct bench *bench)
{
    for (unsigned i = 0; i < bench->count; i++)
        free(bench->notices[i].text);
    bench->count = 0;
}

static inline void bench_open(struct bench *bench)
{
    bench->worker =
        worker_new(&bench->params, bench->directory, directory_lock(bench->directory), keep_notice, bench);
    assert_non_null(bench->worker);
    worker_work(bench->worker, bench->now_ns, 0);
}

static inline void bench_close(struct bench *bench)
{
    worker_flush(bench->worker, bench->now_ns, 0);
    worker_free(bench->worker);
    bench->worker = NULL;
}

static inline int bench_setup(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    const char *tmp = getenv("TMPDIR");

    snprintf(bench->directory, sizeof(bench->directory), "%.30s/crampd-test-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(bench->directory));
    snprintf(bench->path, sizeof(bench->path), "%s/" DATABASE_NAME, bench->directory);
    bench->params = (struct store_params){.directory = bench->directory,
                                          .retention_days = 400,
                                          .outbox_max_age_h = 72,
                                          .outbox_max_rows = 100,
                                          .batch_s = 60};
    bench->now_ns = T0;
    *state = bench;
    return 0;
}

static inline int bench_teardown(void **state)
{
    struct bench *bench = *state;

    worker_free(bench->worker);
    bench_forget(bench);
    nftw(bench->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(bench);
    return 0;
}

static inline int64_t bench_work(struct bench *bench, double later_s)
{
    bench->now_ns += s_to_ns(later_s);
    return worker_work(bench->worker, bench->now_ns, 0);
}

static inline struct stamp stamp_at(int64_t t_ns, bool synced)
{
    struct stamp stamp = {.wall_us = WALL_US + (t_ns - T0) / NSEC_PER_USEC, .clock_synced = synced};
    memcpy(stamp.boot_id, "0123456789abcdef0123456789abcdef", 33);
    return stamp;
}

static inline struct event event_at(enum event_kind kind, int64_t t_ns, uint64_t seq)
{
    return (struct event){
        .kind = kind, .t_ns = t_ns, .seq = seq, .has_site = true, .leg = LEG_LEFT, .channel = 0};
}

static inline struct event cramp_start(int64_t t_ns, uint64_t seq, const char *id)
{
    struct event event = event_at(EVENT_CRAMP_START, t_ns, seq);

    snprintf(event.id, sizeof(event.id), "%s", id);
    event.episode = 7;
    event.cramp.onset_ns = t_ns - 5 * NSEC_PER_SEC;
    event.cramp.rise_ns = TIME_UNKNOWN;
    event.cramp.confidence = 0.98;
    event.cramp.ratio = 12.5;
    return event;
}

static inline struct event cramp_end(int64_t t_ns, uint64_t seq, const char *id, double duration_s)
{
    struct event event = event_at(EVENT_CRAMP_END, t_ns, seq);

    snprintf(event.id, sizeof(event.id), "%s", id);
    event.end.onset_ns = t_ns - s_to_ns(duration_s);
    event.end.duration_s = duration_s;
    event.end.peak_ratio = 38.123;
    event.end.relief = RELIEF_STRETCH;
    return event;
}

static inline void take_event(struct bench *bench, const struct event *event, bool synced,
                              const char *payload)
{
    struct request *request = request_new(REQUEST_EVENT);

    request->event.event = *event;
    request->stamp = stamp_at(event->t_ns, synced);
    request->event.payload = payload ? strdup(payload) : NULL;
    worker_take(bench->worker, request, bench->now_ns);
}

static inline void take_delivered(struct bench *bench, uint64_t token)
{
    struct request *request = request_new(REQUEST_DELIVERED);

    request->delivered = token;
    worker_take(bench->worker, request, bench->now_ns);
}

static inline void take_redate(struct bench *bench, int64_t wall_minus_mono_us)
{
    struct request *request = request_new(REQUEST_REDATE);

    request->stamp = stamp_at(T0, true);
    request->wall_minus_mono_us = wall_minus_mono_us;
    worker_take(bench->worker, request, bench->now_ns);
}

static inline void take_progress(struct bench *bench, const struct night_counts *night, bool synced)
{
    struct request *request = request_new(REQUEST_PROGRESS);

    request->progress = *night;
    request->stamp = stamp_at(night->end_ns, synced);
    worker_take(bench->worker, request, bench->now_ns);
}

/* The answer to a query, owned by the bench until bench_forget(). */
static inline const char *ask(struct bench *bench, const char *what)
{
    struct request *request = request_new(REQUEST_QUERY);

    snprintf(request->query.what, sizeof(request->query.what), "%s", what);
    request->query.limit = 10;
    request->query.token = 77;
    worker_take(bench->worker, request, bench->now_ns);
    worker_work(bench->worker, bench->now_ns, 0);
    const struct store_notice *answer = &bench->notices[bench->count - 1];
    assert_int_equal(answer->kind, STORE_ANSWER);
    assert_int_equal(answer->token, 77);
    return answer->error == 0 ? answer->text : NULL;
}

/* Fetches; returns the index of the first STORE_OUTBOX notice, *count how many. */
static inline unsigned fetch(struct bench *bench, unsigned limit, uint64_t below_seq, uint64_t after,
                             unsigned *count)
{
    struct request *request = request_new(REQUEST_FETCH);
    unsigned first = bench->count;

    request->fetch.limit = limit;
    request->fetch.below_seq = below_seq;
    request->fetch.after_token = after;
    worker_take(bench->worker, request, bench->now_ns);
    worker_work(bench->worker, bench->now_ns, 0);
    while (bench->notices[first].kind != STORE_OUTBOX && bench->notices[first].kind != STORE_OUTBOX_END)
        first++;
    *count = (unsigned)bench->notices[bench->count - 1].token;
    assert_int_equal(bench->notices[bench->count - 1].kind, STORE_OUTBOX_END);
    assert_int_equal(bench->count - 1 - first, *count);
    return first;
}

static inline unsigned count_notices(const struct bench *bench, enum store_notice_kind kind,
                                     enum fault_reason reason)
{
    unsigned count = 0;

    for (unsigned i = 0; i < bench->count; i++)
        count += bench->notices[i].kind == kind && bench->notices[i].reason == reason;
    return count;
}
