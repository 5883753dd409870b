/* SPDX-License-Identifier: MIT */
/* One value of one row: from text or from the file into the struct, and back into text. */
#pragma once

#include "config/table.h"

#include <stdio.h>

#define PROBLEM_SIZE 512

enum value_kind { VALUE_BOOL, VALUE_INT, VALUE_FLOAT, VALUE_STRING, VALUE_OTHER };

struct value {
    enum value_kind kind;
    bool b;
    long long i;
    double f;
    const char *s;
};

/* Keeps copies of strings until all are freed together. */
struct strings;
struct strings *strings_new(void);
void strings_free(struct strings *strings);
const char *strings_keep(struct strings *strings, const char *text); /* NULL: ENOMEM */

/* Checks value against the row and puts it into the entry at base. 0, -EINVAL with problem = "what is wrong;
   what would be right", or -ENOMEM. */
int value_store(const struct row *row, const struct value *value, void *base, struct strings *strings,
                char problem[PROBLEM_SIZE]);

/* A row's default, which is text, as a value. 0 or -EINVAL. */
int value_from_text(const struct row *row, const char *text, struct value *value);

/* The value in the entry at base as it is written in a file. */
void value_print(const struct row *row, const void *base, FILE *out);

/* What the row takes: "a number from 2 to 60 (s)". */
void value_expectation(const struct row *row, char *text, size_t size);

/* A foreign string made fit for a message: quoted, cut, without control characters. */
void quote_for_message(const char *text, char *out, size_t size);
