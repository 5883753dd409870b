/* SPDX-License-Identifier: MIT */
/*
 * Concerns: the episodes that go on now, and whether a reminder is still wanted for each. A fixed table:
 * nothing is allocated, and an episode whose end is never told cannot fill it for good.
 */
#pragma once

#include "policy/policy.h"

#define CONCERNS_MAX 16 /* every channel of both legs with a cramp, and as many open tension rises */

struct concern {
    uint32_t episode;
    bool is_cramp; /* otherwise a tension rise */
    bool has_site;
    enum leg leg;
    enum muscle muscle;
    int channel;
    int64_t onset_ns;
    bool acknowledged; /* somebody knows */
    bool exhausted;    /* reminded of as often as is allowed */
};

struct concerns {
    struct concern list[CONCERNS_MAX]; /* oldest first */
    unsigned count;
};

/* Takes a TENSION_RISE or CRAMP_START in; a tension rise that becomes a cramp keeps its place and its
   acknowledgement. When the table is full the oldest tension rise goes, or the oldest. Returns the entry,
   valid until the next change. */
struct concern *concern_note(struct concerns *concerns, const struct event *event);

/* The episode is over. False if it was not known. */
bool concern_drop(struct concerns *concerns, uint32_t episode);

/* The one a reminder is for: the newest cramp that is neither acknowledged nor exhausted, then the newest
   tension rise; NULL if there is none. */
const struct concern *concern_wanting(const struct concerns *concerns);

/* The newest cramp, whatever is known of it; NULL if there is none. */
const struct concern *concern_newest_cramp(const struct concerns *concerns);

void concern_set_acknowledged(struct concerns *concerns, bool acknowledged);

/* Sets or takes back "exhausted": of the tension rises, or of everything. */
void concern_set_exhausted(struct concerns *concerns, bool cramps_too, bool exhausted);
