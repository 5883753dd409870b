/* SPDX-License-Identifier: MIT */
/*
 * Which frames the page gets one by one and which as the least and most of several: a night has 288,000, a
 * screen a thousand columns. Around activities everything is kept.
 */
#pragma once

#include "crampctl/explain_story.h"

struct piece {
    int64_t from, to;
    int64_t each; /* frames in one value, the last may have fewer */
};

struct pieces {
    struct piece *piece; /* in order, without holes */
    size_t count;
    int64_t coarse;   /* `each` outside activities */
    const char *kept; /* around what every frame is there, in words; NULL: nowhere in particular */
};

/* items: of story_items(). False for ENOMEM. */
bool thin(const struct cJSON *items, const struct span *span, enum leg leg, struct pieces *pieces);
void pieces_clear(struct pieces *pieces);
