/* SPDX-License-Identifier: MIT */
/* The hub's Calibration() as text. Whatever is missing in it is said to be missing. */
#pragma once

#include <stdio.h>

struct cJSON;

/* What to do now, for the person on the bed; one line without its end. */
void render_calibration_step(const struct cJSON *calibration, FILE *out);
/* Why it was given up; a sentence. */
void render_calibration_failure(const struct cJSON *calibration, FILE *out);
/* What is known of a site's muscle, a line. */
void render_calibration(const struct cJSON *site, FILE *out);
/* ... of each muscle of a leg, one a line; leg NULL: of every leg. */
void render_calibrations(const struct cJSON *sites, const char *leg, FILE *out);
