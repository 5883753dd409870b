/* SPDX-License-Identifier: MIT */
/* `crampsim play`: a second main around the hub; it runs unchanged on device models that play a recording. */
#include "crampsim/subcommand.h"

#include <stdio.h>

static int run_play(int argc, char **argv)
{
    (void)argc;
    fprintf(stderr, "crampsim %s: there is no hub to play to yet\n", argv[0]);
    return 1;
}

const struct subcommand subcommand_play = {
    .name = "play",
    .arguments = "FILE.edf",
    .help = "play a recording to the hub through device models and drivers",
    .run = run_play,
};
