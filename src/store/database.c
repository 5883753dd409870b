/* SPDX-License-Identifier: MIT */
#include "store/database.h"

#include "base/macros.h"
#include "store/schema.h"
#include "store/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ASIDE_MAX 1000

/*
 * page_size: a batch touches two or three pages and WAL writes whole ones; 1 kB costs the card least.
 * locking_mode EXCLUSIVE, before WAL is touched: the WAL's index is kept in memory instead of a mapped file,
 * which halves what a batch makes the kernel write and leaves no mapping that a dying card can turn into
 * SIGBUS. Nobody else can open the file meanwhile; crampctl asks the daemon.
 * cache_size: of one batch; it is given back after each (book.c).
 */
static const char preparations[] = "PRAGMA page_size = 1024; PRAGMA locking_mode = EXCLUSIVE;"
                                   "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                                   "PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 1048576;"
                                   "PRAGMA cache_size = -64; PRAGMA temp_store = MEMORY;";

/* SQLite makes -wal and -shm with the rights of the file itself, so making it first decides all three. */
static int make_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static int check(sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL);
    bool ok = false;

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        ok = strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0;
    sqlite3_finalize(statement);
    if (rc != SQLITE_ROW)
        return rc == SQLITE_DONE ? SQLITE_CORRUPT : rc;
    return ok ? SQLITE_OK : SQLITE_CORRUPT;
}

static int prepare(sqlite3 *db)
{
    sqlite3_extended_result_codes(db, 1);
    /* Somebody looking with sqlite3 may hold a lock for a moment. */
    sqlite3_busy_timeout(db, 2000);
    int rc = sql_exec(db, preparations);
    if (rc == SQLITE_OK && sqlite3_db_readonly(db, "main") == 1)
        rc = SQLITE_READONLY;
    if (rc == SQLITE_OK)
        rc = check(db);
    return rc == SQLITE_OK ? schema_migrate(db) : rc;
}

int database_errno(sqlite3 *db)
{
    sqlite3_vfs *vfs = NULL;
    int known = sqlite3_system_errno(db);

    if (known != 0 || (sqlite3_errcode(db) & 0xff) != SQLITE_IOERR)
        return known;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs) != SQLITE_OK || !vfs)
        return 0;
    return vfs->xGetLastError(vfs, 0, NULL);
}

int database_failure(sqlite3 *db, int rc, char error[256])
{
    int system_errno = db && !database_is_corrupt(rc) ? database_errno(db) : 0;

    if (system_errno != 0)
        snprintf(error, 256, "%s", strerror(system_errno));
    else if (rc == SQLITE_MISMATCH)
        snprintf(error, 256, "written by a newer crampd");
    else
        snprintf(error, 256, "%s", sqlite3_errstr(rc));
    if (!database_is_storage(rc) || database_is_corrupt(rc))
        return rc;
    switch (database_reason(rc, system_errno)) {
    case FAULT_FULL: return SQLITE_FULL;
    case FAULT_READ_ONLY: return SQLITE_READONLY;
    default: return rc;
    }
}

int database_open(const char *path, sqlite3 **result, char error[256])
{
    sqlite3 *db = NULL;
    int failed = make_private(path);
    int rc;

    *result = NULL;
    if (failed != 0) {
        snprintf(error, 256, "%s", strerror(failed));
        return failed == ENOSPC || failed == EDQUOT ? SQLITE_FULL : SQLITE_READONLY;
    }
    rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = prepare(db);
    if (rc != SQLITE_OK) {
        rc = database_failure(db, rc, error);
        sqlite3_close(db);
        return rc;
    }
    *result = db;
    return SQLITE_OK;
}

int database_open_frozen(const char *path, bool as_it_lies, sqlite3 **db)
{
    char uri[PATH_MAX + 32] = "file:";
    size_t used = strlen(uri);

    for (const char *c = path; *c && used < sizeof(uri) - 20; c++)
        used += (size_t)snprintf(uri + used, 4, strchr("%?#", *c) ? "%%%02X" : "%c", (unsigned char)*c);
    if (as_it_lies)
        snprintf(uri + used, sizeof(uri) - used, "?immutable=1");
    int rc = sqlite3_open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK) {
        sqlite3_close(*db);
        *db = NULL;
    }
    return rc;
}

int database_set_aside(const char *path, char aside[PATH_MAX])
{
    static const char *const tails[] = {"-wal", "-shm"};
    char from[PATH_MAX + 8], to[PATH_MAX + 8];
    int n = 1;

    do {
        if (snprintf(aside, PATH_MAX, "%s.corrupt-%d", path, n) >= PATH_MAX)
            return -ENAMETOOLONG;
    } while (access(aside, F_OK) == 0 && ++n < ASIDE_MAX);
    if (n == ASIDE_MAX)
        return -EEXIST;
    if (rename(path, aside) != 0)
        return -errno;
    for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
        snprintf(from, sizeof(from), "%s%s", path, tails[i]);
        snprintf(to, sizeof(to), "%s%s", aside, tails[i]);
        /* A stale WAL beside a new database would be taken for its own. */
        if (rename(from, to) != 0 && errno != ENOENT && unlink(from) != 0)
            return -errno;
    }
    return 0;
}

bool database_is_corrupt(int rc)
{
    int primary = rc & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_MISMATCH;
}

bool database_is_storage(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_PERM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_NOTADB:
    case SQLITE_AUTH: return true;
    default: return false;
    }
}

enum fault_reason database_reason(int rc, int system_errno)
{
    if (database_is_corrupt(rc))
        return FAULT_CORRUPT;
    if (system_errno == ENOSPC || system_errno == EDQUOT || (rc & 0xff) == SQLITE_FULL)
        return FAULT_FULL;
    if (system_errno == EROFS || system_errno == EACCES || system_errno == EPERM)
        return FAULT_READ_ONLY;
    switch (rc & 0xff) {
    case SQLITE_IOERR: /* the file system of such a disk is read-only in a moment, if it is not by now */
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH: return FAULT_READ_ONLY;
    default: return FAULT_STALLED; /* locked by somebody: nothing gets through now */
    }
}

int database_set_durable(sqlite3 *db, bool durable)
{
    return sql_exec(db, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
}
