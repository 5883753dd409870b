/* SPDX-License-Identifier: MIT */
/* Spans of time as people write and read them. */
#pragma once

#include <stddef.h>

/* "90s", "10min", "1h30min", "1 d 2 h", "0.5h": seconds. -EINVAL for anything else, a bare number included:
   whether 10 means minutes or seconds nobody should have to guess. */
int duration_parse(const char *text, double *seconds);

#define DURATION_SIZE 32
/* "7 h 58 min", "3 min 32 s", "2.4 s": the two largest units. */
void duration_text(double seconds, char text[DURATION_SIZE]);
