/* SPDX-License-Identifier: MIT */
/* The diary's file: opening, checking, moving aside, and whose fault a result code is. */
#pragma once

#include "base/names.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>

#define DATABASE_NAME "diary.db"

/* Opens or makes path for writing, checks it and brings its tables up to date. SQLITE_OK, or a result code
   with *db NULL; error gets what SQLite or the system says. */
int database_open(const char *path, sqlite3 **db, char error[256]);

/* Opens path for reading only, on a file system that cannot be written. as_it_lies: without its WAL, which
   takes files that may not be made here; what is only in there is missing then. */
int database_open_frozen(const char *path, bool as_it_lies, sqlite3 **db);

/* Renames a file that is no use any more, with its -wal and -shm, to <path>.corrupt-<n>; aside gets the name.
   0 or a negative errno. */
int database_set_aside(const char *path, char aside[PATH_MAX]);

/* What db failed with, right after the failure: rc, or the code of its class where only the system's errno
   tells it. error gets what the system or SQLite says. */
int database_failure(sqlite3 *db, int rc, char error[256]);

/* True when the file, not the disk, is what is wrong: worth setting aside. */
bool database_is_corrupt(int rc);

/* True when it is the storage that fails; false: the request itself was wrong (a bug). */
bool database_is_storage(int rc);

/* What the system said when db last failed; right after the failure. SQLite itself does not keep it when a
   COMMIT fails. 0 = nothing. */
int database_errno(sqlite3 *db);

/* What to call it. system_errno: database_errno(), or 0. */
enum fault_reason database_reason(int rc, int system_errno);

/* PRAGMA synchronous for the transactions to come; outside a transaction only. */
int database_set_durable(sqlite3 *db, bool durable);
