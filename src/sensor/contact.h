/* SPDX-License-Identifier: MIT */
/*
 * Debouncing of what a person or a body does to a line. Pure: levels and time come in.
 *
 * struct contact: the lead-off comparators of one electrode pair (AD8232 LO+/LO-, high: off).
 *
 *   ON --off seen--> LEAVING --window over, off seen often--> OFF --on seen--> RETURNING --quiet window--> ON
 *                       '-----window over, off seen rarely--> ON       '-------off seen----------> OFF
 *
 * A loose electrode makes LO+ toggle at mains rate, which a plain debouncer would take for anything; here it
 * is off. Coming back asks for a whole window without a single off.
 *
 * struct button: a contact that bounces. A change counts when the level has stayed for the debounce time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CONTACT_POLL_NS                                                                                      \
    7000000 /* not a divisor of 1/50 or 1/60 s, so that mains cannot hide between looks                      \
             */

enum contact_state { CONTACT_ON, CONTACT_LEAVING, CONTACT_OFF, CONTACT_RETURNING };
enum contact_event { CONTACT_SEEN_ON, CONTACT_SEEN_OFF, CONTACT_WINDOW_OVER };

struct contact {
    enum contact_state state;
    int64_t debounce_ns;
    int64_t window_end_ns; /* of LEAVING and RETURNING */
    unsigned seen, seen_off;
};

/* Starts as OFF: nothing is known to touch until a whole window has shown it. */
void contact_init(struct contact *contact, double debounce_s);
/* One look at the lines; off: any of them says so. Returns whether the electrodes count as off. */
bool contact_look(struct contact *contact, bool off, int64_t now_ns);

struct button {
    int64_t debounce_ns;
    bool pressed;       /* debounced */
    bool level;         /* last seen */
    int64_t changed_ns; /* when the level was first seen */
};

void button_init(struct button *button, double debounce_s, int64_t now_ns);
/* The level now; edge_ns: time of the last edge since the look before, TIME_UNKNOWN: there was none. True
   when the debounced state changed. */
bool button_look(struct button *button, bool level, int64_t edge_ns, int64_t now_ns);
/* When to look again although no edge came; INT64_MAX: no need. */
int64_t button_due(const struct button *button);
