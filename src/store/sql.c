/* SPDX-License-Identifier: MIT */
#include "store/sql.h"

#include "base/macros.h"

#include <math.h>

int sql_prepare(sqlite3 *db, const char *const *texts, sqlite3_stmt **statements, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        statements[i] = NULL;
    for (unsigned i = 0; i < count; i++) {
        int rc = sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i], NULL);
        if (rc != SQLITE_OK) {
            sql_finalize(statements, count);
            return rc;
        }
    }
    return SQLITE_OK;
}

void sql_finalize(sqlite3_stmt **statements, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        sqlite3_finalize(statements[i]);
        statements[i] = NULL;
    }
}

int sql_exec(sqlite3 *db, const char *text)
{
    return sqlite3_exec(db, text, NULL, NULL, NULL);
}

struct sql_value sql_time(int64_t ns)
{
    return ns == TIME_UNKNOWN ? sql_null() : sql_int(ns);
}

struct sql_value sql_real(double r)
{
    return isfinite(r) ? (struct sql_value){.kind = SQL_REAL, .r = r} : sql_null();
}

struct sql_value sql_text(const char *t)
{
    return t && *t ? (struct sql_value){.kind = SQL_TEXT, .t = t} : sql_null();
}

static int bind_one(sqlite3_stmt *statement, int index, const struct sql_value *value)
{
    switch (value->kind) {
    case SQL_NULL: return sqlite3_bind_null(statement, index);
    case SQL_INT: return sqlite3_bind_int64(statement, index, value->i);
    case SQL_REAL: return sqlite3_bind_double(statement, index, value->r);
    case SQL_TEXT: return sqlite3_bind_text(statement, index, value->t, -1, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

int sql_bind(sqlite3_stmt *statement, const struct sql_value *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        int rc = bind_one(statement, (int)i + 1, &values[i]);
        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

int sql_get(sqlite3_stmt *statement, const struct sql_value *values, unsigned count, int64_t *result)
{
    int rc = sql_bind(statement, values, count);

    for (bool first = true; rc == SQLITE_OK; first = false) {
        rc = sqlite3_step(statement);
        if (rc != SQLITE_ROW)
            break;
        if (first && result && sqlite3_column_type(statement, 0) != SQLITE_NULL)
            *result = sqlite3_column_int64(statement, 0);
        rc = SQLITE_OK;
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int sql_run(sqlite3_stmt *statement, const struct sql_value *values, unsigned count)
{
    return sql_get(statement, values, count, NULL);
}
