/* SPDX-License-Identifier: MIT */
/*
 * struct event: something the hub decided. Detector and policy make them; reminder, publish, journal,
 * bus and store receive them, in that order (DESIGN.md section 1). The words are base/names.
 *
 * Which fields hold for which kind is told beside each; others are zero. Times are CLOCK_MONOTONIC (or the
 * recording's) nanoseconds, TIME_UNKNOWN where not known.
 */
#pragma once

#include "base/names.h"

#include <stdbool.h>
#include <stdint.h>

#define EVENT_ID_SIZE 37 /* a UUID in text and its NUL */

struct night_counts {
    int64_t start_ns, end_ns;
    uint32_t cramps;
    uint32_t tension_rises;
    uint32_t faults;
    uint32_t reminders;
    uint32_t dismissed[dismiss_reason_count];
    double longest_cramp_s;
    double watched_s; /* night time so far, seconds */
    double usable_s;  /* of these, seconds in which at least one channel of every worn leg could have seen a
                         cramp */
};

struct event {
    enum event_kind kind;
    int64_t t_ns; /* moment of decision */

    /* One physical happening, one number, from first suspicion to end; unique in a run of the program, 0 =
       none. The hub turns (run, episode) into `id`. */
    uint32_t episode;
    char id[EVENT_ID_SIZE];
    uint64_t seq; /* set by the hub: position in this boot's stream of events */

    bool has_site; /* leg and muscle hold */
    bool has_leg;  /* only leg holds: a fault of the whole leg, or of its IMU */
    enum leg leg;
    enum muscle muscle;
    int channel; /* EMG channel, or -1 */

    union {
        struct {               /* TENSION_RISE, CRAMP_START */
            int64_t onset_ns;  /* EMG onset of the contraction */
            int64_t rise_ns;   /* start of the announcing rise, or TIME_UNKNOWN */
            double confidence; /* 0..1 */
            double ratio;      /* level over the resting floor at decision */
            enum cramp_reason reason;
        } cramp;
        struct { /* CRAMP_END */
            int64_t onset_ns;
            double duration_s; /* from onset to return to rest; NAN: the run that saw it begin did not see the
                                  end, and nobody knows when it was */
            double peak_ratio; /* highest level over the resting floor */
            enum relief relief;
            double peak_percent; /* peak_ratio in percent of a calibration's firm contraction; NAN: there is
                                    none */
        } end;
        struct { /* DISMISSED */
            int64_t start_ns;
            double duration_s;
            double peak_ratio;
            enum dismiss_reason reason;
        } dismissed;
        struct { /* FAULT, FAULT_CLEARED */
            enum fault_source source;
            enum fault_reason reason;
            double duration_s; /* FAULT_CLEARED: how long it lasted */
            enum fault_part part;
        } fault;
        struct { /* REMINDER_START, REMINDER_STOP, ACKNOWLEDGED, SNOOZED, MUTED, UNMUTED */
            enum occasion occasion;
            enum stop_reason stop_reason; /* REMINDER_STOP */
            enum origin origin;           /* ACKNOWLEDGED, SNOOZED, MUTED, UNMUTED */
            double for_s;                 /* SNOOZED, MUTED: how long */
        } reminder;
        struct { /* LABELLED; id names the cramp it is about, or is new if the hub saw none */
            enum label label;
            enum origin origin;
        } labelled;
        struct night_counts night; /* NIGHT_SUMMARY */
    };
};

/* Both are about one fault: its beginning, its end. */
static inline bool event_same_fault(const struct event *a, const struct event *b)
{
    return a->fault.source == b->fault.source && a->fault.reason == b->fault.reason &&
           a->fault.part == b->fault.part && a->channel == b->channel && a->has_site == b->has_site &&
           a->has_leg == b->has_leg && a->leg == b->leg;
}

/* Receives an event; must not keep the pointer. */
typedef void (*event_sink)(void *context, const struct event *event);

/* What the outside gets beside an event: wall time exists only here (DESIGN.md section 4). */
struct stamp {
    int64_t wall_us;   /* CLOCK_REALTIME at event.t_ns, microseconds since 1970 */
    bool clock_synced; /* wall_us can be believed */
    char boot_id[33];  /* /proc/sys/kernel/random/boot_id without dashes */
};
