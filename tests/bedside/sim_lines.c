/* SPDX-License-Identifier: MIT */
/* See Documentation/admin-guide/gpio/gpio-sim.rst. */
#include "sim_lines.h"

#include "base/macros.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG    "/sys/kernel/config/gpio-sim/bedside"
#define LINES_MAX 32

struct sim_line {
    char name[32];
    bool pull;
    int pull_fd, value_fd;
};

struct sim_lines {
    struct sim_line lines[LINES_MAX];
    int count;
};

struct sim_lines *sim_lines_new(void)
{
    return calloc(1, sizeof(struct sim_lines));
}

int sim_lines_add(struct sim_lines *lines, const char *name, bool pull)
{
    struct sim_line *line = &lines->lines[lines->count];

    if (lines->count == LINES_MAX)
        return -ENOSPC;
    snprintf(line->name, sizeof(line->name), "%s", name);
    line->pull = pull;
    return lines->count++;
}

static int complain(const char *path)
{
    int error = errno;

    fprintf(stderr, "bedside: %s: %s\n", path, strerror(error));
    return -error;
}

static int make_directory(const char *path)
{
    return mkdir(path, 0755) < 0 && errno != EEXIST ? complain(path) : 0;
}

static int write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int error = 0;

    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        error = complain(path);
    if (fd >= 0)
        close(fd);
    return error;
}

static int read_text(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);

    if (fd >= 0)
        close(fd);
    if (got < 0)
        return complain(path);
    text[got] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return 0;
}

static int describe_chip(const struct sim_lines *lines)
{
    char path[128], text[16];
    int error = make_directory(CONFIG);

    if (error == 0)
        error = make_directory(CONFIG "/bank0");
    snprintf(text, sizeof(text), "%d", lines->count);
    if (error == 0)
        error = write_text(CONFIG "/bank0/num_lines", text);
    for (int i = 0; i < lines->count && error == 0; i++) {
        snprintf(path, sizeof(path), CONFIG "/bank0/line%d", i);
        error = make_directory(path);
        snprintf(path, sizeof(path), CONFIG "/bank0/line%d/name", i);
        if (error == 0)
            error = write_text(path, lines->lines[i].name);
    }
    return error < 0 ? error : write_text(CONFIG "/live", "1");
}

static int open_lines(struct sim_lines *lines)
{
    char device[64], chip[64], path[256];
    int error = read_text(CONFIG "/dev_name", device, sizeof(device));

    if (error == 0)
        error = read_text(CONFIG "/bank0/chip_name", chip, sizeof(chip));
    for (int i = 0; i < lines->count && error == 0; i++) {
        struct sim_line *line = &lines->lines[i];

        snprintf(path, sizeof(path), "/sys/devices/platform/%s/%s/sim_gpio%d/pull", device, chip, i);
        line->pull_fd = open(path, O_WRONLY | O_CLOEXEC);
        if (line->pull_fd < 0)
            return complain(path);
        snprintf(path, sizeof(path), "/sys/devices/platform/%s/%s/sim_gpio%d/value", device, chip, i);
        line->value_fd = open(path, O_RDONLY | O_CLOEXEC);
        if (line->value_fd < 0)
            return complain(path);
        sim_lines_pull(lines, i, line->pull);
    }
    return error;
}

int sim_lines_start(struct sim_lines *lines)
{
    char live[8] = "";
    int error = 0;

    if (access(CONFIG "/live", F_OK) == 0)
        error = read_text(CONFIG "/live", live, sizeof(live));
    if (error == 0 && *live != '1')
        error = describe_chip(lines);
    return error < 0 ? error : open_lines(lines);
}

void sim_lines_pull(struct sim_lines *lines, int line, bool high)
{
    const char *text = high ? "pull-up" : "pull-down";

    if (line >= 0 && pwrite(lines->lines[line].pull_fd, text, strlen(text), 0) < 0)
        complain(lines->lines[line].name);
}

int sim_lines_value(const struct sim_lines *lines, int line)
{
    char text[8];

    return pread(lines->lines[line].value_fd, text, sizeof(text), 0) < 1 ? -errno : text[0] == '1';
}
