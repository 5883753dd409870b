/* SPDX-License-Identifier: MIT */
/*
 * What happens to a hub in a night, as far as its messages tell: events, and the states of its site between
 * them. Pure, and the same for the same numbers. How many of each is what played nights were measured to
 * have (docs/fleet.md).
 */
#pragma once

#include "base/event.h"

#include <stddef.h>

#define FLEET_NIGHT_S  (8 * 3600.0)
#define FLEET_NO_EVENT event_kind_count

struct fleet_step {
    float t_s;        /* since the night began; in order */
    float duration_s; /* of what ends here: movement, cramp, fault */
    float ratio;      /* times the resting level */
    uint16_t episode; /* numbers the happenings of a night from 1; 0: none */
    uint8_t event;    /* enum event_kind, or FLEET_NO_EVENT: only the site's state changes */
    uint8_t word;     /* its reason, relief or origin, whichever it has */
    uint8_t state;    /* of the site from now on: enum episode_state */
};

struct fleet_night {
    struct fleet_step *steps;
    size_t count;
};

/* 0, or -ENOMEM. */
int fleet_night_draw(struct fleet_night *night, uint64_t seed, unsigned hub, unsigned number);
void fleet_night_clear(struct fleet_night *night);
