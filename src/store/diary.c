/* SPDX-License-Identifier: MIT */
#include "store/diary.h"

#include "build_config.h"
#include "store/diary_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REDATE(table, time)                                                                                  \
    "UPDATE " table " SET wall_us = " time " / 1000 + ?2, clock_synced = 1 WHERE boot_id = ?1 AND "          \
    "clock_synced = 0"
#define EXPIRE(table) "DELETE FROM " table " WHERE clock_synced = 1 AND wall_us < ?1"

static const char *const texts[DIARY_STATEMENTS] = {
    /* Writes, so that a file that can not be written is found out at once. */
    [DIARY_RESUME_RUN] = "UPDATE run SET openings = openings + 1 WHERE run = ?1 RETURNING run",
    [DIARY_BEGIN_RUN] = "INSERT INTO run (version) VALUES (?1) RETURNING run",
    [DIARY_CLOSE_EPISODES] = "UPDATE episode SET relief = ?2 WHERE relief IS NULL AND run < ?1",
    [DIARY_READ_UNFINISHED] =
        "SELECT id, leg, muscle, CASE clock_synced WHEN 1 THEN wall_us - (start_ns - onset_ns) / 1000 ELSE 0 "
        "END"
        " FROM episode WHERE end_ns IS NULL AND run = (SELECT max(run) FROM run WHERE run < ?1)",
    [DIARY_READ_LAST] =
        "SELECT id, leg, muscle, CASE clock_synced WHEN 1 THEN wall_us - (start_ns - onset_ns) / 1000 ELSE 0 "
        "END,"
        " duration_s, peak_ratio, relief FROM episode ORDER BY run DESC, start_ns DESC LIMIT 1",
    [DIARY_LOG] =
        "INSERT OR IGNORE INTO event (run, seq, boot_id, t_ns, wall_us, clock_synced, kind, episode, leg,"
        " muscle, reason, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [DIARY_EPISODE_START] =
        "INSERT INTO episode (id, run, boot_id, start_ns, wall_us, clock_synced, leg, muscle, onset_ns,"
        " rise_ns, confidence, peak_ratio, reason)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING",
    /* The start may be missing: its file was moved aside meanwhile. Then the end tells what it knows. */
    [DIARY_EPISODE_END] =
        "INSERT INTO episode (id, run, boot_id, start_ns, wall_us, clock_synced, leg, muscle, onset_ns,"
        " end_ns, duration_s, peak_ratio, relief, peak_percent)"
        " VALUES (?1, ?2, ?3, ?9, ?5, ?6, ?7, ?8, ?9, ?4, ?10, ?11, ?12, ?13)"
        " ON CONFLICT DO UPDATE SET end_ns = excluded.end_ns, duration_s = excluded.duration_s,"
        " peak_ratio = excluded.peak_ratio, relief = excluded.relief, peak_percent = excluded.peak_percent",
    [DIARY_EPISODE_REMINDED] = "UPDATE episode SET reminders = reminders + 1 WHERE id = ?1",
    [DIARY_EPISODE_ACKNOWLEDGED] = "UPDATE episode SET acknowledged_ns = ?2, acknowledged_by = ?3"
                                   " WHERE id = ?1 AND acknowledged_ns IS NULL",
    /* A cramp that only the person noticed has no row; the log keeps it. */
    [DIARY_EPISODE_LABELLED] = "UPDATE episode SET label = ?2 WHERE id = ?1",
    [DIARY_FAULT_START] = "INSERT INTO fault (run, boot_id, source, reason, channel, leg, muscle, start_ns,"
                          " wall_us, clock_synced, part) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
                          " ?11)",
    [DIARY_FAULT_END] = "UPDATE fault SET end_ns = ?5, duration_s = (?5 - start_ns) / 1e9"
                        " WHERE id = (SELECT max(id) FROM fault WHERE run = ?1 AND source = ?2 AND"
                        " reason = ?3 AND channel = ?4 AND leg IS ?6 AND part IS ?7 AND end_ns IS NULL)",
    /* Figures that come late do not reopen a night that is complete. */
    [DIARY_NIGHT] =
        "INSERT INTO night (run, start_ns, end_ns, boot_id, wall_us, clock_synced, complete, cramps,"
        " tension_rises, faults, reminders, dismissed, longest_cramp_s, watched_s, usable_s)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
        " ON CONFLICT DO UPDATE SET end_ns = excluded.end_ns, wall_us = excluded.wall_us,"
        " clock_synced = excluded.clock_synced, complete = excluded.complete, cramps = excluded.cramps,"
        " tension_rises = excluded.tension_rises, faults = excluded.faults, reminders = excluded.reminders,"
        " dismissed = excluded.dismissed, longest_cramp_s = excluded.longest_cramp_s,"
        " watched_s = excluded.watched_s, usable_s = excluded.usable_s WHERE excluded.complete >= complete",
    [DIARY_META_SET] = "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)",
    [DIARY_META_GET] = "SELECT value FROM meta WHERE key = ?1",
    [DIARY_CALIBRATION_SET] =
        "INSERT OR REPLACE INTO calibration (leg, muscle, boot_id, made_ns, wall_us, clock_synced, rest_uv,"
        " firm_uv) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [DIARY_CALIBRATION_FORGET] = "DELETE FROM calibration WHERE leg = ?1 AND muscle = ?2",
    [DIARY_READ_CALIBRATIONS] =
        "SELECT leg, muscle, CASE clock_synced WHEN 1 THEN wall_us ELSE 0 END, rest_uv, firm_uv,"
        " made_ns, boot_id FROM calibration",
    /* A morning has one check-in: who tells it again corrects it. */
    [DIARY_ENTRY_FORGET] = "DELETE FROM entry WHERE day = ?1 AND kind = ?2",
    [DIARY_ENTRY] = "INSERT INTO entry (run, boot_id, t_ns, wall_us, clock_synced, day, kind, told)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    /* Also the cramps that were felt and not seen: they are in the log and in no other table. */
    [DIARY_READ_ENTRIES] =
        "SELECT * FROM (SELECT id, day, kind, told, t_ns, wall_us, clock_synced FROM entry UNION ALL"
        " SELECT NULL, CASE clock_synced WHEN 1 THEN date(wall_us / 1000000, 'unixepoch', 'localtime') END,"
        " reason, CASE WHEN leg IS NULL THEN '{}' ELSE '{\"leg\":\"' || leg || '\"}' END, t_ns, wall_us,"
        " clock_synced FROM event WHERE kind = 'labelled' AND reason = 'cramp_felt' AND NOT EXISTS"
        " (SELECT 1 FROM episode WHERE episode.id = event.episode)) ORDER BY day DESC, id DESC LIMIT ?1",
    [DIARY_READ_EPISODES] =
        "SELECT id, leg, muscle, rise_ns, onset_ns, start_ns, end_ns, wall_us, clock_synced, duration_s,"
        " peak_ratio, confidence, reason, relief, reminders, acknowledged_ns, acknowledged_by, peak_percent,"
        " label FROM episode ORDER BY run DESC, start_ns DESC LIMIT ?1",
    [DIARY_READ_FAULTS] =
        "SELECT source, reason, leg, muscle, start_ns, end_ns, wall_us, clock_synced,"
        " duration_s, run = ?2 AND end_ns IS NULL, part FROM fault ORDER BY id DESC LIMIT ?1",
    [DIARY_READ_NIGHTS] = "SELECT start_ns, end_ns, wall_us, clock_synced, complete, run = ?2, cramps,"
                          " tension_rises, faults, reminders, dismissed, longest_cramp_s, watched_s, usable_s"
                          " FROM night ORDER BY run DESC, start_ns DESC LIMIT ?1",
    [DIARY_REDATE_EVENT] = REDATE("event", "t_ns"),
    [DIARY_REDATE_EPISODE] = REDATE("episode", "start_ns"),
    [DIARY_REDATE_FAULT] = REDATE("fault", "start_ns"),
    [DIARY_REDATE_NIGHT] = REDATE("night", "start_ns"),
    [DIARY_REDATE_CALIBRATION] = REDATE("calibration", "made_ns"),
    [DIARY_REDATE_ENTRY] = REDATE("entry", "t_ns"),
    [DIARY_EXPIRE_EVENT] = EXPIRE("event"),
    [DIARY_EXPIRE_EPISODE] = EXPIRE("episode"),
    [DIARY_EXPIRE_FAULT] = EXPIRE("fault"),
    [DIARY_EXPIRE_NIGHT] = EXPIRE("night"),
    [DIARY_EXPIRE_ENTRY] = EXPIRE("entry"),
    /* A row without a date is as old as its run, and a run is older than the first dated one that stays. */
    [DIARY_EXPIRE_UNDATED] = "DELETE FROM event WHERE clock_synced = 0 AND"
                             " run < (SELECT min(run) FROM event WHERE clock_synced = 1)",
};

int diary_open(sqlite3 *db, struct diary **result)
{
    _cleanup_(diary_closep) struct diary *diary = calloc(1, sizeof(*diary));

    *result = NULL;
    if (!diary)
        return SQLITE_NOMEM;
    diary->db = db;
    int rc = sql_prepare(db, texts, diary->statement, DIARY_STATEMENTS);
    if (rc != SQLITE_OK)
        return rc;
    *result = diary;
    diary = NULL;
    return SQLITE_OK;
}

void diary_close(struct diary *diary)
{
    if (!diary)
        return;
    sql_finalize(diary->statement, DIARY_STATEMENTS);
    free(diary);
}

int diary_begin_run(struct diary *diary, int64_t before)
{
    int64_t run = 0;
    int rc = before > 0 ? SQL_GET(&run, diary->statement[DIARY_RESUME_RUN], sql_int(before)) : SQLITE_OK;

    if (rc == SQLITE_OK && run == 0) {
        rc = SQL_GET(&run, diary->statement[DIARY_BEGIN_RUN], sql_text(CRAMPD_VERSION));
        if (rc == SQLITE_OK)
            rc = SQL_RUN(diary->statement[DIARY_CLOSE_EPISODES], sql_int(run),
                         sql_text(relief_name(RELIEF_UNKNOWN)));
    }
    if (rc == SQLITE_OK)
        diary->run = run;
    return rc;
}

void diary_assume_run(struct diary *diary, int64_t run)
{
    diary->run = run;
}

int64_t diary_run(const struct diary *diary)
{
    return diary->run;
}

/* Wall time at `then`, from what the stamp says about the event's own moment. */
static int64_t wall_at(const struct stamp *stamp, int64_t t_ns, int64_t then_ns)
{
    return then_ns == TIME_UNKNOWN || t_ns == TIME_UNKNOWN
               ? stamp->wall_us
               : stamp->wall_us - (t_ns - then_ns) / NSEC_PER_USEC;
}

static struct sql_value leg_text(const struct event *event)
{
    return event->has_site || event->has_leg ? sql_text(leg_name(event->leg)) : sql_null();
}

static struct sql_value muscle_text(const struct event *event)
{
    return event->has_site ? sql_text(muscle_name(event->muscle)) : sql_null();
}

/* An event always has an id when it belongs to an episode; a row without one would have no name. */
static const char *episode_id(const struct diary *diary, const struct event *event, char made[EVENT_ID_SIZE])
{
    if (event->id[0])
        return event->id;
    snprintf(made, EVENT_ID_SIZE, "%lld-%u", (long long)diary->run, event->episode);
    return made;
}

static int write_cramp_start(struct diary *diary, const struct event *event, const struct stamp *stamp)
{
    char made[EVENT_ID_SIZE];
    int64_t onset = event->cramp.onset_ns == TIME_UNKNOWN ? event->t_ns : event->cramp.onset_ns;

    return SQL_RUN(diary->statement[DIARY_EPISODE_START], sql_text(episode_id(diary, event, made)),
                   sql_int(diary->run), sql_text(stamp->boot_id), sql_int(event->t_ns),
                   sql_int(stamp->wall_us), sql_int(stamp->clock_synced), leg_text(event), muscle_text(event),
                   sql_int(onset), sql_time(event->cramp.rise_ns), sql_real(event->cramp.confidence),
                   sql_real(event->cramp.ratio), sql_text(cramp_reason_name(event->cramp.reason)));
}

static int write_cramp_end(struct diary *diary, const struct event *event, const struct stamp *stamp)
{
    char made[EVENT_ID_SIZE];

    if (!isfinite(event->end.duration_s))
        return SQLITE_OK; /* of an earlier run, whose row was closed when this run began */
    int64_t onset = event->end.onset_ns == TIME_UNKNOWN ? event->t_ns : event->end.onset_ns;

    return SQL_RUN(diary->statement[DIARY_EPISODE_END], sql_text(episode_id(diary, event, made)),
                   sql_int(diary->run), sql_text(stamp->boot_id), sql_int(event->t_ns),
                   sql_int(wall_at(stamp, event->t_ns, onset)), sql_int(stamp->clock_synced), leg_text(event),
                   muscle_text(event), sql_int(onset), sql_real(event->end.duration_s),
                   sql_real(event->end.peak_ratio), sql_text(relief_name(event->end.relief)),
                   event->end.peak_percent > 0 ? sql_real(event->end.peak_percent) : sql_null());
}

static struct sql_value part_text(const struct event *event)
{
    return event->fault.part == PART_EMG ? sql_null() : sql_text(fault_part_name(event->fault.part));
}

static int write_fault(struct diary *diary, const struct event *event, const struct stamp *stamp)
{
    return SQL_RUN(diary->statement[DIARY_FAULT_START], sql_int(diary->run), sql_text(stamp->boot_id),
                   sql_text(fault_source_name(event->fault.source)),
                   sql_text(fault_reason_name(event->fault.reason)), sql_int(event->channel), leg_text(event),
                   muscle_text(event), sql_int(event->t_ns), sql_int(stamp->wall_us),
                   sql_int(stamp->clock_synced), part_text(event));
}

static int write_fault_cleared(struct diary *diary, const struct event *event)
{
    return SQL_RUN(diary->statement[DIARY_FAULT_END], sql_int(diary->run),
                   sql_text(fault_source_name(event->fault.source)),
                   sql_text(fault_reason_name(event->fault.reason)), sql_int(event->channel),
                   sql_int(event->t_ns), leg_text(event), part_text(event));
}

/* {"leg_movement":31,...}: the reasons that occurred. The longest possible text fits. */
static void dismissed_json(const uint32_t counts[dismiss_reason_count], char text[640])
{
    size_t used = 1;

    text[0] = '{';
    for (int i = 0; i < (int)dismiss_reason_count; i++)
        if (counts[i] > 0)
            used += (size_t)snprintf(text + used, 640 - used, "%s\"%s\":%u", used > 1 ? "," : "",
                                     dismiss_reason_name((enum dismiss_reason)i), counts[i]);
    snprintf(text + used, 640 - used, "}");
}

static int write_night(struct diary *diary, const struct night_counts *night, int64_t wall_us,
                       const struct stamp *stamp, bool complete)
{
    char dismissed[640];

    dismissed_json(night->dismissed, dismissed);
    return SQL_RUN(diary->statement[DIARY_NIGHT], sql_int(diary->run), sql_int(night->start_ns),
                   sql_int(night->end_ns), sql_text(stamp->boot_id), sql_int(wall_us),
                   sql_int(stamp->clock_synced), sql_int(complete), sql_int(night->cramps),
                   sql_int(night->tension_rises), sql_int(night->faults), sql_int(night->reminders),
                   sql_text(dismissed), sql_real(night->longest_cramp_s), sql_real(night->watched_s),
                   sql_real(night->usable_s));
}

int diary_night_progress(struct diary *diary, const struct night_counts *tonight, const struct stamp *stamp)
{
    if (tonight->start_ns == TIME_UNKNOWN)
        return SQLITE_OK;
    return write_night(diary, tonight, wall_at(stamp, tonight->end_ns, tonight->start_ns), stamp, false);
}

static const char *log_reason(const struct event *event)
{
    switch (event->kind) {
    case EVENT_TENSION_RISE:
    case EVENT_CRAMP_START: return cramp_reason_name(event->cramp.reason);
    case EVENT_CRAMP_END: return relief_name(event->end.relief);
    case EVENT_DISMISSED: return dismiss_reason_name(event->dismissed.reason);
    case EVENT_FAULT:
    case EVENT_FAULT_CLEARED: return fault_reason_name(event->fault.reason);
    case EVENT_REMINDER_START: return occasion_name(event->reminder.occasion);
    case EVENT_REMINDER_STOP: return stop_reason_name(event->reminder.stop_reason);
    case EVENT_ACKNOWLEDGED:
    case EVENT_SNOOZED:
    case EVENT_MUTED:
    case EVENT_UNMUTED: return origin_name(event->reminder.origin);
    case EVENT_LABELLED: return label_name(event->labelled.label);
    case EVENT_NIGHT_SUMMARY:
    case event_kind_count: break;
    }
    return NULL;
}

/* The one number that says most: a level ratio for what began, seconds for what lasted. */
static double log_value(const struct event *event)
{
    switch (event->kind) {
    case EVENT_TENSION_RISE:
    case EVENT_CRAMP_START: return event->cramp.ratio;
    case EVENT_CRAMP_END: return event->end.duration_s;
    case EVENT_DISMISSED: return event->dismissed.duration_s;
    case EVENT_FAULT_CLEARED: return event->fault.duration_s;
    case EVENT_SNOOZED:
    case EVENT_MUTED: return event->reminder.for_s;
    case EVENT_NIGHT_SUMMARY: return event->night.watched_s;
    case EVENT_FAULT:
    case EVENT_REMINDER_START:
    case EVENT_REMINDER_STOP:
    case EVENT_ACKNOWLEDGED:
    case EVENT_UNMUTED:
    case EVENT_LABELLED:
    case event_kind_count: break;
    }
    return (double)NAN;
}

static int write_log(struct diary *diary, const struct event *event, const struct stamp *stamp)
{
    return SQL_RUN(diary->statement[DIARY_LOG], sql_int(diary->run), sql_int((int64_t)event->seq),
                   sql_text(stamp->boot_id), sql_int(event->t_ns), sql_int(stamp->wall_us),
                   sql_int(stamp->clock_synced), sql_text(event_kind_name(event->kind)), sql_text(event->id),
                   leg_text(event), muscle_text(event), sql_text(log_reason(event)),
                   sql_real(log_value(event)));
}

static int write_row(struct diary *diary, const struct event *event, const struct stamp *stamp)
{
    switch (event->kind) {
    case EVENT_CRAMP_START: return write_cramp_start(diary, event, stamp);
    case EVENT_CRAMP_END: return write_cramp_end(diary, event, stamp);
    case EVENT_FAULT: return write_fault(diary, event, stamp);
    case EVENT_FAULT_CLEARED: return write_fault_cleared(diary, event);
    case EVENT_REMINDER_START: return SQL_RUN(diary->statement[DIARY_EPISODE_REMINDED], sql_text(event->id));
    case EVENT_ACKNOWLEDGED:
        return SQL_RUN(diary->statement[DIARY_EPISODE_ACKNOWLEDGED], sql_text(event->id),
                       sql_int(event->t_ns), sql_text(origin_name(event->reminder.origin)));
    case EVENT_LABELLED:
        return SQL_RUN(diary->statement[DIARY_EPISODE_LABELLED], sql_text(event->id),
                       sql_text(label_name(event->labelled.label)));
    case EVENT_NIGHT_SUMMARY:
        return write_night(diary, &event->night, wall_at(stamp, event->t_ns, event->night.start_ns), stamp,
                           true);
    case EVENT_TENSION_RISE:
    case EVENT_DISMISSED:
    case EVENT_REMINDER_STOP:
    case EVENT_SNOOZED:
    case EVENT_MUTED:
    case EVENT_UNMUTED:
    case event_kind_count: break;
    }
    return SQLITE_OK;
}

int diary_event(struct diary *diary, const struct event *event, const struct stamp *stamp)
{
    int rc = write_log(diary, event, stamp);

    if (rc != SQLITE_OK || sqlite3_changes(diary->db) == 0)
        return rc; /* the log has it, and so has its row what it had to say */
    return write_row(diary, event, stamp);
}

int diary_redate(struct diary *diary, const char *boot_id, int64_t wall_minus_mono_us)
{
    int rc = SQLITE_OK;

    for (int i = DIARY_REDATE_EVENT; i <= DIARY_REDATE_ENTRY && rc == SQLITE_OK; i++)
        rc = SQL_RUN(diary->statement[i], sql_text(boot_id), sql_int(wall_minus_mono_us));
    return rc;
}

int diary_expire(struct diary *diary, int64_t horizon_wall_us)
{
    int rc = SQLITE_OK;

    for (int i = DIARY_EXPIRE_EVENT; i <= DIARY_EXPIRE_ENTRY && rc == SQLITE_OK; i++)
        rc = SQL_RUN(diary->statement[i], sql_int(horizon_wall_us));
    return rc == SQLITE_OK ? sql_run(diary->statement[DIARY_EXPIRE_UNDATED], NULL, 0) : rc;
}
