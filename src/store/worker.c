/* SPDX-License-Identifier: MIT */
#include "store/worker_private.h"

#include "store/database.h"

#include <stdlib.h>

#define TRIM_EVERY_NS   (600 * NSEC_PER_SEC)
#define EXPIRE_EVERY_NS (24 * 3600 * NSEC_PER_SEC)

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
    case REQUEST_ENTRY:
        return diary_entry(worker->book.diary, request->entry.entry, request->entry.t_ns, &request->stamp);
    case REQUEST_PREFERENCE:
        return diary_set_preference(worker->book.diary, request->preference.which, request->preference.value);
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
        if (r->durable || (worker_urgency(r) == URGENCY_BATCH && r->due_ns <= now_ns))
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
    worker_answer(worker);
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
