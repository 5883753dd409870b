/* SPDX-License-Identifier: MIT */
#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int directory_find(const char *configured, char path[PATH_MAX])
{
    const char *given = configured && *configured ? configured : getenv("STATE_DIRECTORY");

    if (!given || !*given)
        given = "/var/lib/crampd";
    /* systemd separates several with colons; a configured one is taken as it is. */
    size_t length = given == configured ? strlen(given) : strcspn(given, ":");
    if (length >= PATH_MAX - 32)
        return -ENAMETOOLONG;
    memcpy(path, given, length);
    path[length] = '\0';
    return 0;
}

static int make_directories(const char *path)
{
    char part[PATH_MAX];

    snprintf(part, sizeof(part), "%s", path);
    for (char *slash = part + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST && errno != EROFS)
            return -errno;
        *slash = '/';
    }
    return mkdir(part, 0700) != 0 && errno != EEXIST ? -errno : 0;
}

int directory_lock(const char *path)
{
    char file[PATH_MAX];
    int error = make_directories(path);

    if (error < 0)
        return error;
    if (snprintf(file, sizeof(file), "%s/lock", path) >= (int)sizeof(file))
        return -ENAMETOOLONG;
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    /* On a file system turned read-only a lock from better days still serves. */
    if (fd < 0 && (errno == EROFS || errno == EACCES))
        fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        error = errno == EWOULDBLOCK ? -EBUSY : -errno;
        close(fd);
        return error;
    }
    return fd;
}
