/* SPDX-License-Identifier: MIT */
#include "publish/preference.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

#define DAY_MIN (24 * 60)

/* A reminder that nobody can feel is a mute that says nothing of itself. */
static const struct range {
    int least, most;
    bool is_time;
    const char *wanted;
} ranges[] = {
    [PREFERENCE_REMINDER_STRENGTH] =
        {5, 100, false, "\"value\" of reminder_strength should be a number from 0.05 to 1, or null"},
    [PREFERENCE_NIGHT_START] = {0, DAY_MIN - 1, true,
                                "\"value\" of night_start should be a local time such as \"21:30\", or null"},
    [PREFERENCE_NIGHT_END] = {0, DAY_MIN - 1, true,
                              "\"value\" of night_end should be a local time such as \"07:30\", or null"},
};
_Static_assert(sizeof(ranges) / sizeof(ranges[0]) == preference_count, "a range for every preference");

bool preference_is_valid(enum preference preference, int number)
{
    return number >= ranges[preference].least && number <= ranges[preference].most;
}

static bool has_shape(const char *text, const char *shape)
{
    for (; *text && *shape; text++, shape++)
        if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape)
            return false;
    return *text == *shape;
}

/* "07:05"; Home Assistant's own times are "07:05:00". PREFERENCE_UNSET: none. */
static int minutes(const char *text)
{
    if (!has_shape(text, "00:00") && !has_shape(text, "00:00:00"))
        return PREFERENCE_UNSET;
    int hour = (text[0] - '0') * 10 + text[1] - '0';
    int minute = (text[3] - '0') * 10 + text[4] - '0';
    return hour < 24 && minute < 60 ? hour * 60 + minute : PREFERENCE_UNSET;
}

bool preference_parse(enum preference preference, const cJSON *value, int *number, const char **error)
{
    const struct range *range = &ranges[preference];

    *error = range->wanted;
    *number = PREFERENCE_UNSET;
    if (cJSON_IsNull(value))
        return true;
    if (range->is_time && cJSON_IsString(value))
        *number = minutes(value->valuestring);
    else if (!range->is_time && cJSON_IsNumber(value) && fabs(value->valuedouble) <= 1)
        *number = (int)lround(value->valuedouble * 100);
    return preference_is_valid(preference, *number);
}

cJSON *preference_json(enum preference preference, int number)
{
    char text[16];

    if (!ranges[preference].is_time)
        return cJSON_CreateNumber(number / 100.0);
    snprintf(text, sizeof(text), "%02d:%02d", number / 60 % 24, number % 60);
    return cJSON_CreateString(text);
}
