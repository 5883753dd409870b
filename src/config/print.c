/* SPDX-License-Identifier: MIT */
/* The table as a sample file and as a part of a manual page. */
#include "config/value.h"

#include <string.h>

#define COLUMNS 100

/* text as comment lines at this indent, folded at spaces. */
static void print_comment(const char *text, int indent, FILE *out)
{
    size_t room = COLUMNS - (size_t)indent - 2;

    while (*text) {
        size_t length = strlen(text);
        if (length > room) {
            length = room;
            while (length > 0 && text[length] != ' ')
                length--;
            if (length == 0)
                length = strcspn(text, " ");
        }
        fprintf(out, "%*s# %.*s\n", indent, "", (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
}

static void print_row_help(const struct row *row, int indent, FILE *out)
{
    char expectation[PROBLEM_SIZE / 2], text[PROBLEM_SIZE];

    value_expectation(row, expectation, sizeof(expectation));
    snprintf(text, sizeof(text), "%s. Takes %s.", row->help, expectation);
    print_comment(text, indent, out);
}

static void print_entry(const struct group *group, const void *base, bool with_help, int indent, FILE *out)
{
    for (size_t i = 0; i < settings_row_count; i++) {
        const struct row *row = &settings_rows[i];
        if (strcmp(row->group, group->name) != 0)
            continue;
        if (with_help)
            print_row_help(row, indent, out);
        fprintf(out, "%*s%s = ", indent, "", row->key);
        value_print(row, base, out);
        fputs(";\n", out);
    }
}

static void print_list(const struct group *group, struct settings *settings, FILE *out)
{
    int count = *group_count(group, settings);

    fprintf(out, "%s = (", group->name);
    for (int i = 0; i < count; i++) {
        fputs(i ? ", {\n" : " {\n", out);
        print_entry(group, group_base(group, settings, i), i == 0, 4, out);
        fputs("}", out);
    }
    fputs(count ? " );\n" : ");\n", out);
}

void settings_print(const struct settings *settings, FILE *out)
{
    /* group_base() serves the loader too and so takes what it could change; nothing is changed here. */
    struct settings copy = *settings;

    print_comment("Settings of crampd, as `crampd --print-config` writes them. Every key may be left out and "
                  "then has its default; this file with all defaults is conf/crampd.conf. "
                  "`crampd --check-config FILE` tells what is wrong with a file, crampd.conf(5) explains the "
                  "format.",
                  0, out);
    for (size_t i = 0; i < settings_group_count; i++) {
        const struct group *group = &settings_groups[i];
        fputc('\n', out);
        print_comment(group->help, 0, out);
        if (group->list) {
            print_list(group, &copy, out);
            continue;
        }
        fprintf(out, "%s: {\n", group->name);
        print_entry(group, &copy, true, 4, out);
        fputs("};\n", out);
    }
}

/* roff: a backslash is \e, a leading dot or apostrophe is protected, a minus in a word one types is \-. */
static void print_roff(const char *text, FILE *out)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else if (*text == '"')
            fputs("\\(dq", out);
        else
            fputc(*text, out);
    }
}

static void print_default(const char *text, const struct row *row, FILE *out)
{
    bool quoted = row->type == TYPE_STRING || row->type == TYPE_TIME || row->type == TYPE_WORD;

    if (quoted)
        fputs("\\(dq", out);
    print_roff(text, out);
    if (quoted)
        fputs("\\(dq", out);
}

static void print_man_row(const struct row *row, FILE *out)
{
    char expectation[PROBLEM_SIZE / 2];

    value_expectation(row, expectation, sizeof(expectation));
    fputs(".TP\n.B ", out);
    print_roff(row->key, out);
    fputs("\n", out);
    print_roff(row->help, out);
    fputs(".\nTakes ", out);
    print_roff(expectation, out);
    fputs(".\nDefault: ", out);
    print_default(row->standard, row, out);
    if (row->second) {
        fputs(", in the second entry ", out);
        print_default(row->second, row, out);
    }
    fputs(".\n", out);
}

void settings_print_man(FILE *out)
{
    for (size_t i = 0; i < settings_group_count; i++) {
        const struct group *group = &settings_groups[i];
        fprintf(out, ".SS ");
        print_roff(group->name, out);
        fputs("\n", out);
        print_roff(group->help, out);
        fputs(".\n", out);
        if (group->list)
            fprintf(out, "A list of %d to %d groups; without the list there %s %d.\n", group->least,
                    group->most, group->standard == 1 ? "is" : "are", group->standard);
        for (size_t k = 0; k < settings_row_count; k++)
            if (strcmp(settings_rows[k].group, group->name) == 0)
                print_man_row(&settings_rows[k], out);
    }
}
