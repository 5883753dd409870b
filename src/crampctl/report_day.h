/* SPDX-License-Identifier: MIT */
/* Nights on the calendar. A night has the date of its evening: from noon to noon by the local clock, so that
   neither midnight nor daylight saving parts one. Days count from 1970-01-01. */
#pragma once

#include <stdbool.h>

struct cJSON;

#define NO_DAY (-1000000) /* the clock was not known */

struct span {
    int from, to; /* nights, both included */
};

/* Of an ISO 8601 UTC time, in seconds since 1970; false when there is none. */
bool report_seconds(const struct cJSON *row, const char *key, double *seconds);

struct local_moment {
    int night;
    int minute;    /* of the local clock, since noon: 0..1439 */
    char text[32]; /* ISO 8601 with the offset from UTC */
};
struct local_moment local_moment(double seconds);

/* "2026-11-22"; NO_DAY when it is no day. */
int day_parse(const char *text);
#define DAY_SIZE 16
void day_iso(int day, char text[DAY_SIZE]);
/* "3 Nov", with the year "3 Nov 2026". In English whatever the locale, as the rest of the page. */
void day_text(int day, bool with_year, char text[DAY_SIZE]);
/* 1 Monday .. 7 Sunday; and the first of its month. */
int day_of_week(int day);
int month_start(int day);
/* "02:14" of minutes since noon. */
#define CLOCK_SIZE 8
void clock_text(double minute, char text[CLOCK_SIZE]);
