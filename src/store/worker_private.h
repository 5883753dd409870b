/* SPDX-License-Identifier: MIT */
/* What the files of the worker share: worker.c (writing, and when), worker_take.c (what waits to be written),
   worker_answer.c (reading). */
#pragma once

#include "base/log.h"
#include "store/worker.h"

#define WRITES_MAX (STORE_BACKLOG / 2) /* the other half is the ring's */

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

/* A row has an id, everything else is known by its seq. */
static inline bool names_row(uint64_t token)
{
    return (token & TOKEN_BITS) == STORE_TOKEN_ROW;
}

/* worker_take.c */

/* How long a request may wait for company. */
enum urgency {
    URGENCY_BATCH, /* until the next batch */
    URGENCY_SOON,  /* a second */
    URGENCY_NOW,   /* not at all, and it must survive a power cut from then on */
};

enum urgency worker_urgency(const struct request *request);
/* The event of that seq that waits to become a row, or NULL. */
struct request *worker_find_waiting(struct worker *worker, uint64_t seq);

/* worker_answer.c */

/* All that was asked. */
void worker_answer(struct worker *worker);
