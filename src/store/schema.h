/* SPDX-License-Identifier: MIT */
/*
 * The diary's tables, in one place: a list of SQL steps. PRAGMA user_version says how many of them a file has
 * been through; opening runs the rest. A step that has been released is never changed, only followed by
 * another.
 */
#pragma once

#include <sqlite3.h>

/* How many steps there are: the user_version of an up-to-date diary. */
int schema_version(void);

/* The step that leads from version to version + 1. */
const char *schema_step(int version);

/* Brings db up to date, each step in a transaction of its own. SQLITE_OK, SQLITE_MISMATCH when the file was
   written by a newer crampd than this one, or what SQLite says. */
int schema_migrate(sqlite3 *db);
