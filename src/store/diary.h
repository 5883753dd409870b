/* SPDX-License-Identifier: MIT */
/*
 * The diary's rows: events in, JSON out. Knows the tables, not the file, not the thread. Whoever calls the
 * writing functions has a transaction open.
 */
#pragma once

#include "base/entry.h"
#include "base/event.h"
#include "base/macros.h"
#include "store/sql.h"

struct diary;

/* Prepares everything on an up-to-date database. SQLite result code; *diary is NULL unless SQLITE_OK. */
int diary_open(sqlite3 *db, struct diary **diary);
void diary_close(struct diary *diary);
DEFINE_CLEANUP(struct diary *, diary_close);

/* Begins a run of the daemon: takes the next number, and closes what a run that died left open (nobody knows
   how those episodes ended). If this file knows run `before` already, it is gone on with: the file was only
   away for a while. before 0: none. */
int diary_begin_run(struct diary *diary, int64_t before);
/* What the run before left open, told one by one; wall_us of the onset, 0 where nobody knows it. */
struct diary_unfinished {
    const char *id, *leg, *muscle; /* leg and muscle may be NULL */
    int64_t wall_us;
};
int diary_unfinished(struct diary *diary, void (*tell)(void *context, const struct diary_unfinished *episode),
                     void *context);
/* The last cramp there is; not told if there is none. */
struct diary_last_cramp {
    const char *id, *leg, *muscle, *relief; /* all but id may be NULL */
    int64_t wall_us;                        /* of the onset, 0 where nobody knows it */
    double duration_s, peak_ratio;          /* NAN where nobody knows */
};
int diary_last_cramp(struct diary *diary, void (*tell)(void *context, const struct diary_last_cramp *cramp),
                     void *context);
/* For a file that can only be read. */
void diary_assume_run(struct diary *diary, int64_t run);
/* The number, 0 before diary_begin_run(). */
int64_t diary_run(const struct diary *diary);

/* Once per seq of a run, also if it is told again: a commit that failed while flushing may be on the disk
   all the same. */
int diary_event(struct diary *diary, const struct event *event, const struct stamp *stamp);

/* The night's figures up to tonight->end_ns; stamp->wall_us is the wall time then. */
int diary_night_progress(struct diary *diary, const struct night_counts *tonight, const struct stamp *stamp);

/* Rows of that boot from before the clock was right get their time. */
int diary_redate(struct diary *diary, const char *boot_id, int64_t wall_minus_mono_us);

/* Forgets what is older than horizon_wall_us; undated rows go with the runs around them. */
int diary_expire(struct diary *diary, int64_t horizon_wall_us);

/* Small numbers that outlive the run, see META_* for the keys. */
#define META_MUTED_UNTIL "muted_until_wall_us"
#define META_DROPPED     "outbox_dropped"
int diary_set_meta(struct diary *diary, const char *key, int64_t value);
int diary_get_meta(struct diary *diary, const char *key, int64_t *value);

/* What the home has set, by its name; value -1: nothing (any more). */
int diary_set_preference(struct diary *diary, enum preference preference, int value);
int diary_get_preference(struct diary *diary, enum preference preference, int *value);

/* What a person tells, at t_ns. */
int diary_entry(struct diary *diary, const struct entry *entry, int64_t t_ns, const struct stamp *stamp);

/* What the owner taught the detector of one muscle; the last time only. */
struct diary_calibration {
    enum leg leg;
    enum muscle muscle;
    double rest_uv; /* NAN: to be forgotten */
    double firm_uv; /* NAN: not known */
    /* Only read: */
    int64_t wall_us;     /* when; 0: nobody knows */
    int64_t made_ns;     /* the same, monotonic ... */
    const char *boot_id; /* ... in this boot */
};
int diary_set_calibration(struct diary *diary, const struct diary_calibration *calibration, int64_t made_ns,
                          const struct stamp *stamp);
int diary_calibrations(struct diary *diary,
                       void (*tell)(void *context, const struct diary_calibration *calibration),
                       void *context);

/* Times are ISO 8601 UTC; null when they did not happen or the clock was never right, and then start_unsure
   is what the clock showed. what: "episodes", "nights", "faults", "entries"; newest first; limit 0: as many
   as DIARY_READ_MAX. *json is to be freed. SQLITE_NOTFOUND for another word, SQLITE_NOMEM. */
#define DIARY_READ_MAX 1000
int diary_read(struct diary *diary, const char *what, unsigned limit, char **json);
