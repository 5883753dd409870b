/* SPDX-License-Identifier: MIT */
/* The night's activities in words, out of the events and the tracks. */
#pragma once

#include "base/event.h"
#include "crampctl/explain_track.h"

struct cJSON;

struct night {
    struct track leg[leg_count]; /* count 0: the recording does not have it */
    struct event *event;         /* in order */
    size_t event_count, event_room;
    bool failed;
};

/* Frames [from, to) of the legs' tracks. */
struct span {
    int64_t from, to;
};

void night_clear(struct night *night);
void night_add_event(struct night *night, const struct event *event);

/* An array of what happened within the span, in order of time: {kind, leg, from_s, to_s, at_s (decided),
   title, text, near (share of the evidence for a cramp that it came to)}. Seconds of the recording. kind:
   cramp, dismissed, rise, unseen, fault, reminder. NULL for ENOMEM. */
struct cJSON *story_items(const struct night *night, const struct span *span);
/* A few sentences about the whole. To be freed. */
char *story_summary(const struct night *night, const struct span *span);
