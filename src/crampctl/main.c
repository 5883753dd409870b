/* SPDX-License-Identifier: MIT */
/* crampctl: ask the hub, and tell it. Exit status 0 done, 1 not done (and why), 2 wrong command line. */
#include "build_config.h"
#include "crampctl/verbs.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

static void print_help(void)
{
    printf("Usage: crampctl [OPTION...] COMMAND [ARGUMENT]\n\n"
           "Ask the leg cramp hub, and tell it.\n\nCommands:\n");
    for (const struct verb *verb = verbs; verb->name; verb++) {
        char left[40];
        snprintf(left, sizeof(left), "%s %s", verb->name, verb->argument ? verb->argument : "");
        printf("  %-20s  %s\n", left, verb->help);
    }
    printf("\nOptions:\n"
           "  -n, --number N        how many rows of the diary (20)\n"
           "      --json            the hub's own words, for programs\n"
           "      --bus system|session\n"
           "                        where the hub is (system)\n"
           "  -o, --output FILE     explain, report: the page; - for standard output\n"
           "      --from T, --to T  explain: only this part; 02:30, or 1h30min after the start;\n"
           "                        report: these nights, by the date of the evening; 2026-11-22\n"
           "  -c, --config FILE     explain, mqtt: settings (the hub's, or none)\n"
           "      --hub ID          mqtt: of another hub than this\n"
           "      --show, --forget  calibrate: what is known of the muscles; none of it any more\n"
           "  -h, --help            this\n"
           "      --version\n\n"
           "DURATION is 90s, 10min, 1h30min and the like. crampd is not a medical device.\n");
}

static int parse_number(const char *text, unsigned *number)
{
    char *end;

    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || *end || end == text || value < 1 || value > 1000 || strchr(text, '-')) {
        fprintf(stderr, "crampctl: --number %s: give a number from 1 to 1000\n", text);
        return -EINVAL;
    }
    *number = (unsigned)value;
    return 0;
}

static int parse_bus(const char *text, enum bus_kind *bus)
{
    int kind = bus_kind_from_name(text);

    if (kind != BUS_SYSTEM && kind != BUS_SESSION) {
        fprintf(stderr, "crampctl: --bus %s: give system or session\n", text);
        return -EINVAL;
    }
    *bus = (enum bus_kind)kind;
    return 0;
}

static int find_verb(const char *name, const struct verb **found)
{
    for (const struct verb *verb = verbs; verb->name; verb++)
        if (strcmp(verb->name, name) == 0 || (verb->alias && strcmp(verb->alias, name) == 0)) {
            *found = verb;
            return 0;
        }
    fprintf(stderr, "crampctl: there is no command \"%s\"; see crampctl --help\n", name);
    return -EINVAL;
}

static int parse_words(int argc, char **argv, struct command_line *line)
{
    if (argc == 0) {
        fprintf(stderr, "crampctl: give a command, for example: crampctl status; see crampctl --help\n");
        return -EINVAL;
    }
    if (find_verb(argv[0], &line->verb) < 0)
        return -EINVAL;
    if (argc > 2 && !line->verb->takes_more) {
        fprintf(stderr, "crampctl: \"%s\" is one word too many; a duration of several words goes in quotes\n",
                argv[2]);
        return -EINVAL;
    }
    line->argument = argc > 1 ? argv[1] : NULL;
    line->words = argv + 1;
    line->word_count = argc - 1;
    return verb_check(line);
}

/* 0: go on. 1: done already. -EINVAL: wrong, and said so. */
static int parse(int argc, char **argv, struct command_line *line)
{
    enum {
        OPTION_JSON = 256,
        OPTION_BUS,
        OPTION_VERSION,
        OPTION_FROM,
        OPTION_TO,
        OPTION_SHOW,
        OPTION_FORGET,
        OPTION_HUB
    };
    static const struct option options[] = {
        {"number", required_argument, NULL, 'n'},
        {"json", no_argument, NULL, OPTION_JSON},
        {"bus", required_argument, NULL, OPTION_BUS},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, OPTION_VERSION},
        {"output", required_argument, NULL, 'o'},
        {"from", required_argument, NULL, OPTION_FROM},
        {"to", required_argument, NULL, OPTION_TO},
        {"config", required_argument, NULL, 'c'},
        {"show", no_argument, NULL, OPTION_SHOW},
        {"forget", no_argument, NULL, OPTION_FORGET},
        {"hub", required_argument, NULL, OPTION_HUB},
        {NULL, 0, NULL, 0},
    };
    int option, r = 0;

    while (r == 0 && (option = getopt_long(argc, argv, "n:o:c:h", options, NULL)) >= 0) {
        switch (option) {
        case 'n': r = parse_number(optarg, &line->number); break;
        case OPTION_JSON: line->json = true; break;
        case OPTION_BUS: r = parse_bus(optarg, &line->bus); break;
        case 'o': line->output = optarg; break;
        case 'c': line->config = optarg; break;
        case OPTION_HUB: line->hub = optarg; break;
        case OPTION_SHOW: line->show = true; break;
        case OPTION_FORGET: line->forget = true; break;
        case OPTION_FROM: line->from = optarg; break;
        case OPTION_TO: line->to = optarg; break;
        case 'h': print_help(); return 1;
        case OPTION_VERSION: printf("crampctl %s\n", CRAMPD_VERSION); return 1;
        default: r = -EINVAL; break; /* getopt has said it */
        }
    }
    return r < 0 ? r : parse_words(argc - optind, argv + optind, line);
}

int main(int argc, char **argv)
{
    struct command_line line = {.bus = BUS_SYSTEM};
    struct client client;

    setlocale(LC_TIME, "");
    int r = parse(argc, argv, &line);
    if (r != 0)
        return r > 0 ? EXIT_SUCCESS : EXIT_USAGE;
    if (line.verb->alone) {
        r = line.verb->run(line.verb, &line, NULL);
    } else if ((r = client_open(&client, line.bus)) == 0) {
        r = line.verb->run(line.verb, &line, &client);
        client_close(&client);
    }
    if (fflush(stdout) != 0 && r == 0) {
        fprintf(stderr, "crampctl: can not write: %s\n", strerror(errno));
        r = -errno;
    }
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
