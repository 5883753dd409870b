/* SPDX-License-Identifier: MIT */
#include "hw/gpio_backend.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define GPIO_WAIT_MAX 31 /* lines; bit 31 of a wait is GPIO_WOKEN */

static bool same_line(const struct gpio_match *a, const struct gpio_match *b)
{
    return a->offset == b->offset && strcmp(a->info.chip, b->info.chip) == 0;
}

int gpio_choose(const struct gpio_match *matches, size_t count, const char *chip_label)
{
    int chosen = -ENOENT;

    for (size_t i = 0; i < count; i++) {
        if (chip_label && *chip_label && strcmp(matches[i].info.label, chip_label) != 0)
            continue;
        if (chosen >= 0 && !same_line(&matches[chosen], &matches[i]))
            return -EEXIST;
        if (chosen < 0)
            chosen = (int)i;
    }
    return chosen;
}

int gpio_find(const char *directory, const struct gpio_spec *spec, struct gpio_match *match)
{
    struct gpio_match matches[GPIO_MATCHES_MAX];
    size_t count = 0;
    bool denied = false;
    DIR *dir = opendir(directory);

    if (!dir)
        return -errno;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[sizeof(match->path)];

        if (strncmp(entry->d_name, "gpiochip", 8) != 0)
            continue;
        int length = snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof(path))
            continue;
        int r = gpio_backend_scan(path, spec->name, matches, &count, ARRAY_SIZE(matches));
        denied |= r == -EACCES || r == -EPERM;
    }
    closedir(dir);
    int chosen = gpio_choose(matches, count, spec->chip_label);
    if (chosen < 0)
        return chosen == -ENOENT && denied ? -EACCES : chosen;
    *match = matches[chosen];
    return 0;
}

int gpio_request_error(int positive_errno)
{
    switch (positive_errno) {
    case 0: return -EIO; /* a library that fails without saying why must not look like success */
    case EPERM: return -EACCES;
    case ENXIO: return -ENODEV; /* the chip went away between finding and requesting */
    default: return -positive_errno;
    }
}

struct gpio_edge gpio_edge_from_timespec(const struct timespec *ts, bool rising)
{
    return (struct gpio_edge){.t_ns = (int64_t)ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec, .active = rising};
}

struct gpio_edge gpio_edge_from_event(uint64_t timestamp_ns, unsigned long line_seqno, bool rising)
{
    return (struct gpio_edge){.t_ns = (int64_t)timestamp_ns, .seqno = (uint32_t)line_seqno, .active = rising};
}

uint32_t gpio_wait_fds(const int *fds, size_t count, int wake_fd, int64_t deadline_ns)
{
    struct pollfd polls[GPIO_WAIT_MAX + 1];
    uint32_t ready = 0;

    count = MIN(count, (size_t)GPIO_WAIT_MAX);
    for (size_t i = 0; i < count; i++)
        polls[i] = (struct pollfd){.fd = fds[i], .events = POLLIN | POLLPRI};
    polls[count] = (struct pollfd){.fd = wake_fd, .events = POLLIN};

    int64_t left = MAX(deadline_ns - clock_now(clock_monotonic()), INT64_C(0));
    struct timespec timeout = {.tv_sec = (time_t)(left / NSEC_PER_SEC),
                               .tv_nsec = (long)(left % NSEC_PER_SEC)};
    if (ppoll(polls, count + 1, &timeout, NULL) <= 0)
        return 0; /* deadline; after a signal the caller simply looks at the clock and waits again */
    /* An error or hang-up counts as ready: the read that follows says what it is. */
    for (size_t i = 0; i < count; i++)
        if (polls[i].revents)
            ready |= BIT(i);
    if (polls[count].revents)
        ready |= GPIO_WOKEN;
    return ready;
}

uint32_t gpio_backend_wait(_unused_ struct gpio *gpio, struct gpio_line *const *lines, size_t count,
                           int wake_fd, int64_t deadline_ns)
{
    int fds[GPIO_WAIT_MAX];

    count = MIN(count, ARRAY_SIZE(fds));
    for (size_t i = 0; i < count; i++)
        fds[i] = gpio_backend_line_fd(lines[i]);
    return gpio_wait_fds(fds, count, wake_fd, deadline_ns);
}

int gpio_backend_describe(_unused_ struct gpio *gpio, const struct gpio_spec *spec,
                          struct gpio_line_info *info)
{
    struct gpio_match match;
    int r = gpio_find("/dev", spec, &match);

    if (r < 0)
        return r;
    *info = match.info;
    return 0;
}

void gpio_backend_free(struct gpio *gpio)
{
    free(gpio);
}

struct gpio *gpio_new(void)
{
    struct gpio *gpio = malloc(sizeof(*gpio));

    if (gpio)
        *gpio = gpio_backend;
    return gpio;
}

const char *gpio_error_text(int negative_errno)
{
    switch (negative_errno) {
    case -ENOENT:
        return "no chip has a line of that name; `gpioinfo` lists them, a Pi's header lines are "
               "GPIO2..GPIO27";
    case -EEXIST:
        return "several chips have a line of that name; set the chip's label (`gpiodetect` shows it)";
    case -EBUSY: return "another program or a kernel driver holds the line; `gpioinfo` shows which";
    case -EACCES:
    case -EPERM: return "not allowed; the user must be in group gpio and the unit must allow char-gpiochip";
    case -ENODEV: return "the GPIO chip is gone";
    case -EINVAL: return "the chip cannot do this with the line (edge, bias or direction)";
    default: return strerror(-negative_errno);
    }
}
