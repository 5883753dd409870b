/* SPDX-License-Identifier: MIT */
#include "crampctl/explain_story.h"

#include "crampctl/duration.h"
#include "crampctl/explain_item.h"
#include "crampctl/explain_words.h"
#include "crampctl/json.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Losses of signal this close together are told as one ... */
#define UNSEEN_JOIN_FRAMES 100
/* ... and those shorter than this only counted. */
#define UNSEEN_MIN_FRAMES 20

struct story {
    const struct night *night;
    struct span span;
    cJSON *items;
};

/* "The leg", from "the leg". */
static void capitalise(char *text)
{
    *text = (char)toupper((unsigned char)*text);
}

static void finish_item(struct story *story, const struct item *item)
{
    if (item->to_s <= (double)story->span.from / 10 || item->from_s >= (double)story->span.to / 10)
        return;
    cJSON_AddItemToArray(story->items, item_object(item));
}

static const struct event *find(const struct night *night, size_t after, enum event_kind kind,
                                uint32_t episode)
{
    for (size_t i = after; i < night->event_count; i++)
        if (night->event[i].kind == kind && night->event[i].episode == episode)
            return &night->event[i];
    return NULL;
}

static bool reminded(const struct night *night, uint32_t episode)
{
    return find(night, 0, EVENT_REMINDER_START, episode) != NULL;
}

static void say_reminder(struct item *item, const struct story *story, size_t i)
{
    const struct event *event = &story->night->event[i];
    const struct event *start = find(story->night, i, EVENT_REMINDER_START, event->episode);
    const struct event *stop = find(story->night, i, EVENT_REMINDER_STOP, event->episode);
    char text[DURATION_SIZE];

    if (!start) {
        item_say(item, "There was no reminder: snoozed, muted, or one was running already.");
        return;
    }
    duration_text(stop ? ns_to_s(stop->t_ns - start->t_ns) : 0, text);
    if (stop)
        item_say(item, "The reminder began at once and stopped after %s because %s.", text,
                 words_stop(stop->reminder.stop_reason));
    else
        item_say(item, "The reminder began at once and ran to the end of the recording.");
    unsigned again = 0;
    for (size_t k = i; k < story->night->event_count; k++)
        again += story->night->event[k].kind == EVENT_REMINDER_START &&
                 story->night->event[k].episode == event->episode && &story->night->event[k] != start;
    if (again > 0)
        item_say(item, "It was repeated %u time%s.", again, again == 1 ? "" : "s");
}

static void tell_cramp(struct story *story, size_t i)
{
    const struct event *e = &story->night->event[i];
    const struct event *end = find(story->night, i, EVENT_CRAMP_END, e->episode);
    const struct track *track = &story->night->leg[e->leg];
    struct item item = {.kind = "cramp", .has_leg = true, .leg = e->leg, .near = 1};
    char place[PLACE_SIZE], text[DURATION_SIZE];

    words_place(e->leg, e->muscle, place);
    item.at_s = ns_to_s(e->t_ns);
    item.from_s = ns_to_s(e->cramp.rise_ns != TIME_UNKNOWN ? e->cramp.rise_ns : e->cramp.onset_ns);
    item.to_s = end && isfinite(end->end.duration_s) ? ns_to_s(end->end.onset_ns) + end->end.duration_s
                                                     : (double)track->count / 10;
    item.peak = end ? end->end.peak_ratio : e->cramp.ratio;
    if (end && isfinite(end->end.duration_s)) {
        duration_text(end->end.duration_s, text);
        snprintf(item.title, sizeof(item.title), "Cramp, %s, %s", place, text);
        item_say(&item, "Up to %.0f times the resting level.", end->end.peak_ratio);
    } else {
        snprintf(item.title, sizeof(item.title), "Cramp, %s", place);
    }
    if (e->cramp.rise_ns != TIME_UNKNOWN && e->cramp.onset_ns - e->cramp.rise_ns >= NSEC_PER_SEC)
        item_say(&item, "Tension had begun to rise %.0f s before the contraction.",
                 ns_to_s(e->cramp.onset_ns - e->cramp.rise_ns));
    item_say(&item, "Called a cramp %.1f s after it began because %s.", ns_to_s(e->t_ns - e->cramp.onset_ns),
             words_cramp(e->cramp.reason));
    item_say_gates(&item, track);
    say_reminder(&item, story, i);
    if (end)
        item_say(&item, "%s", words_relief(end->end.relief));
    finish_item(story, &item);
}

/* A weak level that stays is no activity but a new resting level; it has all the time that a cramp needs. */
static bool steady(const struct item *item, const struct track *track, enum dismiss_reason reason)
{
    struct item near = *item;

    item_say_evidence(&near, track);
    return reason == DISMISS_ARTEFACT && near.near >= LONG_ENOUGH;
}

static void tell_dismissed(struct story *story, size_t i)
{
    const struct event *e = &story->night->event[i];
    const struct track *track = &story->night->leg[e->leg];
    struct item item = {.kind = "dismissed", .has_leg = true, .leg = e->leg};
    char place[PLACE_SIZE], text[DURATION_SIZE];

    words_place(e->leg, e->muscle, place);
    capitalise(place);
    duration_text(e->dismissed.duration_s, text);
    item.from_s = ns_to_s(e->dismissed.start_ns);
    item.to_s = item.from_s + e->dismissed.duration_s;
    item.at_s = ns_to_s(e->t_ns);
    item.peak = e->dismissed.peak_ratio;
    snprintf(item.title, sizeof(item.title), "%s, %s: %s", place, text, words_dismissed(e->dismissed.reason));
    item_say(&item, "Up to %.0f times the resting level. Taken for %s because %s.", e->dismissed.peak_ratio,
             words_dismissed(e->dismissed.reason),
             steady(&item, track, e->dismissed.reason)
                 ? "it neither grew nor went away: that is what rest is now"
                 : words_because(e->dismissed.reason));
    if (find(story->night, 0, EVENT_TENSION_RISE, e->episode))
        item_say(&item, "A slow rise of tension had been announced, but no cramp came of it.");
    item_say_gates(&item, track);
    item_say_evidence(&item, track);
    item_say_motion(&item, track);
    item_say(&item, reminded(story->night, e->episode) ? "There was a light reminder of the tension."
                                                       : "Therefore no reminder.");
    finish_item(story, &item);
}

/* Announced, and neither dismissed nor a cramp when the recording ended. */
static void tell_rise(struct story *story, size_t i)
{
    const struct event *e = &story->night->event[i];
    struct item item = {.kind = "rise", .has_leg = true, .leg = e->leg};
    char place[PLACE_SIZE];

    if (find(story->night, i, EVENT_DISMISSED, e->episode) ||
        find(story->night, i, EVENT_CRAMP_START, e->episode))
        return;
    item.from_s = ns_to_s(e->cramp.rise_ns != TIME_UNKNOWN ? e->cramp.rise_ns : e->cramp.onset_ns);
    item.to_s = item.at_s = ns_to_s(e->t_ns);
    snprintf(item.title, sizeof(item.title), "Tension rises, %s", words_place(e->leg, e->muscle, place));
    item_say(&item,
             "A slow rise without a movement, which may announce a cramp. The recording ends before more is "
             "known.");
    finish_item(story, &item);
}

static bool within_unseen(const struct night *night, const struct event *e)
{
    int64_t f = track_frame_at(ns_to_s(e->t_ns));

    if (!e->has_leg && !e->has_site)
        return false;
    /* a fault is declared after it has lasted a while, at most ten seconds */
    return e->fault.part != PART_IMU && track_time(&night->leg[e->leg], RUNS_UNSEEN, 0, f - 10, f + 1) > 0;
}

static void tell_fault(struct story *story, size_t i)
{
    const struct event *e = &story->night->event[i], *cleared = NULL;
    struct item item = {.kind = "fault", .has_leg = e->has_leg || e->has_site, .leg = e->leg};
    char place[PLACE_SIZE] = "hub";

    if (within_unseen(story->night, e))
        return; /* told with what it kept from being seen */
    for (size_t k = i + 1; k < story->night->event_count && !cleared; k++)
        if (story->night->event[k].kind == EVENT_FAULT_CLEARED &&
            event_same_fault(e, &story->night->event[k]))
            cleared = &story->night->event[k];
    if (e->has_site)
        words_place(e->leg, e->muscle, place);
    else if (e->has_leg)
        snprintf(place, sizeof(place), "%s leg", leg_name(e->leg));
    item.from_s = item.at_s = ns_to_s(e->t_ns);
    item.to_s = cleared ? ns_to_s(cleared->t_ns) : (double)story->span.to / 10;
    snprintf(item.title, sizeof(item.title), "Fault, %s%s: %s", place,
             e->fault.part == PART_IMU       ? ", motion sensor"
             : e->fault.part == PART_CONTACT ? ", contact sensor"
                                             : "",
             fault_reason_name(e->fault.reason));
    item_say(&item, "It was announced that %s.", words_fault(e->fault.reason));
    if (item.has_leg && e->fault.part == PART_EMG)
        item_say(&item, "The leg was still watched.");
    finish_item(story, &item);
}

static void tell_unseen(struct story *story, const struct track *track, int64_t from, int64_t to,
                        uint32_t value)
{
    struct item item = {.kind = "unseen", .has_leg = true, .leg = track->leg};
    char text[DURATION_SIZE], causes[CAUSES_SIZE];

    item.from_s = (double)from / 10;
    item.to_s = item.at_s = (double)to / 10;
    duration_text((double)(to - from) / 10, text);
    snprintf(item.title, sizeof(item.title), "Not seen, %s leg, %s", leg_name(track->leg), text);
    item_say(&item, "A cramp in this time could not have been noticed: %s.", words_unseen(value, causes));
    for (size_t i = 0; i < story->night->event_count; i++) {
        const struct event *e = &story->night->event[i];

        if (e->kind == EVENT_FAULT && (e->has_leg || e->has_site) && e->leg == track->leg &&
            ns_to_s(e->t_ns) > item.from_s && ns_to_s(e->t_ns) <= item.to_s + 1) {
            item_say(&item, "It was announced as a fault after %.0f s.", ns_to_s(e->t_ns) - item.from_s);
            break;
        }
    }
    finish_item(story, &item);
}

/* The losses of a leg's signal, close ones together; short ones are only in the sum of the summary. */
static void tell_all_unseen(struct story *story, const struct track *track)
{
    const struct runs *runs = &track->runs[RUNS_UNSEEN];

    for (size_t i = 0; i < runs->count;) {
        int64_t from = runs->run[i].from, to = runs->run[i].to;
        uint32_t value = runs->run[i].value;

        for (i++; i < runs->count && runs->run[i].from - to < UNSEEN_JOIN_FRAMES; i++) {
            to = runs->run[i].to;
            value |= runs->run[i].value;
        }
        if (to - from >= UNSEEN_MIN_FRAMES)
            tell_unseen(story, track, from, to, value);
    }
}

struct dated {
    double from_s;
    cJSON *item;
};

static int by_time(const void *a, const void *b)
{
    const struct dated *x = a, *y = b;

    return x->from_s < y->from_s ? -1 : x->from_s > y->from_s;
}

/* cJSON has no sort. */
static cJSON *sorted(cJSON *items)
{
    size_t count = (size_t)cJSON_GetArraySize(items);
    _cleanup_(freep) struct dated *dated = calloc(count + 1, sizeof(*dated));
    cJSON *array = cJSON_CreateArray();

    if (!dated || !array) {
        cJSON_Delete(array);
        cJSON_Delete(items);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        dated[i].item = cJSON_DetachItemFromArray(items, 0);
        dated[i].from_s = json_number(dated[i].item, "from_s");
    }
    qsort(dated, count, sizeof(*dated), by_time);
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(array, dated[i].item);
    cJSON_Delete(items);
    return array;
}

cJSON *story_items(const struct night *night, const struct span *span)
{
    struct story story = {.night = night, .span = *span, .items = cJSON_CreateArray()};

    if (!story.items)
        return NULL;
    for (size_t i = 0; i < night->event_count; i++)
        switch (night->event[i].kind) {
        case EVENT_CRAMP_START: tell_cramp(&story, i); break;
        case EVENT_DISMISSED: tell_dismissed(&story, i); break;
        case EVENT_TENSION_RISE: tell_rise(&story, i); break;
        case EVENT_FAULT: tell_fault(&story, i); break;
        case EVENT_CRAMP_END:
        case EVENT_FAULT_CLEARED:
        case EVENT_REMINDER_START:
        case EVENT_REMINDER_STOP:
        case EVENT_ACKNOWLEDGED:
        case EVENT_SNOOZED:
        case EVENT_MUTED:
        case EVENT_UNMUTED:
        case EVENT_LABELLED:
        case EVENT_NIGHT_SUMMARY:
        case event_kind_count: break;
        }
    for (int leg = 0; leg < (int)leg_count; leg++)
        tell_all_unseen(&story, &night->leg[leg]);
    return sorted(story.items);
}
