/* SPDX-License-Identifier: MIT */
/* What the detector's words mean, in sentences for somebody who was asleep. */
#pragma once

#include "base/names.h"

#include <stdint.h>

/* "left calf", "right shin" */
#define PLACE_SIZE 48
const char *words_place(enum leg leg, enum muscle muscle, char text[PLACE_SIZE]);
/* "a leg movement" */
const char *words_dismissed(enum dismiss_reason reason);
/* Goes on after "because". */
const char *words_because(enum dismiss_reason reason);
/* Why time did not count while this gate fired; goes on after "because". */
const char *words_gate(enum dismiss_reason reason);
/* Why it was called a cramp; goes on after "because". */
const char *words_cramp(enum cramp_reason reason);
/* How it ended: a sentence. */
const char *words_relief(enum relief relief);
/* What was wrong. */
const char *words_fault(enum fault_reason reason);
/* Why a reminder stopped; goes on after "because". */
const char *words_stop(enum stop_reason reason);
/* Why nothing could be seen: causes of a RUNS_UNSEEN value, joined. */
#define CAUSES_SIZE 256
const char *words_unseen(uint32_t value, char text[CAUSES_SIZE]);
