/* SPDX-License-Identifier: MIT */
/* `crampd --replay FILE`: a recording through the pipeline, one JSON object a line on `out` (DESIGN.md
 * section 8). */
#pragma once

#include "config/settings.h"

/* publish: also to the broker of the settings. Exit status: EXIT_SUCCESS, or EXIT_FAILURE after one sentence
   in the log. */
int replay(const char *path, const struct settings *settings, bool publish, FILE *out);
