/* SPDX-License-Identifier: MIT */
#include "crampctl/render.h"

#include "base/macros.h"
#include "crampctl/json.h"
#include "crampctl/table.h"

#include <math.h>
#include <string.h>

/* When a row of the diary began; with a question mark when the clock could not be believed. */
static void add_began(struct table *table, const cJSON *row, const char *key)
{
    char time[LOCAL_TIME_SIZE];

    if (json_text(row, key, NULL) || !json_text(row, "start_unsure", NULL))
        table_add(table, "%s", json_local_time(row, key, true, time));
    else
        table_add(table, "%s?", json_local_time(row, "start_unsure", true, time));
}

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
    table_add(table, "%s", json_site(episode, where));
    table_add(table, "%s",
              json_true(episode, "ongoing") ? "(now)" : json_duration(episode, "duration_s", duration));
    if (isnan(peak))
        table_add(table, "-");
    else if (isnan(percent))
        table_add(table, "%.0f x rest", peak);
    else
        table_add(table, "%.0f x rest, %.0f %% of firm", peak, percent);
    table_add(table, "%s", json_words(episode, "relief", "-", text));
    table_add(table, "%s", json_number(episode, "reminders") > 0 ? "yes" : "no");
    table_add(table, "%s", json_words(episode, "acknowledged_by", "-", text));
    table_add(table, "%s", json_words(episode, "label", "-", text));
}

void render_episodes(const cJSON *episodes, FILE *out)
{
    static const char *const headings[] = {"Began",  "Where",    "Lasted",      "Peak",
                                           "Relief", "Reminded", "Answered by", "You say"};
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
    table_add(table, "%s%s", json_duration(night, "watched_s", watched),
              json_true(night, "complete")  ? ""
              : json_true(night, "ongoing") ? " so far"
                                            : " (cut short)");
    if (isnan(coverage))
        table_add(table, "-");
    else
        table_add(table, "%.1f %%", floor(coverage * 1000) / 10);
    table_add(table, "%.0f", cramps);
    table_add(table, "%s", cramps > 0 ? json_duration(night, "longest_cramp_s", longest) : "-");
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
    table_add(table, "%s",
              json_true(fault, "ongoing") ? "(now)" : json_duration(fault, "duration_s", duration));
    table_add(table, "%s", json_site(fault, where));
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

/* "pain 6, helped stretch, massage" */
static void told_text(const cJSON *told, char *text, size_t size)
{
    const cJSON *item, *word;
    size_t used = 0;

    snprintf(text, size, "-");
    cJSON_ArrayForEach(item, told)
    {
        char value[512] = "";
        if (cJSON_IsString(item))
            snprintf(value, sizeof(value), "%s", item->valuestring);
        else if (cJSON_IsBool(item))
            snprintf(value, sizeof(value), "%s", cJSON_IsTrue(item) ? "yes" : "no");
        else if (cJSON_IsNumber(item))
            snprintf(value, sizeof(value), "%g", item->valuedouble);
        const cJSON *list = cJSON_IsArray(item) ? item : NULL;
        cJSON_ArrayForEach(word, list)
        {
            size_t length = strlen(value);
            snprintf(value + length, sizeof(value) - length, "%s%s", length > 0 ? ", " : "",
                     cJSON_IsString(word) ? word->valuestring : "?");
        }
        int more = snprintf(text + used, size - used, "%s%s %s", used > 0 ? "; " : "", item->string, value);
        used = MIN(used + (size_t)MAX(more, 0), size - 1);
    }
}

void render_entries(const cJSON *entries, FILE *out)
{
    static const char *const headings[] = {"Day", "What", "Told"};
    _cleanup_(table_freep) struct table *table = table_new(headings, ARRAY_SIZE(headings));
    const cJSON *entry;

    if (!table || render_empty(entries, "No entry in the diary.", out))
        return;
    cJSON_ArrayForEach(entry, entries)
    {
        char told[1536];
        table_add(table, "%s", json_text(entry, "day", "?"));
        table_add(table, "%s", json_text(entry, "kind", "?"));
        told_text(cJSON_GetObjectItemCaseSensitive(entry, "told"), told, sizeof(told));
        table_add(table, "%s", told);
    }
    table_print(table, out);
}
