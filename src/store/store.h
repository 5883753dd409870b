/* SPDX-License-Identifier: MIT */
/*
 * The diary (SQLite) and the outbox, behind a thread of their own: a card may stall for seconds.
 * The loop puts requests into a ring and takes answers out of another.
 *
 * Episodes and faults are committed durably (WAL, synchronous=FULL), the rest in batches. A database that is
 * corrupt is moved aside (<name>.corrupt-<n>) and a new one begun; full, read-only or stalled storage is a
 * notice, and requests wait in memory up to STORE_BACKLOG before the oldest droppable ones are counted and
 * dropped. A second daemon on the same directory is refused (-EBUSY) by a lock file.
 */
#pragma once

#include "base/entry.h"
#include "base/event.h"
#include "base/macros.h"
#include "store/params.h"

#define STORE_BACKLOG 4096

struct store;

enum store_notice_kind {
    STORE_FAULT,      /* .reason: full, read_only, corrupt, stalled; .text says more, maybe later and again */
    STORE_RECOVERED,  /* of .reason: nothing is wrong any more, or a STORE_FAULT of another reason follows */
    STORE_OUTBOX,     /* one undelivered event: .fetch, .token, .text payload; answers store_fetch_outbox() */
    STORE_OUTBOX_END, /* no more of that .fetch; .token = how many came; .error: some could not be read now */
    STORE_ANSWER,     /* to store_query(): .token, .error, .text JSON */
    STORE_MUTE,       /* restored at start: .wall_us muted until */
    STORE_CALIBRATION, /* restored at start, one each: .leg, .muscle, .rest_uv, .firm_uv or NAN, .wall_us or
                          0; made at .t_ns of the boot .text */
    STORE_PREFERENCE,  /* restored at start, one each: .preference, .value or -1: as in the settings file */
    STORE_LAST_CRAMP,  /* told at start: .text id, .has_site, .leg, .muscle, .wall_us of its onset or 0,
                          .duration_s, .peak_ratio (NAN: not known), .relief */
    STORE_UNFINISHED,  /* told at start, of an episode whose end the run before did not see: .text id,
                          .has_site, .leg, .muscle, .wall_us of its onset or 0 */
};

struct store_notice {
    enum store_notice_kind kind;
    enum fault_reason reason;
    uint64_t token;
    unsigned fetch;
    int error;
    int64_t wall_us, t_ns;
    bool has_site;
    enum leg leg;
    enum muscle muscle;
    double rest_uv, firm_uv;
    double duration_s, peak_ratio;
    enum relief relief;
    enum preference preference;
    int value;
    char *text; /* heap, receiver frees; may be NULL */
};

/* Opens or makes the directory and takes the lock. NULL with errno: EBUSY another crampd has it (the only
   reason not to run); ENOMEM; ENAMETOOLONG. A directory that cannot be used is a STORE_FAULT notice, not a
   failure. */
struct store *store_new(const struct store_params *params);
int store_start(struct store *store);
/* Commits what is queued, at most patience_ms, then stops. */
void store_stop(struct store *store, int patience_ms);
void store_free(struct store *store);
DEFINE_CLEANUP(struct store *, store_free);

/* Keeps an event in the diary and, if payload is not NULL, in the outbox under event->seq until
   store_delivered(). Copies. False and counted when the backlog is full. Loop thread. */
bool store_event(struct store *store, const struct event *event, const struct stamp *stamp,
                 const char *payload);

/* Tokens: a live event's is its seq (this boot); one fetched from the outbox has STORE_TOKEN_ROW set and
   below it what the store needs to find it again. Requests are carried out in order, so delivered() after
   event() always finds the row. */
#define STORE_TOKEN_ROW (UINT64_C(1) << 62)
void store_delivered(struct store *store, uint64_t token);

/* Answers with up to `limit` undelivered events (STORE_OUTBOX each, then STORE_OUTBOX_END), oldest first:
   rows of earlier boots, and of this boot with seq < below_seq (younger ones may be in flight live).
   after_token: 0, or the last token of the fetch before, to go on behind it. fetch: comes back with every
   answer, so that the answers of a fetch nobody waits for any more can be told from those of another. False:
   the backlog is full, and no answer comes. */
bool store_fetch_outbox(struct store *store, unsigned fetch, unsigned limit, uint64_t below_seq,
                        uint64_t after_token);

/* The clock has become right: rows of this boot written before get wall = mono + offset_us. */
void store_redate(struct store *store, const char *boot_id, int64_t wall_minus_mono_us);

void store_set_mute(struct store *store, int64_t until_wall_us); /* 0 = not muted */

/* What a person has told, at t_ns. False and counted when the backlog is full. */
bool store_entry(struct store *store, const struct entry *entry, int64_t t_ns, const struct stamp *stamp);

/* What the home has set; value -1: nothing any more. */
void store_set_preference(struct store *store, enum preference preference, int value);

/* What a muscle was calibrated to, made at t_ns; rest_uv NAN: that is forgotten, firm_uv NAN: not known. */
void store_set_calibration(struct store *store, enum leg leg, enum muscle muscle, double rest_uv,
                           double firm_uv, int64_t t_ns, const struct stamp *stamp);

/* what: "episodes", "nights", "faults", "entries"; newest first. limit 0: as many as there are, at most 1000.
   Answers with STORE_ANSWER. */
bool store_query(struct store *store, const char *what, unsigned limit, uint64_t token);

/* The daemon's heartbeat for coverage: kept in memory, committed in batches, so that a power cut costs at
   most one batch of a night's figures. */
void store_night_progress(struct store *store, const struct night_counts *tonight, const struct stamp *stamp);

int store_fd(const struct store *store);
bool store_next(struct store *store, struct store_notice *notice);
