/* SPDX-License-Identifier: MIT */
/* Events of an episode, made and sent. */
#pragma once

#include "base/event.h"
#include "detect/detector.h"
#include "detect/grip.h"
#include "detect/suspicion.h"

struct report {
    event_sink sink;
    void *context;
    enum leg leg;
    const struct detector_channel *channels;  /* of the detector, by number */
    const struct detector_personal *personal; /* likewise */
    int64_t origin_ns;
    uint32_t episode; /* of what is open; 0 nothing */
};

/* TENSION_RISE or CRAMP_START of channel i; frames; rise -1: none. lost: part of the time was not seen. */
void report_start(const struct report *report, enum event_kind kind, const struct scene *scene, int i,
                  int64_t onset, int64_t rise, enum cramp_reason reason, bool lost);
void report_end(const struct report *report, const struct scene *scene, const struct grip *grip, int64_t end,
                enum relief relief);
void report_dismissed(const struct report *report, const struct scene *scene,
                      const struct suspicion *suspicion, enum dismiss_reason reason);
