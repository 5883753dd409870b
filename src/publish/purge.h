/* SPDX-License-Identifier: MIT */
/* Takes back every retained message of a hub, so that nothing of it is left at the broker and in the home. */
#pragma once

#include "publish/params.h"

#include <stdio.h>

/* Each topic is told to `said` once the broker has it empty, or with its refusal. How many were refused, or a
   negative errno after one sentence on `complaints`. Connects once and does not try again. */
int purge_retained(const struct mqtt_params *params, FILE *said, FILE *complaints);
