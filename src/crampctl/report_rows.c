/* SPDX-License-Identifier: MIT */
#include "crampctl/report_figures.h"

#include "crampctl/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* The night a row is of; NO_DAY without a clock. */
static int night_of(const cJSON *row, const char *key)
{
    double seconds;

    return report_seconds(row, key, &seconds) ? local_moment(seconds).night : NO_DAY;
}

static const char *time_key(const cJSON *row)
{
    return cJSON_HasObjectItem(row, "onset") ? "onset" : "start";
}

static int night_of_row(const cJSON *row)
{
    return night_of(row, time_key(row));
}

static bool is_felt(const cJSON *entry)
{
    return strcmp(json_text(entry, "kind", ""), label_name(LABEL_CRAMP_FELT)) == 0;
}

/* An entry is told of a day; a check-in of the night before it, a cramp when it is felt. */
static int night_of_entry(const cJSON *entry)
{
    if (is_felt(entry))
        return night_of(entry, "told_at");
    int day = day_parse(json_text(entry, "day", ""));

    return day != NO_DAY && strcmp(json_text(entry, "kind", ""), "checkin") == 0 ? day - 1 : day;
}

/* A list that is full may lack older rows: of the nights before its oldest nothing may be said, nor of the
   oldest itself. */
static int known_since(const cJSON *rows, int (*night)(const cJSON *row))
{
    int oldest = NO_DAY;
    const cJSON *row;

    if (cJSON_GetArraySize(rows) < REPORT_ROWS_MAX)
        return NO_DAY;
    cJSON_ArrayForEach(row, rows)
    {
        int day = night(row);
        oldest = day == NO_DAY || (oldest != NO_DAY && oldest < day) ? oldest : day;
    }
    return oldest + 1;
}

static void set_span(struct report *report, const struct report_rows *rows, struct span asked)
{
    int since = MAX(known_since(rows->nights, night_of_row), MAX(known_since(rows->episodes, night_of_row),
                                                                 known_since(rows->entries, night_of_entry)));

    report->asked = report->span = asked;
    report->known_from = since;
    report->cut = since > asked.from;
    if (report->cut)
        report->span.from = MIN(since, asked.to);
}

static int set_nights(struct report *report)
{
    report->night_count = (size_t)(report->span.to - report->span.from) + 1;
    report->night = calloc(report->night_count, sizeof(*report->night));
    if (!report->night)
        return -ENOMEM;
    for (size_t i = 0; i < report->night_count; i++)
        report->night[i] = (struct report_night){.day = report->span.from + (int)i,
                                                 .coverage = (double)NAN,
                                                 .begin = -1,
                                                 .end = -1,
                                                 .periodic = -1};
    return 0;
}

struct report_night *report_night(const struct report *report, int day)
{
    return day < report->span.from || day > report->span.to ? NULL : &report->night[day - report->span.from];
}

static void add_span(struct report_night *night, const cJSON *row)
{
    double start, end;

    if (!report_seconds(row, "start", &start) || !report_seconds(row, "end", &end))
        return;
    struct local_moment from = local_moment(start), to = local_moment(end);
    int last = to.night > night->day ? 1439 : to.minute; /* a night of more than a day ends with its day */
    night->begin = night->begin < 0 ? from.minute : MIN(night->begin, from.minute);
    night->end = MAX(night->end, last);
}

/* A night may have several rows: crampd was restarted in it. */
static void add_night(struct report *report, const cJSON *row)
{
    struct report_night *night = report_night(report, night_of(row, "start"));
    double watched = json_number(row, "watched_s"), coverage = json_number(row, "coverage");
    double periodic =
        json_number(cJSON_GetObjectItemCaseSensitive(row, "dismissed"), "periodic_leg_movement");

    if (!night || night->day < report->known_from)
        return;
    if (watched > 0) {
        night->watched_s += watched;
        night->usable_s += isnan(coverage) ? 0 : watched * coverage;
    }
    if (cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(row, "dismissed")))
        night->periodic = MAX(night->periodic, 0) + (periodic > 0 ? (int)MIN(periodic, 1e6) : 0);
    if (json_true(row, "ongoing"))
        night->state = NIGHT_UNDER_WAY;
    else if (night->state != NIGHT_UNDER_WAY)
        night->state = NIGHT_POORLY; /* until judged */
    add_span(night, row);
}

/* Between the rows of a night nobody watched. */
static double gaps(const struct report_night *night, const cJSON *rows)
{
    double first = INFINITY, last = -INFINITY, covered = 0;
    const cJSON *row;

    cJSON_ArrayForEach(row, rows)
    {
        double start, end;
        if (night_of(row, "start") != night->day || !report_seconds(row, "start", &start) ||
            !report_seconds(row, "end", &end))
            continue;
        first = MIN(first, start);
        last = MAX(last, end);
        covered += end - start;
    }
    return covered > 0 ? MAX(last - first - covered, 0) : 0;
}

static void judge_night(struct report_night *night, const cJSON *rows)
{
    double length = night->watched_s + gaps(night, rows);

    if (length > 0)
        night->coverage = floor(night->usable_s / length * 1000 + 1e-6) / 1000; /* never better than it was */
    if (night->state == NIGHT_POORLY && night->coverage >= REPORT_COVERAGE &&
        night->usable_s >= REPORT_USABLE_S)
        night->state = NIGHT_WATCHED;
}

static double difference(const cJSON *row, const char *from, const char *to)
{
    double a, b;

    return report_seconds(row, from, &a) && report_seconds(row, to, &b) && b >= a ? b - a : (double)NAN;
}

static void add_cramp(struct report *report, const cJSON *row)
{
    struct report_cramp *cramp = &report->cramp[report->cramp_count];
    double seconds;

    if (!report_seconds(row, "onset", &seconds))
        return;
    struct local_moment onset = local_moment(seconds);
    struct report_night *night = report_night(report, onset.night);
    if (!night)
        return;
    *cramp = (struct report_cramp){
        .row = row,
        .onset = onset,
        .no_cramp = strcmp(json_text(row, "label", ""), label_name(LABEL_NO_CRAMP)) == 0,
        .duration_s = json_number(row, "duration_s"),
        .warning_s = difference(row, "rise", "onset"),
        .answered_s = difference(row, "onset", "acknowledged"),
        .reminded = json_number(row, "reminders") > 0,
    };
    *(cramp->no_cramp ? &night->no_cramp : &night->cramps) += 1;
    report->cramp_count++;
}

static void add_trigger(struct report_night *night, const char *word)
{
    int trigger = trigger_from_name(word);

    if (night && trigger >= 0)
        night->triggers |= BIT(trigger);
}

static void add_checkin(struct report_night *night, const cJSON *told)
{
    const cJSON *word;

    if (!night)
        return;
    night->checkin = told;
    cJSON_ArrayForEach(word, cJSON_GetObjectItemCaseSensitive(told, "triggers"))
    {
        if (cJSON_IsString(word))
            add_trigger(night, word->valuestring);
    }
}

static void add_medicine(struct report *report, int day, const cJSON *told)
{
    report->medicine[report->medicine_count++] = (struct report_medicine){
        .day = day, .change = json_text(told, "change", "?"), .name = json_text(told, "text", "?")};
}

static void add_entry(struct report *report, const cJSON *entry)
{
    const cJSON *told = cJSON_GetObjectItemCaseSensitive(entry, "told");
    const char *kind = json_text(entry, "kind", "");
    int day = night_of_entry(entry);
    struct report_night *night = report_night(report, day);

    if (!night)
        return;
    if (is_felt(entry)) {
        report->felt[report->felt_count++] = entry;
        night->felt++;
    } else if (strcmp(kind, entry_kind_name(ENTRY_CHECKIN)) == 0)
        add_checkin(night, told);
    else if (strcmp(kind, entry_kind_name(ENTRY_TRIGGER)) == 0)
        add_trigger(night, json_text(told, "trigger", ""));
    else if (strcmp(kind, entry_kind_name(ENTRY_MEDICINE)) == 0) {
        add_medicine(report, day, told);
        return; /* has a place of its own */
    }
    if (json_text(told, "text", NULL))
        report->note[report->note_count++] = entry;
}

/* Rows without a clock stand between rows with one: of other times are those that stand beyond them. */
static size_t undated(const cJSON *rows, const struct span *span, const cJSON **out)
{
    int newer = NO_DAY;
    size_t count = 0, first = 0; /* first: not yet followed by an older one */
    const cJSON *row;

    cJSON_ArrayForEach(row, rows)
    {
        int day = night_of_row(row);
        if (day == NO_DAY) {
            if (newer == NO_DAY || newer >= span->from)
                out[count++] = row;
            continue;
        }
        if (day > span->to)
            count = first;
        first = count;
        newer = day;
    }
    return count;
}

static int compare_cramps(const void *a, const void *b)
{
    double x = 0, y = 0;

    report_seconds(((const struct report_cramp *)a)->row, "onset", &x);
    report_seconds(((const struct report_cramp *)b)->row, "onset", &y);
    return (x > y) - (x < y);
}

static int compare_medicines(const void *a, const void *b)
{
    return ((const struct report_medicine *)a)->day - ((const struct report_medicine *)b)->day;
}

static int compare_notes(const void *a, const void *b)
{
    return strcmp(json_text(*(const cJSON *const *)a, "day", ""),
                  json_text(*(const cJSON *const *)b, "day", ""));
}

static int compare_felt(const void *a, const void *b)
{
    return strcmp(json_text(*(const cJSON *const *)a, "told_at", ""),
                  json_text(*(const cJSON *const *)b, "told_at", ""));
}

static int allocate(struct report *report, const struct report_rows *rows)
{
    size_t episodes = (size_t)cJSON_GetArraySize(rows->episodes) + 1;
    size_t entries = (size_t)cJSON_GetArraySize(rows->entries) + 1;

    report->cramp = calloc(episodes, sizeof(*report->cramp));
    report->undated_cramp = calloc(episodes, sizeof(const cJSON *));
    report->undated_night = calloc((size_t)cJSON_GetArraySize(rows->nights) + 1, sizeof(const cJSON *));
    report->medicine = calloc(entries, sizeof(*report->medicine));
    report->note = calloc(entries, sizeof(const cJSON *));
    report->felt = calloc(entries, sizeof(const cJSON *));
    if (!report->cramp || !report->undated_cramp || !report->undated_night || !report->medicine ||
        !report->note || !report->felt)
        return -ENOMEM;
    return set_nights(report);
}

int report_make(struct report *report, const struct report_rows *rows, struct span asked)
{
    const cJSON *row;

    *report = (struct report){0};
    set_span(report, rows, asked);
    if (allocate(report, rows) < 0)
        return -ENOMEM;
    cJSON_ArrayForEach(row, rows->nights)
    {
        add_night(report, row);
    }
    for (size_t i = 0; i < report->night_count; i++)
        judge_night(&report->night[i], rows->nights);
    cJSON_ArrayForEach(row, rows->episodes)
    {
        add_cramp(report, row);
    }
    cJSON_ArrayForEach(row, rows->entries)
    {
        add_entry(report, row);
    }
    report->undated_night_count = undated(rows->nights, &report->span, report->undated_night);
    report->undated_cramp_count = undated(rows->episodes, &report->span, report->undated_cramp);
    qsort(report->cramp, report->cramp_count, sizeof(*report->cramp), compare_cramps);
    qsort(report->medicine, report->medicine_count, sizeof(*report->medicine), compare_medicines);
    qsort(report->note, report->note_count, sizeof(const cJSON *), compare_notes);
    qsort(report->felt, report->felt_count, sizeof(const cJSON *), compare_felt);
    int r = report_total(report);
    return r < 0 ? r : report_count_faults(report, rows);
}

void report_clear(struct report *report)
{
    free(report->night);
    free(report->cramp);
    free(report->medicine);
    free(report->note);
    free(report->felt);
    free(report->undated_night);
    free(report->undated_cramp);
    *report = (struct report){0};
}
