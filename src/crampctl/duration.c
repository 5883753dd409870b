/* SPDX-License-Identifier: MIT */
#include "crampctl/duration.h"

#include "base/macros.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct unit {
    const char *names[4];
    double seconds;
} units[] = {
    {{"d", "day", "days"}, 86400},
    {{"h", "hour", "hours"}, 3600},
    {{"min", "m", "minutes", "minute"}, 60},
    {{"s", "sec", "seconds", "second"}, 1},
};

/* Seconds in the unit that text begins with; *end behind it. 0: no unit. */
static double parse_unit(const char *text, const char **end)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz");

    *end = text + length;
    for (size_t i = 0; i < ARRAY_SIZE(units); i++)
        for (size_t n = 0; n < ARRAY_SIZE(units[i].names) && units[i].names[n]; n++)
            if (strlen(units[i].names[n]) == length && strncmp(text, units[i].names[n], length) == 0)
                return units[i].seconds;
    return 0;
}

static const char *skip_space(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

int duration_parse(const char *text, double *seconds)
{
    double total = 0;
    const char *at = skip_space(text);

    if (!*at)
        return -EINVAL;
    while (*at) {
        char *behind;
        /* strtod also reads signs, hex, inf and nan; none of them is how long something takes */
        if (!isdigit((unsigned char)*at) || strncasecmp(at, "0x", 2) == 0)
            return -EINVAL;
        double value = strtod(at, &behind);
        double unit = parse_unit(skip_space(behind), &at);
        if (unit <= 0)
            return -EINVAL;
        total += value * unit;
        at = skip_space(at);
    }
    if (!isfinite(total))
        return -EINVAL;
    *seconds = total;
    return 0;
}

void duration_text(double seconds, char text[DURATION_SIZE])
{
    if (!isfinite(seconds)) {
        snprintf(text, DURATION_SIZE, "?");
        return;
    }
    if (seconds < 0)
        seconds = 0;
    if (seconds < 9.95) {
        snprintf(text, DURATION_SIZE, "%.1f s", seconds);
        return;
    }
    double whole = round(seconds);
    if (whole >= 3600)
        whole = round(seconds / 60) * 60; /* seconds are not shown any more */
    unsigned long long s = whole < 1e12 ? (unsigned long long)whole : 1000000000000ULL;
    if (s >= 86400)
        snprintf(text, DURATION_SIZE, "%llu d %llu h", s / 86400, s % 86400 / 3600);
    else if (s >= 3600)
        snprintf(text, DURATION_SIZE, "%llu h %llu min", s / 3600, s % 3600 / 60);
    else if (s >= 60)
        snprintf(text, DURATION_SIZE, "%llu min %llu s", s / 60, s % 60);
    else
        snprintf(text, DURATION_SIZE, "%llu s", s);
}
