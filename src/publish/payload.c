/* SPDX-License-Identifier: MIT */
#include "publish/payload.h"

#include "base/macros.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

/* A JSON object under construction; one failed addition spoils it and the caller sees it at the end. */
struct builder {
    cJSON *object;
    int64_t origin_ns;
    bool failed;
};

static void add_text(struct builder *b, const char *key, const char *text)
{
    b->failed |= !cJSON_AddStringToObject(b->object, key, text);
}

static void add_flag(struct builder *b, const char *key, bool value)
{
    b->failed |= !cJSON_AddBoolToObject(b->object, key, value);
}

/* A number that is not known is left out: a zero would be a statement. */
static void add_number(struct builder *b, const char *key, double value, double steps_per_unit)
{
    if (!isfinite(value))
        return;
    /* + 0.0 turns a rounded -0 into 0 */
    b->failed |=
        !cJSON_AddNumberToObject(b->object, key, round(value * steps_per_unit) / steps_per_unit + 0.0);
}

static void add_count(struct builder *b, const char *key, uint64_t value)
{
    b->failed |= !cJSON_AddNumberToObject(b->object, key, (double)value);
}

static void add_seconds(struct builder *b, const char *key, double seconds)
{
    add_number(b, key, seconds, 1000);
}

static void add_ratio(struct builder *b, const char *key, double ratio)
{
    add_number(b, key, ratio, 100);
}

static void add_time(struct builder *b, const char *key, int64_t t_ns)
{
    if (t_ns != TIME_UNKNOWN)
        add_seconds(b, key, ns_to_s(t_ns - b->origin_ns));
}

static void add_cramp(struct builder *b, const struct event *e)
{
    add_time(b, "onset_t", e->cramp.onset_ns);
    add_time(b, "rise_t", e->cramp.rise_ns);
    add_ratio(b, "confidence", e->cramp.confidence);
    if (e->kind == EVENT_CRAMP_START)
        add_text(b, "reason", cramp_reason_name(e->cramp.reason));
    add_ratio(b, "ratio", e->cramp.ratio);
}

static void add_end(struct builder *b, const struct event *e)
{
    add_seconds(b, "duration_s", e->end.duration_s);
    add_ratio(b, "peak_ratio", e->end.peak_ratio);
    if (e->end.peak_percent > 0)
        add_number(b, "peak_percent", e->end.peak_percent, 1);
    add_text(b, "relief", relief_name(e->end.relief));
    add_time(b, "onset_t", e->end.onset_ns);
}

static void add_dismissed(struct builder *b, const struct event *e)
{
    add_text(b, "reason", dismiss_reason_name(e->dismissed.reason));
    add_time(b, "start_t", e->dismissed.start_ns);
    add_seconds(b, "duration_s", e->dismissed.duration_s);
    add_ratio(b, "peak_ratio", e->dismissed.peak_ratio);
}

static void add_fault(struct builder *b, const struct event *e)
{
    add_text(b, "source", fault_source_name(e->fault.source));
    add_text(b, "reason", fault_reason_name(e->fault.reason));
    if (e->fault.part != PART_EMG)
        add_text(b, "part", fault_part_name(e->fault.part));
    if (e->kind == EVENT_FAULT_CLEARED)
        add_seconds(b, "duration_s", e->fault.duration_s);
}

static void add_reminder(struct builder *b, const struct event *e)
{
    if (e->kind == EVENT_REMINDER_START || e->kind == EVENT_REMINDER_STOP)
        add_text(b, "occasion", occasion_name(e->reminder.occasion));
    else
        add_text(b, "origin", origin_name(e->reminder.origin));
    if (e->kind == EVENT_REMINDER_STOP)
        add_text(b, "reason", stop_reason_name(e->reminder.stop_reason));
    if (e->kind == EVENT_SNOOZED || e->kind == EVENT_MUTED)
        add_seconds(b, "for_s", e->reminder.for_s);
}

static void add_labelled(struct builder *b, const struct event *e)
{
    add_text(b, "label", label_name(e->labelled.label));
    add_text(b, "origin", origin_name(e->labelled.origin));
}

/* Rounded down: 1 means that nothing at all was missed. */
static void add_coverage(struct builder *b, double watched_s, double usable_s)
{
    double coverage = floor(usable_s / watched_s * 1000 + 1e-6) / 1000;

    if (watched_s > 0 && isfinite(coverage))
        b->failed |= !cJSON_AddNumberToObject(b->object, "coverage", coverage);
    else
        b->failed |= !cJSON_AddNullToObject(b->object, "coverage");
}

static void add_night_counts(struct builder *b, const struct night_counts *night)
{
    add_count(b, "cramps", night->cramps);
    struct builder dismissed = {.object = cJSON_AddObjectToObject(b->object, "dismissed")};
    for (int i = 0; dismissed.object && i < (int)dismiss_reason_count; i++)
        if (night->dismissed[i])
            add_count(&dismissed, dismiss_reason_name((enum dismiss_reason)i), night->dismissed[i]);
    b->failed |= !dismissed.object || dismissed.failed;
    add_coverage(b, night->watched_s, night->usable_s);
    add_seconds(b, "watched_s", night->watched_s);
    add_seconds(b, "usable_s", night->usable_s);
    add_count(b, "tension_rises", night->tension_rises);
    add_count(b, "reminders", night->reminders);
    add_count(b, "faults", night->faults);
    add_seconds(b, "longest_cramp_s", night->longest_cramp_s);
}

static void add_night(struct builder *b, const struct event *e)
{
    add_night_counts(b, &e->night);
    add_time(b, "start_t", e->night.start_ns);
    add_time(b, "end_t", e->night.end_ns);
}

static void add_details(struct builder *b, const struct event *e)
{
    switch (e->kind) {
    case EVENT_TENSION_RISE:
    case EVENT_CRAMP_START: add_cramp(b, e); break;
    case EVENT_CRAMP_END: add_end(b, e); break;
    case EVENT_DISMISSED: add_dismissed(b, e); break;
    case EVENT_FAULT:
    case EVENT_FAULT_CLEARED: add_fault(b, e); break;
    case EVENT_REMINDER_START:
    case EVENT_REMINDER_STOP:
    case EVENT_ACKNOWLEDGED:
    case EVENT_SNOOZED:
    case EVENT_MUTED:
    case EVENT_UNMUTED: add_reminder(b, e); break;
    case EVENT_LABELLED: add_labelled(b, e); break;
    case EVENT_NIGHT_SUMMARY: add_night(b, e); break;
    case event_kind_count: break;
    }
}

/* Faults and nights are happenings of their own; everything else has an id through its episode. */
static bool carries_id(const struct event *e)
{
    return e->id[0] &&
           (e->episode || e->kind == EVENT_CRAMP_END || e->kind == EVENT_FAULT ||
            e->kind == EVENT_FAULT_CLEARED || e->kind == EVENT_LABELLED || e->kind == EVENT_NIGHT_SUMMARY);
}

void payload_wall_time(char text[PAYLOAD_WALL_TIME_SIZE], int64_t wall_us)
{
    int64_t ms = wall_us / 1000 - (wall_us % 1000 < 0);
    time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm tm;

    if (!gmtime_r(&seconds, &tm))
        tm = (struct tm){.tm_year = 70, .tm_mday = 1};
    size_t length = strftime(text, PAYLOAD_WALL_TIME_SIZE - 8, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text + length, PAYLOAD_WALL_TIME_SIZE - length, ".%03uZ",
             (unsigned)((ms % 1000 + 1000) % 1000) % 1000u);
}

static void add_stamp(struct builder *b, const struct event *e, const struct stamp *stamp)
{
    char occurred_at[PAYLOAD_WALL_TIME_SIZE];

    payload_wall_time(occurred_at, stamp->wall_us);
    add_text(b, "occurred_at", occurred_at);
    add_flag(b, "clock_synced", stamp->clock_synced);
    add_text(b, "boot_id", stamp->boot_id);
    add_count(b, "seq", e->seq);
}

cJSON *payload_event(const struct event *event, int64_t origin_ns, const struct stamp *stamp)
{
    struct builder b = {.object = cJSON_CreateObject(), .origin_ns = origin_ns};

    if (!b.object)
        return NULL;
    add_text(&b, "event", event_kind_name(event->kind));
    add_time(&b, "t", event->t_ns);
    if (carries_id(event))
        add_text(&b, "id", event->id);
    if (event->has_site || event->has_leg)
        add_text(&b, "leg", leg_name(event->leg));
    if (event->has_site)
        add_text(&b, "muscle", muscle_name(event->muscle));
    add_details(&b, event);
    if (stamp)
        add_stamp(&b, event, stamp);
    if (b.failed) {
        cJSON_Delete(b.object);
        return NULL;
    }
    return b.object;
}

char *payload_event_guided(const struct event *event, int64_t origin_ns, const struct stamp *stamp,
                           const char *guidance)
{
    cJSON *object = payload_event(event, origin_ns, stamp);
    bool wanted = guidance && event->kind == EVENT_CRAMP_START;
    bool complete = object && (!wanted || cJSON_AddStringToObject(object, "guidance", guidance));
    char *text = complete ? cJSON_PrintUnformatted(object) : NULL;

    cJSON_Delete(object);
    return text;
}

char *payload_event_text(const struct event *event, int64_t origin_ns, const struct stamp *stamp)
{
    return payload_event_guided(event, origin_ns, stamp, NULL);
}

cJSON *payload_night(const struct night_counts *night)
{
    struct builder b = {.object = cJSON_CreateObject()};

    if (b.object)
        add_night_counts(&b, night);
    if (b.failed) {
        cJSON_Delete(b.object);
        return NULL;
    }
    return b.object;
}
