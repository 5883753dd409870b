/* SPDX-License-Identifier: MIT */
#include "config/reporter.h"

#include <stdarg.h>

void report(struct reporter *reporter, const char *file, unsigned line, const char *key, const char *format,
            ...)
{
    va_list ap;

    reporter->count++;
    if (!reporter->out)
        return;
    fprintf(reporter->out, "%s:", file);
    if (line)
        fprintf(reporter->out, "%u:", line);
    fprintf(reporter->out, key ? " %s: " : " ", key);
    va_start(ap, format);
    vfprintf(reporter->out, format, ap);
    va_end(ap);
    fputc('\n', reporter->out);
}
