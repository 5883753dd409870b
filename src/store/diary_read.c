/* SPDX-License-Identifier: MIT */
#include "store/diary_private.h"
#include "store/iso_time.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

/* A row on its way to JSON. */
struct row {
    sqlite3_stmt *statement;
    cJSON *object;
    int64_t main_ns; /* the time wall_us belongs to */
    int64_t wall_us;
    bool synced;
};

static bool is_null(const struct row *row, int column)
{
    return sqlite3_column_type(row->statement, column) == SQLITE_NULL;
}

static int64_t column(const struct row *row, int column)
{
    return sqlite3_column_int64(row->statement, column);
}

static void add_text(struct row *row, const char *key, int column)
{
    const char *text = (const char *)sqlite3_column_text(row->statement, column);

    if (text)
        cJSON_AddStringToObject(row->object, key, text);
    else
        cJSON_AddNullToObject(row->object, key);
}

static void add_number(struct row *row, const char *key, int column, double unit)
{
    if (is_null(row, column))
        cJSON_AddNullToObject(row->object, key);
    else
        cJSON_AddNumberToObject(row->object, key,
                                round(sqlite3_column_double(row->statement, column) / unit) * unit);
}

/* A time of the row in wall time; null when it did not happen or the clock was never right. */
static void add_time(struct row *row, const char *key, int column_ns)
{
    char text[ISO_TIME_SIZE];

    if (is_null(row, column_ns) || !row->synced) {
        cJSON_AddNullToObject(row->object, key);
        return;
    }
    iso_time(row->wall_us + (column(row, column_ns) - row->main_ns) / NSEC_PER_USEC, text);
    cJSON_AddStringToObject(row->object, key, text);
}

/* What the clock showed then, when nobody knows whether it was right: better than nothing for a person who
   remembers the night, and never mixed up with a time that can be believed. */
static void add_unsure_start(struct row *row)
{
    char text[ISO_TIME_SIZE];

    if (row->synced)
        return;
    iso_time(row->wall_us, text);
    cJSON_AddStringToObject(row->object, "start_unsure", text);
}

static void set_clock(struct row *row, int main_column, int wall_column, int synced_column)
{
    row->main_ns = column(row, main_column);
    row->wall_us = column(row, wall_column);
    row->synced = column(row, synced_column) != 0;
}

/* Column numbers are those of the statement's SELECT in diary.c. */
static void read_episode(struct row *row)
{
    set_clock(row, 5, 7, 8);
    add_text(row, "id", 0);
    add_text(row, "leg", 1);
    add_text(row, "muscle", 2);
    add_time(row, "rise", 3);
    add_time(row, "onset", 4);
    add_time(row, "start", 5);
    add_time(row, "end", 6);
    cJSON_AddBoolToObject(row->object, "clock_synced", row->synced);
    add_unsure_start(row);
    cJSON_AddBoolToObject(row->object, "ongoing", is_null(row, 6) && is_null(row, 13));
    add_number(row, "duration_s", 9, 0.001);
    add_number(row, "peak_ratio", 10, 0.01);
    add_number(row, "peak_percent", 17, 1);
    add_number(row, "confidence", 11, 0.01);
    add_text(row, "reason", 12);
    add_text(row, "relief", 13);
    add_number(row, "reminders", 14, 1);
    add_time(row, "acknowledged", 15);
    add_text(row, "acknowledged_by", 16);
    add_text(row, "label", 18);
}

static void read_fault(struct row *row)
{
    set_clock(row, 4, 6, 7);
    add_text(row, "source", 0);
    add_text(row, "reason", 1);
    if (!is_null(row, 10))
        add_text(row, "part", 10);
    add_text(row, "leg", 2);
    add_text(row, "muscle", 3);
    add_time(row, "start", 4);
    add_time(row, "end", 5);
    cJSON_AddBoolToObject(row->object, "clock_synced", row->synced);
    add_unsure_start(row);
    cJSON_AddBoolToObject(row->object, "ongoing", column(row, 9) != 0);
    add_number(row, "duration_s", 8, 0.001);
}

static void read_night(struct row *row)
{
    double watched = sqlite3_column_double(row->statement, 12);
    bool complete = column(row, 4) != 0;

    set_clock(row, 0, 2, 3);
    add_time(row, "start", 0);
    add_time(row, "end", 1);
    cJSON_AddBoolToObject(row->object, "clock_synced", row->synced);
    add_unsure_start(row);
    cJSON_AddBoolToObject(row->object, "complete", complete);
    cJSON_AddBoolToObject(row->object, "ongoing", !complete && column(row, 5) != 0);
    add_number(row, "cramps", 6, 1);
    add_number(row, "tension_rises", 7, 1);
    add_number(row, "faults", 8, 1);
    add_number(row, "reminders", 9, 1);
    cJSON *dismissed = cJSON_Parse((const char *)sqlite3_column_text(row->statement, 10));
    cJSON_AddItemToObject(row->object, "dismissed", dismissed ? dismissed : cJSON_CreateNull());
    add_number(row, "longest_cramp_s", 11, 0.001);
    add_number(row, "watched_s", 12, 0.1);
    if (watched > 0)
        cJSON_AddNumberToObject(row->object, "coverage",
                                round(sqlite3_column_double(row->statement, 13) / watched * 1000) / 1000);
    else
        cJSON_AddNullToObject(row->object, "coverage");
}

static void read_entry(struct row *row)
{
    set_clock(row, 4, 5, 6);
    add_number(row, "id", 0, 1);
    add_text(row, "day", 1);
    add_text(row, "kind", 2);
    add_time(row, "told_at", 4);
    cJSON *told = cJSON_Parse((const char *)sqlite3_column_text(row->statement, 3));
    cJSON_AddItemToObject(row->object, "told", told ? told : cJSON_CreateNull());
}

static const struct reader {
    const char *what;
    enum diary_statement statement;
    void (*read)(struct row *row);
} readers[] = {
    {"episodes", DIARY_READ_EPISODES, read_episode},
    {"nights", DIARY_READ_NIGHTS, read_night},
    {"faults", DIARY_READ_FAULTS, read_fault},
    {"entries", DIARY_READ_ENTRIES, read_entry},
};

static int read_rows(sqlite3_stmt *statement, void (*read)(struct row *row), cJSON *array)
{
    int rc;

    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct row row = {.statement = statement, .object = cJSON_CreateObject()};
        if (!row.object)
            return SQLITE_NOMEM;
        cJSON_AddItemToArray(array, row.object);
        read(&row);
    }
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int read_json(struct diary *diary, const struct reader *reader, unsigned limit, char **json)
{
    const struct sql_value values[] = {
        sql_int(limit == 0 ? DIARY_READ_MAX : MIN(limit, (unsigned)DIARY_READ_MAX)), sql_int(diary->run)};
    sqlite3_stmt *statement = diary->statement[reader->statement];
    cJSON *array = cJSON_CreateArray();
    int rc =
        array ? sql_bind(statement, values, (unsigned)sqlite3_bind_parameter_count(statement)) : SQLITE_NOMEM;

    if (rc == SQLITE_OK)
        rc = read_rows(statement, reader->read, array);
    sqlite3_reset(statement);
    if (rc == SQLITE_OK) {
        *json = cJSON_PrintUnformatted(array);
        rc = *json ? SQLITE_OK : SQLITE_NOMEM;
    }
    cJSON_Delete(array);
    return rc;
}

int diary_read(struct diary *diary, const char *what, unsigned limit, char **json)
{
    *json = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
        if (strcmp(readers[i].what, what) == 0)
            return read_json(diary, &readers[i], limit, json);
    return SQLITE_NOTFOUND;
}
