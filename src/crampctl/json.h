/* SPDX-License-Identifier: MIT */
/* Reading JSON without trusting it. */
#pragma once

#include "crampctl/duration.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* The string, or `otherwise` when it is not one. */
const char *json_text(const cJSON *object, const char *key, const char *otherwise);
/* The number, or NAN. */
double json_number(const cJSON *object, const char *key);
bool json_true(const cJSON *object, const char *key);

#define WORDS_SIZE 96
/* The string with its underscores as blanks: "periodic leg movement". */
const char *json_words(const cJSON *object, const char *key, const char *otherwise, char text[WORDS_SIZE]);

#define LOCAL_TIME_SIZE 48
/* An ISO 8601 UTC time as local time, with or without the day; "unknown" when there is none. */
const char *json_local_time(const cJSON *object, const char *key, bool with_day, char text[LOCAL_TIME_SIZE]);
/* Seconds as words: "3 min 32 s"; "-" when there are none. */
const char *json_duration(const cJSON *object, const char *key, char text[DURATION_SIZE]);

/* "left gastrocnemius", or "" for what has no place on a leg. */
const char *json_site(const cJSON *object, char text[WORDS_SIZE]);
