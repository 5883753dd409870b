/* SPDX-License-Identifier: MIT */
/*
 * The diary's file as it is right now: open or not, and what is wrong with it. Opens it, tells of its faults,
 * moves it aside when it is corrupt and begins another. Used by the worker only.
 *
 *   OPEN     written and read
 *   FAILING  open, but the last commit did not go through (full, locked): worth another try after retry_ns
 *   FROZEN   can not be written, was opened as it lies there: it can be read
 *   CLOSED   not there
 *
 * In every state but OPEN a fault has been told.
 */
#pragma once

#include "base/macros.h"
#include "store/diary.h"
#include "store/outbox.h"
#include "store/store.h"

#include <limits.h>

/* Takes notice->text over. */
typedef void (*notice_sink)(void *context, struct store_notice *notice);

enum book_state {
    BOOK_CLOSED,
    BOOK_FROZEN,
    BOOK_FAILING,
    BOOK_OPEN,
};

struct book {
    enum book_state state;
    struct diary *diary;   /* NULL in CLOSED */
    struct outbox *outbox; /* NULL in CLOSED and FROZEN */
    int64_t retry_ns;      /* when to try again, in every state but OPEN */

    /* its own affairs */
    struct outbox_limits limits;
    char directory[PATH_MAX], path[PATH_MAX];
    int lock_fd;
    sqlite3 *db;
    int64_t run; /* in the file; 0 = not begun yet */
    notice_sink sink;
    void *context;
    bool mute_told, last_told, preferences_told, calibrations_told, unfinished_told, faulty;
    enum fault_reason fault;
    int64_t back_off_ns;
};

/* lock_fd: what directory_lock() gave; if negative it is tried again before each opening. */
void book_init(struct book *book, const struct store_params *params, const char *directory, int lock_fd,
               notice_sink sink, void *context);
void book_done(struct book *book);

/* CLOSED, FROZEN: tries to open for writing. */
void book_open(struct book *book, int64_t now_ns);

/* OPEN, FAILING: a transaction. book_end() commits if everything in between went well (rc is SQLITE_OK) and
   takes it back otherwise; whatever failed is told and the state says how to go on. True: it is on the disk.
 */
int book_begin(struct book *book, bool durable);
bool book_end(struct book *book, int rc, int64_t now_ns);

/* What SQLite said last. */
const char *book_error(const struct book *book);

void book_tell(struct book *book, struct store_notice notice);
