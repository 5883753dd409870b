/* SPDX-License-Identifier: MIT */
/*
 * Preferences: the few settings that the home may change while the hub runs. What the settings file says of
 * them holds until somebody does; what was set is kept in the diary. Pure: JSON values to numbers and back.
 */
#pragma once

#include "base/names.h"

#include <limits.h>
#include <stdbool.h>

#define PREFERENCE_UNSET (-1) /* the settings file's value holds */

struct cJSON;

/* What `value` means for the preference: percent (reminder_strength, from a number 0.05..1) or minutes since
   local midnight (from "HH:MM"); null: PREFERENCE_UNSET. False and *error: one sentence saying what would be
   right (static text). */
bool preference_parse(enum preference preference, const struct cJSON *value, int *number, const char **error);

/* The same the other way round; to be owned by the caller, NULL for ENOMEM. */
struct cJSON *preference_json(enum preference preference, int number);

/* Whether the diary's number can be one. */
bool preference_is_valid(enum preference preference, int number);
