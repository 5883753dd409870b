/* SPDX-License-Identifier: MIT */
/* Faults of the leg sensor as events: what they are of, and which began or ended. */
#pragma once

#include "base/event.h"
#include "detect/detector.h"
#include "detect/quality.h"

/* What an event says of where the fault is; the rest of it is empty. */
struct event fault_of_channel(const struct detector_channel *info, unsigned channel, enum fault_part part);
struct event fault_of_leg(enum leg leg, enum fault_part part);

/* Who is told. */
struct fault_report {
    event_sink sink;
    void *context;
};

/* A fault began, or ended after duration_s. */
void fault_tell(const struct fault_report *report, struct event where, enum fault_reason reason, bool present,
                double duration_s, int64_t t_ns);
/* The same for what quality_step() says has changed. */
void fault_tell_changed(const struct fault_report *report, const struct event *where, uint32_t changed,
                        const struct quality_timers *timers, int64_t t_ns);
