/* SPDX-License-Identifier: MIT */
/*
 * Is the leg sensor worn at all? From the contact of one leg's electrodes, and its motion.
 *
 *   ON --all electrodes off--> OFF --NOT_WORN_S without motion--> AWAY --one touches for FAULT_CLEAR_S--> ON
 *                                '--one touches--> ON
 *
 * A sleeper who lost his only electrode looks the same at first, so lead_off comes first and not_worn late;
 * an IMU that moves says that somebody wears it, and the time begins anew. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum wear_state { WEAR_ON, WEAR_OFF, WEAR_AWAY };
enum wear_event { WEAR_TOUCHES, WEAR_MOVES, WEAR_LIES };

struct wear {
    enum wear_state state;
    int64_t off_since;   /* frame */
    int64_t still_since; /* frame: off and without motion */
    unsigned touched;    /* frames in a row while AWAY */
};

/* One frame. all_off: there are electrodes whose contact is known, and none of them touches. Returns whether
   the sensor became AWAY or stopped being it. */
bool wear_step(struct wear *wear, bool all_off, bool moving, int64_t frame);
