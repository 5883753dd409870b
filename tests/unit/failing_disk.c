/* SPDX-License-Identifier: MIT */
#include "failing_disk.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct failing_disk failing_disk;

struct wrapped {
    sqlite3_file base;
    bool counted; /* the database or its WAL, not a temporary file */
    sqlite3_file *real;
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs wrapper;

static sqlite3_file *real(sqlite3_file *file)
{
    return ((struct wrapped *)file)->real;
}

static int close_file(sqlite3_file *file)
{
    int rc = real(file)->pMethods ? real(file)->pMethods->xClose(real(file)) : SQLITE_OK;
    free(real(file));
    return rc;
}

static int read_file(sqlite3_file *file, void *to, int size, sqlite3_int64 at)
{
    if (failing_disk.read_error && ((struct wrapped *)file)->counted)
        return failing_disk.read_error;
    return real(file)->pMethods->xRead(real(file), to, size, at);
}

static int write_file(sqlite3_file *file, const void *from, int size, sqlite3_int64 at)
{
    if (failing_disk.write_error && ((struct wrapped *)file)->counted)
        return failing_disk.write_error;
    failing_disk.bytes_written += size;
    failing_disk.writes++;
    return real(file)->pMethods->xWrite(real(file), from, size, at);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    return failing_disk.write_error ? failing_disk.write_error
                                    : real(file)->pMethods->xTruncate(real(file), size);
}

static int sync_file(sqlite3_file *file, int flags)
{
    if (failing_disk.sync_sleep_s)
        sleep((unsigned)failing_disk.sync_sleep_s);
    failing_disk.syncs++;
    int rc = real(file)->pMethods->xSync(real(file), flags);
    if (failing_disk.good_syncs > 0)
        failing_disk.good_syncs--;
    else if (failing_disk.sync_error)
        return failing_disk.sync_error;
    return rc;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real(file)->pMethods->xFileSize(real(file), size);
}

static int lock_file(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xLock(real(file), level);
}

static int unlock_file(sqlite3_file *file, int level)
{
    return real(file)->pMethods->xUnlock(real(file), level);
}

static int check_lock(sqlite3_file *file, int *result)
{
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
}

static int control(sqlite3_file *file, int op, void *argument)
{
    return real(file)->pMethods->xFileControl(real(file), op, argument);
}

static int sector_size(sqlite3_file *file)
{
    return real(file)->pMethods->xSectorSize(real(file));
}

static int characteristics(sqlite3_file *file)
{
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **to)
{
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, to);
}

static int shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}

static void shm_barrier(sqlite3_file *file)
{
    real(file)->pMethods->xShmBarrier(real(file));
}

static int shm_unmap(sqlite3_file *file, int remove)
{
    return real(file)->pMethods->xShmUnmap(real(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_lock,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct wrapped *wrapped = (struct wrapped *)file;
    (void)vfs;

    file->pMethods = NULL;
    wrapped->counted = (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) != 0;
    wrapped->real = calloc(1, (size_t)real_vfs->szOsFile);
    if (!wrapped->real)
        return SQLITE_NOMEM;
    int rc = real_vfs->xOpen(real_vfs, name, wrapped->real, flags, out);
    if (rc != SQLITE_OK)
        free(wrapped->real);
    else
        file->pMethods = &methods;
    return rc;
}

static int last_error(sqlite3_vfs *vfs, int size, char *text)
{
    (void)vfs;
    if (failing_disk.write_errno)
        return failing_disk.write_errno;
    return real_vfs->xGetLastError(real_vfs, size, text);
}

void failing_disk_install(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    wrapper = *real_vfs;
    wrapper.zName = "failing";
    wrapper.szOsFile = (int)sizeof(struct wrapped);
    wrapper.xOpen = open_file;
    wrapper.xGetLastError = last_error;
    sqlite3_vfs_register(&wrapper, 1);
}
