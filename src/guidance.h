/* SPDX-License-Identifier: MIT */
/* What the home is told to do about a cramp, in the language of the settings. */
#pragma once

#include "base/event.h"

/* A language whose translations cannot be read is said in the log; then it is English. Again when the
   settings have changed, by the thread that tells. */
void guidance_begin(enum language language);

/* The stretch in bed for the muscle of a CRAMP_START: lives until guidance_begin(). NULL for other events,
   and where the muscle is not known. */
const char *guidance_of(const struct event *event);
