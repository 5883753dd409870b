/* SPDX-License-Identifier: MIT */
/* One of the night's activities on its way into words. */
#pragma once

#include "base/macros.h"
#include "crampctl/explain_track.h"

struct cJSON;

#define ITEM_TEXT_SIZE 1024

/* What came so near to a cramp without being called one was barred: too weak, or as even as noise. */
#define LONG_ENOUGH 0.99

struct item {
    const char *kind;
    bool has_leg;
    enum leg leg;
    double from_s, to_s, at_s;
    double near, peak;
    char title[128];
    char text[ITEM_TEXT_SIZE];
};

/* One sentence more. */
_printf_(2, 3) void item_say(struct item *item, const char *format, ...);
/* How near it came to a cramp, of which item->near is the share. */
void item_say_evidence(struct item *item, const struct track *track);
/* What kept time from counting. */
void item_say_gates(struct item *item, const struct track *track);
void item_say_motion(struct item *item, const struct track *track);
/* For the page. */
struct cJSON *item_object(const struct item *item);
