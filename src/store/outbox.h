/* SPDX-License-Identifier: MIT */
/*
 * Events the broker has not confirmed yet: rows from the moment they happen until they are delivered. Bounded
 * in rows and in age; what is dropped is counted. Writing functions run inside the caller's transaction.
 */
#pragma once

#include "base/event.h"
#include "base/macros.h"
#include "store/sql.h"

struct outbox;

struct outbox_limits {
    int max_rows;
    double max_age_h; /* 0 = as long as it takes */
};

int outbox_open(sqlite3 *db, const struct outbox_limits *limits, int64_t run, struct outbox **outbox);
void outbox_close(struct outbox *outbox);
DEFINE_CLEANUP(struct outbox *, outbox_close);

/* Once, also if it is added again: see diary_event(). */
int outbox_add(struct outbox *outbox, const struct event *event, const struct stamp *stamp,
               const char *payload);

/* Of this run. */
int outbox_delivered_seq(struct outbox *outbox, uint64_t seq);
int outbox_delivered_row(struct outbox *outbox, int64_t row);

/* Rows behind after_row, oldest first: of earlier runs, and of this one with seq < below_seq. */
/* seq: of this run, 0 = the row is of an earlier one. False: enough. */
typedef bool (*outbox_sink)(void *context, int64_t row, uint64_t seq, const char *payload);
int outbox_fetch(struct outbox *outbox, uint64_t below_seq, int64_t after_row, outbox_sink sink,
                 void *context);
/* The same, only of this run and with after_seq < seq. */
int outbox_fetch_run(struct outbox *outbox, uint64_t below_seq, uint64_t after_seq, outbox_sink sink,
                     void *context);

/* Corrects the rows and the times inside their payloads. */
int outbox_redate(struct outbox *outbox, const char *boot_id, int64_t wall_minus_mono_us);

/* Drops what is over the limits. now_wall_us: 0 = not known, then only this run's rows have an age. Adds what
   was dropped to *dropped. */
int outbox_trim(struct outbox *outbox, int64_t now_ns, int64_t now_wall_us, unsigned *dropped);

/* After a rollback: what was counted may not have happened. */
void outbox_forget_count(struct outbox *outbox);
