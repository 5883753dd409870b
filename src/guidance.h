/* SPDX-License-Identifier: MIT */
/* What the home is told to do about a cramp, in the language of the settings. */
#pragma once

#include "base/event.h"

/* Before any other thread runs (base/language.h). A language without translations on this machine is said in
   the log, once; then it is English. */
void guidance_begin(enum language language);

/* The stretch in bed for the muscle of a CRAMP_START: lives as long as the program. NULL for other events,
   and where the muscle is not known. */
const char *guidance_of(const struct event *event);
