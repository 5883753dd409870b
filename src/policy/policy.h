/* SPDX-License-Identifier: MIT */
/*
 * What to do about what was detected: night window, reminder plan, acknowledge, snooze, mute, night summary.
 * Pure like detect/: events, commands and time in, events out (REMINDER_START/STOP, ACKNOWLEDGED, SNOOZED,
 * MUTED, UNMUTED, NIGHT_SUMMARY). One thread.
 *
 * Time is CLOCK_MONOTONIC ns. Local time comes in as minutes since local midnight, or -1 when the wall clock
 * is not known: then it is night, because a reminder may not depend on a clock.
 */
#pragma once

#include "base/event.h"
#include "base/macros.h"

struct policy_params {
    bool night_always;   /* every hour is night */
    int night_start_min; /* minutes since local midnight */
    int night_end_min;   /* may be smaller than start: over midnight */
    bool remind_tension; /* a light reminder already at a tension rise */
    double cap_s;        /* longest reminder */
    double repeat_s;     /* pause before reminding again of a cramp that goes on unacknowledged */
    int repeat_max;      /* how often; 0 = never again */
    double snooze_s;     /* for a snooze without a duration */
    double mute_max_s;   /* longest mute that is accepted */
};

struct policy;

struct policy *policy_new(const struct policy_params *params, event_sink sink, void *context);
void policy_free(struct policy *policy);
DEFINE_CLEANUP(struct policy *, policy_free);
void policy_set_params(struct policy *policy, const struct policy_params *params);

/* The detector's events (and the hub's faults), after they have been sent on their way. */
void policy_on_event(struct policy *policy, const struct event *event);

/* A person's wish. seconds: duration of SNOOZE and MUTE, 0 = the setting's. 0, or -EINVAL (duration out of
   range), -ENOENT (nothing to acknowledge or snooze: no reminder and no cramp). */
int policy_command(struct policy *policy, enum command command, double seconds, enum origin origin,
                   int64_t t_ns);

/* Time has come to t_ns. coverage: detector_get_coverage() now. Returns when it wants to be called again at
   the latest (TIME_UNKNOWN: not by itself). */
int64_t policy_advance(struct policy *policy, int64_t t_ns, int local_minute, double total_s,
                       double usable_s);

/* End of the program or the recording: stops the reminder, closes the night. */
void policy_finish(struct policy *policy, int64_t t_ns);

struct policy_view {
    bool night;             /* reminders are wanted now */
    bool reminding;         /* of a cramp or a rise, or for a test; the soft signal of a fault is none */
    enum occasion occasion; /* of the reminder, if reminding */
    bool muted;
    int64_t muted_until_ns;   /* if muted */
    int64_t snoozed_until_ns; /* TIME_UNKNOWN: not snoozed */
    struct night_counts tonight;
};
void policy_get_view(const struct policy *policy, struct policy_view *view);

/* A mute survives a restart: the hub restores what the store kept. */
void policy_restore_mute(struct policy *policy, int64_t until_ns, int64_t t_ns);
