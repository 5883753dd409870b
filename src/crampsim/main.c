/* SPDX-License-Identifier: MIT */
/* crampsim: synthetic evenings and nights, and device models that play them to the hub. */
#include "base/macros.h"
#include "build_config.h"
#include "crampsim/subcommand.h"

#include <stdio.h>
#include <string.h>

static const struct subcommand *const subcommands[] = {
    &subcommand_play, &subcommand_evening, &subcommand_night, &subcommand_confuser, &subcommand_fleet,
};

static void print_usage(FILE *out)
{
    fprintf(out, "Usage: crampsim SUBCOMMAND [ARGUMENT...]\n"
                 "Synthetic leg EMG, and device models that play a recording to crampd's hub.\n\n");
    for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++)
        fprintf(out, "  %s %s\n      %s\n", subcommands[i]->name, subcommands[i]->arguments,
                subcommands[i]->help);
    fprintf(out, "\n  --help     this text; after a SUBCOMMAND its options\n"
                 "  --version  version\n");
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
        print_usage(stdout);
        return 0;
    }
    if (!strcmp(argv[1], "--version")) {
        puts("crampsim " CRAMPD_VERSION);
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++)
        if (!strcmp(argv[1], subcommands[i]->name))
            return subcommands[i]->run(argc - 1, argv + 1);
    fprintf(stderr, "crampsim: no subcommand '%s'; `crampsim --help` lists them\n", argv[1]);
    return 2;
}
