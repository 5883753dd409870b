/* SPDX-License-Identifier: MIT */
#include "config/lexis.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

static enum inside opened_at(const char *p)
{
    if (*p == '"')
        return INSIDE_STRING;
    if (*p == '#' || (p[0] == '/' && p[1] == '/'))
        return INSIDE_LINE_COMMENT;
    if (p[0] == '/' && p[1] == '*')
        return INSIDE_BLOCK_COMMENT;
    return INSIDE_CODE;
}

const char *lexis_step(const char *p, enum inside *inside)
{
    switch (*inside) {
    case INSIDE_CODE: *inside = opened_at(p); return p + (*inside == INSIDE_BLOCK_COMMENT ? 2 : 1);
    case INSIDE_STRING:
        if (p[0] == '\\' && p[1] && p[1] != '\n')
            return p + 2;
        if (*p == '"')
            *inside = INSIDE_CODE;
        return p + 1;
    case INSIDE_BLOCK_COMMENT:
        if (p[0] != '*' || p[1] != '/')
            return p + 1;
        *inside = INSIDE_CODE;
        return p + 2;
    case INSIDE_LINE_COMMENT:
        if (*p == '\n')
            *inside = INSIDE_CODE;
        return p + 1;
    }
    return p + 1;
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' || c == '*' || c == '+';
}

/* The word at p is a whole number; does an int hold it? Hexadecimal ones are 32 bits without sign. */
static bool fits(const char *p, size_t length)
{
    bool hex = length > 2 && p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
    char *end;

    errno = 0;
    long long number = strtoll(p, &end, hex ? 16 : 10);
    if (end != p + length && !(end < p + length && *end == 'L'))
        return true; /* a fraction, or a name: not for us */
    return errno == 0 && number >= INT_MIN && number <= (hex ? UINT_MAX : INT_MAX);
}

/* Checks the word at p and returns its length. */
static size_t check_word(const struct source *source, struct reporter *reporter, const char *p, unsigned line)
{
    size_t length = 1;
    unsigned file_line;

    while (in_word(p[length]))
        length++;
    if (!strchr("0123456789+-", *p) || fits(p, length))
        return length;
    const char *file = source_where(source, line, &file_line);
    report(reporter, file, file_line, NULL,
           "%.*s is a number too large for any setting; give what crampd.conf(5) says", (int)MIN(length, 40),
           p);
    return length;
}

void lexis_check(const struct source *source, struct reporter *reporter)
{
    enum inside inside = INSIDE_CODE;
    unsigned line = 1, file_line;

    for (const char *p = source_text(source); *p;) {
        if (inside == INSIDE_CODE && in_word(*p)) {
            p += check_word(source, reporter, p, line);
            continue;
        }
        if (inside == INSIDE_STRING && strncmp(p, "\\x00", 4) == 0) {
            const char *file = source_where(source, line, &file_line);
            report(reporter, file, file_line, NULL, "\\x00 inside of text; leave it out");
        }
        line += *p == '\n';
        p = lexis_step(p, &inside);
    }
}
