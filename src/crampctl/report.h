/* SPDX-License-Identifier: MIT */
/* crampctl report: what the hub's diary says of a span of nights, as a page for a doctor or as figures. */
#pragma once

#include <stdbool.h>

struct client;

struct report_options {
    const char *from, *to; /* as typed, or NULL: the last 30 nights */
    const char *output;    /* "-": standard output; NULL with json */
    bool json;
};

/* What is wrong with the days, said on standard error. 0 or -EINVAL. */
int report_check(const struct report_options *options);
/* 0, or a negative errno after one sentence on standard error. */
int report_tell(struct client *client, const struct report_options *options);
