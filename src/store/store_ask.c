/* SPDX-License-Identifier: MIT */
/* What is asked of the store, on its way to the thread. */
#include "store/store_private.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>

#define FETCH_MAX         128 /* fits the ring beside everything else */
#define PROGRESS_EVERY_NS (10 * NSEC_PER_SEC)

void store_send_held(struct store *store)
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
    store_guard(store, STALL_AFTER_S);
}

/* Takes the request over. In order, also past what is held. */
static bool submit(struct store *store, struct request *request)
{
    if (!request)
        return false;
    watch_thread(store);
    store_send_held(store);
    if (!store->held.first && ring_put(store->requests, &request))
        return true;
    if (may_be_held(store, request)) {
        request_list_append(&store->held, request);
        return true;
    }
    request_free(request);
    return false;
}

void store_send_progress(struct store *store)
{
    if (!store->progress)
        return;
    submit(store, store->progress);
    store->progress = NULL;
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
        store_send_progress(store); /* what was so far may not come after what it became */
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

bool store_entry(struct store *store, const struct entry *entry, int64_t t_ns, const struct stamp *stamp)
{
    struct request *request = request_new(REQUEST_ENTRY);
    struct entry *copy = request ? malloc(sizeof(*copy)) : NULL;

    if (!copy) {
        request_free(request);
        return false;
    }
    *copy = *entry;
    request->entry.entry = copy;
    request->entry.t_ns = t_ns;
    request->stamp = *stamp;
    return submit(store, request);
}

void store_set_preference(struct store *store, enum preference preference, int value)
{
    struct request *request = request_new(REQUEST_PREFERENCE);

    if (request) {
        request->preference.which = preference;
        request->preference.value = value;
    }
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

    store_send_progress(store); /* who asks for the night wants it as it is now */
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
        store_send_progress(store);
    }
}
