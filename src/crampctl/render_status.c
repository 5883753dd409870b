/* SPDX-License-Identifier: MIT */
#include "crampctl/render.h"

#include "base/macros.h"
#include "crampctl/json.h"
#include "crampctl/render_calibration.h"
#include "crampctl/table.h"

#include <math.h>
#include <string.h>

/* Appends "n things", if it is known how many. */
static void add_count(char *text, size_t size, double count, const char *one, const char *many)
{
    size_t used = strlen(text);

    if (isnan(count))
        return;
    snprintf(text + used, size - used, "%s%.0f %s", used > 0 ? ", " : "", count, count == 1 ? one : many);
}

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
        const char *place = json_site(fault, where);
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
    table_add(table, "  %s", json_site(one, name));
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
                json_site(one, name), json_duration(placement, "ago_s", ago),
                json_number(placement, "floor_uv"), json_number(placement, "floor_before_uv"));
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
    fprintf(out, "%s; watched %s", text, json_duration(tonight, "watched_s", watched));
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
        fprintf(out, "muted for another %s (crampctl unmute)", json_duration(status, "muted_for_s", left));
    else if (!isnan(json_number(status, "snoozed_for_s")))
        fprintf(out, "snoozed for another %s", json_duration(status, "snoozed_for_s", left));
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
