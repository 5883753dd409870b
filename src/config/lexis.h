/* SPDX-License-Identifier: MIT */
/* Just enough of libconfig's lexis to know what is text, what is comment, and what it would read wrongly. */
#pragma once

#include "config/reporter.h"
#include "config/source.h"

/* What a reading position is inside of. */
enum inside { INSIDE_CODE, INSIDE_STRING, INSIDE_BLOCK_COMMENT, INSIDE_LINE_COMMENT };

/* Takes the character at p (not NUL) into account; returns the next one's place. */
const char *lexis_step(const char *p, enum inside *inside);

/* Reports whole numbers beyond 32 bits, which libconfig 1.5 reads as other numbers without a word, and \x00
   in a string, behind which it drops the rest. */
void lexis_check(const struct source *source, struct reporter *reporter);
