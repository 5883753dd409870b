/* SPDX-License-Identifier: MIT */
/* crampctl calibrate: takes a person through a minute of rest and a firm contraction. */
#pragma once

#include "crampctl/client.h"

#include <stdbool.h>

struct calibrate_options {
    const char *leg; /* "left", "right"; NULL: every leg that has electrodes, one after the other */
    bool json;
    bool show, forget; /* instead: what is known; none of it any more */
};

/* Until it is done, given up by the hub, or interrupted (then it is cancelled). 0, or a negative errno after
   one sentence on standard error. */
int calibrate(struct client *client, const struct calibrate_options *options);
