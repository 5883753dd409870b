/* SPDX-License-Identifier: MIT */
#include "store/store.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/ring.h"
#include "store/directory.h"
#include "store/disk_fault.h"
#include "store/worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define REQUEST_SLOTS     (STORE_BACKLOG / 2) /* the other half is the worker's */
#define NOTICE_SLOTS      256
#define FETCH_MAX         128 /* fits the ring beside everything else */
#define STALL_AFTER_S     5
#define STALL_OVER        1 /* the token of a STORE_RECOVERED that ends what the stall timer began */
#define PROBE_EVERY_NS    (60 * NSEC_PER_SEC)
#define PROGRESS_EVERY_NS (10 * NSEC_PER_SEC)

struct store {
    struct ring *requests; /* struct request *; NULL only wakes */
    struct ring *notices;  /* struct store_notice */
    struct worker *worker; /* the thread's, while it runs */
    pthread_t thread;
    bool running;
    bool leaked; /* the thread is stuck in the disk and keeps everything */
    _Atomic bool stopping;
    int done_fd;
    int epoll_fd; /* what the loop polls: notices, and the stall timer */

    /* Armed by the thread before it touches the disk and by the loop before it asks for something, disarmed
       by the thread when it has done a turn: it fires in the loop when the disk, or whatever, holds the
       thread. */
    int stall_fd;
    _Atomic bool stalled;    /* it has fired */
    bool slow;               /* the thread's: it did, and no flush has been in time since */
    int64_t probe_ns;        /* while slow: when to try one */
    struct disk_fault fault; /* the loop's: of this and of what the thread finds */

    /* The loop's: what must not be forgotten, while the ring is full. */
    struct request_list held;
    /* ... and figures not yet sent. */
    struct request *progress;
    int64_t progress_sent_ns;
};

/* ---- the thread ---- */

static void post(void *context, struct store_notice *notice)
{
    struct store *store = context;

    /* The loop always drains; if it does not, the disk can wait for it, but the end of the program can not.
     */
    while (!ring_put(store->notices, notice)) {
        if (atomic_load(&store->stopping)) {
            free(notice->text);
            return;
        }
        usleep(10000);
    }
}

static void guard(struct store *store, int seconds)
{
    const struct itimerspec after = {.it_value.tv_sec = seconds};
    timerfd_settime(store->stall_fd, 0, &after, NULL);
}

static int64_t wall_now_us(int64_t now_ns)
{
    return clock_is_synced() ? (now_ns + clock_wall_offset()) / NSEC_PER_USEC : 0;
}

static void take_requests(struct store *store)
{
    struct request *request;
    int64_t now_ns = clock_now(clock_monotonic());

    ring_acknowledge(store->requests);
    while (ring_get(store->requests, &request))
        if (request)
            worker_take(store->worker, request, now_ns);
}

static void wait_for_work(struct store *store, int64_t deadline_ns)
{
    struct pollfd fd = {.fd = ring_fd(store->requests), .events = POLLIN};
    int64_t left_ms = (deadline_ns - clock_now(clock_monotonic())) / NSEC_PER_MSEC + 1;

    poll(&fd, 1, (int)MAX(MIN(left_ms, (int64_t)60000), (int64_t)0));
}

/* Over is a stall not when the disk comes back, but when it flushes in time again: on one that is always slow
   the end would have to be written, too, and would be the beginning of the next. */
static void judge_stall(struct store *store, int64_t began_ns, bool flushed)
{
    int64_t now_ns = clock_now(clock_monotonic());

    if (atomic_exchange(&store->stalled, false) || now_ns - began_ns >= STALL_AFTER_S * NSEC_PER_SEC) {
        store->probe_ns = store->slow ? now_ns + PROBE_EVERY_NS : now_ns;
        store->slow = true;
    } else if (store->slow && flushed) {
        store->slow = false;
        post(store,
             &(struct store_notice){.kind = STORE_RECOVERED, .reason = FAULT_STALLED, .token = STALL_OVER});
    }
}

/* One turn with the stall timer around it. */
static int64_t turn(struct store *store, bool last)
{
    int64_t began_ns = clock_now(clock_monotonic());
    int64_t deadline_ns = began_ns;
    uint64_t flushes = worker_flushes(store->worker);

    if (store->slow && began_ns >= store->probe_ns) {
        store->probe_ns = began_ns + PROBE_EVERY_NS;
        worker_probe(store->worker);
    }
    guard(store, STALL_AFTER_S);
    if (last)
        worker_flush(store->worker, began_ns, wall_now_us(began_ns));
    else
        deadline_ns = worker_work(store->worker, began_ns, wall_now_us(began_ns));
    guard(store, 0);
    judge_stall(store, began_ns, worker_flushes(store->worker) > flushes);
    return store->slow ? MIN(deadline_ns, store->probe_ns) : deadline_ns;
}

static void *run(void *context)
{
    struct store *store = context;
    const uint64_t one = 1;

    pthread_setname_np(pthread_self(), "crampd-store");
    while (!atomic_load(&store->stopping)) {
        take_requests(store);
        wait_for_work(store, turn(store, false));
    }
    take_requests(store);
    turn(store, true);
    if (worker_waiting(store->worker) > 0)
        log_error(LOG_DISK, "%u diary entries could not be written before the end",
                  worker_waiting(store->worker));
    worker_free(store->worker);
    store->worker = NULL;
    ssize_t written = write(store->done_fd, &one, sizeof(one));
    (void)written;
    return NULL;
}

/* ---- the loop's side ---- */

static int watch(int epoll_fd, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0 ? -errno : 0;
}

static bool open_descriptors(struct store *store)
{
    store->requests = ring_new(REQUEST_SLOTS, sizeof(struct request *));
    store->notices = ring_new(NOTICE_SLOTS, sizeof(struct store_notice));
    store->done_fd = eventfd(0, EFD_CLOEXEC);
    store->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    store->stall_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return store->requests && store->notices && store->done_fd >= 0 && store->epoll_fd >= 0 &&
           watch(store->epoll_fd, ring_fd(store->notices)) == 0 &&
           watch(store->epoll_fd, store->stall_fd) == 0;
}

struct store *store_new(const struct store_params *params)
{
    char directory[PATH_MAX];
    int error = directory_find(params->directory, directory);

    if (error < 0) {
        errno = -error;
        return NULL;
    }
    int lock_fd = directory_lock(directory);
    if (lock_fd == -EBUSY) {
        errno = EBUSY;
        return NULL;
    }
    struct store *store = calloc(1, sizeof(*store));
    if (store) {
        store->done_fd = store->epoll_fd = store->stall_fd = -1;
        store->progress_sent_ns = INT64_MIN / 2;
        if (open_descriptors(store))
            store->worker = worker_new(params, directory, lock_fd, post, store);
    }
    if (!store || !store->worker) {
        if (lock_fd >= 0)
            close(lock_fd);
        store_free(store);
        errno = ENOMEM;
        return NULL;
    }
    return store;
}

int store_start(struct store *store)
{
    sigset_t all, before;

    /* Signals are the loop's. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&store->thread, NULL, run, store);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    store->running = error == 0;
    return -error;
}

static void send_held(struct store *store)
{
    while (store->held.first && ring_used(store->requests) < ring_slots(store->requests)) {
        struct request *request = request_list_take(&store->held, NULL);
        ring_put(store->requests, &request);
    }
}

/* Nobody would ask a second time: a date that is lost is never right again, a delivery is made twice. */
static bool may_be_held(const struct store *store, const struct request *request)
{
    return request->kind == REQUEST_REDATE || request->kind == REQUEST_MUTE ||
           ((request->kind == REQUEST_DELIVERED || request->kind == REQUEST_CALIBRATION) &&
            store->held.count < STORE_BACKLOG);
}

/* Before the request is there: afterwards the thread may be done with it already. Not again while it runs:
   else requests that come often would hide that nobody takes them. */
static void watch_thread(struct store *store)
{
    struct itimerspec now = {0};

    if (atomic_load(&store->stalled) || !store->running || timerfd_gettime(store->stall_fd, &now) < 0 ||
        now.it_value.tv_sec > 0 || now.it_value.tv_nsec > 0)
        return;
    guard(store, STALL_AFTER_S);
}

/* Takes the request over. In order, also past what is held. */
static bool submit(struct store *store, struct request *request)
{
    if (!request)
        return false;
    watch_thread(store);
    send_held(store);
    if (!store->held.first && ring_put(store->requests, &request))
        return true;
    if (may_be_held(store, request)) {
        request_list_append(&store->held, request);
        return true;
    }
    request_free(request);
    return false;
}

static void send_progress(struct store *store)
{
    if (!store->progress)
        return;
    submit(store, store->progress);
    store->progress = NULL;
}

void store_stop(struct store *store, int patience_ms)
{
    struct request *wake = NULL;

    if (!store || !store->running)
        return;
    send_progress(store);
    send_held(store);
    atomic_store(&store->stopping, true);
    ring_put(store->requests, &wake);
    struct pollfd done = {.fd = store->done_fd, .events = POLLIN};
    int64_t until_ns = clock_now(clock_monotonic()) + patience_ms * NSEC_PER_MSEC;
    int finished;
    do {
        int64_t left_ms = (until_ns - clock_now(clock_monotonic())) / NSEC_PER_MSEC;
        finished = poll(&done, 1, (int)MAX(left_ms, (int64_t)0));
    } while (finished < 0 && errno == EINTR);
    store->running = false;
    if (finished > 0) {
        pthread_join(store->thread, NULL);
        return;
    }
    log_error(LOG_DISK, "the disk did not answer within %d ms; what was not written is lost", patience_ms);
    pthread_detach(store->thread);
    store->leaked = true;
}

void store_free(struct store *store)
{
    struct store_notice notice;
    struct request *request;

    if (!store)
        return;
    store_stop(store, 0);
    /* A thread that is stuck still uses all of it; the process is about to end. */
    if (store->leaked)
        return;
    while (store->notices && ring_get(store->notices, &notice))
        free(notice.text);
    while (store->requests && ring_get(store->requests, &request))
        request_free(request);
    request_list_clear(&store->held);
    request_free(store->progress);
    disk_fault_done(&store->fault);
    worker_free(store->worker);
    ring_free(store->notices);
    ring_free(store->requests);
    if (store->done_fd >= 0)
        close(store->done_fd);
    if (store->epoll_fd >= 0)
        close(store->epoll_fd);
    if (store->stall_fd >= 0)
        close(store->stall_fd);
    free(store);
}

bool store_event(struct store *store, const struct event *event, const struct stamp *stamp,
                 const char *payload)
{
    _cleanup_(request_freep) struct request *request = request_new(REQUEST_EVENT);

    if (!request)
        return false;
    request->stamp = *stamp;
    request->event.event = *event;
    if (payload && !(request->event.payload = strdup(payload)))
        return false;
    if (event->kind == EVENT_NIGHT_SUMMARY)
        send_progress(store); /* what was so far may not come after what it became */
    struct request *handed = request;
    request = NULL;
    return submit(store, handed);
}

void store_delivered(struct store *store, uint64_t token)
{
    struct request *request = request_new(REQUEST_DELIVERED);

    if (request)
        request->delivered = token;
    submit(store, request);
}

bool store_fetch_outbox(struct store *store, unsigned fetch, unsigned limit, uint64_t below_seq,
                        uint64_t after_token)
{
    struct request *request = request_new(REQUEST_FETCH);

    if (request) {
        request->fetch.id = fetch;
        request->fetch.limit = MIN(limit, (unsigned)FETCH_MAX);
        request->fetch.below_seq = below_seq;
        request->fetch.after_token = after_token;
    }
    return submit(store, request);
}

void store_redate(struct store *store, const char *boot_id, int64_t wall_minus_mono_us)
{
    struct request *request = request_new(REQUEST_REDATE);

    if (request) {
        snprintf(request->stamp.boot_id, sizeof(request->stamp.boot_id), "%s", boot_id);
        request->wall_minus_mono_us = wall_minus_mono_us;
    }
    submit(store, request);
}

void store_set_mute(struct store *store, int64_t until_wall_us)
{
    struct request *request = request_new(REQUEST_MUTE);

    if (request)
        request->muted_until_wall_us = until_wall_us;
    submit(store, request);
}

void store_set_calibration(struct store *store, enum leg leg, enum muscle muscle, double rest_uv,
                           double firm_uv, int64_t t_ns, const struct stamp *stamp)
{
    struct request *request = request_new(REQUEST_CALIBRATION);

    if (request) {
        request->stamp = *stamp;
        request->calibration.leg = leg;
        request->calibration.muscle = muscle;
        request->calibration.rest_uv = rest_uv;
        request->calibration.firm_uv = firm_uv;
        request->calibration.made_ns = t_ns;
    }
    submit(store, request);
}

bool store_query(struct store *store, const char *what, unsigned limit, uint64_t token)
{
    struct request *request = request_new(REQUEST_QUERY);

    send_progress(store); /* who asks for the night wants it as it is now */
    if (request) {
        snprintf(request->query.what, sizeof(request->query.what), "%s", what);
        request->query.limit = limit;
        request->query.token = token;
    }
    return submit(store, request);
}

void store_night_progress(struct store *store, const struct night_counts *tonight, const struct stamp *stamp)
{
    int64_t now_ns = clock_now(clock_monotonic());

    if (!store->progress)
        store->progress = request_new(REQUEST_PROGRESS);
    if (!store->progress)
        return;
    store->progress->progress = *tonight;
    store->progress->stamp = *stamp;
    if (now_ns - store->progress_sent_ns >= PROGRESS_EVERY_NS) {
        store->progress_sent_ns = now_ns;
        send_progress(store);
    }
}

int store_fd(const struct store *store)
{
    return store->epoll_fd;
}

static bool next_stall(struct store *store, struct store_notice *notice)
{
    uint64_t fired;

    if (read(store->stall_fd, &fired, sizeof(fired)) != sizeof(fired))
        return false;
    atomic_store(&store->stalled, true);
    *notice = (struct store_notice){.kind = STORE_FAULT, .reason = FAULT_STALLED};
    if (asprintf(&notice->text, "the disk has not answered for %d s; new entries wait in memory",
                 STALL_AFTER_S) < 0)
        notice->text = NULL;
    return disk_fault_hears(&store->fault, FOUND_BY_TIMER, notice);
}

static bool is_news(struct store *store, struct store_notice *notice)
{
    if (notice->kind != STORE_FAULT && notice->kind != STORE_RECOVERED)
        return true;
    bool stall_over = notice->kind == STORE_RECOVERED && notice->token == STALL_OVER;
    return disk_fault_hears(&store->fault, stall_over ? FOUND_BY_TIMER : FOUND_BY_THREAD, notice);
}

bool store_next(struct store *store, struct store_notice *notice)
{
    send_held(store);
    if (disk_fault_held(&store->fault, notice))
        return true;
    /* Acknowledge only when empty: another look afterwards misses nothing. */
    for (int look = 0; look < 2; look++) {
        while (ring_get(store->notices, notice))
            if (is_news(store, notice))
                return true;
        ring_acknowledge(store->notices);
    }
    /* The timer last: the end of an older stall is in the ring, and must not end this one. */
    return next_stall(store, notice);
}
