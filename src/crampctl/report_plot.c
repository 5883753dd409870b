/* SPDX-License-Identifier: MIT */
#include "crampctl/report_page.h"

#include "crampctl/json.h"

#include <math.h>
#include <string.h>

/* Every plot is drawn twice, for a wide and for a narrow page: letters keep their size that way. */
struct plot {
    const struct report *report;
    FILE *out;
    double width, height; /* all of it */
    double low, high;     /* of the value, bottom and top; low > high: it grows downwards */
};

#define LEFT   46.0
#define RIGHT  8.0
#define TOP    14.0
#define BOTTOM 20.0

static double column_width(const struct plot *plot)
{
    return (plot->width - LEFT - RIGHT) / (double)plot->report->night_count;
}

static double x_of(const struct plot *plot, int night)
{
    return LEFT + (night - plot->report->span.from + 0.5) * column_width(plot);
}

static double y_of(const struct plot *plot, double value)
{
    double share = (value - plot->low) / (plot->high - plot->low);

    return TOP + (1 - MIN(MAX(share, 0), 1)) * (plot->height - TOP - BOTTOM);
}

static void put_line(const struct plot *plot, const char *style, double x1, double y1, double x2, double y2)
{
    fprintf(plot->out, "<path class=\"%s\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n", style, x1, y1, x2, y2);
}

static void put_row(const struct plot *plot, double value, const char *text)
{
    double y = y_of(plot, value);

    put_line(plot, "grid", LEFT, y, plot->width - RIGHT, y);
    fprintf(plot->out, "<text class=\"y\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", LEFT - 5, y + 4, text);
}

#define DATE_ROOM 46.0

/* Mondays, or the first days of months where Mondays would stand too close. */
static bool is_marked(const struct plot *plot, int night)
{
    return column_width(plot) * 7 >= DATE_ROOM ? day_of_week(night) == 1 : month_start(night) == night;
}

static void put_dates(const struct plot *plot)
{
    double last = -DATE_ROOM;

    for (int night = plot->report->span.from; night <= plot->report->span.to; night++) {
        char text[DAY_SIZE];
        double x = x_of(plot, night);
        if (!is_marked(plot, night) || x > plot->width - 20 || x - last < DATE_ROOM)
            continue;
        last = x;
        put_line(plot, "grid", x, plot->height - BOTTOM, x, plot->height - BOTTOM + 4);
        day_text(night, false, text);
        fprintf(plot->out, "<text class=\"x\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", x, plot->height - 5, text);
    }
}

static void put_medicines(const struct plot *plot)
{
    for (size_t i = 0; i < plot->report->medicine_count; i++) {
        int day = plot->report->medicine[i].day;
        double x = x_of(plot, day) - column_width(plot) / 2;
        if (i > 0 && plot->report->medicine[i - 1].day == day)
            continue;
        put_line(plot, "medicine", x, TOP - 2, x, plot->height - BOTTOM);
        fprintf(plot->out, "<text class=\"m\" x=\"%.1f\" y=\"10\">", MAX(x, LEFT));
        put_medicine_marks(plot->report, day, plot->out);
        fputs("</text>\n", plot->out);
    }
}

/* The leg is told by shape: paper is grey. */
static void put_mark(const struct plot *plot, const struct report_cramp *cramp, double value)
{
    const char *leg = json_text(cramp->row, "leg", "");
    double x = x_of(plot, cramp->onset.night), y = y_of(plot, value);

    if (cramp->no_cramp)
        fprintf(plot->out, "<path class=\"none\" d=\"M%.1f %.1fl6 6m0 -6l-6 6\"/>\n", x - 3, y - 3);
    else if (strcmp(leg, "right") == 0)
        fprintf(plot->out, "<path class=\"right\" d=\"M%.1f %.1fl4.6 8.4h-9.2z\"/>\n", x, y - 5);
    else if (strcmp(leg, "left") == 0)
        fprintf(plot->out, "<circle class=\"left\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", x, y);
    else
        fprintf(plot->out, "<rect class=\"other\" x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\"/>\n",
                x - 3.5, y - 3.5);
}

static void begin_plot(const struct plot *plot, const char *what)
{
    fprintf(
        plot->out,
        "<svg class=\"%s\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s, by night; the table of "
        "nights says the same in words\">\n",
        plot->width > 500 ? "wide" : "narrow", plot->width, plot->height, what);
}

static void end_plot(const struct plot *plot)
{
    put_dates(plot);
    put_medicines(plot);
    fputs("</svg>\n", plot->out);
}

/* ---- time of night ---- */

/* The hours that were watched or had a cramp. */
static void set_hours(struct plot *plot)
{
    const struct report *report = plot->report;
    int first = 1440, last = -1;

    for (size_t i = 0; i < report->night_count; i++)
        if (report->night[i].begin >= 0 && report->night[i].end > report->night[i].begin) {
            first = MIN(first, report->night[i].begin);
            last = MAX(last, report->night[i].end);
        }
    for (size_t i = 0; i < report->cramp_count; i++) {
        first = MIN(first, report->cramp[i].onset.minute);
        last = MAX(last, report->cramp[i].onset.minute);
    }
    plot->high = last < 0 ? 9 * 60 : first / 60 * 60;
    plot->low = last < 0 ? 20 * 60 : MIN((last + 59) / 60 * 60, 1440);
    plot->low = MAX(plot->low, plot->high + 60);
}

static void put_watched(const struct plot *plot)
{
    for (size_t i = 0; i < plot->report->night_count; i++) {
        const struct report_night *night = &plot->report->night[i];
        double width = column_width(plot);

        if (night->begin < 0 || night->end <= night->begin)
            continue;
        fprintf(plot->out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                night->state == NIGHT_WATCHED ? "watched" : "poorly",
                x_of(plot, night->day) - width / 2 + width * 0.06, y_of(plot, night->begin), width * 0.88,
                y_of(plot, night->end) - y_of(plot, night->begin));
    }
}

/* When it was told: the cramp was a little earlier. */
static void put_felt(const struct plot *plot)
{
    for (size_t i = 0; i < plot->report->felt_count; i++) {
        double seconds;
        if (!report_seconds(plot->report->felt[i], "told_at", &seconds))
            continue;
        struct local_moment told = local_moment(seconds);
        fprintf(plot->out, "<text class=\"felt\" x=\"%.1f\" y=\"%.1f\">?</text>\n", x_of(plot, told.night),
                y_of(plot, told.minute) + 4);
    }
}

static void put_times(const struct report *report, double width, FILE *out)
{
    struct plot plot = {.report = report, .out = out, .width = width, .height = 190};
    int each;

    set_hours(&plot);
    each = plot.low - plot.high > 14 * 60 ? 240 : 120;
    begin_plot(&plot, "Time of night of each cramp");
    put_watched(&plot);
    for (int minute = ((int)plot.high + each - 1) / each * each; minute <= (int)plot.low; minute += each) {
        char text[CLOCK_SIZE];
        clock_text(minute, text);
        put_row(&plot, minute, text);
    }
    for (size_t i = 0; i < report->cramp_count; i++)
        put_mark(&plot, &report->cramp[i], report->cramp[i].onset.minute);
    put_felt(&plot);
    end_plot(&plot);
}

/* ---- duration ---- */

static const struct {
    double seconds;
    const char *text;
} durations[] = {{10, "10 s"},   {30, "30 s"},    {60, "1 min"},    {120, "2 min"},
                 {300, "5 min"}, {600, "10 min"}, {1800, "30 min"}, {7200, "2 h"}};

static void put_durations(const struct report *report, double width, FILE *out)
{
    struct plot plot = {.report = report, .out = out, .width = width, .height = 145};
    const struct report_quantiles *known = &report->totals.duration;
    size_t first = ARRAY_SIZE(durations) - 2, last = 1;

    while (first > 0 && durations[first].seconds > known->least)
        first--;
    while (last + 1 < ARRAY_SIZE(durations) && durations[last].seconds < known->most)
        last++;
    last = MAX(last, first + 1);
    plot.low = log(durations[first].seconds);
    plot.high = log(durations[last].seconds);
    begin_plot(&plot, "How long each cramp lasted");
    for (size_t i = first; i <= last; i++)
        put_row(&plot, log(durations[i].seconds), durations[i].text);
    for (size_t i = 0; i < report->cramp_count; i++)
        if (report->cramp[i].duration_s > 0 && !report->cramp[i].no_cramp)
            put_mark(&plot, &report->cramp[i], log(report->cramp[i].duration_s));
    end_plot(&plot);
}

void put_plots(const struct report *report, FILE *out)
{
    unsigned unknown = report->totals.cramps - report->totals.duration.known;

    fputs("<section id=\"times\"><h2>When in the night</h2>\n", out);
    put_times(report, 720, out);
    put_times(report, 340, out);
    fputs("<p class=\"key\"><span class=\"left\">&#9679;</span> left leg &#160; <span "
          "class=\"right\">&#9650;</span> "
          "right leg &#160; &#215; said to be no cramp &#160; ? felt, not seen by the hub &#160; bars: the "
          "hours that the hub ran, pale on "
          "nights that were "
          "not watched well &#160; M: medicine changed</p>\n"
          "</section>\n<section id=\"durations\"><h2>How long they lasted</h2>\n",
          out);
    if (report->totals.duration.known > 0) {
        put_durations(report, 720, out);
        put_durations(report, 340, out);
    } else
        fputs("<p>There is none whose length is known.</p>\n", out);
    if (unknown > 0)
        fprintf(out, "<p class=\"key\">Of %u how long it lasted is not known.</p>\n", unknown);
    fputs("</section>\n", out);
}
