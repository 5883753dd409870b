/* SPDX-License-Identifier: MIT */
/* What one run of the daemon leaves to the next. */
#include "store/diary_private.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

static double real_or_nan(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? (double)NAN
                                                                 : sqlite3_column_double(statement, column);
}

int diary_calibrations(struct diary *diary,
                       void (*tell)(void *context, const struct diary_calibration *calibration),
                       void *context)
{
    sqlite3_stmt *statement = diary->statement[DIARY_READ_CALIBRATIONS];
    int rc;

    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        int leg = leg_from_name((const char *)sqlite3_column_text(statement, 0));
        int muscle = muscle_from_name((const char *)sqlite3_column_text(statement, 1));
        const struct diary_calibration calibration = {.leg = (enum leg)leg,
                                                      .muscle = (enum muscle)muscle,
                                                      .wall_us = sqlite3_column_int64(statement, 2),
                                                      .rest_uv = real_or_nan(statement, 3),
                                                      .firm_uv = real_or_nan(statement, 4),
                                                      .made_ns = sqlite3_column_int64(statement, 5),
                                                      .boot_id =
                                                          (const char *)sqlite3_column_text(statement, 6)};
        if (leg >= 0 && muscle >= 0)
            tell(context, &calibration);
    }
    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int diary_unfinished(struct diary *diary, void (*tell)(void *context, const struct diary_unfinished *episode),
                     void *context)
{
    const struct sql_value run = sql_int(diary->run);
    sqlite3_stmt *statement = diary->statement[DIARY_READ_UNFINISHED];
    int rc = sql_bind(statement, &run, 1);

    while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        const struct diary_unfinished episode = {
            .id = (const char *)sqlite3_column_text(statement, 0),
            .leg = (const char *)sqlite3_column_text(statement, 1),
            .muscle = (const char *)sqlite3_column_text(statement, 2),
            .wall_us = sqlite3_column_int64(statement, 3),
        };
        if (episode.id)
            tell(context, &episode);
        rc = SQLITE_OK;
    }
    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int diary_last_cramp(struct diary *diary, void (*tell)(void *context, const struct diary_last_cramp *cramp),
                     void *context)
{
    sqlite3_stmt *statement = diary->statement[DIARY_READ_LAST];
    int rc = sqlite3_step(statement);

    if (rc == SQLITE_ROW) {
        const struct diary_last_cramp cramp = {
            .id = (const char *)sqlite3_column_text(statement, 0),
            .leg = (const char *)sqlite3_column_text(statement, 1),
            .muscle = (const char *)sqlite3_column_text(statement, 2),
            .wall_us = sqlite3_column_int64(statement, 3),
            .duration_s = real_or_nan(statement, 4),
            .peak_ratio = real_or_nan(statement, 5),
            .relief = (const char *)sqlite3_column_text(statement, 6),
        };
        if (cramp.id)
            tell(context, &cramp);
        rc = SQLITE_DONE;
    }
    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int diary_entry(struct diary *diary, const struct entry *entry, int64_t t_ns, const struct stamp *stamp)
{
    int rc = SQLITE_OK;

    if (entry->kind == ENTRY_CHECKIN)
        rc = SQL_RUN(diary->statement[DIARY_ENTRY_FORGET], sql_text(entry->day),
                     sql_text(entry_kind_name(entry->kind)));
    if (rc != SQLITE_OK)
        return rc;
    return SQL_RUN(diary->statement[DIARY_ENTRY], sql_int(diary->run), sql_text(stamp->boot_id),
                   sql_int(t_ns), sql_int(stamp->wall_us), sql_int(stamp->clock_synced), sql_text(entry->day),
                   sql_text(entry_kind_name(entry->kind)), sql_text(entry->json));
}

int diary_set_calibration(struct diary *diary, const struct diary_calibration *calibration, int64_t made_ns,
                          const struct stamp *stamp)
{
    const char *leg = leg_name(calibration->leg), *muscle = muscle_name(calibration->muscle);

    if (isnan(calibration->rest_uv))
        return SQL_RUN(diary->statement[DIARY_CALIBRATION_FORGET], sql_text(leg), sql_text(muscle));
    return SQL_RUN(diary->statement[DIARY_CALIBRATION_SET], sql_text(leg), sql_text(muscle),
                   sql_text(stamp->boot_id), sql_int(made_ns), sql_int(stamp->wall_us),
                   sql_int(stamp->clock_synced), sql_real(calibration->rest_uv),
                   sql_real(calibration->firm_uv));
}

int diary_set_meta(struct diary *diary, const char *key, int64_t value)
{
    return SQL_RUN(diary->statement[DIARY_META_SET], sql_text(key), sql_int(value));
}

int diary_get_meta(struct diary *diary, const char *key, int64_t *value)
{
    return SQL_GET(value, diary->statement[DIARY_META_GET], sql_text(key));
}

/* Beside the other small numbers, under a name that cannot be one of theirs. */
static void preference_key(char key[64], enum preference preference)
{
    snprintf(key, 64, "preference.%s", preference_name(preference));
}

int diary_set_preference(struct diary *diary, enum preference preference, int value)
{
    char key[64];

    preference_key(key, preference);
    return diary_set_meta(diary, key, value);
}

int diary_get_preference(struct diary *diary, enum preference preference, int *value)
{
    char key[64];
    int64_t kept = -1;

    preference_key(key, preference);
    int rc = diary_get_meta(diary, key, &kept);
    *value = kept >= 0 && kept <= INT_MAX ? (int)kept : -1;
    return rc;
}
