/* SPDX-License-Identifier: MIT */
/*
 * Writes what is generated from the settings table, for the tests and for `ninja -C build regenerate`:
 *     generate conf    conf/crampd.conf
 *     generate man     the settings part of docs/crampd.conf.5
 *     generate fields  the struct members the rows fill, one a line
 */
#include "config/table.h"

#include <stdio.h>
#include <string.h>

static void print_fields(void)
{
    for (size_t i = 0; i < settings_row_count; i++)
        puts(settings_rows[i].field);
    for (size_t i = 0; i < settings_group_count; i++)
        if (settings_groups[i].list)
            puts(settings_groups[i].count_field);
}

int main(int argc, char **argv)
{
    _cleanup_(settings_freep) struct settings *settings = settings_new();
    const char *what = argc == 2 ? argv[1] : "";

    if (!settings)
        return 1;
    if (strcmp(what, "conf") == 0)
        settings_print(settings, stdout);
    else if (strcmp(what, "man") == 0)
        settings_print_man(stdout);
    else if (strcmp(what, "fields") == 0)
        print_fields();
    else
        fprintf(stderr, "generate: conf, man or fields\n");
    return fflush(stdout) == 0 && *what ? 0 : 2;
}
