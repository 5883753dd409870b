/* SPDX-License-Identifier: MIT */
#include "crampctl/explain_night.h"

#include <stdlib.h>

void night_clear(struct night *night)
{
    for (int leg = 0; leg < (int)leg_count; leg++)
        track_clear(&night->leg[leg]);
    free(night->event);
    *night = (struct night){0};
}

void night_add_event(struct night *night, const struct event *event)
{
    if (night->event_count == night->event_room) {
        size_t room = night->event_room ? 2 * night->event_room : 256;
        struct event *events = reallocarray(night->event, room, sizeof(*events));
        if (!events) {
            night->failed = true;
            return;
        }
        night->event = events;
        night->event_room = room;
    }
    night->event[night->event_count++] = *event;
}
