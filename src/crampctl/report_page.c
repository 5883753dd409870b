/* SPDX-License-Identifier: MIT */
#include "crampctl/report_page.h"

#include "build_config.h"
#include "crampctl/html.h"
#include "crampctl/json.h"
#include "crampctl/report_assets.h"
#include "crampctl/report_words.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

void put_medicine_marks(const struct report *report, int day, FILE *out)
{
    for (size_t i = 0; i < report->medicine_count; i++)
        if (report->medicine[i].day == day)
            fprintf(out, " M%zu", i + 1);
}

static void put_paragraph(FILE *out, const char *style, const char *text)
{
    fprintf(out, "<p class=\"%s\">", style);
    html_text(out, text);
    fputs("</p>\n", out);
}

static void put_head(const struct report *report, FILE *out)
{
    char text[SENTENCE_SIZE];

    fputs("<header>\n<h1>Night leg cramps</h1>\n<p class=\"about\">", out);
    span_words(&report->span, text);
    html_text(out, text);
    fprintf(out, " &#183; %zu night%s, from a sensor on the leg and what was told</p>\n", report->night_count,
            report->night_count == 1 ? "" : "s");
    report_summary(report, text);
    put_paragraph(out, "summary", text);
    report_besides(report, text);
    if (*text)
        put_paragraph(out, "besides", text);
    cut_sentence(report, text);
    if (*text)
        put_paragraph(out, "warning", text);
    fputs("<p class=\"paper\">Name: <span></span> Born: <span></span></p>\n</header>\n", out);
}

/* ---- what was told ---- */

static void put_side(FILE *out, const struct report_count *count, bool few)
{
    fprintf(out, "<td class=\"n%s\"><b>%u</b> of %u</td>", few ? " few" : "", count->with_cramp,
            count->nights);
}

static void put_triggers(const struct report *report, FILE *out)
{
    unsigned shown = 0;
    char text[SENTENCE_SIZE];

    fputs("<section id=\"triggers\"><h2>Nights with a cramp, after what was told of the day</h2>\n", out);
    for (int trigger = 0; trigger < (int)trigger_count; trigger++) {
        const struct report_comparison *found = &report->trigger[trigger];
        if (found->with.nights == 0)
            continue;
        if (shown++ == 0)
            fputs("<table class=\"counts\"><thead><tr><th scope=\"col\">Told</th><th scope=\"col\">After "
                  "it</th><th scope=\"col\">Other watched nights</th><th "
                  "scope=\"col\"></th></tr></thead><tbody>\n",
                  out);
        fprintf(out, "<tr><th scope=\"row\">%s</th>", blank_words(trigger_name((enum trigger)trigger), text));
        put_side(out, &found->with, found->few);
        put_side(out, &found->other, found->few);
        fprintf(out, "<td>%s</td></tr>\n", found->few ? "too few to read anything from" : "");
    }
    fputs(shown > 0
              ? "</tbody></table>\n<p class=\"key\">Watched nights only. Counts, not causes; a day of which "
                "nothing was told counts among the others.</p>\n"
              : "<p>None was told of a watched night.</p>\n",
          out);
    fputs("</section>\n", out);
}

static void put_medicines(const struct report *report, FILE *out)
{
    fputs("<section id=\"medicines\"><h2>Medicines changed, and nights with a cramp</h2>\n", out);
    if (report->medicine_count == 0)
        fputs("<p>No change was told.</p>\n", out);
    else
        fputs("<table class=\"counts\"><thead><tr><th scope=\"col\"></th><th scope=\"col\">Medicine</th><th "
              "scope=\"col\">Before</th><th scope=\"col\">From that day on</th><th "
              "scope=\"col\"></th></tr></thead><tbody>\n",
              out);
    for (size_t i = 0; i < report->medicine_count; i++) {
        const struct report_medicine *medicine = &report->medicine[i];
        char day[DAY_SIZE];

        day_text(medicine->day, false, day);
        fprintf(out, "<tr><th scope=\"row\">M%zu %s</th><td>", i + 1, day);
        html_text(out, medicine->change);
        fputs(": <bdi>", out);
        html_text(out, medicine->name);
        fputs("</bdi></td>", out);
        put_side(out, &medicine->since.other, medicine->since.few);
        put_side(out, &medicine->since.with, medicine->since.few);
        fprintf(out, "<td>%s</td></tr>\n", medicine->since.few ? "too few to read anything from" : "");
    }
    fputs(report->medicine_count > 0
              ? "</tbody></table>\n<p class=\"key\">Watched nights of this report only.</p>\n</section>\n"
              : "</section>\n",
          out);
}

/* ---- how well it was watched ---- */

static void put_fault_words(const struct report *report, FILE *out)
{
    const char *separator = "<p>What kept the hub from watching at night: ";
    char text[SENTENCE_SIZE];

    for (int reason = 0; reason < (int)fault_reason_count; reason++) {
        const struct report_fault *fault = &report->fault[reason];
        if (fault->times == 0)
            continue;
        fprintf(out, "%s%s on %u night%s", separator,
                blank_words(fault_reason_name((enum fault_reason)reason), text), fault->nights,
                fault->nights == 1 ? "" : "s");
        separator = ", ";
    }
    if (separator[0] == ',')
        fputs(".</p>\n", out);
}

static void put_undated(const struct report *report, FILE *out)
{
    const char *separator = ": ";

    if (report->undated_night_count + report->undated_cramp_count == 0)
        return;
    fprintf(out,
            "<p>Without a clock that could be believed, and in no figure above: %zu night%s and %zu cramp%s",
            report->undated_night_count, report->undated_night_count == 1 ? "" : "s",
            report->undated_cramp_count, report->undated_cramp_count == 1 ? "" : "s");
    for (size_t i = 0; i < MIN(report->undated_night_count, 12); i++) {
        char time[LOCAL_TIME_SIZE], watched[DURATION_SIZE];
        const cJSON *row = report->undated_night[i];

        fprintf(out, "%sthe clock showed ", separator);
        html_text(out, json_local_time(row, "start_unsure", true, time));
        fprintf(out, ", %s watched, cramps %.0f", json_duration(row, "watched_s", watched),
                json_number(row, "cramps"));
        separator = "; ";
    }
    fputs(".</p>\n", out);
}

static void put_coverage(const struct report *report, FILE *out)
{
    const struct report_totals *totals = &report->totals;

    fprintf(
        out,
        "<section id=\"coverage\"><h2>How well it was watched</h2>\n<p>Of %zu nights %u watched, %u not well "
        "enough, %u without a record%s. Check-ins on %u mornings.</p>\n",
        report->night_count, totals->nights[NIGHT_WATCHED], totals->nights[NIGHT_POORLY],
        totals->nights[NIGHT_NO_RECORD], totals->nights[NIGHT_UNDER_WAY] > 0 ? ", one under way" : "",
        totals->checkins);
    put_fault_words(report, out);
    if (totals->watched.nights > 0)
        fprintf(out,
                "<p>Periodic leg movements that were told from cramps, for the question of restless legs: "
                "%u, on %u "
                "of %u watched nights.</p>\n",
                totals->periodic, totals->periodic_nights, totals->watched.nights);
    put_undated(report, out);
    fputs("</section>\n", out);
}

static void put_foot(double made_s, FILE *out)
{
    char made[DAY_SIZE];

    const struct local_moment now = local_moment(made_s);
    day_text(now.night + (now.minute >= 720), true, made); /* after midnight */
    fprintf(out,
            "<footer>\n<p>A night counts as watched when the hub could have seen a cramp for at least %.0f "
            "%% of it and "
            "for %.0f hours; the others are shown, but are in no rate and no comparison, and a night with a "
            "cramp is "
            "one on which the hub saw one or the person told of one. Cramps are recognised from the muscle's "
            "electrical "
            "activity and the leg's motion, with errors both ways; counts side by side say nothing about "
            "causes.</p>\n<p><b>crampd is not a medical device, and this is no diagnosis.</b> Made %s by "
            "crampd " CRAMPD_VERSION
            "; times are local; a night has the date of its evening.</p>\n</footer>\n",
            REPORT_COVERAGE * 100, REPORT_USABLE_S / 3600, made);
}

/* Sections in the order in which they are read. Advice from the table of sentences, once there is one, is a
   row of its own behind the figures. */
static void (*const sections[])(const struct report *report, FILE *out) = {
    put_head, put_figures, put_calendar, put_plots, put_triggers, put_medicines, put_nights, put_coverage,
};

int report_page_write(const struct report *report, double made_s, FILE *out)
{
    cJSON *object = report_json(report);
    _cleanup_(freep) char *json = object ? cJSON_PrintUnformatted(object) : NULL;

    cJSON_Delete(object);
    if (!json)
        return -ENOMEM;
    fputs(report_before_data, out);
    for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
        sections[i](report, out);
    put_foot(made_s, out);
    fputs("<script type=\"application/json\" id=\"data\">", out);
    html_json(out, json);
    fputs("</script>\n", out);
    fputs(report_after_data, out);
    return 0;
}
