/* SPDX-License-Identifier: MIT */
#include "publish/secret.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX 1024

static int complain(const char *path, const char *wrong, int error)
{
    log_error(LOG_CONFIG, "%s: %s", path, wrong);
    return error;
}

static int cannot_read(const char *path)
{
    int error = errno;

    log_error(LOG_CONFIG,
              "%s: cannot read the MQTT password: %s; mqtt.password_file should name a file of mode 0600 "
              "that belongs to crampd's user",
              path, strerror(error));
    return -error;
}

static int check_file(int fd, const char *path)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return complain(path, "is not a file; the password belongs into a file of mode 0600", -EINVAL);
    if (st.st_mode & 077) {
        log_error(LOG_CONFIG, "%s: others may read the password (mode %04o); chmod 600 it", path,
                  (unsigned)st.st_mode & 07777);
        return -EPERM;
    }
    return 0;
}

static int read_text(int fd, const char *path, char **secret)
{
    char buffer[SECRET_MAX + 2];
    size_t size = 0;
    ssize_t got;

    while ((got = read(fd, buffer + size, sizeof(buffer) - size)) > 0)
        size += (size_t)got;
    int error = got < 0 ? -errno : 0;
    if (size > 0 && buffer[size - 1] == '\n')
        size--;
    if (!error && size > SECRET_MAX)
        error = complain(path, "is too long for a password (at most 1024 bytes)", -EINVAL);
    else if (!error && (size == 0 || memchr(buffer, '\0', size) || memchr(buffer, '\n', size)))
        error = complain(path, "holds no password; it should be one line of text", -EINVAL);
    else if (!error && !(*secret = strndup(buffer, size)))
        error = -ENOMEM;
    explicit_bzero(buffer, sizeof(buffer));
    return error;
}

int secret_read(const char *credential, const char *file, char **secret)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    char path[4096];
    int fd = -1;

    *secret = NULL;
    if (directory) {
        snprintf(path, sizeof(path), "%s/%s", directory, credential);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0 && errno != ENOENT)
            return cannot_read(path);
    }
    /* The service manager guards a credential by other means than its mode. */
    bool guarded = fd >= 0;
    if (!guarded) {
        if (!file[0])
            return 0;
        snprintf(path, sizeof(path), "%s", file);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
            return cannot_read(path);
    }
    int error = guarded ? 0 : check_file(fd, path);
    if (!error)
        error = read_text(fd, path, secret);
    close(fd);
    return error;
}

void secret_free(char *secret)
{
    if (!secret)
        return;
    explicit_bzero(secret, strlen(secret));
    free(secret);
}
