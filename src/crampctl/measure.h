/* SPDX-License-Identifier: MIT */
/* crampctl measure: what the running hub sees, live, until interrupted or until the hub stops. */
#pragma once

#include "crampctl/client.h"

#include <stdbool.h>

/* In a terminal a picture, ten times a second at most; elsewhere a line a second; json: an object a line. 0
   when interrupted, else a negative errno, said on standard error. */
int measure(struct client *client, bool json);
