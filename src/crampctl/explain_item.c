/* SPDX-License-Identifier: MIT */
#include "crampctl/explain_item.h"

#include "crampctl/explain_words.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void item_say(struct item *item, const char *format, ...)
{
    size_t length = strlen(item->text);
    va_list ap;

    if (length > 0 && length + 1 < ITEM_TEXT_SIZE) {
        item->text[length++] = ' ';
        item->text[length] = '\0';
    }
    va_start(ap, format);
    vsnprintf(item->text + length, ITEM_TEXT_SIZE - length, format, ap);
    va_end(ap);
}

void item_say_evidence(struct item *item, const struct track *track)
{
    int64_t from = track_frame_at(item->from_s), to = MIN(track_frame_at(item->at_s), track->count);
    double have_s = 0, needed_s = 0;

    for (int64_t f = MAX(from, 0); f < to; f++) {
        double have = (double)track->line[LINE_EVIDENCE][f], needed = (double)track->line[LINE_NEEDED][f];

        if (needed > 0 && have / needed > item->near) {
            item->near = MIN(have / needed, 1);
            have_s = have;
            needed_s = needed;
        }
    }
    if (item->near >= LONG_ENOUGH)
        item_say(item, "It lasted long enough for a cramp, but was too weak or too even for one.");
    else if (have_s >= 0.5)
        item_say(item, "Only %.1f of the %.1f s that make a cramp were counted.", have_s, needed_s);
}

void item_say_gates(struct item *item, const struct track *track)
{
    int64_t from = track_frame_at(item->from_s), to = track_frame_at(item->at_s), longest = 0;
    int gate = -1;

    for (int reason = 0; reason < (int)dismiss_reason_count; reason++) {
        int64_t time = track_time(track, RUNS_GATE, (uint32_t)reason + 1, from, to);
        if (time > longest) {
            longest = time;
            gate = reason;
        }
    }
    if (longest >= 5)
        item_say(item, "For %.1f s time did not count, or hardly, because %s.", (double)longest / 10,
                 words_gate((enum dismiss_reason)gate));
}

void item_say_motion(struct item *item, const struct track *track)
{
    int64_t from = track_frame_at(item->from_s), to = MAX(track_frame_at(item->to_s), from + 1);
    int64_t moving = track_time(track, RUNS_MOVING, 0, from, to);
    float low, high;

    if (!track->has_motion)
        return;
    if (!track_range(track, LINE_MOTION, from, to, &low, &high))
        item_say(item, "The motion sensor told nothing then.");
    else if (moving == 0)
        item_say(item, "The leg lay still.");
    if (track_range(track, LINE_POSTURE, from, to, &low, &high) && high - low >= 10)
        item_say(item, "Its posture changed by %.0f degrees.", (double)(high - low));
}

static void add_rounded(cJSON *object, const char *key, double value, double steps)
{
    cJSON_AddNumberToObject(object, key, round(value * steps) / steps);
}

cJSON *item_object(const struct item *item)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "kind", item->kind);
    if (item->has_leg)
        cJSON_AddStringToObject(object, "leg", leg_name(item->leg));
    add_rounded(object, "from_s", item->from_s, 10);
    add_rounded(object, "to_s", item->to_s, 10);
    add_rounded(object, "at_s", item->at_s, 10);
    add_rounded(object, "near", item->near, 100);
    add_rounded(object, "peak", item->peak, 10);
    cJSON_AddStringToObject(object, "title", item->title);
    cJSON_AddStringToObject(object, "text", item->text);
    return object;
}
