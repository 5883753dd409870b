/* SPDX-License-Identifier: MIT */
/*
 * What the store's thread does, without the thread: requests in, rows and notices out, time as an argument.
 * Decides when to commit, keeps what can not be written, gives up on a file and begins another.
 */
#pragma once

#include "base/macros.h"
#include "store/book.h"
#include "store/request.h"
#include "store/store.h"

struct worker;

/* lock_fd: what directory_lock() gave; if negative the worker tries again by itself. Owned by the worker. */
struct worker *worker_new(const struct store_params *params, const char *directory, int lock_fd,
                          notice_sink sink, void *context);
/* Writes what can still be written, then closes. */
void worker_free(struct worker *worker);
DEFINE_CLEANUP(struct worker *, worker_free);

/* Takes the request over. */
void worker_take(struct worker *worker, struct request *request, int64_t now_ns);

/* Does what is due. wall_us: wall time now, 0 when it can not be believed. Returns when to be called again.
 */
int64_t worker_work(struct worker *worker, int64_t now_ns, int64_t wall_us);

/* Commits everything now, due or not. */
void worker_flush(struct worker *worker, int64_t now_ns, int64_t wall_us);

/* Makes the next worker_work() write and flush something, to see how long the disk takes. */
void worker_probe(struct worker *worker);
/* How many commits have been flushed. */
uint64_t worker_flushes(const struct worker *worker);

/* Requests that wait to be written; requests given up for lack of memory to keep them in. */
unsigned worker_waiting(const struct worker *worker);
uint64_t worker_lost(const struct worker *worker);
