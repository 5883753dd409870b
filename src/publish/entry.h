/* SPDX-License-Identifier: MIT */
/* An entry of the diary as it arrives in a command. Pure. */
#pragma once

#include "base/entry.h"

#include <stdbool.h>

struct cJSON;

/* True and *entry, whose day is "" when none was given; false and *error: one sentence saying what would be
   right (static text). A field that this kind does not have is an error: what a person has told may not be
   lost unsaid. */
bool entry_parse(const struct cJSON *object, enum entry_kind kind, struct entry *entry, const char **error);
