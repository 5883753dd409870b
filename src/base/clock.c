/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static int64_t timespec_ns(const struct timespec *ts)
{
    return (int64_t)ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

static int64_t monotonic_now(_unused_ struct clock *clock)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return timespec_ns(&ts);
}

struct clock *clock_monotonic(void)
{
    static struct clock real = {.now = monotonic_now, .speed = 1.0};
    return &real;
}

int64_t clock_real_delay(struct clock *clock, int64_t deadline_ns)
{
    int64_t left = deadline_ns - clock_now(clock);
    return left <= 0 ? 0 : (int64_t)((double)left / clock->speed);
}

int64_t clock_wall_offset(void)
{
    struct timespec mono, wall;
    clock_gettime(CLOCK_MONOTONIC, &mono);
    clock_gettime(CLOCK_REALTIME, &wall);
    return timespec_ns(&wall) - timespec_ns(&mono);
}

bool clock_is_synced(void)
{
    struct timex tx = {0};
    int state;

    /* With modes 0 adjtimex only reads, so it needs no privilege; the unit's sandbox denies it all the same,
       and a denied question is no answer. */
    state = adjtimex(&tx);
    if (state >= 0 && state != TIME_ERROR && !(tx.status & STA_UNSYNC))
        return true;
    return access("/run/systemd/timesync/synchronized", F_OK) == 0;
}
