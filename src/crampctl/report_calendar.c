/* SPDX-License-Identifier: MIT */
#include "crampctl/report_page.h"

#include "crampctl/report_words.h"

#include <math.h>

static const char *style_of(const struct report_night *night)
{
    if (night->cramps > 0)
        return night->state == NIGHT_WATCHED ? "cramp" : "cramp poor";
    switch (night->state) {
    case NIGHT_WATCHED: return night->missed ? "felt" : "calm";
    case NIGHT_NO_RECORD: return "nothing";
    default: return "poor";
    }
}

/* The same in words, for the pointer and for who can not see the colours. */
static void put_title(const struct report_night *night, FILE *out)
{
    char from[DAY_SIZE], to[DAY_SIZE], state[SENTENCE_SIZE];

    day_text(night->day, false, from);
    day_text(night->day + 1, false, to);
    fprintf(out, "Night of %s to %s: %s", from, to,
            blank_words(report_night_state_name(night->state), state));
    if (!isnan(night->coverage))
        fprintf(out, ", seen %.0f %% of it", floor(night->coverage * 100));
    if (night->cramps > 0 || night->state == NIGHT_WATCHED)
        fprintf(out, "; cramps seen: %u", night->cramps);
    if (night->no_cramp > 0)
        fprintf(out, "; said to be none: %u", night->no_cramp);
    if (night->missed)
        fputs("; one felt that the hub did not see", out);
}

static void put_night(const struct report *report, const struct report_night *night, FILE *out)
{
    char day[DAY_SIZE];

    day_text(night->day, false, day);
    fprintf(out, "<td class=\"%s\" title=\"", style_of(night));
    put_title(night, out);
    fprintf(out, "\"><small>%s</small><b>", day);
    if (night->cramps > 0)
        fprintf(out, "%u", night->cramps);
    else if (night->state == NIGHT_NO_RECORD)
        fputs("&#8211;", out);
    else if (night->state == NIGHT_WATCHED && !night->missed)
        fputs("0", out);
    fprintf(out, "%s</b><i>", night->missed ? "?" : "");
    if (night->state == NIGHT_UNDER_WAY)
        fputs("so far ", out);
    else if (night->state == NIGHT_POORLY && !isnan(night->coverage))
        fprintf(out, "%.0f&#8239;%% ", floor(night->coverage * 100));
    put_medicine_marks(report, night->day, out);
    fputs("</i></td>", out);
}

static void put_week(const struct report *report, int monday, FILE *out)
{
    struct report_count watched = report_count(report, monday, monday + 6);
    unsigned cramps = 0;

    fputs("<tr>", out);
    for (int day = monday; day < monday + 7; day++) {
        const struct report_night *night = report_night(report, day);
        if (night) {
            put_night(report, night, out);
            cramps += night->state == NIGHT_WATCHED ? night->cramps : 0;
        } else
            fputs("<td class=\"outside\"></td>", out);
    }
    if (watched.nights > 0)
        fprintf(out, "<td class=\"week\"><b>%u</b> in %u</td></tr>\n", cramps, watched.nights);
    else
        fputs("<td class=\"week\">not watched</td></tr>\n", out);
}

void put_calendar(const struct report *report, FILE *out)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

    fputs("<section id=\"calendar\"><h2>Nights</h2>\n<table class=\"calendar\"><thead><tr>", out);
    for (int i = 0; i < 7; i++)
        fprintf(out, "<th scope=\"col\">%s</th>", days[i]);
    fputs("<th scope=\"col\">Week</th></tr></thead><tbody>\n", out);
    for (int day = report->span.from - day_of_week(report->span.from) + 1; day <= report->span.to; day += 7)
        put_week(report, day, out);
    fputs("</tbody></table>\n<p class=\"key\">Date of the evening, and cramps seen. ? felt, not seen by the "
          "hub. "
          "Hatched: not watched well enough to compare, with the share that was. &#8211; no record. M: "
          "medicine "
          "changed. Week: cramps in watched nights.</p>\n</section>\n",
          out);
}
