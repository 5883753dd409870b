/* SPDX-License-Identifier: MIT */
/*
 * Time inside the program: CLOCK_MONOTONIC nanoseconds, or a stand-in that runs at another speed
 * (crampsim). Nothing outside base/clock.c and hub.c reads a clock by itself.
 */
#pragma once

#include "base/macros.h"

#include <stdbool.h>
#include <stdint.h>

struct clock {
    int64_t (*now)(struct clock *clock);
    double speed; /* clock seconds per real second; 1 for the real clock */
};

/* The real clock; static, never freed. */
struct clock *clock_monotonic(void);

static inline int64_t clock_now(struct clock *clock)
{
    return clock->now(clock);
}

/* Real nanoseconds to wait until `clock` shows `deadline_ns` (0 when past). */
int64_t clock_real_delay(struct clock *clock, int64_t deadline_ns);

/* CLOCK_REALTIME - CLOCK_MONOTONIC, nanoseconds, read once, consistently. */
int64_t clock_wall_offset(void);

/* True when the kernel says that the wall clock has been synchronised (adjtimex STA_UNSYNC is off) or
   systemd-timesyncd has said so in /run. */
bool clock_is_synced(void);
