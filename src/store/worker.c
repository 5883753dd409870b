/* SPDX-License-Identifier: MIT */
#include "store/worker.h"

#include "base/log.h"
#include "store/book.h"
#include "store/database.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SOON_NS         NSEC_PER_SEC
#define TRIM_EVERY_NS   (600 * NSEC_PER_SEC)
#define EXPIRE_EVERY_NS (24 * 3600 * NSEC_PER_SEC)
#define WRITES_MAX      (STORE_BACKLOG / 2) /* the other half is the ring's */
#define DELIVERED_MAX   (4 * STORE_BACKLOG) /* more than the standard outbox has rows */

/* A fetched event has STORE_TOKEN_ROW set; with this one too it had no row yet, and the rest is its seq. */
#define TOKEN_WAITING (STORE_TOKEN_ROW >> 1)
#define TOKEN_BITS    (STORE_TOKEN_ROW | TOKEN_WAITING)

struct worker {
    struct store_params params;
    struct book book;
    struct request_list writes;
    struct request_list delivered; /* written after the events, of which they take no room */
    struct request_list reads;     /* answered within the turn: the ring bounds them */
    uint64_t lost, lost_said, flushes;
    bool probing;
    struct log_limit lost_limit, dropped_limit, bug_limit;
    int64_t trim_ns, expire_ns;
};

/* ---- taking requests ---- */

/* How long a request may wait for company. */
enum urgency {
    URGENCY_BATCH, /* until the next batch */
    URGENCY_SOON,  /* a second */
    URGENCY_NOW,   /* not at all, and it must survive a power cut from then on */
};

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
    case event_kind_count: break;
    }
    return request->event.payload ? URGENCY_NOW : URGENCY_SOON; /* the outbox keeps what it is given */
}

static enum urgency urgency_of(const struct request *request)
{
    switch (request->kind) {
    case REQUEST_EVENT: return event_urgency(request);
    case REQUEST_MUTE:
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
    enum urgency urgency = urgency_of(request);

    request->durable = urgency == URGENCY_NOW;
    request->due_ns = now_ns + (urgency == URGENCY_NOW    ? 0
                                : urgency == URGENCY_SOON ? SOON_NS
                                                          : s_to_ns(worker->params.batch_s));
}

/* A row has an id, everything else is known by its seq. */
static bool names_row(uint64_t token)
{
    return (token & TOKEN_BITS) == STORE_TOKEN_ROW;
}

/* The event of that seq that waits to become a row, or NULL. */
static struct request *find_waiting(struct worker *worker, uint64_t seq)
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
    struct request *waiting = names_row(token) ? NULL : find_waiting(worker, token & ~TOKEN_BITS);

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
        (request->kind == REQUEST_MUTE && replace_mute(worker, request))) {
        request_free(request);
        return;
    }
    make_room(worker);
    request_list_append(&worker->writes, request);
}

/* ---- writing ---- */

static int write_delivered(struct worker *worker, uint64_t token)
{
    if (names_row(token))
        return outbox_delivered_row(worker->book.outbox, (int64_t)(token & ~TOKEN_BITS));
    return outbox_delivered_seq(worker->book.outbox, token & ~TOKEN_BITS);
}

static int write_calibration(struct worker *worker, const struct request *request)
{
    const struct diary_calibration calibration = {.leg = request->calibration.leg,
                                                  .muscle = request->calibration.muscle,
                                                  .rest_uv = request->calibration.rest_uv,
                                                  .firm_uv = request->calibration.firm_uv};

    return diary_set_calibration(worker->book.diary, &calibration, request->calibration.made_ns,
                                 &request->stamp);
}

static int write_request(struct worker *worker, const struct request *request)
{
    int rc;

    switch (request->kind) {
    case REQUEST_EVENT:
        rc = diary_event(worker->book.diary, &request->event.event, &request->stamp);
        if (rc == SQLITE_OK && request->event.payload)
            rc = outbox_add(worker->book.outbox, &request->event.event, &request->stamp,
                            request->event.payload);
        return rc;
    case REQUEST_PROGRESS:
        return diary_night_progress(worker->book.diary, &request->progress, &request->stamp);
    case REQUEST_DELIVERED: return write_delivered(worker, request->delivered);
    case REQUEST_REDATE:
        rc = diary_redate(worker->book.diary, request->stamp.boot_id, request->wall_minus_mono_us);
        if (rc == SQLITE_OK)
            rc = outbox_redate(worker->book.outbox, request->stamp.boot_id, request->wall_minus_mono_us);
        return rc;
    case REQUEST_CALIBRATION: return write_calibration(worker, request);
    case REQUEST_MUTE:
        return diary_set_meta(worker->book.diary, META_MUTED_UNTIL, request->muted_until_wall_us);
    case REQUEST_FETCH:
    case REQUEST_QUERY: break;
    }
    return SQLITE_OK;
}

/* A request SQLite will never take may not hold up the others. */
static int write_requests(struct worker *worker, const struct request_list *list, int64_t now_ns)
{
    for (struct request *r = list->first; r; r = r->next) {
        r->tried = true;
        int rc = write_request(worker, r);
        if (rc == SQLITE_OK)
            continue;
        if (database_is_storage(rc))
            return rc;
        if (log_allowed(&worker->bug_limit, now_ns, NULL))
            log_error(LOG_BUG, "diary refuses a request of kind %d: %s", (int)r->kind,
                      book_error(&worker->book));
    }
    return SQLITE_OK;
}

/* What has to go is counted in the same transaction. */
static int trim_outbox(struct worker *worker, int64_t now_ns, int64_t wall_us, unsigned *dropped)
{
    int64_t total = 0;
    int rc = outbox_trim(worker->book.outbox, now_ns, wall_us, dropped);

    if (rc == SQLITE_OK && *dropped > 0)
        rc = diary_get_meta(worker->book.diary, META_DROPPED, &total);
    if (rc == SQLITE_OK && *dropped > 0)
        rc = diary_set_meta(worker->book.diary, META_DROPPED, total + *dropped);
    return rc;
}

static void report_losses(struct worker *worker, unsigned dropped, int64_t now_ns)
{
    if (dropped > 0 && log_allowed(&worker->dropped_limit, now_ns, NULL))
        log_warning(LOG_BROKER,
                    "outbox: %u undelivered events dropped (limits: %d rows, %g h); the diary has them",
                    dropped, worker->params.outbox_max_rows, worker->params.outbox_max_age_h);
    if (worker->lost > worker->lost_said && log_allowed(&worker->lost_limit, now_ns, NULL)) {
        log_error(LOG_DISK, "%llu diary entries lost: more than %d waited while nothing could be written",
                  (unsigned long long)(worker->lost - worker->lost_said), WRITES_MAX);
        worker->lost_said = worker->lost;
    }
}

/* A batch is flushed as well: the card writes no more for it, for the kernel would do the same within half a
   minute, and a power cut then costs a batch and not a batch and half a minute. What only says that something
   was delivered is not worth a flush of its own: it would be delivered twice. */
static bool is_to_be_flushed(const struct worker *worker, int64_t now_ns)
{
    if (worker->probing)
        return true;
    for (struct request *r = worker->writes.first; r; r = r->next)
        if (r->durable || (urgency_of(r) == URGENCY_BATCH && r->due_ns <= now_ns))
            return true;
    return false;
}

/* Writes what is there already: a transaction that changes nothing is not flushed. */
static int write_probe(struct worker *worker)
{
    int64_t dropped = 0;
    int rc = diary_get_meta(worker->book.diary, META_DROPPED, &dropped);

    return rc == SQLITE_OK ? diary_set_meta(worker->book.diary, META_DROPPED, dropped) : rc;
}

/* What waits, all of it, in one transaction. */
static void commit(struct worker *worker, int64_t now_ns, int64_t wall_us)
{
    unsigned dropped = 0;
    bool durable = is_to_be_flushed(worker, now_ns);
    int rc = book_begin(&worker->book, durable);
    if (rc == SQLITE_OK)
        rc = write_requests(worker, &worker->writes, now_ns);
    if (rc == SQLITE_OK)
        rc = write_requests(worker, &worker->delivered, now_ns);
    if (rc == SQLITE_OK)
        rc = trim_outbox(worker, now_ns, wall_us, &dropped);
    if (rc == SQLITE_OK && worker->probing)
        rc = write_probe(worker);
    if (!book_end(&worker->book, rc, now_ns))
        return;
    worker->probing = false;
    worker->flushes += durable;
    request_list_clear(&worker->writes);
    request_list_clear(&worker->delivered);
    report_losses(worker, dropped, now_ns);
}

/* ---- answering ---- */

struct fetched {
    struct worker *worker;
    unsigned id, limit, count;
};

static void tell_outbox(struct fetched *fetched, uint64_t token, const char *payload)
{
    char *text = strdup(payload);

    if (!text)
        return;
    fetched->count++;
    book_tell(
        &fetched->worker->book,
        (struct store_notice){.kind = STORE_OUTBOX, .fetch = fetched->id, .token = token, .text = text});
}

/* Delivered, but the row could not be deleted yet. */
static bool row_is_delivered(const struct worker *worker, int64_t row, uint64_t seq)
{
    for (const struct request *r = worker->delivered.first; r; r = r->next)
        if (names_row(r->delivered) ? (int64_t)(r->delivered & ~TOKEN_BITS) == row
                                    : seq != 0 && (r->delivered & ~TOKEN_BITS) == seq)
            return true;
    return false;
}

/* A row whose event still waits is from a commit that failed: it is told once, with the waiting ones. */
static bool tell_outbox_row(void *context, int64_t row, uint64_t seq, const char *payload)
{
    struct fetched *fetched = context;
    struct worker *worker = fetched->worker;

    if (!row_is_delivered(worker, row, seq) && !(seq != 0 && find_waiting(worker, seq)))
        tell_outbox(fetched, STORE_TOKEN_ROW | (uint64_t)row, payload);
    return fetched->count < fetched->limit;
}

static void tell_waiting(struct worker *worker, const struct request *request, uint64_t after_seq,
                         struct fetched *fetched)
{
    for (struct request *r = worker->writes.first; r && fetched->count < fetched->limit; r = r->next)
        if (r->kind == REQUEST_EVENT && r->event.payload && r->event.event.seq > after_seq &&
            r->event.event.seq < request->fetch.below_seq)
            tell_outbox(fetched, TOKEN_BITS | r->event.event.seq, r->event.payload);
}

static int read_error(int rc)
{
    switch (rc) {
    case SQLITE_OK: return 0;
    case SQLITE_NOMEM: return -ENOMEM;
    case SQLITE_NOTFOUND: return -EINVAL;
    default: return -EIO;
    }
}

/* Rows first, then what waits in memory because it could not be written: a dead disk keeps nothing from the
   broker. By the next fetch what waited may have become rows. */
static void answer_fetch(struct worker *worker, const struct request *request)
{
    uint64_t after = request->fetch.after_token;
    bool go_on_by_seq = (after & TOKEN_BITS) == TOKEN_BITS;
    uint64_t after_seq = go_on_by_seq ? after & ~TOKEN_BITS : 0;
    struct fetched fetched = {.worker = worker, .id = request->fetch.id, .limit = request->fetch.limit};
    int rc = SQLITE_CANTOPEN;

    if (worker->book.outbox && go_on_by_seq)
        rc = outbox_fetch_run(worker->book.outbox, request->fetch.below_seq, after_seq, tell_outbox_row,
                              &fetched);
    else if (worker->book.outbox)
        rc = outbox_fetch(worker->book.outbox, request->fetch.below_seq,
                          names_row(after) ? (int64_t)(after & ~TOKEN_BITS) : 0, tell_outbox_row, &fetched);
    tell_waiting(worker, request, after_seq, &fetched);
    book_tell(&worker->book, (struct store_notice){.kind = STORE_OUTBOX_END,
                                                   .fetch = fetched.id,
                                                   .token = fetched.count,
                                                   .error = read_error(rc)});
}

static void answer_query(struct worker *worker, const struct request *request)
{
    struct store_notice notice = {.kind = STORE_ANSWER, .token = request->query.token, .error = -EIO};

    if (worker->book.diary)
        notice.error = read_error(
            diary_read(worker->book.diary, request->query.what, request->query.limit, &notice.text));
    book_tell(&worker->book, notice);
}

static void answer_reads(struct worker *worker)
{
    struct request *request;

    while ((request = request_list_take(&worker->reads, NULL))) {
        if (request->kind == REQUEST_FETCH)
            answer_fetch(worker, request);
        else
            answer_query(worker, request);
        request_free(request);
    }
}

/* ---- in general ---- */

/* When the first that waits wants to be committed. */
static int64_t due(const struct worker *worker)
{
    int64_t due_ns = worker->delivered.first ? worker->delivered.first->due_ns : INT64_MAX;

    for (const struct request *r = worker->writes.first; r; r = r->next)
        due_ns = MIN(due_ns, r->due_ns);
    return due_ns;
}

static bool commit_due(const struct worker *worker, int64_t now_ns)
{
    return worker->probing ||
           (worker_waiting(worker) > 0 && (worker->reads.count > 0 || due(worker) <= now_ns));
}

/* Old rows go, in a transaction that is seldom and small. */
static void keep_house(struct worker *worker, int64_t now_ns, int64_t wall_us)
{
    bool expire = now_ns >= worker->expire_ns && wall_us > 0 && worker->params.retention_days > 0;
    unsigned dropped = 0;

    if (worker->book.state != BOOK_OPEN || now_ns < worker->trim_ns)
        return;
    worker->trim_ns = now_ns + TRIM_EVERY_NS;
    if (expire)
        worker->expire_ns = now_ns + EXPIRE_EVERY_NS;
    int rc = book_begin(&worker->book, false);
    if (rc == SQLITE_OK)
        rc = trim_outbox(worker, now_ns, wall_us, &dropped);
    if (rc == SQLITE_OK && expire)
        rc = diary_expire(worker->book.diary, wall_us - worker->params.retention_days * INT64_C(86400000000));
    if (book_end(&worker->book, rc, now_ns))
        report_losses(worker, dropped, now_ns);
}

static int64_t next_deadline(const struct worker *worker)
{
    if (worker->book.state != BOOK_OPEN)
        return worker->book.retry_ns;
    return MIN(worker->trim_ns, due(worker));
}

static void work(struct worker *worker, int64_t now_ns, int64_t wall_us, bool everything)
{
    if ((worker->book.state == BOOK_CLOSED || worker->book.state == BOOK_FROZEN) &&
        (now_ns >= worker->book.retry_ns || everything))
        book_open(&worker->book, now_ns);
    if (worker->book.state == BOOK_FAILING && (now_ns >= worker->book.retry_ns || everything))
        commit(worker, now_ns, wall_us);
    else if (worker->book.state == BOOK_OPEN &&
             (commit_due(worker, now_ns) || (everything && worker_waiting(worker) > 0)))
        commit(worker, now_ns, wall_us);
    answer_reads(worker);
}

int64_t worker_work(struct worker *worker, int64_t now_ns, int64_t wall_us)
{
    work(worker, now_ns, wall_us, false);
    keep_house(worker, now_ns, wall_us);
    return next_deadline(worker);
}

void worker_flush(struct worker *worker, int64_t now_ns, int64_t wall_us)
{
    work(worker, now_ns, wall_us, true);
}

unsigned worker_waiting(const struct worker *worker)
{
    return worker->writes.count + worker->delivered.count;
}

void worker_probe(struct worker *worker)
{
    worker->probing = true;
}

uint64_t worker_flushes(const struct worker *worker)
{
    return worker->flushes;
}

uint64_t worker_lost(const struct worker *worker)
{
    return worker->lost;
}

struct worker *worker_new(const struct store_params *params, const char *directory, int lock_fd,
                          notice_sink sink, void *context)
{
    struct worker *worker = calloc(1, sizeof(*worker));

    if (!worker)
        return NULL;
    worker->params = *params;
    book_init(&worker->book, params, directory, lock_fd, sink, context);
    worker->lost_limit = worker->dropped_limit = worker->bug_limit =
        (struct log_limit){.interval_ns = 600 * NSEC_PER_SEC, .burst = 1};
    return worker;
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    book_done(&worker->book);
    request_list_clear(&worker->writes);
    request_list_clear(&worker->delivered);
    request_list_clear(&worker->reads);
    free(worker);
}
