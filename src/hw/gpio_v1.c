/* SPDX-License-Identifier: MIT */
/*
 * GPIO through libgpiod 1.6 (Debian 12). The kernel keeps 16 edges per line here and drops the newest in
 * silence, without sequence numbers (gpiolib-cdev.c, line events of uAPI v1): the reader counts intervals.
 */
#include "hw/gpio_backend.h"

#include "build_config.h"

#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <stdio.h>
#include <string.h>

#define KERNEL_EDGES 16 /* gpiolib-cdev.c, DECLARE_KFIFO(events, struct gpioevent_data, 16) */

struct gpio_line {
    struct gpiod_chip *chip;
    struct gpiod_line *line;
    int fd; /* -1: no edges */
    bool output;
};

DEFINE_CLEANUP(struct gpiod_chip *, gpiod_chip_close);

static void copy_text(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

int gpio_backend_scan(const char *path, const char *line_name, struct gpio_match *matches, size_t *count,
                      size_t max)
{
    _cleanup_(gpiod_chip_closep) struct gpiod_chip *chip = gpiod_chip_open(path);

    if (!chip)
        return -errno;
    for (unsigned offset = 0; offset < gpiod_chip_num_lines(chip) && *count < max; offset++) {
        struct gpiod_line *line = gpiod_chip_get_line(chip, offset);
        const char *name = line ? gpiod_line_name(line) : NULL;

        if (!name || strcmp(name, line_name) != 0)
            continue;
        struct gpio_match *match = &matches[(*count)++];
        match->offset = offset;
        match->info.used = gpiod_line_is_used(line);
        copy_text(match->path, sizeof(match->path), path);
        copy_text(match->info.chip, sizeof(match->info.chip), gpiod_chip_name(chip));
        copy_text(match->info.label, sizeof(match->info.label), gpiod_chip_label(chip));
        copy_text(match->info.consumer, sizeof(match->info.consumer), gpiod_line_consumer(line));
    }
    return 0;
}

static int request_type(const struct gpio_spec *spec)
{
    static const int edge_types[] = {
        [GPIO_EDGE_NONE] = GPIOD_LINE_REQUEST_DIRECTION_INPUT,
        [GPIO_EDGE_RISING] = GPIOD_LINE_REQUEST_EVENT_RISING_EDGE,
        [GPIO_EDGE_FALLING] = GPIOD_LINE_REQUEST_EVENT_FALLING_EDGE,
        [GPIO_EDGE_BOTH] = GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES,
    };
    return spec->output ? GPIOD_LINE_REQUEST_DIRECTION_OUTPUT : edge_types[spec->edges];
}

static int request_flags(const struct gpio_spec *spec)
{
    static const int bias_flags[] = {
        [BIAS_AS_IS] = 0,
        [BIAS_PULL_UP] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP,
        [BIAS_PULL_DOWN] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN,
        [BIAS_DISABLED] = GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE,
    };
    return bias_flags[spec->bias] | (spec->active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0);
}

static void release(_unused_ struct gpio *gpio, struct gpio_line *line)
{
    if (!line)
        return;
    if (line->output)
        gpiod_line_set_value(line->line, 0);
    gpiod_chip_close(line->chip); /* releases the line, too */
    free(line);
}

static int request_found(struct gpio_line *line, const struct gpio_spec *spec, unsigned offset)
{
    struct gpiod_line_request_config config = {
        .consumer = spec->consumer, .request_type = request_type(spec), .flags = request_flags(spec)};

    line->line = gpiod_chip_get_line(line->chip, offset);
    if (!line->line || gpiod_line_request(line->line, &config, 0) < 0)
        return gpio_request_error(errno);
    line->output = spec->output;
    if (spec->output || spec->edges == GPIO_EDGE_NONE)
        return 0;
    line->fd = gpiod_line_event_get_fd(line->line);
    /* Reading must never block the thread that samples. */
    if (line->fd < 0 || fcntl(line->fd, F_SETFL, fcntl(line->fd, F_GETFL) | O_NONBLOCK) < 0)
        return gpio_request_error(errno);
    return 0;
}

static int request(struct gpio *gpio, const struct gpio_spec *spec, struct gpio_line **out)
{
    struct gpio_match match;
    int r = gpio_find("/dev", spec, &match);

    if (r < 0)
        return r;
    struct gpio_line *line = malloc(sizeof(*line));
    if (!line)
        return -ENOMEM;
    *line = (struct gpio_line){.chip = gpiod_chip_open(match.path), .fd = -1};
    if (!line->chip) {
        r = gpio_request_error(errno);
        free(line);
        return r;
    }
    r = request_found(line, spec, match.offset);
    if (r < 0) {
        release(gpio, line);
        return r;
    }
    *out = line;
    return 0;
}

static int get(_unused_ struct gpio *gpio, struct gpio_line *line)
{
    int value = gpiod_line_get_value(line->line);
    return value < 0 ? -errno : value;
}

static int set(_unused_ struct gpio *gpio, struct gpio_line *line, bool active)
{
    return gpiod_line_set_value(line->line, active) < 0 ? -errno : 0;
}

static int read_edges(_unused_ struct gpio *gpio, struct gpio_line *line, struct gpio_edge *edges, size_t max)
{
    struct gpiod_line_event events[KERNEL_EDGES];
    size_t count = 0;

    while (count < max) {
        size_t want = MIN(max - count, (size_t)KERNEL_EDGES);
        int got = gpiod_line_event_read_fd_multiple(line->fd, events, (unsigned)want);

        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return count > 0 ? (int)count : -errno;
        if (got <= 0)
            break;
        for (int i = 0; i < got; i++)
            edges[count++] =
                gpio_edge_from_timespec(&events[i].ts, events[i].event_type == GPIOD_LINE_EVENT_RISING_EDGE);
        if ((size_t)got < want)
            break;
    }
    return (int)count;
}

int gpio_backend_line_fd(const struct gpio_line *line)
{
    return line ? line->fd : -1;
}

static const struct gpio_ops ops = {
    .request = request,
    .release = release,
    .get = get,
    .set = set,
    .read_edges = read_edges,
    .wait = gpio_backend_wait,
    .free = gpio_backend_free,
    .describe = gpio_backend_describe,
};

const struct gpio gpio_backend = {
    .ops = &ops, .has_seqno = false, .edge_buffer = KERNEL_EDGES, .backend = "libgpiod " GPIOD_VERSION};
