/* SPDX-License-Identifier: MIT */
#include "store/schema.h"

#include "base/macros.h"

#include <stdio.h>

/*
 * Times: *_ns are CLOCK_MONOTONIC nanoseconds of the boot in boot_id, wall_us is microseconds since 1970 at
 * the row's main time (named beside it) and can be believed if clock_synced is 1. The other times of a row
 * follow by difference, so a step of the wall clock can not stretch an episode.
 * run counts starts of the daemon; within one run nobody else writes.
 */
static const char *const steps[] = {
    /* 0 -> 1: what happened */
    "CREATE TABLE run ("
    "  run INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL /* of crampd */,"
    "  openings INTEGER NOT NULL DEFAULT 1 /* more than 1: the file was away for a while */);"

    "CREATE TABLE episode ("
    "  id TEXT PRIMARY KEY NOT NULL, run INTEGER NOT NULL, boot_id TEXT NOT NULL,"
    "  leg TEXT, muscle TEXT, rise_ns INTEGER, onset_ns INTEGER NOT NULL,"
    "  start_ns INTEGER NOT NULL, wall_us INTEGER NOT NULL /* of start_ns */, clock_synced INTEGER NOT NULL,"
    "  end_ns INTEGER, duration_s REAL, peak_ratio REAL, confidence REAL, reason TEXT, relief TEXT,"
    "  reminders INTEGER NOT NULL DEFAULT 0, acknowledged_ns INTEGER, acknowledged_by TEXT) WITHOUT ROWID;"

    "CREATE TABLE fault ("
    "  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, boot_id TEXT NOT NULL,"
    "  source TEXT NOT NULL, reason TEXT NOT NULL, channel INTEGER NOT NULL, leg TEXT, muscle TEXT,"
    "  start_ns INTEGER NOT NULL, wall_us INTEGER NOT NULL /* of start_ns */, clock_synced INTEGER NOT NULL,"
    "  end_ns INTEGER, duration_s REAL);"

    "CREATE TABLE night ("
    "  run INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, boot_id TEXT NOT NULL,"
    "  wall_us INTEGER NOT NULL /* of start_ns */, clock_synced INTEGER NOT NULL, complete INTEGER NOT NULL,"
    "  cramps INTEGER NOT NULL, tension_rises INTEGER NOT NULL, faults INTEGER NOT NULL,"
    "  reminders INTEGER NOT NULL, dismissed TEXT NOT NULL /* JSON: reason -> count */,"
    "  longest_cramp_s REAL, watched_s REAL, usable_s REAL,"
    "  PRIMARY KEY (run, start_ns)) WITHOUT ROWID;"

    /* The log of all events, for whoever asks later why the hub did what it did. */
    "CREATE TABLE event ("
    "  run INTEGER NOT NULL, seq INTEGER NOT NULL, boot_id TEXT NOT NULL,"
    "  t_ns INTEGER NOT NULL, wall_us INTEGER NOT NULL /* of t_ns */, clock_synced INTEGER NOT NULL,"
    "  kind TEXT NOT NULL, episode TEXT, leg TEXT, muscle TEXT, reason TEXT, value REAL);"

    /* Rows written before the clock was right are few and soon none: these indices are nearly empty. */
    "CREATE INDEX event_undated ON event(boot_id) WHERE clock_synced = 0;",

    /* 1 -> 2: events the broker has not yet confirmed. AUTOINCREMENT: a token must never name another row. */
    "CREATE TABLE outbox ("
    "  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, seq INTEGER NOT NULL,"
    "  boot_id TEXT NOT NULL, t_ns INTEGER NOT NULL, wall_us INTEGER NOT NULL /* of t_ns */,"
    "  clock_synced INTEGER NOT NULL, minor INTEGER NOT NULL /* goes first when there is no room */,"
    "  payload TEXT NOT NULL);"
    /* Begins somewhere else in every file: a token from a file moved aside means nothing in its successor. */
    "INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', abs(random() >> 16));",

    /* 2 -> 3: settings that people change while it runs, and counters. */
    "CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) WITHOUT ROWID;",

    /* 3 -> 4: which part of the leg sensor; NULL is its EMG. Two IMUs fail and recover apart. */
    "ALTER TABLE fault ADD COLUMN part TEXT;",

    /* 4 -> 5: once is once. A COMMIT that fails while flushing may have left its frames in the WAL, and what
       is written again after it must not be there twice. */
    "DELETE FROM event WHERE rowid NOT IN (SELECT min(rowid) FROM event GROUP BY run, seq);"
    "CREATE UNIQUE INDEX event_once ON event(run, seq);"
    "DELETE FROM outbox WHERE id NOT IN (SELECT min(id) FROM outbox GROUP BY run, seq);"
    "CREATE UNIQUE INDEX outbox_once ON outbox(run, seq);",

    /* 5 -> 6: what the owner taught the detector, the last time only. */
    "CREATE TABLE calibration ("
    "  leg TEXT NOT NULL, muscle TEXT NOT NULL, boot_id TEXT NOT NULL, made_ns INTEGER NOT NULL,"
    "  wall_us INTEGER NOT NULL /* of made_ns */, clock_synced INTEGER NOT NULL,"
    "  rest_uv REAL NOT NULL, firm_uv REAL /* NULL: that muscle did not work along */,"
    "  PRIMARY KEY (leg, muscle)) WITHOUT ROWID;",

    /* 6 -> 7: the peak of a calibrated muscle, in percent of its firm contraction. */
    "ALTER TABLE episode ADD COLUMN peak_percent REAL;",

    /* 7 -> 8: what the person says of it (enum label); NULL: nothing. */
    "ALTER TABLE episode ADD COLUMN label TEXT;",

    /* 8 -> 9: what a person tells of a day. */
    "CREATE TABLE entry ("
    "  id INTEGER PRIMARY KEY, run INTEGER NOT NULL, boot_id TEXT NOT NULL,"
    "  t_ns INTEGER NOT NULL, wall_us INTEGER NOT NULL /* of t_ns: when it was told */,"
    "  clock_synced INTEGER NOT NULL, day TEXT NOT NULL /* local date it is about */,"
    "  kind TEXT NOT NULL, told TEXT NOT NULL /* JSON */);"
    "CREATE INDEX entry_day ON entry(day);",
};

int schema_version(void)
{
    return (int)ARRAY_SIZE(steps);
}

const char *schema_step(int version)
{
    return version >= 0 && version < schema_version() ? steps[version] : NULL;
}

static int user_version(sqlite3 *db, int *version)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int migrate_one(sqlite3 *db, int version)
{
    char stamp[48];
    int rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    snprintf(stamp, sizeof(stamp), "PRAGMA user_version = %d", version + 1);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, steps[version], NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, stamp, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

int schema_migrate(sqlite3 *db)
{
    int version = 0;
    int rc = user_version(db, &version);

    if (rc == SQLITE_OK && (version > schema_version() || version < 0))
        return SQLITE_MISMATCH;
    while (rc == SQLITE_OK && version < schema_version())
        rc = migrate_one(db, version++);
    return rc;
}
