/* SPDX-License-Identifier: MIT */
/*
 * One line per thing worth knowing, naming whose fault it is:
 *
 *     log_warning(LOG_SENSOR, "ads1115@0x48: no answer on /dev/i2c-1; is the cable in? see crampd(8)
 * WIRING");
 *
 * Lines go to standard error with an sd-daemon priority prefix when the journal reads it ($JOURNAL_STREAM),
 * without it on a terminal. Any thread may log.
 */
#pragma once

#include "base/macros.h"
#include "base/names.h"

#include <stdbool.h>

enum log_owner {
    LOG_CRAMPD, /* "crampd: ": state changes, nobody's fault */
    LOG_SENSOR, /* "sensor: " */
    LOG_BUS,    /* "bus: " (I2C, GPIO) */
    LOG_BROKER, /* "broker: " */
    LOG_CONFIG, /* "config: " */
    LOG_DISK,   /* "disk: " */
    LOG_CLOCK,  /* "clock: " */
    LOG_BUG,    /* "crampd bug: " */
};

void log_set_level(enum log_level level);

_printf_(3, 4) void log_line(enum log_level level, enum log_owner owner, const char *format, ...);

#define log_error(owner, ...)   log_line(LOG_LEVEL_ERROR, owner, __VA_ARGS__)
#define log_warning(owner, ...) log_line(LOG_LEVEL_WARNING, owner, __VA_ARGS__)
#define log_notice(owner, ...)  log_line(LOG_LEVEL_NOTICE, owner, __VA_ARGS__)
#define log_info(owner, ...)    log_line(LOG_LEVEL_INFO, owner, __VA_ARGS__)
#define log_debug(owner, ...)   log_line(LOG_LEVEL_DEBUG, owner, __VA_ARGS__)

/* One per place that could repeat: true at most `burst` times in `interval_ns`; what was held back is
   counted in `suppressed` and handed out (and reset) at the next true, so that the line can say it. */
struct log_limit {
    int64_t interval_ns;
    unsigned burst;
    int64_t window_start_ns;
    unsigned used;
    unsigned suppressed;
};
bool log_allowed(struct log_limit *limit, int64_t now_ns, unsigned *suppressed);
