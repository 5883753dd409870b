/* SPDX-License-Identifier: MIT */
/* A recorded night as the detector went through it: the legs' tracks, and the events. */
#pragma once

#include "base/event.h"
#include "crampctl/explain_track.h"

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
