/* SPDX-License-Identifier: MIT */
#include "store/book.h"

#include "store/database.h"
#include "store/directory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BACK_OFF_FIRST_NS (NSEC_PER_SEC / 2)
#define BACK_OFF_LAST_NS  (60 * NSEC_PER_SEC)

void book_tell(struct book *book, struct store_notice notice)
{
    book->sink(book->context, &notice);
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

static void clear_fault(struct book *book)
{
    book->back_off_ns = 0;
    if (!book->faulty)
        return;
    book->faulty = false;
    book_tell(book, (struct store_notice){.kind = STORE_RECOVERED, .reason = book->fault});
}

/* Takes text over. Says a fault once, not once per attempt. */
static void declare_fault(struct book *book, enum fault_reason reason, char *text, int64_t now_ns)
{
    book->back_off_ns =
        book->back_off_ns == 0 ? BACK_OFF_FIRST_NS : MIN(book->back_off_ns * 2, (int64_t)BACK_OFF_LAST_NS);
    book->retry_ns = now_ns + book->back_off_ns;
    if (book->faulty && book->fault == reason) {
        free(text);
        return;
    }
    if (book->faulty)
        book_tell(book, (struct store_notice){.kind = STORE_RECOVERED, .reason = book->fault});
    book->faulty = true;
    book->fault = reason;
    book_tell(book, (struct store_notice){.kind = STORE_FAULT, .reason = reason, .text = text});
}

static void close_database(struct book *book)
{
    outbox_close(book->outbox);
    book->outbox = NULL;
    diary_close(book->diary);
    book->diary = NULL;
    sqlite3_close(book->db);
    book->db = NULL;
    book->state = BOOK_CLOSED;
}

/* Flushes, as the commits to come will: a disk that can be read but not flushed has not recovered. */
static int begin_run(struct book *book)
{
    int rc = book_begin(book, true);

    if (rc == SQLITE_OK)
        rc = diary_begin_run(book->diary, book->run);
    if (rc == SQLITE_OK)
        rc = sql_exec(book->db, "COMMIT");
    if (rc == SQLITE_OK)
        rc = outbox_open(book->db, &book->limits, diary_run(book->diary), &book->outbox);
    return rc;
}

static void tell_mute(struct book *book)
{
    int64_t until = 0;

    if (book->mute_told || diary_get_meta(book->diary, META_MUTED_UNTIL, &until) != SQLITE_OK)
        return;
    book->mute_told = true;
    if (until > 0)
        book_tell(book, (struct store_notice){.kind = STORE_MUTE, .wall_us = until});
}

static void tell_preferences(struct book *book)
{
    for (int i = 0; i < (int)preference_count && !book->preferences_told; i++) {
        struct store_notice notice = {.kind = STORE_PREFERENCE, .preference = (enum preference)i};
        if (diary_get_preference(book->diary, notice.preference, &notice.value) != SQLITE_OK)
            return;
        book_tell(book, notice);
    }
    book->preferences_told = true;
}

static void tell_calibration(void *context, const struct diary_calibration *calibration)
{
    book_tell(context,
              (struct store_notice){.kind = STORE_CALIBRATION,
                                    .has_site = true,
                                    .leg = calibration->leg,
                                    .muscle = calibration->muscle,
                                    .rest_uv = calibration->rest_uv,
                                    .firm_uv = calibration->firm_uv,
                                    .wall_us = calibration->wall_us,
                                    .t_ns = calibration->made_ns,
                                    .text = say("%s", calibration->boot_id ? calibration->boot_id : "")});
}

static void tell_calibrations(struct book *book)
{
    if (!book->calibrations_told && diary_calibrations(book->diary, tell_calibration, book) == SQLITE_OK)
        book->calibrations_told = true;
}

/* leg and muscle may be NULL */
static void set_site(struct store_notice *notice, const char *leg_word, const char *muscle_word)
{
    int leg = leg_word ? leg_from_name(leg_word) : -EINVAL;
    int muscle = muscle_word ? muscle_from_name(muscle_word) : -EINVAL;

    notice->has_site = leg >= 0 && muscle >= 0;
    notice->leg = leg >= 0 ? (enum leg)leg : LEG_LEFT;
    notice->muscle = muscle >= 0 ? (enum muscle)muscle : MUSCLE_GASTROCNEMIUS;
}

static void tell_cramp(void *context, const struct diary_last_cramp *cramp)
{
    int relief = cramp->relief ? relief_from_name(cramp->relief) : -EINVAL;
    struct store_notice notice = {.kind = STORE_LAST_CRAMP,
                                  .text = say("%s", cramp->id),
                                  .wall_us = cramp->wall_us,
                                  .duration_s = cramp->duration_s,
                                  .peak_ratio = cramp->peak_ratio,
                                  .relief = relief >= 0 ? (enum relief)relief : RELIEF_UNKNOWN};

    set_site(&notice, cramp->leg, cramp->muscle);
    book_tell(context, notice);
}

static void tell_last_cramp(struct book *book)
{
    if (!book->last_told && diary_last_cramp(book->diary, tell_cramp, book) == SQLITE_OK)
        book->last_told = true;
}

static void tell_episode(void *context, const struct diary_unfinished *episode)
{
    struct store_notice notice = {
        .kind = STORE_UNFINISHED, .text = say("%s", episode->id), .wall_us = episode->wall_us};

    set_site(&notice, episode->leg, episode->muscle);
    book_tell(context, notice);
}

/* Outside of the run that saw it begin, nobody would ever say that it is over. */
static void tell_unfinished(struct book *book)
{
    if (!book->unfinished_told && diary_unfinished(book->diary, tell_episode, book) == SQLITE_OK)
        book->unfinished_told = true;
}

static int open_database(struct book *book, char error[256])
{
    int rc = database_open(book->path, &book->db, error);

    if (rc != SQLITE_OK)
        return rc;
    rc = diary_open(book->db, &book->diary);
    if (rc == SQLITE_OK)
        rc = begin_run(book);
    if (rc != SQLITE_OK) {
        rc = database_failure(book->db, rc, error);
        close_database(book);
        return rc;
    }
    book->state = BOOK_OPEN;
    book->run = diary_run(book->diary);
    tell_mute(book);
    tell_preferences(book);
    tell_calibrations(book);
    tell_last_cramp(book);
    tell_unfinished(book);
    return SQLITE_OK;
}

static bool try_frozen(struct book *book, bool as_it_lies)
{
    if (database_open_frozen(book->path, as_it_lies, &book->db) != SQLITE_OK)
        return false;
    if (diary_open(book->db, &book->diary) == SQLITE_OK)
        return true;
    close_database(book);
    return false;
}

static void open_frozen(struct book *book)
{
    if (!try_frozen(book, false) && !try_frozen(book, true))
        return;
    book->state = BOOK_FROZEN;
    diary_assume_run(book->diary, book->run);
    tell_mute(book);
    tell_preferences(book);
    tell_calibrations(book);
    tell_last_cramp(book);
}

/* The file is no use: out of the way with it, and again from the beginning. */
static void set_aside(struct book *book, const char *error, int64_t now_ns)
{
    char aside[PATH_MAX];
    char *text;

    close_database(book);
    int failed = database_set_aside(book->path, aside);
    if (failed < 0) {
        text = say("%s can not be used (%s) and can not be moved aside: %s", book->path, error,
                   strerror(-failed));
        declare_fault(book, failed == -EROFS || failed == -EACCES ? FAULT_READ_ONLY : FAULT_CORRUPT, text,
                      now_ns);
        return;
    }
    text = say("%s can not be used: %s; kept as %s, a new one is begun", book->path, error, aside);
    declare_fault(book, FAULT_CORRUPT, text, now_ns);
}

static void handle_failure(struct book *book, int rc, int system_errno, const char *error, int64_t now_ns)
{
    enum fault_reason reason = database_reason(rc, system_errno);

    if (database_is_corrupt(rc)) {
        set_aside(book, error, now_ns);
        return;
    }
    if (reason == FAULT_READ_ONLY || (rc & 0xff) == SQLITE_IOERR)
        close_database(book);
    else if (book->state == BOOK_OPEN)
        book->state = BOOK_FAILING;
    declare_fault(book, reason,
                  say("%s: %s; new entries wait in memory",
                      book->state == BOOK_CLOSED ? book->directory : book->path, error),
                  now_ns);
    if (reason == FAULT_READ_ONLY && book->state == BOOK_CLOSED)
        open_frozen(book);
}

static bool have_lock(struct book *book, int64_t now_ns)
{
    if (book->lock_fd < 0)
        book->lock_fd = directory_lock(book->directory);
    if (book->lock_fd >= 0)
        return true;
    int error = -book->lock_fd;
    declare_fault(book, error == ENOSPC || error == EDQUOT ? FAULT_FULL : FAULT_READ_ONLY,
                  say("%s: %s; new entries wait in memory", book->directory,
                      error == EBUSY ? "another crampd uses it" : strerror(error)),
                  now_ns);
    if (error != EBUSY && book->state == BOOK_CLOSED)
        open_frozen(book);
    return false;
}

void book_open(struct book *book, int64_t now_ns)
{
    char error[256] = "";

    if (!have_lock(book, now_ns))
        return;
    if (book->state == BOOK_FROZEN)
        close_database(book);
    int rc = open_database(book, error);
    if (rc != SQLITE_OK && database_is_corrupt(rc)) {
        set_aside(book, error, now_ns);
        rc = open_database(book, error);
    }
    if (rc == SQLITE_OK)
        clear_fault(book);
    else
        handle_failure(book, rc, 0, error, now_ns);
}

int book_begin(struct book *book, bool durable)
{
    int rc = database_set_durable(book->db, durable);

    return rc == SQLITE_OK ? sql_exec(book->db, "BEGIN IMMEDIATE") : rc;
}

bool book_end(struct book *book, int rc, int64_t now_ns)
{
    char error[256];

    if (rc == SQLITE_OK)
        rc = sql_exec(book->db, "COMMIT");
    if (rc == SQLITE_OK) {
        /* A batch is minutes after the last one, and the kernel keeps the file's pages: a cache of our own
           would only fill page by page for weeks and look like a leak. */
        sqlite3_db_release_memory(book->db);
        book->state = BOOK_OPEN;
        clear_fault(book);
        return true;
    }
    int system_errno = database_errno(book->db);
    database_failure(book->db, rc, error);
    if (!sqlite3_get_autocommit(book->db))
        sql_exec(book->db, "ROLLBACK");
    outbox_forget_count(book->outbox);
    handle_failure(book, rc, system_errno, error, now_ns);
    return false;
}

const char *book_error(const struct book *book)
{
    return sqlite3_errmsg(book->db);
}

void book_init(struct book *book, const struct store_params *params, const char *directory, int lock_fd,
               notice_sink sink, void *context)
{
    memset(book, 0, sizeof(*book));
    book->limits = (struct outbox_limits){params->outbox_max_rows, params->outbox_max_age_h};
    snprintf(book->directory, sizeof(book->directory), "%s", directory);
    snprintf(book->path, sizeof(book->path), "%.*s/" DATABASE_NAME, PATH_MAX - 16, directory);
    book->lock_fd = lock_fd;
    book->retry_ns = INT64_MIN;
    book->sink = sink;
    book->context = context;
}

void book_done(struct book *book)
{
    close_database(book);
    if (book->lock_fd >= 0)
        close(book->lock_fd);
    book->lock_fd = -1;
}
