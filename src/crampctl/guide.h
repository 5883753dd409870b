/* SPDX-License-Identifier: MIT */
/* crampctl guide: what to do about a cramp, in the language of who asks, with the sources. Asks no hub. */
#pragma once

#include <stdbool.h>

/* place: a muscle of base/names, "calf" or "shin"; NULL: the calf, and beside it what may prevent cramps and
   when to see somebody. What is wrong with it is said on standard error. 0 or -EINVAL. */
int guide_check(const char *place);
/* On standard output; place has been checked. 0 or -ENOMEM. */
int guide(const char *place, bool json);
