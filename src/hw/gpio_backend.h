/* SPDX-License-Identifier: MIT */
/*
 * Between gpio.c (what both versions of libgpiod share) and the one back end that is compiled in
 * (gpio_v1.c or gpio_v2.c).
 */
#pragma once

#include "hw/gpio.h"

#include <time.h>

#define GPIO_MATCHES_MAX 32 /* more lines of one name than any board has */

/* A line that has the wanted name. */
struct gpio_match {
    char path[48]; /* "/dev/gpiochip0": for opening only, it says nothing about identity */
    unsigned offset;
    struct gpio_line_info info;
};

/* Index of the line that `spec` means, -ENOENT (none, or none on a chip of that label) or -EEXIST (several:
   only a chip label can tell). The same line seen through two paths (a symbolic link to a chip) is one. */
int gpio_choose(const struct gpio_match *matches, size_t count, const char *chip_label);

/* All chips below `directory` ("/dev"), the line chosen: 0 and *match, or a negative errno. -EACCES when
   nothing matched but some chip could not be opened. */
int gpio_find(const char *directory, const struct gpio_spec *spec, struct gpio_match *match);

/* What libgpiod and the kernel say in errno when a request fails, as the contract of gpio_ops.request. */
int gpio_request_error(int positive_errno);

/* Edge records of both libraries. */
struct gpio_edge gpio_edge_from_timespec(const struct timespec *ts, bool rising);
struct gpio_edge gpio_edge_from_event(uint64_t timestamp_ns, unsigned long line_seqno, bool rising);

/* ppoll() over the lines' descriptors; fds[i] < 0: no line. As gpio_ops.wait. */
uint32_t gpio_wait_fds(const int *fds, size_t count, int wake_fd, int64_t deadline_ns);

/* Lines of that name on the chip at `path` are appended to matches[*count..max). 0 or a negative errno. */
int gpio_backend_scan(const char *path, const char *line_name, struct gpio_match *matches, size_t *count,
                      size_t max);
extern const struct gpio gpio_backend; /* what gpio_new() copies */

/* The operations that are the same on both. */
uint32_t gpio_backend_wait(struct gpio *gpio, struct gpio_line *const *lines, size_t count, int wake_fd,
                           int64_t deadline_ns);
int gpio_backend_describe(struct gpio *gpio, const struct gpio_spec *spec, struct gpio_line_info *info);
void gpio_backend_free(struct gpio *gpio);

/* The descriptor a line's edges arrive on, -1 for NULL and lines without edges. */
int gpio_backend_line_fd(const struct gpio_line *line);
