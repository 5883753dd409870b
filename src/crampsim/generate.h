/* SPDX-License-Identifier: MIT */
/* A script of events on its way to a recording and the truth beside it. */
#pragma once

#include "crampsim/synth.h"

struct script;

/* NULL with errno. */
struct script *script_new(const struct synth_setup *setup, double duration_s);
void script_free(struct script *script);
DEFINE_CLEANUP(struct script *, script_free);

double script_duration(const struct script *script);

/* Draws what the event leaves open, places it and remembers it for the truth file. 0 or a negative errno;
   the first error is kept and given again by script_write. */
int script_add(struct script *script, const struct synth_event *event);

/* Draws what the event leaves open and says whether it would touch another one, with `margin_s` of rest. */
bool script_is_free(struct script *script, struct synth_event *event, double margin_s);

/* Renders PATH.edf and its truth PATH.json. An exit status; has said on standard error what went wrong. */
int script_write(struct script *script, const char *path);

/* Night planner: places a night's events. 0, or -EINVAL when there is no such profile. */
int night_fill(struct script *script, const struct synth_setup *setup, const char *profile);
/* Draws the person and the place of a night into a setup. */
void night_draw_person(struct synth_setup *setup, uint64_t seed);
/* The profiles by number; NULL past the last. */
const char *night_profile_name(size_t index);
