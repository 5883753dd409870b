/* SPDX-License-Identifier: MIT */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static _Atomic int threshold = LOG_LEVEL_INFO;

static const char *const owner_prefix[] = {
    [LOG_CRAMPD] = "",         [LOG_SENSOR] = "sensor: ", [LOG_BUS] = "bus: ",     [LOG_BROKER] = "broker: ",
    [LOG_CONFIG] = "config: ", [LOG_DISK] = "disk: ",     [LOG_CLOCK] = "clock: ", [LOG_BUG] = "crampd bug: ",
};

/* sd-daemon(3): "<N>" in front of a line on standard error becomes its journal priority. */
static const char *const level_prefix[] = {
    [LOG_LEVEL_ERROR] = "<3>", [LOG_LEVEL_WARNING] = "<4>", [LOG_LEVEL_NOTICE] = "<5>",
    [LOG_LEVEL_INFO] = "<6>",  [LOG_LEVEL_DEBUG] = "<7>",
};

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&threshold, (int)level, memory_order_relaxed);
}

void log_line(enum log_level level, enum log_owner owner, const char *format, ...)
{
    char line[1024];
    va_list ap;

    if ((int)level > atomic_load_explicit(&threshold, memory_order_relaxed))
        return;
    int head = snprintf(line, sizeof(line), "%s%s", getenv("JOURNAL_STREAM") ? level_prefix[level] : "",
                        owner_prefix[owner]);
    va_start(ap, format);
    vsnprintf(line + head, sizeof(line) - (size_t)head - 1, format, ap);
    va_end(ap);
    size_t length = strlen(line);
    line[length++] = '\n';
    /* One write per line, so that lines of several threads cannot mix. A failing stderr has nowhere to be
     * told. */
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written;
}

bool log_allowed(struct log_limit *limit, int64_t now_ns, unsigned *suppressed)
{
    if (limit->window_start_ns == 0 || now_ns - limit->window_start_ns >= limit->interval_ns) {
        limit->window_start_ns = now_ns;
        limit->used = 0;
    }
    if (limit->used >= limit->burst) {
        limit->suppressed++;
        return false;
    }
    limit->used++;
    if (suppressed)
        *suppressed = limit->suppressed;
    limit->suppressed = 0;
    return true;
}
