/* SPDX-License-Identifier: MIT */
#include "store/worker.h"

#include "base/log.h"
#include "store/database.h"
#include "store/diary.h"
#include "store/directory.h"
#include "store/outbox.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The states of the file, in the order of hope:
 *
 *   OPEN     written and read
 *   FAILING  open, but the last commit did not go through (full, locked): tried again after a back-off
 *   FROZEN   can not be written, was opened as it lies there: queries are answered
 *   CLOSED   not there: queries are answered with an error
 *
 * In every state but OPEN a fault has been told. What is to be written waits in `writes` meanwhile. A file
 * that is corrupt is moved aside in any state, and a new one begun.
 */
enum worker_state {
    WORKER_CLOSED,
    WORKER_FROZEN,
    WORKER_FAILING,
    WORKER_OPEN,
};

#define BACK_OFF_FIRST_NS (NSEC_PER_SEC / 2)
#define BACK_OFF_LAST_NS  (60 * NSEC_PER_SEC)
#define SOON_NS           NSEC_PER_SEC
#define TRIM_EVERY_NS     (600 * NSEC_PER_SEC)
#define EXPIRE_EVERY_NS   (24 * 3600 * NSEC_PER_SEC)
#define WRITES_MAX        (STORE_BACKLOG / 2) /* the other half is the ring's */
#define READS_MAX         64

struct worker {
    struct store_params params;
    char directory[PATH_MAX];
    char path[PATH_MAX];
    int lock_fd;
    notice_sink sink;
    void *context;

    enum worker_state state;
    sqlite3 *db;
    struct diary *diary;
    struct outbox *outbox; /* NULL in FROZEN */
    bool mute_told;

    bool faulty;
    enum fault_reason fault;
    int64_t retry_ns, back_off_ns;

    struct request_list writes, reads;
    uint64_t lost;
    uint64_t lost_said;
    struct log_limit lost_limit, dropped_limit, bug_limit;
    int64_t trim_ns, expire_ns;
};

/* ---- what is told ---- */

static void tell(struct worker *worker, struct store_notice notice)
{
    worker->sink(worker->context, &notice);
}

static char *say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *say(const char *format, ...)
{
    char *text = NULL;
    va_list ap;

    va_start(ap, format);
    if (vasprintf(&text, format, ap) < 0)
        text = NULL;
    va_end(ap);
    return text;
}

static void clear_fault(struct worker *worker)
{
    worker->back_off_ns = 0;
    if (!worker->faulty)
        return;
    worker->faulty = false;
    tell(worker, (struct store_notice){.kind = STORE_RECOVERED, .reason = worker->fault});
}

/* Takes text over. Says a fault once, not once per attempt. */
static void declare_fault(struct worker *worker, enum fault_reason reason, char *text, int64_t now_ns)
{
    worker->back_off_ns = worker->back_off_ns == 0 ? BACK_OFF_FIRST_NS
                                                   : MIN(worker->back_off_ns * 2, (int64_t)BACK_OFF_LAST_NS);
    worker->retry_ns = now_ns + worker->back_off_ns;
    if (worker->faulty && worker->fault == reason) {
        free(text);
        return;
    }
    if (worker->faulty)
        tell(worker, (struct store_notice){.kind = STORE_RECOVERED, .reason = worker->fault});
    worker->faulty = true;
    worker->fault = reason;
    tell(worker, (struct store_notice){.kind = STORE_FAULT, .reason = reason, .text = text});
}

/* ---- opening and closing ---- */

static void close_database(struct worker *worker)
{
    outbox_close(worker->outbox);
    worker->outbox = NULL;
    diary_close(worker->diary);
    worker->diary = NULL;
    sqlite3_close(worker->db);
    worker->db = NULL;
    worker->state = WORKER_CLOSED;
}

static int begin_run(struct worker *worker)
{
    const struct outbox_limits limits = {worker->params.outbox_max_rows, worker->params.outbox_max_age_h};
    int rc = sql_exec(worker->db, "BEGIN IMMEDIATE");

    if (rc == SQLITE_OK)
        rc = diary_begin_run(worker->diary);
    if (rc == SQLITE_OK)
        rc = sql_exec(worker->db, "COMMIT");
    if (rc == SQLITE_OK)
        rc = outbox_open(worker->db, &limits, diary_run(worker->diary), &worker->outbox);
    return rc;
}

static void tell_mute(struct worker *worker)
{
    int64_t until = 0;

    if (worker->mute_told || diary_get_meta(worker->diary, META_MUTED_UNTIL, &until) != SQLITE_OK)
        return;
    worker->mute_told = true;
    if (until > 0)
        tell(worker, (struct store_notice){.kind = STORE_MUTE, .wall_us = until});
}

static int open_database(struct worker *worker, char error[256])
{
    int rc = database_open(worker->path, &worker->db, error);

    if (rc != SQLITE_OK)
        return rc;
    rc = diary_open(worker->db, &worker->diary);
    if (rc == SQLITE_OK)
        rc = begin_run(worker);
    if (rc != SQLITE_OK) {
        snprintf(error, 256, "%s", sqlite3_errmsg(worker->db));
        /* Keeps the class before the handle goes. */
        if (database_is_storage(rc) && database_reason(rc, database_errno(worker->db)) == FAULT_FULL)
            rc = SQLITE_FULL;
        close_database(worker);
        return rc;
    }
    worker->state = WORKER_OPEN;
    tell_mute(worker);
    return SQLITE_OK;
}

static void open_frozen(struct worker *worker)
{
    if (database_open_frozen(worker->path, &worker->db) != SQLITE_OK)
        return;
    if (diary_open(worker->db, &worker->diary) != SQLITE_OK) {
        close_database(worker);
        return;
    }
    worker->state = WORKER_FROZEN;
    tell_mute(worker);
}

/* The file is no use: out of the way with it, and again from the beginning. */
static void set_aside(struct worker *worker, const char *error, int64_t now_ns)
{
    char aside[PATH_MAX];
    char *text;

    close_database(worker);
    int failed = database_set_aside(worker->path, aside);
    if (failed < 0) {
        text = say("%s can not be used (%s) and can not be moved aside: %s", worker->path, error,
                   strerror(-failed));
        declare_fault(worker, failed == -EROFS || failed == -EACCES ? FAULT_READ_ONLY : FAULT_CORRUPT, text,
                      now_ns);
        return;
    }
    text = say("%s can not be used: %s; kept as %s, a new one is begun", worker->path, error, aside);
    declare_fault(worker, FAULT_CORRUPT, text, now_ns);
}

static void handle_failure(struct worker *worker, int rc, int system_errno, const char *error, int64_t now_ns)
{
    enum fault_reason reason = database_reason(rc, system_errno);

    if (database_is_corrupt(rc)) {
        set_aside(worker, error, now_ns);
        return;
    }
    if (reason == FAULT_READ_ONLY || (rc & 0xff) == SQLITE_IOERR)
        close_database(worker);
    else if (worker->state == WORKER_OPEN)
        worker->state = WORKER_FAILING;
    declare_fault(worker, reason,
                  say("%s: %s; new entries wait in memory",
                      worker->state == WORKER_CLOSED ? worker->directory : worker->path, error),
                  now_ns);
    if (reason == FAULT_READ_ONLY && worker->state == WORKER_CLOSED)
        open_frozen(worker);
}

static bool have_lock(struct worker *worker, int64_t now_ns)
{
    if (worker->lock_fd < 0)
        worker->lock_fd = directory_lock(worker->directory);
    if (worker->lock_fd >= 0)
        return true;
    int error = -worker->lock_fd;
    declare_fault(worker, error == ENOSPC || error == EDQUOT ? FAULT_FULL : FAULT_READ_ONLY,
                  say("%s: %s; new entries wait in memory", worker->directory,
                      error == EBUSY ? "another crampd uses it" : strerror(error)),
                  now_ns);
    if (error != EBUSY && worker->state == WORKER_CLOSED)
        open_frozen(worker);
    return false;
}

static void try_to_open(struct worker *worker, int64_t now_ns)
{
    char error[256] = "";

    if (!have_lock(worker, now_ns))
        return;
    if (worker->state == WORKER_FROZEN)
        close_database(worker);
    int rc = open_database(worker, error);
    if (rc != SQLITE_OK && database_is_corrupt(rc)) {
        set_aside(worker, error, now_ns);
        rc = open_database(worker, error);
    }
    if (rc == SQLITE_OK)
        clear_fault(worker);
    else
        handle_failure(worker, rc, 0, error, now_ns);
}

/* ---- taking requests ---- */

/* How long a request may wait for company, and whether it must survive a power cut from then on. */
static void set_urgency(const struct worker *worker, struct request *request, int64_t now_ns)
{
    int64_t batch_ns = s_to_ns(worker->params.batch_s);
    bool in_outbox = false;

    request->due_ns = now_ns;
    request->durable = true;
    switch (request->kind) {
    case REQUEST_EVENT:
        in_outbox = request->event.payload != NULL;
        switch (request->event.event.kind) {
        case EVENT_CRAMP_START:
        case EVENT_CRAMP_END:
        case EVENT_FAULT:
        case EVENT_FAULT_CLEARED:
        case EVENT_NIGHT_SUMMARY: return;
        case EVENT_DISMISSED: break;
        default:
            if (in_outbox)
                return;
            request->due_ns = now_ns + SOON_NS;
            request->durable = false;
            return;
        }
        break;
    case REQUEST_MUTE: return;
    case REQUEST_DELIVERED:
    case REQUEST_REDATE:
        request->due_ns = now_ns + SOON_NS;
        request->durable = false;
        return;
    default: break;
    }
    request->due_ns = now_ns + batch_ns;
    request->durable = false;
}

/* Delivered before it was ever written: no row need be made and none deleted. */
static bool cancel_delivery(struct worker *worker, uint64_t token)
{
    for (struct request *r = worker->writes.first; r; r = r->next)
        if (r->kind == REQUEST_EVENT && r->event.payload && r->event.event.seq == token) {
            free(r->event.payload);
            r->event.payload = NULL;
            return true;
        }
    return false;
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

static void make_room(struct worker *worker)
{
    struct request *before = NULL;

    if (worker->writes.count < WRITES_MAX)
        return;
    for (struct request *r = worker->writes.first; r && r->durable; r = r->next)
        before = r;
    if (!before || !before->next)
        before = NULL;
    request_free(request_list_take(&worker->writes, before));
    worker->lost++;
}

void worker_take(struct worker *worker, struct request *request, int64_t now_ns)
{
    if (request->kind == REQUEST_FETCH || request->kind == REQUEST_QUERY) {
        request_list_append(&worker->reads, request);
        return;
    }
    if ((request->kind == REQUEST_DELIVERED && cancel_delivery(worker, request->delivered)) ||
        (request->kind == REQUEST_PROGRESS && replace_progress(worker, request))) {
        request_free(request);
        return;
    }
    set_urgency(worker, request, now_ns);
    make_room(worker);
    request_list_append(&worker->writes, request);
}

/* ---- writing ---- */

static int write_delivered(struct worker *worker, uint64_t token)
{
    if (token & STORE_TOKEN_ROW)
        return outbox_delivered_row(worker->outbox, (int64_t)(token & ~STORE_TOKEN_ROW));
    return outbox_delivered_seq(worker->outbox, token);
}

static int write_request(struct worker *worker, const struct request *request)
{
    int rc;

    switch (request->kind) {
    case REQUEST_EVENT:
        rc = diary_event(worker->diary, &request->event.event, &request->stamp);
        if (rc == SQLITE_OK && request->event.payload)
            rc = outbox_add(worker->outbox, &request->event.event, &request->stamp, request->event.payload);
        return rc;
    case REQUEST_PROGRESS: return diary_night_progress(worker->diary, &request->progress, &request->stamp);
    case REQUEST_DELIVERED: return write_delivered(worker, request->delivered);
    case REQUEST_REDATE:
        rc = diary_redate(worker->diary, request->stamp.boot_id, request->wall_minus_mono_us);
        if (rc == SQLITE_OK)
            rc = outbox_redate(worker->outbox, request->stamp.boot_id, request->wall_minus_mono_us);
        return rc;
    case REQUEST_MUTE: return diary_set_meta(worker->diary, META_MUTED_UNTIL, request->muted_until_wall_us);
    case REQUEST_FETCH:
    case REQUEST_QUERY: break;
    }
    return SQLITE_OK;
}

/* A request SQLite will never take may not hold up the others. */
static int write_requests(struct worker *worker, int64_t now_ns)
{
    for (struct request *r = worker->writes.first; r; r = r->next) {
        int rc = write_request(worker, r);
        if (rc == SQLITE_OK)
            continue;
        if (database_is_storage(rc))
            return rc;
        if (log_allowed(&worker->bug_limit, now_ns, NULL))
            log_error(LOG_BUG, "diary refuses a request of kind %d: %s", (int)r->kind,
                      sqlite3_errmsg(worker->db));
    }
    return SQLITE_OK;
}

static int write_dropped(struct worker *worker, unsigned dropped)
{
    int64_t total = 0;
    int rc = diary_get_meta(worker->diary, META_DROPPED, &total);

    return rc == SQLITE_OK ? diary_set_meta(worker->diary, META_DROPPED, total + dropped) : rc;
}

static int write_transaction(struct worker *worker, int64_t now_ns, int64_t wall_us, unsigned *dropped)
{
    bool durable = false;

    for (struct request *r = worker->writes.first; r; r = r->next)
        durable = durable || r->durable;
    int rc = database_set_durable(worker->db, durable);
    if (rc == SQLITE_OK)
        rc = sql_exec(worker->db, "BEGIN IMMEDIATE");
    if (rc == SQLITE_OK)
        rc = write_requests(worker, now_ns);
    if (rc == SQLITE_OK)
        rc = outbox_trim(worker->outbox, now_ns, wall_us, dropped);
    if (rc == SQLITE_OK && *dropped > 0)
        rc = write_dropped(worker, *dropped);
    return rc == SQLITE_OK ? sql_exec(worker->db, "COMMIT") : rc;
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

static void commit(struct worker *worker, int64_t now_ns, int64_t wall_us)
{
    unsigned dropped = 0;
    int rc = write_transaction(worker, now_ns, wall_us, &dropped);

    if (rc == SQLITE_OK) {
        request_list_clear(&worker->writes);
        worker->state = WORKER_OPEN;
        clear_fault(worker);
        report_losses(worker, dropped, now_ns);
        return;
    }
    int system_errno = database_errno(worker->db);
    char error[256];
    snprintf(error, sizeof(error), "%s", sqlite3_errmsg(worker->db));
    if (!sqlite3_get_autocommit(worker->db))
        sql_exec(worker->db, "ROLLBACK");
    outbox_forget_count(worker->outbox);
    handle_failure(worker, rc, system_errno, error, now_ns);
}

/* ---- answering ---- */

struct fetched {
    struct worker *worker;
    uint64_t count;
};

static void tell_outbox(struct fetched *fetched, uint64_t token, const char *payload)
{
    char *text = strdup(payload);

    if (!text)
        return;
    fetched->count++;
    tell(fetched->worker, (struct store_notice){.kind = STORE_OUTBOX, .token = token, .text = text});
}

static void tell_outbox_row(void *context, int64_t row, const char *payload)
{
    tell_outbox(context, STORE_TOKEN_ROW | (uint64_t)row, payload);
}

/* Rows first, then what waits in memory because it could not be written: a dead disk keeps nothing from the
   broker. */
static void answer_fetch(struct worker *worker, const struct request *request)
{
    uint64_t after = request->fetch.after_token;
    bool after_row = (after & STORE_TOKEN_ROW) != 0;
    struct fetched fetched = {.worker = worker};

    if (worker->outbox && (after == 0 || after_row))
        outbox_fetch(worker->outbox, request->fetch.limit, request->fetch.below_seq,
                     after_row ? (int64_t)(after & ~STORE_TOKEN_ROW) : 0, tell_outbox_row, &fetched);
    for (struct request *r = worker->writes.first; r && fetched.count < request->fetch.limit; r = r->next)
        if (r->kind == REQUEST_EVENT && r->event.payload && r->event.event.seq < request->fetch.below_seq &&
            (after_row || r->event.event.seq > after))
            tell_outbox(&fetched, r->event.event.seq, r->event.payload);
    tell(worker, (struct store_notice){.kind = STORE_OUTBOX_END, .token = fetched.count});
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

static void answer_query(struct worker *worker, const struct request *request)
{
    struct store_notice notice = {.kind = STORE_ANSWER, .token = request->query.token, .error = -EIO};

    if (worker->diary)
        notice.error =
            read_error(diary_read(worker->diary, request->query.what, request->query.limit, &notice.text));
    tell(worker, notice);
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

static bool commit_due(const struct worker *worker, int64_t now_ns)
{
    if (worker->writes.count == 0)
        return false;
    if (worker->reads.count > 0)
        return true;
    for (const struct request *r = worker->writes.first; r; r = r->next)
        if (r->due_ns <= now_ns)
            return true;
    return false;
}

/* Old rows go, in a transaction that is seldom and small. */
static void keep_house(struct worker *worker, int64_t now_ns, int64_t wall_us)
{
    bool trim = now_ns >= worker->trim_ns, expire = now_ns >= worker->expire_ns;
    unsigned dropped = 0;
    int rc = SQLITE_OK;

    if (!trim || worker->state != WORKER_OPEN)
        return;
    worker->trim_ns = now_ns + TRIM_EVERY_NS;
    if (expire && wall_us > 0)
        worker->expire_ns = now_ns + EXPIRE_EVERY_NS;
    rc = sql_exec(worker->db, "BEGIN IMMEDIATE");
    if (rc == SQLITE_OK)
        rc = outbox_trim(worker->outbox, now_ns, wall_us, &dropped);
    if (rc == SQLITE_OK && dropped > 0)
        rc = write_dropped(worker, dropped);
    if (rc == SQLITE_OK && expire && wall_us > 0 && worker->params.retention_days > 0)
        rc = diary_expire(worker->diary, wall_us - worker->params.retention_days * INT64_C(86400000000));
    if (rc == SQLITE_OK)
        rc = sql_exec(worker->db, "COMMIT");
    if (rc == SQLITE_OK) {
        report_losses(worker, dropped, now_ns);
        return;
    }
    if (!sqlite3_get_autocommit(worker->db))
        sql_exec(worker->db, "ROLLBACK");
    outbox_forget_count(worker->outbox);
}

static int64_t next_deadline(const struct worker *worker)
{
    int64_t next = worker->state == WORKER_OPEN ? worker->trim_ns : worker->retry_ns;

    if (worker->state == WORKER_OPEN)
        for (const struct request *r = worker->writes.first; r; r = r->next)
            next = MIN(next, r->due_ns);
    return next;
}

static void work(struct worker *worker, int64_t now_ns, int64_t wall_us, bool everything)
{
    if ((worker->state == WORKER_CLOSED || worker->state == WORKER_FROZEN) &&
        (now_ns >= worker->retry_ns || everything))
        try_to_open(worker, now_ns);
    if (worker->state == WORKER_FAILING && (now_ns >= worker->retry_ns || everything))
        commit(worker, now_ns, wall_us);
    else if (worker->state == WORKER_OPEN &&
             (commit_due(worker, now_ns) || (everything && worker->writes.count > 0)))
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
    return worker->writes.count;
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
    worker->lock_fd = lock_fd;
    worker->sink = sink;
    worker->context = context;
    worker->retry_ns = INT64_MIN;
    worker->lost_limit = worker->dropped_limit = worker->bug_limit =
        (struct log_limit){.interval_ns = 600 * NSEC_PER_SEC, .burst = 1};
    snprintf(worker->directory, sizeof(worker->directory), "%s", directory);
    snprintf(worker->path, sizeof(worker->path), "%.*s/" DATABASE_NAME, PATH_MAX - 16, directory);
    return worker;
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    close_database(worker);
    request_list_clear(&worker->writes);
    request_list_clear(&worker->reads);
    if (worker->lock_fd >= 0)
        close(worker->lock_fd);
    free(worker);
}
