/* SPDX-License-Identifier: MIT */
/* A script of events on its way to a recording and the truth beside it. */
#pragma once

#include "crampsim/generate_person.h"
#include "crampsim/synth.h"

struct script;

/* NULL with errno. */
struct script *script_new(const struct synth_setup *setup, double duration_s);
void script_free(struct script *script);
DEFINE_CLEANUP(struct script *, script_free);

double script_duration(const struct script *script);
const struct synth_setup *script_setup(const struct script *script);
/* The events placed so far, by number; NULL past the last. */
const struct synth_event *script_event(const struct script *script, size_t index);
/* Channels on which an event is meant to be seen. */
uint32_t script_channels(const struct script *script, const struct synth_event *event);

/* Whose recording it is and of which profile, for the truth file; either may be NULL. Not copied. */
void script_describe(struct script *script, const struct person *person, const char *profile);

/* Draws what the event leaves open, places it and remembers it for the truth file. 0 or a negative errno;
   the first error is kept and given again by script_write. */
int script_add(struct script *script, const struct synth_event *event);

/* Draws what the event leaves open and says whether it would touch another one, with `margin_s` of rest. */
bool script_is_free(struct script *script, struct synth_event *event, double margin_s);

/* Renders PATH.edf and its truth PATH.json. An exit status; has said on standard error what went wrong. */
int script_write(struct script *script, const char *path);

/* The truth as JSON (docs/synthesis.md), to be freed; NULL when out of memory. */
char *truth_text(const struct script *script, const struct person *person, const char *profile);

#define NIGHT_CRAMPS_MAX 12

/* A night planned: its cramps are known before the first sample, for one of them may need its own gain. */
struct night {
    const struct night_profile *profile;
    unsigned cramp_count;
    enum cramp_kind cramps[NIGHT_CRAMPS_MAX];
};

/* Draws a night's cramps and, where one is to be clipped, sets the front end's rails low. 0, or -EINVAL when
   there is no such profile. Hours as for night_fill. */
int night_draw(struct night *night, const char *profile, double hours, struct synth_setup *setup);
/* Places a night's events. */
void night_fill(const struct night *night, struct script *script, const struct person *person);
/* The profiles by number; NULL past the last. */
const char *night_profile_name(size_t index);
/* How long somebody sleeps: 8 h, 6 to 9.5. */
double night_draw_hours(const struct synth_setup *setup);
