/* SPDX-License-Identifier: MIT */
/* crampctl explain: a recording through the detector, and a page about what it saw. Needs no hub. */
#pragma once

struct explain_options {
    const char *recording;
    const char *output;    /* "-": standard output */
    const char *from, *to; /* as typed, or NULL */
    const char *config;    /* NULL: the hub's settings if there are any, else the defaults */
};

/* 0, or a negative errno after one sentence on standard error. */
int explain(const struct explain_options *options);
