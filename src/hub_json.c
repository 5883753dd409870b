/* SPDX-License-Identifier: MIT */
/* Values that may not be known, in what the hub shows. */
#include "hub_private.h"

#include <cjson/cJSON.h>
#include <math.h>

void hub_add_number(cJSON *object, const char *name, double value, double steps)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, round(value * steps) / steps);
    else
        cJSON_AddNullToObject(object, name);
}

void hub_add_word(cJSON *object, const char *name, const char *word)
{
    if (word)
        cJSON_AddStringToObject(object, name, word);
    else
        cJSON_AddNullToObject(object, name);
}
