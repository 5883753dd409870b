/* SPDX-License-Identifier: MIT */
/* A frame of the hub's Measure() as text. Whatever is missing in it is said to be missing. */
#pragma once

#include <stdio.h>

struct cJSON;

/* A picture of several lines, none longer than width: a bar per muscle, on a scale from rest to a hundred
   times rest. */
void render_measure(const struct cJSON *frame, int width, FILE *out);
/* The same in one line. */
void render_measure_line(const struct cJSON *frame, FILE *out);
