/* SPDX-License-Identifier: MIT */
/* Where problems of a configuration go: one line each, "file:line: key: what is wrong; what would be right".
 */
#pragma once

#include "base/macros.h"

#include <stdio.h>

struct reporter {
    FILE *out;
    unsigned count;
};

/* line 0: the file as a whole; key NULL: the line as a whole. */
_printf_(5, 6) void report(struct reporter *reporter, const char *file, unsigned line, const char *key,
                           const char *format, ...);
