/* SPDX-License-Identifier: MIT */
/*
 * The night: is it night now, and what happened in it.
 *
 * Whether it is night is asked again every time from the minutes since local midnight, so that daylight
 * saving, a clock that is set late and a change of settings need no case of their own.
 */
#pragma once

#include "policy/policy.h"

/* A night that was only assumed, because the clock was unknown, and turns out to have been day is not worth
   a summary when it was shorter than this and nothing happened. */
#define NIGHT_ASSUMED_WORTH_S 3600.0

/* With an unknown clock there is no morning: the figures are closed once a day. */
#define NIGHT_LONGEST_S 86400.0

enum night_state {
    NIGHT_UNDECIDED, /* nobody has told the time yet; counts as night */
    NIGHT_ASSUMED,   /* the clock is unknown */
    NIGHT_ON,        /* the clock says so */
    NIGHT_OFF,       /* day */
};

struct night {
    enum night_state state;
    int minute;                 /* local minute at the last advance, -1 unknown */
    double total_s, usable_s;   /* coverage at the last advance */
    struct night_counts counts; /* of this night, or by day of the last one; end_ns: up to when */
};

void night_init(struct night *night);

/* True if `minute` (since local midnight, -1 unknown) is in the window. An empty window (start = end) is the
   whole day: a reminder too many can be muted, a missing one cannot be had. */
bool night_contains(const struct policy_params *params, int minute);

static inline bool night_is_on(const struct night *night)
{
    return night->state != NIGHT_OFF;
}

/* Time has come to t_ns. True if a night has ended: then *closed holds its figures. The next one may have
   begun at the same moment. */
bool night_advance(struct night *night, const struct policy_params *params, int64_t t_ns, int minute,
                   double total_s, double usable_s, struct night_counts *closed);

/* Counts what happens while it is night. */
void night_on_event(struct night *night, const struct event *event);

/* The end of everything. True if a night was on: then *closed holds its figures. */
bool night_finish(struct night *night, int64_t t_ns, struct night_counts *closed);
