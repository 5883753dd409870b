/* SPDX-License-Identifier: MIT */
/* The hub's JSON as text for somebody who was asleep a minute ago. Whatever is missing in it is left out. */
#pragma once

#include <stdio.h>

struct cJSON;

/* Each prints one kind of answer. */
void render_status(const struct cJSON *status, FILE *out);
void render_episodes(const struct cJSON *episodes, FILE *out);
void render_nights(const struct cJSON *nights, FILE *out);
void render_faults(const struct cJSON *faults, FILE *out);
void render_entries(const struct cJSON *entries, FILE *out);
/* One line. */
void render_event(const struct cJSON *event, FILE *out);
