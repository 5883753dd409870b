/* SPDX-License-Identifier: MIT */
/* Where the diary lives, and the lock that keeps a second daemon out. */
#pragma once

#include <limits.h>

/* configured, else the first of $STATE_DIRECTORY, else /var/lib/crampd. 0 or -ENAMETOOLONG. */
int directory_find(const char *configured, char path[PATH_MAX]);

/* Makes the directory (mode 0700) if there is none and takes its lock. A file descriptor that holds the lock
   until closed, -EBUSY if another process has it, or another negative errno. */
int directory_lock(const char *path);
