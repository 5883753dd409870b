/* SPDX-License-Identifier: MIT */
/* Night by night, in words: only nights of which there is something to tell. */
#include "crampctl/report_page.h"

#include "crampctl/html.h"
#include "crampctl/json.h"
#include "crampctl/report_words.h"

#include <math.h>
#include <string.h>

static bool has_note(const struct report *report, int day)
{
    char iso[DAY_SIZE];

    day_iso(day, iso);
    for (size_t i = 0; i < report->note_count; i++)
        if (strcmp(json_text(report->note[i], "day", ""), iso) == 0 &&
            strcmp(json_text(report->note[i], "kind", ""), "checkin") != 0)
            return true;
    return false;
}

/* Electrodes on one muscle of each leg: it need not be named in every line. */
static bool same_muscle(const struct report *report)
{
    const char *first = report->cramp_count > 0 ? json_text(report->cramp[0].row, "muscle", "") : "";
    bool same = true;

    for (size_t i = 1; i < report->cramp_count; i++)
        same = same && strcmp(json_text(report->cramp[i].row, "muscle", ""), first) == 0;
    return same;
}

static void put_cramp(const struct report_cramp *cramp, bool with_muscle, FILE *out)
{
    char clock[CLOCK_SIZE], where[WORDS_SIZE], text[DURATION_SIZE];

    clock_text(cramp->onset.minute, clock);
    fprintf(out, "<p%s>%s ", cramp->no_cramp ? " class=\"none\"><s" : "", clock);
    html_text(out, with_muscle ? json_site(cramp->row, where) : json_text(cramp->row, "leg", ""));
    if (cramp->duration_s >= 0) {
        duration_text(cramp->duration_s, text);
        fprintf(out, ", %s", text);
    } else
        fputs(json_true(cramp->row, "ongoing") ? ", goes on" : ", length unknown", out);
    if (cramp->warning_s > 0) {
        duration_text(cramp->warning_s, text);
        fprintf(out, ", rise %s", text);
    }
    if (cramp->reminded && cramp->answered_s >= 0) {
        duration_text(cramp->answered_s, text);
        fprintf(out, ", answered %s", text);
    } else if (cramp->reminded)
        fputs(", not answered", out);
    if (cramp->no_cramp)
        fputs("</s> said to be no cramp", out);
    fputs("</p>", out);
}

static void put_felt(const struct report *report, int day, FILE *out)
{
    for (size_t i = 0; i < report->felt_count; i++) {
        const cJSON *told = cJSON_GetObjectItemCaseSensitive(report->felt[i], "told");
        char clock[CLOCK_SIZE];
        double seconds;

        if (!report_seconds(report->felt[i], "told_at", &seconds) || local_moment(seconds).night != day)
            continue;
        clock_text(local_moment(seconds).minute, clock);
        fprintf(out, "<p>%s ", clock);
        html_text(out, json_text(told, "leg", ""));
        fputs(" felt, not seen by the hub</p>", out);
    }
}

static void put_words(const cJSON *told, const char *key, const char *before, FILE *out)
{
    const cJSON *word, *list = cJSON_GetObjectItemCaseSensitive(told, key);
    const char *separator = before;
    char text[SENTENCE_SIZE];

    cJSON_ArrayForEach(word, list)
    {
        fputs(separator, out);
        html_text(out, cJSON_IsString(word) ? blank_words(word->valuestring, text) : "?");
        separator = ", ";
    }
}

static void put_quoted(const char *text, FILE *out)
{
    fputs(" <q><bdi>", out);
    html_text(out, text);
    fputs("</bdi></q>", out);
}

static void put_checkin(const cJSON *told, FILE *out)
{
    double pain = json_number(told, "pain");
    const char *felt = json_text(told, "felt", NULL);
    char where[WORDS_SIZE];

    if (!told) {
        fputs("&#8211;", out);
        return;
    }
    if (felt)
        fputs(strcmp(felt, "yes") == 0      ? "felt"
              : strcmp(felt, "missed") == 0 ? "<b>felt, not seen by the hub</b>"
                                            : "none felt",
              out);
    if (*json_site(told, where)) {
        fputs(" ", out);
        html_text(out, where);
    }
    if (!isnan(pain))
        fprintf(out, "; pain %.0f", pain);
    if (json_true(told, "sore"))
        fputs("; sore", out);
    put_words(told, "helped", " &#8594; ", out);
    if (cJSON_GetObjectItemCaseSensitive(told, "signs")) {
        fputs("<b>", out);
        put_words(told, "signs", "; ", out);
        fputs("</b>", out);
    }
    if (json_text(told, "text", NULL))
        put_quoted(json_text(told, "text", ""), out);
}

static void put_told(const struct report *report, const struct report_night *night, FILE *out)
{
    const char *separator = "";
    char iso[DAY_SIZE], text[SENTENCE_SIZE];

    for (int trigger = 0; trigger < (int)trigger_count; trigger++)
        if (night->triggers & BIT(trigger)) {
            fprintf(out, "%s%s", separator, blank_words(trigger_name((enum trigger)trigger), text));
            separator = ", ";
        }
    day_iso(night->day, iso);
    for (size_t i = 0; i < report->note_count; i++) {
        const cJSON *note = report->note[i];
        if (strcmp(json_text(note, "day", ""), iso) == 0 &&
            strcmp(json_text(note, "kind", ""), "checkin") != 0)
            put_quoted(json_text(cJSON_GetObjectItemCaseSensitive(note, "told"), "text", ""), out);
    }
    for (size_t i = 0; i < report->medicine_count; i++)
        if (report->medicine[i].day == night->day)
            fprintf(out, "%smedicine M%zu", *separator ? separator : "", i + 1);
}

static void put_seen(const struct report_night *night, FILE *out)
{
    char state[SENTENCE_SIZE];

    if (isnan(night->coverage))
        fputs(blank_words(report_night_state_name(night->state), state), out);
    else
        fprintf(out, night->state == NIGHT_WATCHED ? "%.0f&#8239;%%" : "(%.0f&#8239;%%)",
                floor(night->coverage * 100));
}

static void put_night(const struct report *report, const struct report_night *night, FILE *out)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    char day[DAY_SIZE];

    day_text(night->day, false, day);
    fprintf(out, "<tr><th scope=\"row\">%s %s</th><td data-of=\"Seen\">", days[day_of_week(night->day) - 1],
            day);
    put_seen(night, out);
    fputs("</td><td data-of=\"Cramps\">", out);
    for (size_t i = 0; i < report->cramp_count; i++)
        if (report->cramp[i].onset.night == night->day)
            put_cramp(&report->cramp[i], !same_muscle(report), out);
    put_felt(report, night->day, out);
    if (night->cramps + night->no_cramp + night->felt == 0)
        fputs(night->state == NIGHT_WATCHED ? "none seen" : "&#8211;", out);
    fputs("</td><td data-of=\"Morning after\">", out);
    put_checkin(night->checkin, out);
    fputs("</td><td data-of=\"Day before\">", out);
    put_told(report, night, out);
    fputs("</td></tr>\n", out);
}

static bool is_told(const struct report *report, const struct report_night *night)
{
    return night->cramps + night->no_cramp + night->felt > 0 || night->checkin || night->triggers ||
           night->state == NIGHT_POORLY || has_note(report, night->day);
}

static void put_others(const unsigned *others, FILE *out)
{
    static const char *const words[] = {[NIGHT_NO_RECORD] = "without a record",
                                        [NIGHT_UNDER_WAY] = "under way",
                                        [NIGHT_WATCHED] = "watched without a cramp"};
    const char *separator = " Not in this table, nights ";

    fputs("<p class=\"key\">Rise: how long before the cramp the muscle's tension rose. Answered: how long "
          "after its "
          "beginning the reminder was. In brackets: not watched well, or under way.",
          out);
    for (int state = report_night_state_count - 1; state >= 0; state--) {
        if (others[state] == 0 || !words[state])
            continue;
        fprintf(out, "%s%s: %u", separator, words[state], others[state]);
        separator = ", ";
    }
    fputs(separator[0] == ',' ? ".</p>\n" : "</p>\n", out);
}

void put_nights(const struct report *report, FILE *out)
{
    unsigned others[report_night_state_count] = {0};

    fputs("<section id=\"nights\"><h2>Night by night</h2>\n<table class=\"rows\"><thead><tr><th "
          "scope=\"col\">Evening</th><th scope=\"col\">Seen</th><th scope=\"col\">Cramps</th><th "
          "scope=\"col\">Morning after (&#8594; what helped)</th><th scope=\"col\">Day "
          "before</th></tr></thead><tbody>\n",
          out);
    for (size_t i = 0; i < report->night_count; i++) {
        if (is_told(report, &report->night[i]))
            put_night(report, &report->night[i], out);
        else
            others[report->night[i].state]++;
    }
    fputs("</tbody></table>\n", out);
    put_others(others, out);
    fputs("</section>\n", out);
}
