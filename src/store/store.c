/* SPDX-License-Identifier: MIT */
#include "store/store_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/directory.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define REQUEST_SLOTS (STORE_BACKLOG / 2) /* the other half is the worker's */
#define NOTICE_SLOTS  256

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
            store->worker = worker_new(params, directory, lock_fd, store_post, store);
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
    int error = pthread_create(&store->thread, NULL, store_run, store);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    store->running = error == 0;
    return -error;
}

void store_stop(struct store *store, int patience_ms)
{
    struct request *wake = NULL;

    if (!store || !store->running)
        return;
    store_send_progress(store);
    store_send_held(store);
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
    store_send_held(store);
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
