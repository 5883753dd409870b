/* SPDX-License-Identifier: MIT */
/* Answers to what was asked: undelivered events and the diary, from the file and from what waits for it. */
#include "store/worker_private.h"

#include <errno.h>
#include <string.h>

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

    if (!row_is_delivered(worker, row, seq) && !(seq != 0 && worker_find_waiting(worker, seq)))
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

void worker_answer(struct worker *worker)
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
