/* SPDX-License-Identifier: MIT */
#include "crampctl/moment.h"

#include "crampctl/duration.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define DAY_S 86400

/* One or two digits below `limit`, *at moved behind them; -1: not. */
static int take(const char **at, int limit)
{
    int value = 0, digits = 0;

    for (; isdigit((unsigned char)**at) && digits < 3; (*at)++, digits++)
        value = 10 * value + (**at - '0');
    return digits >= 1 && digits <= 2 && value < limit ? value : -1;
}

/* Seconds since midnight, or -1. */
static int time_of_day(const char *text)
{
    int hour = take(&text, 24), minute, second = 0;

    if (hour < 0 || *text++ != ':' || (minute = take(&text, 60)) < 0)
        return -1;
    if (*text == ':') {
        text++;
        second = take(&text, 60);
    }
    return *text || second < 0 ? -1 : hour * 3600 + minute * 60 + second;
}

int moment_parse(const char *text, int64_t start_s, double *t_s)
{
    if (!strchr(text, ':'))
        return duration_parse(text, t_s);
    int wanted = time_of_day(text);
    if (wanted < 0)
        return -EINVAL;
    if (start_s < 0)
        return -ENODATA;
    *t_s = (double)((wanted - start_s % DAY_S + DAY_S) % DAY_S);
    return 0;
}
