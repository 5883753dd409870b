/* SPDX-License-Identifier: MIT */
#include "crampctl/whole_file.h"

#include "base/macros.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, text, size);

        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0) {
            text += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

static int write_and_close(int fd, const char *text, size_t size)
{
    int r = write_all(fd, text, size);

    if (close(fd) < 0 && r == 0)
        r = -errno;
    return r;
}

/* Rights of a file for which nobody asked for others. */
static mode_t usual_mode(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return 0666 & ~mask;
}

/* As what it replaces; somebody else's file stays theirs where that is allowed. before: NULL if it is new. */
static int take_over(int fd, const struct stat *before)
{
    if (before && fchown(fd, before->st_uid, before->st_gid) < 0 && errno != EPERM)
        return -errno;
    return fchmod(fd, before ? before->st_mode & 0777 : usual_mode()) < 0 ? -errno : 0;
}

/* Beside its place, so that it can be moved there at once. */
static int replace(const char *path, const struct stat *before, const char *text, size_t size)
{
    size_t name_size = strlen(path) + sizeof(".XXXXXX");
    _cleanup_(freep) char *beside = malloc(name_size);

    if (!beside)
        return -ENOMEM;
    snprintf(beside, name_size, "%s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = take_over(fd, before), written = write_and_close(fd, text, size);
    if (r == 0)
        r = written;
    if (r == 0 && rename(beside, path) < 0)
        r = -errno;
    if (r < 0)
        unlink(beside);
    return r;
}

int whole_file_write(const char *path, const char *text, size_t size)
{
    struct stat status;

    if (strcmp(path, "-") == 0)
        return write_all(STDOUT_FILENO, text, size);
    if (stat(path, &status) < 0)
        return replace(path, NULL, text, size);
    if (!S_ISREG(status.st_mode)) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        return fd < 0 ? -errno : write_and_close(fd, text, size);
    }
    _cleanup_(freep) char *target = realpath(path, NULL);
    if (!target || access(target, W_OK) < 0)
        return -errno;
    return replace(target, &status, text, size);
}
