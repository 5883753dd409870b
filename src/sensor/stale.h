/* SPDX-License-Identifier: MIT */
/*
 * Are these new conversions? A register that no longer changes, or gives every conversion twice, looks like a
 * calm muscle; the noise of an amplified electrode never stands still. Pure.
 *
 * How often two successive codes are equal by chance depends on gain and range (a 16-bit converter behind a
 * gain of 1000: hardly ever; a 12-bit one behind a gain of 100: nine times in ten), so that share is
 * measured, and a run is called stale when chance would make it less than once in 10^12 samples.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define STALE_RUN_MIN 32 /* equal codes in a row that are never called stale */
#define STALE_WINDOW  64 /* samples in which pairs are looked for */

struct stale {
    unsigned run_max; /* a run this long is stale whatever chance says */
    unsigned run;     /* equal codes so far, the first not counted */
    unsigned limit;   /* length of run that is stale */
    int64_t last;
    bool has_last, doubled;
    double equal_share; /* of successive samples, slowly averaged */
    unsigned position, equal[2];
};

void stale_init(struct stale *stale, unsigned run_max);
void stale_restart(struct stale *stale); /* after a pause; what is known about chance is kept */

/* True: this code, and those since the run began, are no fresh conversions. */
bool stale_add(struct stale *stale, int64_t code);
