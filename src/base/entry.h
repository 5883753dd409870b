/* SPDX-License-Identifier: MIT */
/* What a person tells the diary of a day: a note, a trigger, a medicine, the morning's check-in. */
#pragma once

#include "base/names.h"

#define ENTRY_DAY_SIZE  11 /* "2026-11-22" and its NUL */
#define ENTRY_JSON_SIZE 1024
#define ENTRY_TEXT_MAX  200 /* bytes, UTF-8 */

struct entry {
    enum entry_kind kind;
    char day[ENTRY_DAY_SIZE];   /* local date it is about; of a check-in the morning's */
    char json[ENTRY_JSON_SIZE]; /* what was told, an object; docs/mqtt.md has its fields */
};
