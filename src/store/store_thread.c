/* SPDX-License-Identifier: MIT */
/* The thread around the worker, and the timer that says that the disk holds it. */
#include "store/store_private.h"

#include "base/clock.h"
#include "base/log.h"

#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define PROBE_EVERY_NS (60 * NSEC_PER_SEC)

void store_post(void *context, struct store_notice *notice)
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

void store_guard(struct store *store, int seconds)
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
        store_post(store, &(struct store_notice){
                              .kind = STORE_RECOVERED, .reason = FAULT_STALLED, .token = STALL_OVER});
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
    store_guard(store, STALL_AFTER_S);
    if (last)
        worker_flush(store->worker, began_ns, wall_now_us(began_ns));
    else
        deadline_ns = worker_work(store->worker, began_ns, wall_now_us(began_ns));
    store_guard(store, 0);
    judge_stall(store, began_ns, worker_flushes(store->worker) > flushes);
    return store->slow ? MIN(deadline_ns, store->probe_ns) : deadline_ns;
}

void *store_run(void *context)
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
