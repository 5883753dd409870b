/* SPDX-License-Identifier: MIT */
/* The figures behind the answer, a few words each. */
#include "crampctl/report_page.h"

#include "crampctl/duration.h"
#include "crampctl/report_words.h"

#include <stdarg.h>

_printf_(3, 4) static void put_figure(FILE *out, const char *name, const char *format, ...)
{
    va_list ap;

    fprintf(out, "<div><dt>%s</dt><dd>", name);
    va_start(ap, format);
    vfprintf(out, format, ap);
    va_end(ap);
    fputs("</dd></div>\n", out);
}

static void put_often(const struct report_totals *totals, FILE *out)
{
    if (totals->watched.nights < REPORT_FEW)
        put_figure(out, "How often", "<b>not known</b> %u watched nights", totals->watched.nights);
    else
        put_figure(out, "How often", "<b>%.1f a week</b> %u cramps, %u watched nights",
                   7.0 * totals->cramps_watched / totals->watched.nights, totals->cramps_watched,
                   totals->watched.nights);
}

static void put_when(const struct report_totals *totals, FILE *out)
{
    char median[CLOCK_SIZE], quarter[CLOCK_SIZE], three[CLOCK_SIZE];

    if (totals->minute.known == 0)
        return;
    clock_text(totals->minute.median, median);
    clock_text(totals->minute.quarter, quarter);
    clock_text(totals->minute.three_quarters, three);
    if (totals->minute.known < REPORT_FEW)
        put_figure(out, "When", "<b>median %s</b> of %u", median, totals->minute.known);
    else
        put_figure(out, "When", "<b>median %s</b> half of them %s to %s", median, quarter, three);
}

static void put_length(const struct report_totals *totals, FILE *out)
{
    char median[DURATION_SIZE], most[DURATION_SIZE];

    if (totals->duration.known == 0)
        return;
    duration_text(totals->duration.median, median);
    duration_text(totals->duration.most, most);
    put_figure(out, "How long", "<b>median %s</b> longest %s", median, most);
}

static void put_where(const struct report_totals *totals, FILE *out)
{
    char text[SENTENCE_SIZE];

    if (totals->cramps == 0)
        return;
    fprintf(out, "<div><dt>Where</dt><dd><b>left %u, right %u</b>", totals->leg[LEG_LEFT],
            totals->leg[LEG_RIGHT]);
    if (totals->leg_unknown > 0)
        fprintf(out, " not known %u", totals->leg_unknown);
    for (int muscle = 0; muscle < (int)muscle_count; muscle++)
        if (totals->muscle[muscle] > 0)
            fprintf(out, " %s %u", blank_words(muscle_name((enum muscle)muscle), text),
                    totals->muscle[muscle]);
    fputs("</dd></div>\n", out);
}

static void put_warning(const struct report_totals *totals, FILE *out)
{
    char median[DURATION_SIZE];

    if (totals->cramps == 0)
        return;
    duration_text(totals->warning.median, median);
    if (totals->warning.known == 0)
        put_figure(out, "Tension rose", "<b>never</b> before any of %u", totals->cramps);
    else
        put_figure(out, "Tension rose", "<b>median %s</b> before %u of %u cramps", median,
                   totals->warning.known, totals->cramps);
}

static void put_answers(const struct report_totals *totals, FILE *out)
{
    char median[DURATION_SIZE];

    if (totals->cramps == 0)
        return;
    duration_text(totals->answer.median, median);
    if (totals->answer.known == 0)
        put_figure(out, "Reminder", "<b>answered %u of %u</b>", totals->answered, totals->reminded);
    else
        put_figure(out, "Reminder", "<b>answered %u of %u</b> median after %s", totals->answered,
                   totals->reminded, median);
    put_figure(out, "Ended by", "<b>stretch %u, by itself %u</b> movement %u, not known %u",
               totals->relief[RELIEF_STRETCH], totals->relief[RELIEF_SPONTANEOUS],
               totals->relief[RELIEF_MOVEMENT],
               totals->cramps - totals->relief[RELIEF_STRETCH] - totals->relief[RELIEF_SPONTANEOUS] -
                   totals->relief[RELIEF_MOVEMENT]);
}

static void put_signs(const struct report_totals *totals, FILE *out)
{
    const char *separator = "<div><dt>Signs told</dt><dd><b>";
    char text[SENTENCE_SIZE];

    for (int sign = 0; sign < (int)sign_count; sign++) {
        if (totals->sign[sign] == 0)
            continue;
        fprintf(out, "%s%s", separator, blank_words(sign_name((enum sign)sign), text));
        fprintf(out, " %u", totals->sign[sign]);
        separator = ", ";
    }
    if (separator[0] == ',')
        fprintf(out, "</b> mornings, of %u with a check-in</dd></div>\n", totals->checkins);
}

void put_figures(const struct report *report, FILE *out)
{
    const struct report_totals *totals = &report->totals;

    fputs("<section id=\"figures\" aria-label=\"Figures\"><dl>\n", out);
    put_often(totals, out);
    put_when(totals, out);
    put_length(totals, out);
    put_where(totals, out);
    put_warning(totals, out);
    put_answers(totals, out);
    if (totals->pain.known > 0)
        put_figure(out, "Pain told", "<b>median %.0f of 10</b> highest %.0f, on %u mornings",
                   totals->pain.median, totals->pain.most, totals->pain.known);
    put_signs(totals, out);
    fputs("</dl></section>\n", out);
}
