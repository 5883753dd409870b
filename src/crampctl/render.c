/* SPDX-License-Identifier: MIT */
#include "crampctl/render.h"

#include "base/macros.h"
#include "crampctl/duration.h"
#include "crampctl/json.h"
#include "crampctl/render_calibration.h"
#include "crampctl/table.h"

#include <math.h>
#include <string.h>

static const char *lasted(const cJSON *object, const char *key, char text[DURATION_SIZE])
{
    double seconds = json_number(object, key);

    if (isnan(seconds))
        snprintf(text, DURATION_SIZE, "-");
    else
        duration_text(seconds, text);
    return text;
}

/* When a row of the diary began; with a question mark when the clock could not be believed. */
static void add_began(struct table *table, const cJSON *row, const char *key)
{
    char time[LOCAL_TIME_SIZE];

    if (json_text(row, key, NULL) || !json_text(row, "start_unsure", NULL))
        table_add(table, "%s", json_local_time(row, key, true, time));
    else
        table_add(table, "%s?", json_local_time(row, "start_unsure", true, time));
}

/* "left gastrocnemius", or "" for what has no place on a leg. */
static const char *site(const cJSON *object, char text[WORDS_SIZE])
{
    char muscle[WORDS_SIZE];
    const char *leg = json_text(object, "leg", NULL), *part = json_text(object, "part", "");

    if (!leg)
        return "";
    snprintf(text, WORDS_SIZE, "%.20s %.40s%s", leg, json_words(object, "muscle", "leg", muscle),
             strcmp(part, "imu") == 0       ? ", motion sensor"
             : strcmp(part, "contact") == 0 ? ", contact"
                                            : "");
    return text;
}

/* Prints "n things", with an s when it is not one; returns whether it printed. */
static void add_count(char *text, size_t size, double count, const char *one, const char *many)
{
    size_t used = strlen(text);

    if (isnan(count))
        return;
    snprintf(text + used, size - used, "%s%.0f %s", used > 0 ? ", " : "", count, count == 1 ? one : many);
}

/* ---- status ---- */

static void render_label(FILE *out, const char *label)
{
    fprintf(out, "%-10s ", label);
}

static const char *headline(const cJSON *status)
{
    const cJSON *one;
    bool blind = false;

    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(status, "sites"))
    {
        const char *state = json_text(one, "state", "");
        if (strcmp(state, "cramp") == 0 || strcmp(state, "easing") == 0)
            return "a cramp is on";
        blind = blind || strcmp(state, "blind") == 0;
    }
    if (blind)
        return "can not see every leg (below it says why)";
    return json_true(status, "night") ? "watching, night" : "watching, day (no reminders)";
}

static void render_faults_of(const cJSON *object, FILE *out)
{
    const cJSON *fault;
    const char *separator = "";

    cJSON_ArrayForEach(fault, cJSON_GetObjectItemCaseSensitive(object, "faults"))
    {
        char source[WORDS_SIZE], reason[WORDS_SIZE], where[WORDS_SIZE];
        const char *place = site(fault, where);
        if (cJSON_IsString(fault))
            fprintf(out, "%s%s", separator, fault->valuestring);
        else
            fprintf(out, "%s%s: %s", separator, *place ? place : json_words(fault, "source", "?", source),
                    json_words(fault, "reason", "?", reason));
        separator = ", ";
    }
}

static void render_site(const cJSON *one, struct table *table)
{
    char name[WORDS_SIZE], state[WORDS_SIZE], faults[256] = "";
    double level = json_number(one, "level_uv"), rest = json_number(one, "floor_uv");
    FILE *out = fmemopen(faults, sizeof(faults) - 1, "w");

    if (out) {
        render_faults_of(one, out);
        fclose(out);
    }
    table_add(table, "  %s", site(one, name));
    table_add(table, "%s", json_words(one, "state", "?", state));
    if (isnan(level))
        table_add(table, "no signal");
    else if (isnan(rest))
        table_add(table, "%.1f uV (rest not known yet)", level);
    else
        table_add(table, "%.1f uV (at rest %.1f)", level, rest);
    table_add(table, "%s", faults);
}

static void render_sites(const cJSON *sites, FILE *out)
{
    static const char *const headings[] = {"  Electrodes", "State", "Level", "Faults"};
    _cleanup_(table_freep) struct table *table = table_new(headings, 4);
    const cJSON *one;

    if (!table || cJSON_GetArraySize(sites) == 0)
        return;
    cJSON_ArrayForEach(one, sites)
    {
        render_site(one, table);
    }
    table_print(table, out);
}

/* Electrodes that came back to another place than before. */
static void render_placements(const cJSON *sites, FILE *out)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, sites)
    {
        const cJSON *placement = cJSON_GetObjectItemCaseSensitive(one, "placement");
        char name[WORDS_SIZE], ago[DURATION_SIZE];
        if (!cJSON_IsObject(placement))
            continue;
        render_label(out, "Placement");
        fprintf(out, "%s: since %s at rest %.1f uV, before %.1f: the electrodes sit elsewhere\n",
                site(one, name), lasted(placement, "ago_s", ago), json_number(placement, "floor_uv"),
                json_number(placement, "floor_before_uv"));
    }
}

static void render_calibrated(const cJSON *sites, FILE *out)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, sites)
    {
        if (!cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(one, "calibration")))
            continue;
        render_label(out, "Calibrated");
        render_calibration(one, out);
    }
}

static void render_tonight(const cJSON *tonight, FILE *out)
{
    char text[256] = "", watched[DURATION_SIZE];
    double coverage = json_number(tonight, "coverage");

    if (!tonight)
        return;
    add_count(text, sizeof(text), json_number(tonight, "cramps"), "cramp", "cramps");
    add_count(text, sizeof(text), json_number(tonight, "dismissed"), "movement dismissed",
              "movements dismissed");
    add_count(text, sizeof(text), json_number(tonight, "faults"), "fault", "faults");
    render_label(out, "Tonight");
    fprintf(out, "%s; watched %s", text, lasted(tonight, "watched_s", watched));
    if (!isnan(coverage))
        fprintf(out, ", %.1f %% of it usable", floor(coverage * 1000) / 10);
    fprintf(out, "\n");
}

static void render_reminder(const cJSON *status, FILE *out)
{
    const cJSON *reminder = cJSON_GetObjectItemCaseSensitive(status, "reminder");
    double missing = json_number(reminder, "missing_outputs");
    char left[DURATION_SIZE];

    render_label(out, "Reminder");
    if (json_true(status, "muted"))
        fprintf(out, "muted for another %s (crampctl unmute)", lasted(status, "muted_for_s", left));
    else if (!isnan(json_number(status, "snoozed_for_s")))
        fprintf(out, "snoozed for another %s", lasted(status, "snoozed_for_s", left));
    else
        fprintf(out, "%s", json_true(status, "reminding") ? "on now (crampctl ack stops it)" : "ready");
    if (missing > 0)
        fprintf(out, "; %.0f output%s could not be opened", missing, missing == 1 ? "" : "s");
    fprintf(out, "\n");
}

void render_status(const cJSON *status, FILE *out)
{
    const cJSON *faults = cJSON_GetObjectItemCaseSensitive(status, "faults");
    char broker[WORDS_SIZE];

    fprintf(out, "crampd %s: %s\n", json_text(status, "version", "?"), headline(status));
    render_sites(cJSON_GetObjectItemCaseSensitive(status, "sites"), out);
    render_placements(cJSON_GetObjectItemCaseSensitive(status, "sites"), out);
    render_calibrated(cJSON_GetObjectItemCaseSensitive(status, "sites"), out);
    render_tonight(cJSON_GetObjectItemCaseSensitive(status, "tonight"), out);
    render_reminder(status, out);
    render_label(out, "Broker");
    fprintf(out, "%s\n", json_words(status, "broker", "?", broker));
    render_label(out, "Clock");
    fprintf(out, "%s\n",
            json_true(status, "clock_synced") ? "right" : "not set yet; times will be put right");
    if (json_number(status, "lost_samples") > 0) {
        render_label(out, "Samples");
        fprintf(out, "%.0f, %.0f lost\n", json_number(status, "samples"),
                json_number(status, "lost_samples"));
    }
    if (cJSON_GetArraySize(faults) > 0) {
        render_label(out, "Faults");
        render_faults_of(status, out);
        fprintf(out, "\n");
    }
}

/* ---- diary ---- */

static bool render_empty(const cJSON *array, const char *sentence, FILE *out)
{
    if (cJSON_GetArraySize(array) > 0)
        return false;
    fprintf(out, "%s\n", sentence);
    return true;
}

static void render_episode(const cJSON *episode, struct table *table)
{
    char where[WORDS_SIZE], text[WORDS_SIZE], duration[DURATION_SIZE];
    double peak = json_number(episode, "peak_ratio"), percent = json_number(episode, "peak_percent");

    add_began(table, episode, "onset");
    table_add(table, "%s", site(episode, where));
    table_add(table, "%s", json_true(episode, "ongoing") ? "(now)" : lasted(episode, "duration_s", duration));
    if (isnan(peak))
        table_add(table, "-");
    else if (isnan(percent))
        table_add(table, "%.0f x rest", peak);
    else
        table_add(table, "%.0f x rest, %.0f %% of firm", peak, percent);
    table_add(table, "%s", json_words(episode, "relief", "-", text));
    table_add(table, "%s", json_number(episode, "reminders") > 0 ? "yes" : "no");
    table_add(table, "%s", json_words(episode, "acknowledged_by", "-", text));
}

void render_episodes(const cJSON *episodes, FILE *out)
{
    static const char *const headings[] = {"Began",  "Where",    "Lasted",     "Peak",
                                           "Relief", "Reminded", "Answered by"};
    _cleanup_(table_freep) struct table *table = table_new(headings, ARRAY_SIZE(headings));
    const cJSON *episode;

    if (!table || render_empty(episodes, "No cramp in the diary.", out))
        return;
    cJSON_ArrayForEach(episode, episodes)
    {
        render_episode(episode, table);
    }
    table_print(table, out);
}

static void dismissed_text(const cJSON *dismissed, char *text, size_t size)
{
    const cJSON *count;
    size_t used = 0;

    snprintf(text, size, "-");
    cJSON_ArrayForEach(count, dismissed)
    {
        char reason[WORDS_SIZE];
        if (!count->string)
            return; /* a list, not counts by reason */
        snprintf(reason, sizeof(reason), "%s", count->string);
        for (char *c = reason; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        int more =
            snprintf(text + used, size - used, "%s%.0f %s", used > 0 ? ", " : "", count->valuedouble, reason);
        used = MIN(used + (size_t)MAX(more, 0), size - 1);
    }
}

static void render_night(const cJSON *night, struct table *table)
{
    char watched[DURATION_SIZE], longest[DURATION_SIZE], dismissed[512];
    double coverage = json_number(night, "coverage"), cramps = json_number(night, "cramps");

    add_began(table, night, "start");
    table_add(table, "%s%s", lasted(night, "watched_s", watched),
              json_true(night, "complete")  ? ""
              : json_true(night, "ongoing") ? " so far"
                                            : " (cut short)");
    if (isnan(coverage))
        table_add(table, "-");
    else
        table_add(table, "%.1f %%", floor(coverage * 1000) / 10);
    table_add(table, "%.0f", cramps);
    table_add(table, "%s", cramps > 0 ? lasted(night, "longest_cramp_s", longest) : "-");
    table_add(table, "%.0f", json_number(night, "reminders"));
    table_add(table, "%.0f", json_number(night, "faults"));
    dismissed_text(cJSON_GetObjectItemCaseSensitive(night, "dismissed"), dismissed, sizeof(dismissed));
    table_add(table, "%s", dismissed);
}

void render_nights(const cJSON *nights, FILE *out)
{
    static const char *const headings[] = {"Began",   "Watched",   "Usable", "Cramps",
                                           "Longest", "Reminders", "Faults", "Dismissed"};
    _cleanup_(table_freep) struct table *table = table_new(headings, ARRAY_SIZE(headings));
    const cJSON *night;

    if (!table || render_empty(nights, "No night in the diary yet.", out))
        return;
    cJSON_ArrayForEach(night, nights)
    {
        render_night(night, table);
    }
    table_print(table, out);
}

static void render_fault(const cJSON *fault, struct table *table)
{
    char where[WORDS_SIZE], source[WORDS_SIZE], reason[WORDS_SIZE];
    char duration[DURATION_SIZE];

    add_began(table, fault, "start");
    table_add(table, "%s", json_words(fault, "source", "?", source));
    table_add(table, "%s", json_words(fault, "reason", "?", reason));
    table_add(table, "%s", json_true(fault, "ongoing") ? "(now)" : lasted(fault, "duration_s", duration));
    table_add(table, "%s", site(fault, where));
}

void render_faults(const cJSON *faults, FILE *out)
{
    static const char *const headings[] = {"Began", "Source", "Fault", "Lasted", "Where"};
    _cleanup_(table_freep) struct table *table = table_new(headings, ARRAY_SIZE(headings));
    const cJSON *fault;

    if (!table || render_empty(faults, "No fault in the diary.", out))
        return;
    cJSON_ArrayForEach(fault, faults)
    {
        render_fault(fault, table);
    }
    table_print(table, out);
}

/* ---- monitor ---- */

/* What of an event is worth a place on its line. */
static const struct detail {
    const char *key;
    enum { DETAIL_WORD, DETAIL_SECONDS, DETAIL_RATIO, DETAIL_SHARE, DETAIL_COUNT } kind;
    const char *format;
} details[] = {
    {"source", DETAIL_WORD, "%s"},
    {"occasion", DETAIL_WORD, "for %s"},
    {"reason", DETAIL_WORD, "%s"},
    {"relief", DETAIL_WORD, "relief %s"},
    {"origin", DETAIL_WORD, "by %s"},
    {"duration_s", DETAIL_SECONDS, "lasted %s"},
    {"for_s", DETAIL_SECONDS, "for %s"},
    {"peak_ratio", DETAIL_RATIO, "peak %s x rest"},
    {"peak_percent", DETAIL_COUNT, "%s % of the firm contraction"},
    {"confidence", DETAIL_SHARE, "confidence %s"},
    {"cramps", DETAIL_COUNT, "cramps: %s"},
    {"coverage", DETAIL_SHARE, "usable %s"},
};

/* False when the event does not have it. */
static bool detail_text(const struct detail *detail, const cJSON *event, char text[WORDS_SIZE])
{
    double number = json_number(event, detail->key);

    switch (detail->kind) {
    case DETAIL_WORD: return *json_words(event, detail->key, "", text) != '\0';
    case DETAIL_SECONDS:
        if (!isnan(number))
            duration_text(number, text);
        break;
    case DETAIL_RATIO:
    case DETAIL_COUNT: snprintf(text, WORDS_SIZE, "%.0f", number); break;
    case DETAIL_SHARE: snprintf(text, WORDS_SIZE, "%.0f %%", number * 100); break;
    }
    return !isnan(number);
}

static void print_detail(const char *format, const char *text, FILE *out)
{
    const char *hole = strstr(format, "%s");

    fprintf(out, "%.*s%s%s", (int)(hole - format), format, text, hole + 2);
}

void render_event(const cJSON *event, FILE *out)
{
    char time[LOCAL_TIME_SIZE], kind[WORDS_SIZE], where[WORDS_SIZE], text[WORDS_SIZE];
    const char *place = site(event, where);
    const char *separator = *place ? ", " : "";

    fprintf(out, "%s  %-15s ", json_local_time(event, "occurred_at", false, time),
            json_words(event, "event", "?", kind));
    fprintf(out, "%s", place);
    for (size_t i = 0; i < ARRAY_SIZE(details); i++)
        if (detail_text(&details[i], event, text)) {
            fprintf(out, "%s", separator);
            print_detail(details[i].format, text, out);
            separator = ", ";
        }
    fprintf(out, "\n");
}
