/* SPDX-License-Identifier: MIT */
/* Columns that line up. */
#pragma once

#include "base/macros.h"

#include <stdio.h>

struct table;

/* headings: columns strings that outlive the table. NULL for ENOMEM. */
struct table *table_new(const char *const *headings, unsigned columns);
void table_free(struct table *table);
DEFINE_CLEANUP(struct table *, table_free);

/* The next cell, row by row, left to right. ASCII. */
_printf_(2, 3) void table_add(struct table *table, const char *format, ...);

void table_print(const struct table *table, FILE *out);
