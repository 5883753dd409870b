/* SPDX-License-Identifier: MIT */
/*
 * The reminder's outputs. Acts on REMINDER_START and REMINDER_STOP events and on nothing else. On the loop's
 * thread; a call takes microseconds. Outputs are rows of a table (reminder/output.h is the template).
 *
 * The envelope is gentle and rising: pulses of one `rhythm_s` period whose on-share grows from a tenth to
 * `strength` over `ramp_s`. All outputs are off at reminder_new(), at stop and at reminder_free(); after a
 * crash `crampd --outputs-off` (the unit's ExecStopPost) does it.
 */
#pragma once

#include "base/event.h"
#include "base/macros.h"
#include "hw/platform.h"

struct reminder_params {
    const char *led_line;   /* GPIO name, "" = none */
    const char *motor_line; /* GPIO name of the vibration motor's driver, "" = none */
    const char *chip_label;
    bool led_active_low, motor_active_low;
    double ramp_s;           /* from first faint pulse to full strength */
    double rhythm_s;         /* period of the pulses */
    double strength;         /* on-share of a pulse period at the end of the ramp, 0..1 */
    double tension_strength; /* the same for the light reminder of a tension rise */
    double max_s;            /* hard limit of one reminder whatever policy says */
};

struct reminder;

/* Opens the outputs and turns them off. A line that cannot be had is logged and left out
   (reminder_missing()): the others still work. NULL with errno only for ENOMEM. */
struct reminder *reminder_new(const struct reminder_params *params, struct platform *platform);
void reminder_free(struct reminder *reminder); /* outputs off; NULL is fine */
DEFINE_CLEANUP(struct reminder *, reminder_free);

/* Tries again to get the outputs that are missing; nothing is done while a reminder runs. */
void reminder_retry(struct reminder *reminder);

/* Takes new strengths and rhythms; lines are changed only by a restart (the hub says so). */
void reminder_set_params(struct reminder *reminder, const struct reminder_params *params);

void reminder_on_event(struct reminder *reminder, const struct event *event);

/* Brings every output to what it should be at `now_ns`; returns when to be called again (TIME_UNKNOWN: all
 * off). */
int64_t reminder_advance(struct reminder *reminder, int64_t now_ns);

/* True while the motor may shake the leg: for detector_set_vibration(). */
bool reminder_vibrates(const struct reminder *reminder);

struct reminder_view {
    bool led, motor;  /* the lines' states now */
    bool active;      /* a reminder runs */
    double strength;  /* of the pulses now, 0..1 */
    unsigned missing; /* outputs that are set up but could not be had */
};
void reminder_get_view(const struct reminder *reminder, struct reminder_view *view);

/* Turns every configured output off and lets go: for `crampd --outputs-off`. Number of lines that failed. */
int reminder_outputs_off(const struct reminder_params *params, struct platform *platform);
