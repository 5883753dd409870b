/* SPDX-License-Identifier: MIT */
#include "crampctl/table.h"

#include <stdarg.h>
#include <string.h>

struct table {
    const char *const *headings;
    unsigned columns;
    char **cells;
    size_t count, room;
};

struct table *table_new(const char *const *headings, unsigned columns)
{
    struct table *table = calloc(1, sizeof(*table));

    if (table) {
        table->headings = headings;
        table->columns = columns;
    }
    return table;
}

void table_free(struct table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table);
}

void table_add(struct table *table, const char *format, ...)
{
    va_list ap;

    if (table->count == table->room) {
        size_t room = table->room ? table->room * 2 : 64;
        char **cells = reallocarray(table->cells, room, sizeof(*cells));
        if (!cells)
            return;
        table->cells = cells;
        table->room = room;
    }
    va_start(ap, format);
    if (vasprintf(&table->cells[table->count], format, ap) >= 0)
        table->count++;
    va_end(ap);
}

static int width(const struct table *table, unsigned column)
{
    size_t widest = strlen(table->headings[column]);

    for (size_t i = column; i < table->count; i += table->columns)
        widest = MAX(widest, strlen(table->cells[i]));
    return (int)widest;
}

/* No blanks behind the last column. */
static void print_cell(const struct table *table, unsigned column, const char *text, FILE *out)
{
    if (column + 1 == table->columns)
        fprintf(out, "%s\n", text);
    else
        fprintf(out, "%-*s  ", width(table, column), text);
}

void table_print(const struct table *table, FILE *out)
{
    if (table->columns == 0)
        return;
    for (unsigned column = 0; column < table->columns; column++)
        print_cell(table, column, table->headings[column], out);
    for (size_t row = 0; row + table->columns <= table->count; row += table->columns)
        for (unsigned column = 0; column < table->columns; column++)
            print_cell(table, column, table->cells[row + column], out);
}
