/* SPDX-License-Identifier: MIT */
/* crampsim's subcommands: each is one file with one `const struct subcommand`, listed in main.c. */
#pragma once

struct subcommand {
    const char *name;
    const char *arguments; /* for the usage line */
    const char *help;      /* one line */
    /* argv[0] is the subcommand's name, so that getopt_long works. The exit status: 0 done, 1 failed, 2 wrong
       usage; the function has said why on standard error. */
    int (*run)(int argc, char **argv);
};

/* The rows of main.c's table. */
extern const struct subcommand subcommand_play;
extern const struct subcommand subcommand_evening;
extern const struct subcommand subcommand_night;
extern const struct subcommand subcommand_confuser;
extern const struct subcommand subcommand_fleet;
