/* SPDX-License-Identifier: MIT */
#include "publish/journal_record.h"

#include "publish/payload.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Made once with `systemd-id128 new`; never reuse one for something else. */
#define ID_CRAMP_START   "91e29925d6d8424498286df3a0615a1f"
#define ID_CRAMP_END     "f64372794d6240d68463777063c52fbb"
#define ID_FAULT_CLEARED "324d3260594d41068ce2b6411b3a48e6"
#define ID_NIGHT         "4aa262ea04b04913a869ecbb2f636d69"

/* One row a reason, because what to do differs, and the catalog says it by message id. */
static const struct {
    const char *id;
    const char *text;
} fault_rows[] = {
    [FAULT_LEAD_OFF] = {"7620e50912234bcdaafa7c9048fc053c", "an electrode has come off"},
    [FAULT_NOT_WORN] = {"1cce9006ef5148d8a700f36cef3d1ce3", "the leg sensor is not worn"},
    [FAULT_FLAT] = {"1c188ffb882b420e9591e92269ae128c", "the signal is dead flat"},
    [FAULT_CLIPPED] = {"107eb3fcdfb24c3f9fb1f95c8786bbcd", "the signal is cut off at the converter's limit"},
    [FAULT_HUM] = {"80a8e1ce63d94aeabecab12514dce7dd", "mains hum drowns the signal"},
    [FAULT_GAP] = {"c64603b1b19a4098bd4d2acd9023ca7b", "samples are missing"},
    [FAULT_STALE] = {"9d1d2eb572f340089e6a2ad33df4ff14", "the converter repeats itself"},
    [FAULT_BUS] = {"27af8daa79a448e0b9357b366ce32a35", "the sensor cannot be read over its bus"},
    [FAULT_RATE] = {"5ef09e1d1ddc4b55b1e91304b2e6d457", "the sampling rate is not what it should be"},
    [FAULT_UNREACHABLE] = {"21a31a88e20b4cf5ad53d4c83dcd3f1a", "the MQTT broker cannot be reached"},
    [FAULT_REFUSED] = {"c4c52f3bd10f42f1a06f53a33fd1041b", "the MQTT broker turns us away"},
    [FAULT_FULL] = {"32f2a852617546199ea6e627afe00711", "there is no space left for the diary"},
    [FAULT_READ_ONLY] = {"23fd48b9ef13417cab4dca197ff2e6c9", "the diary cannot be written"},
    [FAULT_CORRUPT] = {"df618eaa9a25453085894169e32044e8", "the diary was damaged and has been moved aside"},
    [FAULT_STALLED] = {"692c2acdb4bf43248065f5c04dfdb9cc", "the disk does not answer in time"},
    [FAULT_NOT_SYNCED] = {"924a130bc9f4489283d9e030f1c96476", "the clock has not been set yet"},
    [FAULT_INVALID] = {"85a5e9d8197047a3bc4383e4239ddf0f", "a setting is not usable"},
    [FAULT_OUTPUT] = {"9a9a8b3ea0a74cee9b10f3a9c758961d", "the reminder's light or motor cannot be used"},
};
_Static_assert(ARRAY_SIZE(fault_rows) == fault_reason_count, "a row for every reason");

#define ID_CONTACT   "1b00c60a9c37405bae3a5c54c5c35ec4"
#define TEXT_CONTACT "the lines that tell whether the electrodes touch cannot be read"

/* What a fault of a part means for the night. */
static const char *const part_costs[] = {
    [PART_EMG] = "cramps may go unseen",
    [PART_CONTACT] = "an electrode may come off unseen",
    [PART_IMU] = "movements are told from cramps less surely",
};
_Static_assert(ARRAY_SIZE(part_costs) == fault_part_count, "a text for every part");

/* Where people feel it. */
static const char *const body_parts[] = {
    [MUSCLE_GASTROCNEMIUS] = "calf",
    [MUSCLE_GASTROCNEMIUS_LATERAL] = "outer calf",
    [MUSCLE_SOLEUS] = "lower calf",
    [MUSCLE_TIBIALIS] = "shin",
    [MUSCLE_HAMSTRING] = "back of the thigh",
    [MUSCLE_QUADRICEPS] = "front of the thigh",
    [MUSCLE_FOOT] = "foot",
};
_Static_assert(ARRAY_SIZE(body_parts) == muscle_count, "a word for every muscle");

static const char *const relief_texts[] = {
    [RELIEF_SPONTANEOUS] = "it eased by itself",
    [RELIEF_STRETCH] = "stretching eased it",
    [RELIEF_MOVEMENT] = "moving eased it",
    [RELIEF_UNKNOWN] = "its end was not seen",
};
_Static_assert(ARRAY_SIZE(relief_texts) == relief_count, "a text for every relief");

/* "left calf", or "leg" when the event does not say which. */
static void name_site(char *text, size_t size, const struct event *e)
{
    if (e->has_site && (unsigned)e->muscle < muscle_count)
        snprintf(text, size, "%s %s", leg_name(e->leg), body_parts[e->muscle]);
    else
        snprintf(text, size, "leg");
}

static void name_duration(char *text, size_t size, double seconds)
{
    int64_t s = isfinite(seconds) && seconds >= 0 && seconds < 1e9 ? (int64_t)llround(seconds) : -1;

    if (s < 0)
        snprintf(text, size, "an unknown time");
    else if (s < 60)
        snprintf(text, size, "%d s", (int)s);
    else if (s < 3600)
        snprintf(text, size, "%d min %d s", (int)(s / 60), (int)(s % 60));
    else
        snprintf(text, size, "%d h %d min", (int)(s / 3600), (int)(s / 60 % 60));
}

static void tell_start(struct journal_record *r, const struct event *e, const char *site)
{
    char began[64] = "", announced[64] = "", duration[32];

    if (e->cramp.onset_ns != TIME_UNKNOWN) {
        name_duration(duration, sizeof(duration), ns_to_s(e->t_ns - e->cramp.onset_ns));
        snprintf(began, sizeof(began), ", began %s ago", duration);
    }
    if (e->cramp.rise_ns != TIME_UNKNOWN) {
        name_duration(duration, sizeof(duration), ns_to_s(e->t_ns - e->cramp.rise_ns));
        snprintf(announced, sizeof(announced), ", tension rising for %s", duration);
    }
    r->level = LOG_LEVEL_NOTICE;
    r->message_id = ID_CRAMP_START;
    snprintf(r->message, sizeof(r->message), "Cramp in the %s%s%s", site, began, announced);
}

static void tell_end(struct journal_record *r, const struct event *e, const char *site)
{
    char duration[32];
    enum relief relief = (unsigned)e->end.relief < relief_count ? e->end.relief : RELIEF_UNKNOWN;

    name_duration(duration, sizeof(duration), e->end.duration_s);
    r->level = LOG_LEVEL_NOTICE;
    r->message_id = ID_CRAMP_END;
    if (isfinite(e->end.duration_s))
        snprintf(r->message, sizeof(r->message), "Cramp in the %s is over after %s; %s", site, duration,
                 relief_texts[relief]);
    else
        snprintf(r->message, sizeof(r->message),
                 "Cramp in the %s: crampd stopped before its end; if it goes on, it is told anew", site);
}

/* "left calf: ", "left leg's motion sensor: ", or nothing. */
static void name_place(char *text, size_t size, const struct event *e, const char *site)
{
    bool imu = e->fault.part == PART_IMU;

    text[0] = '\0';
    if (e->has_leg)
        snprintf(text, size, "%s leg%s: ", leg_name(e->leg), imu ? "'s motion sensor" : "");
    else if (e->has_site)
        snprintf(text, size, "%s: ", site);
    else if (imu)
        snprintf(text, size, "motion sensor: ");
}

static void tell_fault(struct journal_record *r, const struct event *e, const char *site)
{
    bool blinds = e->fault.source == SOURCE_SENSOR || e->fault.source == SOURCE_BUS;
    unsigned reason = (unsigned)e->fault.reason < fault_reason_count ? e->fault.reason : FAULT_INVALID;
    unsigned part = (unsigned)e->fault.part < fault_part_count ? e->fault.part : PART_EMG;
    const char *text = part == PART_CONTACT ? TEXT_CONTACT : fault_rows[reason].text;
    char duration[32], where[80];

    name_place(where, sizeof(where), e, site);
    if (e->kind == EVENT_FAULT) {
        r->level = LOG_LEVEL_WARNING;
        r->message_id = part == PART_CONTACT ? ID_CONTACT : fault_rows[reason].id;
        snprintf(r->message, sizeof(r->message), "%s%s%s%s", where, text, blinds ? "; " : "",
                 blinds ? part_costs[part] : "");
    } else {
        name_duration(duration, sizeof(duration), e->fault.duration_s);
        r->level = LOG_LEVEL_NOTICE;
        r->message_id = ID_FAULT_CLEARED;
        snprintf(r->message, sizeof(r->message), "%sover after %s: %s", where, duration, text);
    }
    r->message[0] = (char)toupper((unsigned char)r->message[0]);
}

static void tell_night(struct journal_record *r, const struct event *e)
{
    const struct night_counts *n = &e->night;
    char watched[32], longest[32], coverage[48] = "nothing was watched", detail[64] = "";
    uint64_t dismissed = 0;

    for (int i = 0; i < (int)dismiss_reason_count; i++)
        dismissed += n->dismissed[i];
    name_duration(watched, sizeof(watched), n->watched_s);
    name_duration(longest, sizeof(longest), n->longest_cramp_s);
    if (n->watched_s > 0)
        snprintf(coverage, sizeof(coverage), "saw %.1f %% of %s",
                 floor(n->usable_s / n->watched_s * 1000) / 10, watched);
    if (n->cramps > 0)
        snprintf(detail, sizeof(detail), " (longest %s)", longest);
    r->level = LOG_LEVEL_NOTICE;
    r->message_id = ID_NIGHT;
    snprintf(r->message, sizeof(r->message),
             "Night: %u cramp%s%s, %llu movement%s and the like dismissed, %s", n->cramps,
             n->cramps == 1 ? "" : "s", detail, (unsigned long long)dismissed, dismissed == 1 ? "" : "s",
             coverage);
}

/* False: not worth a line of its own; dismissals are counted in the night's, reminders follow their cramp. */
static bool tell(struct journal_record *r, const struct event *e)
{
    char site[48];

    name_site(site, sizeof(site), e);
    switch (e->kind) {
    case EVENT_CRAMP_START: tell_start(r, e, site); return true;
    case EVENT_CRAMP_END: tell_end(r, e, site); return true;
    case EVENT_FAULT:
    case EVENT_FAULT_CLEARED: tell_fault(r, e, site); return true;
    case EVENT_NIGHT_SUMMARY: tell_night(r, e); return true;
    case EVENT_TENSION_RISE:
    case EVENT_DISMISSED:
    case EVENT_REMINDER_START:
    case EVENT_REMINDER_STOP:
    case EVENT_ACKNOWLEDGED:
    case EVENT_SNOOZED:
    case EVENT_MUTED:
    case EVENT_UNMUTED:
    case EVENT_LABELLED:
    case event_kind_count: break;
    }
    return false;
}

_printf_(2, 3) static bool add_field(struct journal_record *r, const char *format, ...)
{
    va_list ap;

    if (r->count == JOURNAL_FIELDS)
        return true; /* more than enough has been said */
    va_start(ap, format);
    int length = vasprintf(&r->field[r->count], format, ap);
    va_end(ap);
    if (length < 0)
        return false;
    r->count++;
    return true;
}

static bool add_json(struct journal_record *r, const char *prefix, const cJSON *object)
{
    for (const cJSON *item = object->child; item; item = item->next) {
        char name[64];
        snprintf(name, sizeof(name), "%s_%s", prefix, item->string);
        for (char *c = name; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        if (cJSON_IsObject(item)) {
            if (!add_json(r, name, item))
                return false;
            continue;
        }
        char *value = cJSON_IsString(item) ? strdup(item->valuestring) : cJSON_PrintUnformatted(item);
        bool added = value && add_field(r, "%s=%s", name, value);
        free(value);
        if (!added)
            return false;
    }
    return true;
}

int journal_record_make(struct journal_record *record, const struct event *event, const struct stamp *stamp)
{
    /* syslog(3): warning 4, notice 5; the same order as enum log_level from error = 3 */
    memset(record, 0, sizeof(*record));
    if (!tell(record, event))
        return -ENOMSG;
    cJSON *json = payload_event(event, 0, stamp);
    bool complete = json && add_field(record, "MESSAGE=%s", record->message) &&
                    add_field(record, "MESSAGE_ID=%s", record->message_id) &&
                    add_field(record, "PRIORITY=%d", (int)record->level + 3) &&
                    add_field(record, "SYSLOG_IDENTIFIER=crampd") && add_json(record, "CRAMPD", json);
    cJSON_Delete(json);
    return complete ? 0 : -ENOMEM;
}

void journal_record_clear(struct journal_record *record)
{
    for (unsigned i = 0; i < record->count; i++)
        free(record->field[i]);
    record->count = 0;
}
