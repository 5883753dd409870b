/* SPDX-License-Identifier: MIT */
#include "crampctl/report_day.h"

#include "crampctl/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400

bool report_seconds(const cJSON *row, const char *key, double *seconds)
{
    const char *text = json_text(row, key, NULL);
    struct tm tm = {0};
    const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    double fraction = 0;

    if (!rest)
        return false;
    if (*rest == '.' && sscanf(rest, "%lf", &fraction) != 1)
        fraction = 0;
    *seconds = (double)timegm(&tm) + fraction;
    return true;
}

static int civil_day(const struct tm *tm)
{
    struct tm midnight = {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday};

    return (int)(timegm(&midnight) / DAY_S);
}

static void civil(int day, struct tm *tm)
{
    time_t seconds = (time_t)day * DAY_S;

    gmtime_r(&seconds, tm);
}

struct local_moment local_moment(double seconds)
{
    struct local_moment moment = {.night = NO_DAY};
    time_t whole = (time_t)floor(seconds);
    struct tm tm;

    if (!localtime_r(&whole, &tm))
        return moment;
    moment.night = civil_day(&tm) - (tm.tm_hour < 12);
    moment.minute = (tm.tm_hour * 60 + tm.tm_min + 720) % 1440;
    strftime(moment.text, sizeof(moment.text), "%Y-%m-%dT%H:%M:%S%z", &tm);
    return moment;
}

int day_parse(const char *text)
{
    struct tm tm = {0}, back;
    const char *end =
        strlen(text) == 10 && strspn(text, "0123456789-") == 10 ? strptime(text, "%Y-%m-%d", &tm) : NULL;

    if (!end || *end)
        return NO_DAY;
    civil(civil_day(&tm), &back); /* 30 February would be another day */
    return back.tm_mday == tm.tm_mday ? civil_day(&tm) : NO_DAY;
}

void day_iso(int day, char text[DAY_SIZE])
{
    struct tm tm;

    civil(day, &tm);
    strftime(text, DAY_SIZE, "%Y-%m-%d", &tm);
}

void day_text(int day, bool with_year, char text[DAY_SIZE])
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char year[8] = "";
    struct tm tm;

    civil(day, &tm);
    if (with_year)
        snprintf(year, sizeof(year), " %.4d", (tm.tm_year + 1900) % 10000);
    snprintf(text, DAY_SIZE, "%d %s%s", tm.tm_mday % 100, months[tm.tm_mon % 12], year);
}

int day_of_week(int day)
{
    return ((day + 3) % 7 + 7) % 7 + 1; /* 1970-01-01 was a Thursday */
}

int month_start(int day)
{
    struct tm tm;

    civil(day, &tm);
    return day - tm.tm_mday + 1;
}

void clock_text(double minute, char text[CLOCK_SIZE])
{
    unsigned clock = (unsigned)(lround(minute) + 720) % 1440;

    snprintf(text, CLOCK_SIZE, "%02u:%02u", clock / 60 % 24, clock % 60);
}
