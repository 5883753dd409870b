/* SPDX-License-Identifier: MIT */
/*
 * Prepared statements with less ceremony. Inside this room everything that touches the database returns an
 * SQLite result code (SQLITE_OK is 0); store.c turns them into fault reasons and errno at its edge.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* Prepares count statements; on failure all are finalized and NULL. */
int sql_prepare(sqlite3 *db, const char *const *texts, sqlite3_stmt **statements, unsigned count);
void sql_finalize(sqlite3_stmt **statements, unsigned count);

/* Runs text (may hold several statements) once. */
int sql_exec(sqlite3 *db, const char *text);

/* One value to bind. Made by the helpers below, taken in order ?1, ?2, ... */
struct sql_value {
    enum { SQL_NULL, SQL_INT, SQL_REAL, SQL_TEXT } kind;
    union {
        int64_t i;
        double r;
        const char *t;
    };
};

static inline struct sql_value sql_null(void)
{
    return (struct sql_value){.kind = SQL_NULL};
}

static inline struct sql_value sql_int(int64_t i)
{
    return (struct sql_value){.kind = SQL_INT, .i = i};
}

/* TIME_UNKNOWN becomes NULL. */
struct sql_value sql_time(int64_t ns);
/* NAN and infinities become NULL: a value nobody knows is not a number. */
struct sql_value sql_real(double r);
/* NULL and "" become NULL. The text must live until the statement has run. */
struct sql_value sql_text(const char *t);

/* Binds. Strings are not copied. */
int sql_bind(sqlite3_stmt *statement, const struct sql_value *values, unsigned count);

/* Binds, runs to the end, throws rows away, resets. */
int sql_run(sqlite3_stmt *statement, const struct sql_value *values, unsigned count);

/* The same, with the first column of the first row in *result; otherwise *result keeps its value. */
int sql_get(sqlite3_stmt *statement, const struct sql_value *values, unsigned count, int64_t *result);

#define SQL_RUN(statement, ...)                                                                              \
    sql_run((statement), (const struct sql_value[]){__VA_ARGS__},                                            \
            sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value))
#define SQL_GET(result, statement, ...)                                                                      \
    sql_get((statement), (const struct sql_value[]){__VA_ARGS__},                                            \
            sizeof((const struct sql_value[]){__VA_ARGS__}) / sizeof(struct sql_value), (result))
