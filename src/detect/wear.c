/* SPDX-License-Identifier: MIT */
#include "detect/wear.h"

#include "detect/tuning.h"

static void on(struct wear *wear, enum wear_event event, int64_t frame)
{
    switch (event) {
    case WEAR_TOUCHES: break;
    case WEAR_MOVES:
    case WEAR_LIES:
        wear->state = WEAR_OFF;
        wear->off_since = wear->still_since = frame;
        break;
    }
}

static void off(struct wear *wear, enum wear_event event, int64_t frame)
{
    switch (event) {
    case WEAR_TOUCHES: wear->state = WEAR_ON; break;
    case WEAR_MOVES: wear->still_since = frame; break;
    case WEAR_LIES:
        if (frame - wear->still_since >= (int64_t)(NOT_WORN_S * FRAMES_PER_S)) {
            wear->state = WEAR_AWAY;
            wear->touched = 0;
        }
        break;
    }
}

static void away(struct wear *wear, enum wear_event event)
{
    switch (event) {
    case WEAR_TOUCHES:
        if (++wear->touched >= (unsigned)(FAULT_CLEAR_S * FRAMES_PER_S))
            wear->state = WEAR_ON;
        break;
    case WEAR_MOVES:
    case WEAR_LIES: wear->touched = 0; break;
    }
}

bool wear_step(struct wear *wear, bool all_off, bool moving, int64_t frame)
{
    enum wear_event event = !all_off ? WEAR_TOUCHES : moving ? WEAR_MOVES : WEAR_LIES;
    bool was_away = wear->state == WEAR_AWAY;

    switch (wear->state) {
    case WEAR_ON: on(wear, event, frame); break;
    case WEAR_OFF: off(wear, event, frame); break;
    case WEAR_AWAY: away(wear, event); break;
    }
    return was_away != (wear->state == WEAR_AWAY);
}
