/* SPDX-License-Identifier: MIT */
/*
 * A disk that fails on request: an SQLite VFS around the real one, made the default before the code under
 * test opens its database. Counts what is written and flushed besides.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

struct failing_disk {
    _Atomic int write_error; /* result code of every write and truncate; 0 = none */
    _Atomic int write_errno; /* what the system is said to have said */
    _Atomic int sync_error;  /* of every flush, after it was carried out: the bytes are there all the same */
    _Atomic int good_syncs;  /* that go well before sync_error comes up */
    _Atomic int sync_sleep_s;
    _Atomic int read_error; /* of every read of the main file */
    _Atomic int64_t bytes_written, writes, syncs;
};

extern struct failing_disk failing_disk;

/* Once per process. */
void failing_disk_install(void);
