/* SPDX-License-Identifier: MIT */
#include "store/outbox.h"

#include "store/iso_time.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum outbox_statement {
    OUTBOX_ADD,
    OUTBOX_DELIVERED_SEQ,
    OUTBOX_DELIVERED_ROW,
    OUTBOX_FETCH,
    OUTBOX_FETCH_RUN,
    OUTBOX_COUNT,
    OUTBOX_DROP_OLD_HERE,
    OUTBOX_DROP_OLD_DATED,
    OUTBOX_DROP_EXCESS,
    OUTBOX_UNDATED,
    OUTBOX_REDATE,
    OUTBOX_STATEMENTS
};

static const char *const texts[OUTBOX_STATEMENTS] = {
    [OUTBOX_ADD] =
        "INSERT OR IGNORE INTO outbox (run, seq, boot_id, t_ns, wall_us, clock_synced, minor, payload)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [OUTBOX_DELIVERED_SEQ] = "DELETE FROM outbox WHERE run = ?1 AND seq = ?2",
    [OUTBOX_DELIVERED_ROW] = "DELETE FROM outbox WHERE id = ?1",
    [OUTBOX_FETCH] = "SELECT id, payload, (run = ?2) * seq FROM outbox"
                     " WHERE id > ?1 AND (run <> ?2 OR seq < ?3) ORDER BY id",
    [OUTBOX_FETCH_RUN] = "SELECT id, payload, seq FROM outbox WHERE run = ?2 AND seq > ?1 AND seq < ?3"
                         " ORDER BY seq",
    [OUTBOX_COUNT] = "SELECT count(*) FROM outbox",
    [OUTBOX_DROP_OLD_HERE] = "DELETE FROM outbox WHERE run = ?1 AND t_ns < ?2",
    [OUTBOX_DROP_OLD_DATED] = "DELETE FROM outbox WHERE clock_synced = 1 AND wall_us < ?1",
    [OUTBOX_DROP_EXCESS] = "DELETE FROM outbox WHERE id IN"
                           " (SELECT id FROM outbox ORDER BY minor DESC, id LIMIT ?1)",
    [OUTBOX_UNDATED] = "SELECT id, t_ns, payload FROM outbox WHERE boot_id = ?1 AND clock_synced = 0 LIMIT 1",
    [OUTBOX_REDATE] = "UPDATE outbox SET wall_us = ?2, clock_synced = 1, payload = ?3 WHERE id = ?1",
};

struct outbox {
    sqlite3 *db;
    struct outbox_limits limits;
    int64_t run;
    int64_t count; /* -1: not counted yet */
    sqlite3_stmt *statement[OUTBOX_STATEMENTS];
};

int outbox_open(sqlite3 *db, const struct outbox_limits *limits, int64_t run, struct outbox **result)
{
    _cleanup_(outbox_closep) struct outbox *outbox = calloc(1, sizeof(*outbox));

    *result = NULL;
    if (!outbox)
        return SQLITE_NOMEM;
    outbox->db = db;
    outbox->limits = *limits;
    outbox->run = run;
    outbox->count = -1;
    int rc = sql_prepare(db, texts, outbox->statement, OUTBOX_STATEMENTS);
    if (rc != SQLITE_OK)
        return rc;
    *result = outbox;
    outbox = NULL;
    return SQLITE_OK;
}

void outbox_close(struct outbox *outbox)
{
    if (!outbox)
        return;
    sql_finalize(outbox->statement, OUTBOX_STATEMENTS);
    free(outbox);
}

void outbox_forget_count(struct outbox *outbox)
{
    outbox->count = -1;
}

static int recount(struct outbox *outbox)
{
    return outbox->count >= 0 ? SQLITE_OK : sql_get(outbox->statement[OUTBOX_COUNT], NULL, 0, &outbox->count);
}

int outbox_add(struct outbox *outbox, const struct event *event, const struct stamp *stamp,
               const char *payload)
{
    int rc = recount(outbox);

    if (rc == SQLITE_OK)
        rc =
            SQL_RUN(outbox->statement[OUTBOX_ADD], sql_int(outbox->run), sql_int((int64_t)event->seq),
                    sql_text(stamp->boot_id), sql_int(event->t_ns), sql_int(stamp->wall_us),
                    sql_int(stamp->clock_synced), sql_int(event->kind == EVENT_DISMISSED), sql_text(payload));
    if (rc == SQLITE_OK)
        outbox->count += sqlite3_changes(outbox->db);
    return rc;
}

/* Runs a DELETE and keeps the count right. */
static int drop(struct outbox *outbox, enum outbox_statement which, const struct sql_value *values,
                unsigned value_count, unsigned *dropped)
{
    int rc = recount(outbox);

    if (rc == SQLITE_OK)
        rc = sql_run(outbox->statement[which], values, value_count);
    if (rc == SQLITE_OK) {
        outbox->count -= sqlite3_changes(outbox->db);
        if (dropped)
            *dropped += (unsigned)sqlite3_changes(outbox->db);
    }
    return rc;
}

int outbox_delivered_seq(struct outbox *outbox, uint64_t seq)
{
    const struct sql_value values[] = {sql_int(outbox->run), sql_int((int64_t)seq)};
    return drop(outbox, OUTBOX_DELIVERED_SEQ, values, 2, NULL);
}

int outbox_delivered_row(struct outbox *outbox, int64_t row)
{
    const struct sql_value values[] = {sql_int(row)};
    return drop(outbox, OUTBOX_DELIVERED_ROW, values, 1, NULL);
}

static int fetch(struct outbox *outbox, enum outbox_statement which, uint64_t below_seq, int64_t after,
                 outbox_sink sink, void *context)
{
    const struct sql_value values[] = {sql_int(after), sql_int(outbox->run),
                                       sql_int((int64_t)MIN(below_seq, (uint64_t)INT64_MAX))};
    sqlite3_stmt *statement = outbox->statement[which];
    int rc = sql_bind(statement, values, 3);

    while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW)
        rc = sink(context, sqlite3_column_int64(statement, 0), (uint64_t)sqlite3_column_int64(statement, 2),
                  (const char *)sqlite3_column_text(statement, 1))
                 ? SQLITE_OK
                 : SQLITE_DONE;
    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int outbox_fetch(struct outbox *outbox, uint64_t below_seq, int64_t after_row, outbox_sink sink,
                 void *context)
{
    return fetch(outbox, OUTBOX_FETCH, below_seq, after_row, sink, context);
}

int outbox_fetch_run(struct outbox *outbox, uint64_t below_seq, uint64_t after_seq, outbox_sink sink,
                     void *context)
{
    return fetch(outbox, OUTBOX_FETCH_RUN, below_seq, (int64_t)after_seq, sink, context);
}

/* The payload with its time put right, or as it is when it is not what we wrote. To be freed. */
static char *redated_payload(const char *payload, int64_t wall_us)
{
    cJSON *object = cJSON_Parse(payload);
    char time[ISO_TIME_SIZE];
    char *text = NULL;

    iso_time(wall_us, time);
    if (cJSON_IsObject(object) && cJSON_HasObjectItem(object, "occurred_at")) {
        cJSON_ReplaceItemInObjectCaseSensitive(object, "occurred_at", cJSON_CreateString(time));
        if (cJSON_HasObjectItem(object, "clock_synced"))
            cJSON_ReplaceItemInObjectCaseSensitive(object, "clock_synced", cJSON_CreateTrue());
        text = cJSON_PrintUnformatted(object);
    }
    cJSON_Delete(object);
    return text ? text : strdup(payload);
}

/* SQLITE_ROW: one was corrected. SQLITE_DONE: none left. */
static int redate_one(struct outbox *outbox, const char *boot_id, int64_t wall_minus_mono_us)
{
    const struct sql_value values[] = {sql_text(boot_id)};
    sqlite3_stmt *undated = outbox->statement[OUTBOX_UNDATED];
    _cleanup_(freep) char *payload = NULL;
    int64_t row = 0, wall_us = 0;
    int rc = sql_bind(undated, values, 1);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(undated);
    if (rc == SQLITE_ROW) {
        row = sqlite3_column_int64(undated, 0);
        wall_us = sqlite3_column_int64(undated, 1) / NSEC_PER_USEC + wall_minus_mono_us;
        payload = redated_payload((const char *)sqlite3_column_text(undated, 2), wall_us);
    }
    sqlite3_reset(undated);
    if (rc != SQLITE_ROW)
        return rc;
    if (!payload)
        return SQLITE_NOMEM;
    rc = SQL_RUN(outbox->statement[OUTBOX_REDATE], sql_int(row), sql_int(wall_us), sql_text(payload));
    return rc == SQLITE_OK ? SQLITE_ROW : rc;
}

int outbox_redate(struct outbox *outbox, const char *boot_id, int64_t wall_minus_mono_us)
{
    int rc;

    while ((rc = redate_one(outbox, boot_id, wall_minus_mono_us)) == SQLITE_ROW)
        ;
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int trim_age(struct outbox *outbox, int64_t now_ns, int64_t now_wall_us, unsigned *dropped)
{
    int64_t age_us = (int64_t)(outbox->limits.max_age_h * 3600e6);
    const struct sql_value here[] = {sql_int(outbox->run), sql_int(now_ns - age_us * NSEC_PER_USEC)};
    const struct sql_value dated[] = {sql_int(now_wall_us - age_us)};
    int rc = drop(outbox, OUTBOX_DROP_OLD_HERE, here, 2, dropped);

    if (rc == SQLITE_OK && now_wall_us > 0)
        rc = drop(outbox, OUTBOX_DROP_OLD_DATED, dated, 1, dropped);
    return rc;
}

int outbox_trim(struct outbox *outbox, int64_t now_ns, int64_t now_wall_us, unsigned *dropped)
{
    int rc = recount(outbox);

    if (rc == SQLITE_OK && outbox->count > 0 && outbox->limits.max_age_h > 0)
        rc = trim_age(outbox, now_ns, now_wall_us, dropped);
    if (rc == SQLITE_OK && outbox->limits.max_rows > 0 && outbox->count > outbox->limits.max_rows) {
        const struct sql_value excess[] = {sql_int(outbox->count - outbox->limits.max_rows)};
        rc = drop(outbox, OUTBOX_DROP_EXCESS, excess, 1, dropped);
    }
    return rc;
}
