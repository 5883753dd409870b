/* SPDX-License-Identifier: MIT */
/*
 * The envelope of a reminder: pulses of one period whose on-share grows. Pure: elapsed time in, level out.
 *
 * A sleeper is to notice, not to be startled: the first pulses are a tenth of a period long, and only who
 * does not stir gets more (facts of haptic and light alarms: rise over at least a second, capped).
 */
#pragma once

#include "base/macros.h"

#include <stdbool.h>

#define ENVELOPE_FIRST_SHARE 0.1

struct envelope {
    double ramp_s;      /* from the first pulse to the full share */
    double rhythm_s;    /* period of the pulses */
    double first_share; /* on-share of the first pulse, 0..1 */
    double share;       /* on-share at the end of the ramp; below first_share: no rise */
    double max_s;       /* off for good after this */
};

struct envelope_now {
    bool on;
    bool over;       /* off for good */
    double share;    /* of the pulse this moment belongs to */
    double change_s; /* elapsed time at which `on` may change next; not when over */
};

/* The state `elapsed_s` (>= 0) after the start. A pulse keeps the share it began with. */
struct envelope_now envelope_at(const struct envelope *envelope, double elapsed_s);
