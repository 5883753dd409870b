/* SPDX-License-Identifier: MIT */
/* A moment of a recording as people write it. */
#pragma once

#include <stdint.h>

/* "02:30", "2:30:15" (the first such time of day after the start), or how long after the start ("1h30min").
   start_s: seconds since 1970 as the recording's header has it, -1: it has none. -EINVAL: neither;
   -ENODATA: a time of day, and the recording has none. */
int moment_parse(const char *text, int64_t start_s, double *t_s);
