/* SPDX-License-Identifier: MIT */
/*
 * GPIO through libgpiod 2.x (Debian 13). The kernel keeps up to 1024 edges per request and drops the oldest
 * when full, but its sequence numbers go on (uAPI v2): a gap in them is lost edges.
 */
#include "hw/gpio_backend.h"

#include "build_config.h"

#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <stdio.h>
#include <string.h>

#define KERNEL_EDGES 1024 /* gpiolib-cdev.c, GPIO_V2_LINES_MAX * 16 */

struct gpio_line {
    struct gpiod_line_request *request;
    struct gpiod_edge_event_buffer *buffer; /* NULL: no edges */
    unsigned offset;
    int fd; /* -1: no edges */
    bool output;
};

DEFINE_CLEANUP(struct gpiod_chip *, gpiod_chip_close);
DEFINE_CLEANUP(struct gpiod_chip_info *, gpiod_chip_info_free);
DEFINE_CLEANUP(struct gpiod_line_info *, gpiod_line_info_free);
DEFINE_CLEANUP(struct gpiod_line_settings *, gpiod_line_settings_free);
DEFINE_CLEANUP(struct gpiod_line_config *, gpiod_line_config_free);
DEFINE_CLEANUP(struct gpiod_request_config *, gpiod_request_config_free);

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
    _cleanup_(gpiod_chip_info_freep) struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
    if (!info)
        return -errno;

    for (unsigned offset = 0; offset < gpiod_chip_info_get_num_lines(info) && *count < max; offset++) {
        _cleanup_(gpiod_line_info_freep) struct gpiod_line_info *line =
            gpiod_chip_get_line_info(chip, offset);
        const char *name = line ? gpiod_line_info_get_name(line) : NULL;

        if (!name || strcmp(name, line_name) != 0)
            continue;
        struct gpio_match *match = &matches[(*count)++];
        match->offset = offset;
        match->info.used = gpiod_line_info_is_used(line);
        copy_text(match->path, sizeof(match->path), path);
        copy_text(match->info.chip, sizeof(match->info.chip), gpiod_chip_info_get_name(info));
        copy_text(match->info.label, sizeof(match->info.label), gpiod_chip_info_get_label(info));
        copy_text(match->info.consumer, sizeof(match->info.consumer), gpiod_line_info_get_consumer(line));
    }
    return 0;
}

static void fill_settings(struct gpiod_line_settings *settings, const struct gpio_spec *spec)
{
    static const enum gpiod_line_edge edges[] = {
        [GPIO_EDGE_NONE] = GPIOD_LINE_EDGE_NONE,
        [GPIO_EDGE_RISING] = GPIOD_LINE_EDGE_RISING,
        [GPIO_EDGE_FALLING] = GPIOD_LINE_EDGE_FALLING,
        [GPIO_EDGE_BOTH] = GPIOD_LINE_EDGE_BOTH,
    };
    static const enum gpiod_line_bias biases[] = {
        [BIAS_AS_IS] = GPIOD_LINE_BIAS_AS_IS,
        [BIAS_PULL_UP] = GPIOD_LINE_BIAS_PULL_UP,
        [BIAS_PULL_DOWN] = GPIOD_LINE_BIAS_PULL_DOWN,
        [BIAS_DISABLED] = GPIOD_LINE_BIAS_DISABLED,
    };

    /* None of these can fail: every value is one of the library's own. */
    gpiod_line_settings_set_direction(settings, spec->output ? GPIOD_LINE_DIRECTION_OUTPUT
                                                             : GPIOD_LINE_DIRECTION_INPUT);
    gpiod_line_settings_set_active_low(settings, spec->active_low);
    gpiod_line_settings_set_bias(settings, biases[spec->bias]);
    if (spec->output)
        gpiod_line_settings_set_output_value(settings, GPIOD_LINE_VALUE_INACTIVE);
    else
        gpiod_line_settings_set_edge_detection(settings, edges[spec->edges]);
}

static void release(_unused_ struct gpio *gpio, struct gpio_line *line)
{
    if (!line)
        return;
    if (line->output && line->request)
        gpiod_line_request_set_value(line->request, line->offset, GPIOD_LINE_VALUE_INACTIVE);
    if (line->request)
        gpiod_line_request_release(line->request);
    if (line->buffer)
        gpiod_edge_event_buffer_free(line->buffer);
    free(line);
}

/* *offset points into the match: config wants an array. */
static int request_found(struct gpio_line *line, const struct gpio_spec *spec, struct gpio_match *match)
{
    _cleanup_(gpiod_chip_closep) struct gpiod_chip *chip = gpiod_chip_open(match->path);
    if (!chip)
        return gpio_request_error(errno);
    _cleanup_(gpiod_line_settings_freep) struct gpiod_line_settings *settings = gpiod_line_settings_new();
    _cleanup_(gpiod_line_config_freep) struct gpiod_line_config *lines = gpiod_line_config_new();
    _cleanup_(gpiod_request_config_freep) struct gpiod_request_config *config = gpiod_request_config_new();
    bool edges = !spec->output && spec->edges != GPIO_EDGE_NONE;

    if (!settings || !lines || !config)
        return -ENOMEM;
    fill_settings(settings, spec);
    gpiod_request_config_set_consumer(config, spec->consumer);
    if (edges)
        gpiod_request_config_set_event_buffer_size(config, KERNEL_EDGES);
    if (gpiod_line_config_add_line_settings(lines, &match->offset, 1, settings) < 0)
        return gpio_request_error(errno);
    line->request = gpiod_chip_request_lines(chip, config, lines);
    if (!line->request)
        return gpio_request_error(errno);
    line->output = spec->output;
    if (!edges)
        return 0;
    line->buffer = gpiod_edge_event_buffer_new(GPIO_EDGES_MAX);
    if (!line->buffer)
        return -ENOMEM;
    line->fd = gpiod_line_request_get_fd(line->request);
    /* Reading must never block the thread that samples. */
    if (fcntl(line->fd, F_SETFL, fcntl(line->fd, F_GETFL) | O_NONBLOCK) < 0)
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
    *line = (struct gpio_line){.offset = match.offset, .fd = -1};
    r = request_found(line, spec, &match);
    if (r < 0) {
        release(gpio, line);
        return r;
    }
    *out = line;
    return 0;
}

static int get(_unused_ struct gpio *gpio, struct gpio_line *line)
{
    enum gpiod_line_value value = gpiod_line_request_get_value(line->request, line->offset);
    return value == GPIOD_LINE_VALUE_ERROR ? -errno : value == GPIOD_LINE_VALUE_ACTIVE;
}

static int set(_unused_ struct gpio *gpio, struct gpio_line *line, bool active)
{
    enum gpiod_line_value value = active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
    return gpiod_line_request_set_value(line->request, line->offset, value) < 0 ? -errno : 0;
}

static int read_edges(_unused_ struct gpio *gpio, struct gpio_line *line, struct gpio_edge *edges, size_t max)
{
    int got = gpiod_line_request_read_edge_events(line->request, line->buffer, MIN(max, GPIO_EDGES_MAX));

    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    for (int i = 0; i < got; i++) {
        struct gpiod_edge_event *event = gpiod_edge_event_buffer_get_event(line->buffer, (unsigned long)i);

        edges[i] = gpio_edge_from_event(
            gpiod_edge_event_get_timestamp_ns(event), gpiod_edge_event_get_line_seqno(event),
            gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE);
    }
    return got;
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
    .ops = &ops, .has_seqno = true, .edge_buffer = KERNEL_EDGES, .backend = "libgpiod " GPIOD_VERSION};
