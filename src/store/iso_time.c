/* SPDX-License-Identifier: MIT */
#include "store/iso_time.h"

#include <stdio.h>
#include <time.h>

void iso_time(int64_t wall_us, char text[ISO_TIME_SIZE])
{
    int64_t us = wall_us % 1000000;
    time_t s = (time_t)(wall_us / 1000000);
    struct tm tm = {0};
    char day[24] = "";

    if (us < 0) {
        us += 1000000;
        s -= 1;
    }
    gmtime_r(&s, &tm);
    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text, ISO_TIME_SIZE, "%s.%03dZ", day, (int)(us / 1000));
}
