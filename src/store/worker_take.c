/* SPDX-License-Identifier: MIT */
/* What waits to be written: for how long it may, and what goes when there is no room. */
#include "store/worker_private.h"

#include <stdlib.h>

#define SOON_NS       NSEC_PER_SEC
#define DELIVERED_MAX (4 * STORE_BACKLOG) /* more than the standard outbox has rows */

static enum urgency event_urgency(const struct request *request)
{
    switch (request->event.event.kind) {
    case EVENT_CRAMP_START:
    case EVENT_CRAMP_END:
    case EVENT_FAULT:
    case EVENT_FAULT_CLEARED:
    case EVENT_NIGHT_SUMMARY: return URGENCY_NOW;
    case EVENT_DISMISSED: return URGENCY_BATCH; /* hundreds in some nights */
    case EVENT_TENSION_RISE:
    case EVENT_REMINDER_START:
    case EVENT_REMINDER_STOP:
    case EVENT_ACKNOWLEDGED:
    case EVENT_SNOOZED:
    case EVENT_MUTED:
    case EVENT_UNMUTED:
    case EVENT_LABELLED:
    case event_kind_count: break;
    }
    return request->event.payload ? URGENCY_NOW : URGENCY_SOON; /* the outbox keeps what it is given */
}

enum urgency worker_urgency(const struct request *request)
{
    switch (request->kind) {
    case REQUEST_EVENT: return event_urgency(request);
    case REQUEST_MUTE:
    case REQUEST_PREFERENCE:
    case REQUEST_ENTRY:
    case REQUEST_CALIBRATION: return URGENCY_NOW;
    case REQUEST_DELIVERED:
    case REQUEST_REDATE: return URGENCY_SOON;
    case REQUEST_PROGRESS:
    case REQUEST_FETCH:
    case REQUEST_QUERY: break;
    }
    return URGENCY_BATCH;
}

static void set_urgency(const struct worker *worker, struct request *request, int64_t now_ns)
{
    enum urgency urgency = worker_urgency(request);

    request->durable = urgency == URGENCY_NOW;
    request->due_ns = now_ns + (urgency == URGENCY_NOW    ? 0
                                : urgency == URGENCY_SOON ? SOON_NS
                                                          : s_to_ns(worker->params.batch_s));
}

struct request *worker_find_waiting(struct worker *worker, uint64_t seq)
{
    for (struct request *r = worker->writes.first; r; r = r->next)
        if (r->kind == REQUEST_EVENT && r->event.payload && r->event.event.seq == seq)
            return r;
    return NULL;
}

/* Delivered before it was written: no row need be made. True: and none deleted, for a commit that failed may
   have made it all the same. */
static bool cancel_delivery(struct worker *worker, uint64_t token)
{
    struct request *waiting = names_row(token) ? NULL : worker_find_waiting(worker, token & ~TOKEN_BITS);

    if (!waiting)
        return false;
    free(waiting->event.payload);
    waiting->event.payload = NULL;
    return !waiting->tried;
}

/* The newest figures replace the ones that still wait, in their place in the line. */
static bool replace_progress(struct worker *worker, const struct request *newer)
{
    for (struct request *r = worker->writes.first; r; r = r->next)
        if (r->kind == REQUEST_PROGRESS && r->progress.start_ns == newer->progress.start_ns) {
            r->progress = newer->progress;
            r->stamp = newer->stamp;
            return true;
        }
    return false;
}

static bool replace_mute(struct worker *worker, const struct request *newer)
{
    for (struct request *r = worker->writes.first; r; r = r->next)
        if (r->kind == REQUEST_MUTE) {
            r->muted_until_wall_us = newer->muted_until_wall_us;
            return true;
        }
    return false;
}

static bool replace_preference(struct worker *worker, const struct request *newer)
{
    for (struct request *r = worker->writes.first; r; r = r->next)
        if (r->kind == REQUEST_PREFERENCE && r->preference.which == newer->preference.which) {
            r->preference.value = newer->preference.value;
            return true;
        }
    return false;
}

/* Takes out the oldest that can be spared. Dates and the mute can not: they are few and speak of others. */
static bool drop_oldest(struct worker *worker, bool durable_too)
{
    struct request *before = NULL;

    for (struct request *r = worker->writes.first; r; before = r, r = r->next)
        if ((r->kind == REQUEST_EVENT || r->kind == REQUEST_PROGRESS) && (durable_too || !r->durable)) {
            request_free(request_list_take(&worker->writes, before));
            worker->lost++;
            return true;
        }
    return false;
}

static void make_room(struct worker *worker)
{
    if (worker->writes.count >= WRITES_MAX && !drop_oldest(worker, false))
        drop_oldest(worker, true);
}

/* Forgetting one costs the broker a second copy, forgetting an event would cost the event. */
static void take_delivered(struct worker *worker, struct request *request)
{
    if (cancel_delivery(worker, request->delivered) || worker->delivered.count >= DELIVERED_MAX)
        request_free(request);
    else
        request_list_append(&worker->delivered, request);
}

void worker_take(struct worker *worker, struct request *request, int64_t now_ns)
{
    if (request->kind == REQUEST_FETCH || request->kind == REQUEST_QUERY) {
        request_list_append(&worker->reads, request);
        return;
    }
    set_urgency(worker, request, now_ns);
    if (request->kind == REQUEST_DELIVERED) {
        take_delivered(worker, request);
        return;
    }
    if ((request->kind == REQUEST_PROGRESS && replace_progress(worker, request)) ||
        (request->kind == REQUEST_MUTE && replace_mute(worker, request)) ||
        (request->kind == REQUEST_PREFERENCE && replace_preference(worker, request))) {
        request_free(request);
        return;
    }
    make_room(worker);
    request_list_append(&worker->writes, request);
}
