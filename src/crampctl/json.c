/* SPDX-License-Identifier: MIT */
#include "crampctl/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *json_text(const cJSON *object, const char *key, const char *otherwise)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

    return text && *text ? text : otherwise;
}

double json_number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

bool json_true(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, key));
}

const char *json_words(const cJSON *object, const char *key, const char *otherwise, char text[WORDS_SIZE])
{
    snprintf(text, WORDS_SIZE, "%s", json_text(object, key, otherwise));
    for (char *c = text; *c; c++)
        if (*c == '_')
            *c = ' ';
    return text;
}

const char *json_local_time(const cJSON *object, const char *key, bool with_day, char text[LOCAL_TIME_SIZE])
{
    const char *iso = json_text(object, key, NULL);
    struct tm tm = {0};

    snprintf(text, LOCAL_TIME_SIZE, "unknown");
    if (!iso || !strptime(iso, "%Y-%m-%dT%H:%M:%S", &tm))
        return text;
    time_t seconds = timegm(&tm);
    if (!localtime_r(&seconds, &tm))
        return text;
    size_t length = with_day ? strftime(text, LOCAL_TIME_SIZE, "%a %Y-%m-%d %H:%M", &tm)
                             : strftime(text, LOCAL_TIME_SIZE, "%H:%M:%S", &tm);
    if (length == 0)
        snprintf(text, LOCAL_TIME_SIZE, "%.40s", iso);
    return text;
}

const char *json_site(const cJSON *object, char text[WORDS_SIZE])
{
    char muscle[WORDS_SIZE];
    const char *leg = json_text(object, "leg", NULL), *part = json_text(object, "part", "");

    if (!leg)
        return "";
    snprintf(text, WORDS_SIZE, "%.20s %.40s%s", leg, json_words(object, "muscle", "leg", muscle),
             strcmp(part, "imu") == 0       ? ", motion sensor"
             : strcmp(part, "contact") == 0 ? ", contact"
                                            : "");
    return text;
}

const char *json_duration(const cJSON *object, const char *key, char text[DURATION_SIZE])
{
    double seconds = json_number(object, key);

    if (isnan(seconds))
        snprintf(text, DURATION_SIZE, "-");
    else
        duration_text(seconds, text);
    return text;
}
