/* SPDX-License-Identifier: MIT */
/* The night's activities in words, out of the events and the tracks. */
#pragma once

#include "crampctl/explain_night.h"

struct cJSON;

/* An array of what happened within the span, in order of time: {kind, leg, from_s, to_s, at_s (decided),
   title, text, near (share of the evidence for a cramp that it came to), peak (times rest)}. Seconds of the
   recording. kind: cramp, dismissed, rise, unseen, fault, reminder. NULL for ENOMEM. */
struct cJSON *story_items(const struct night *night, const struct span *span);
/* A few sentences about the whole. To be freed. */
char *story_summary(const struct night *night, const struct span *span);
