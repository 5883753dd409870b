/* SPDX-License-Identifier: MIT */
#include "crampsim/play_options.h"

#include "base/block.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { OPT_HELP = 'h', OPT_SPEED = 256, OPT_CONFIG, OPT_FAULT, OPT_PRESS, OPT_TRACE, OPT_LINGER, OPT_GPIO };

static const struct option long_options[] = {
    {"speed", required_argument, NULL, OPT_SPEED},
    {"config", required_argument, NULL, OPT_CONFIG},
    {"fault", required_argument, NULL, OPT_FAULT},
    {"press", required_argument, NULL, OPT_PRESS},
    {"trace-lines", no_argument, NULL, OPT_TRACE},
    {"linger", no_argument, NULL, OPT_LINGER},
    {"gpio", required_argument, NULL, OPT_GPIO},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void)
{
    puts(
        "Usage: crampsim play FILE.edf [OPTION...]\n"
        "Plays a recording to the hub through models of its chips and lines, in virtual time.\n\n"
        "  --speed N        virtual seconds a real second; 0: as fast as the hub can follow (default 1)\n"
        "  --config FILE    settings; without: defaults, no broker, no D-Bus, a diary that is thrown away\n"
        "  --press T        press the bedside button at second T of the recording; may be repeated\n"
        "  --trace-lines    print every change of an output line as a JSON object on standard output\n"
        "  --linger         stay when the recording has ended, until SIGTERM or SIGINT\n"
        "  --gpio 1|2       lose edges as libgpiod 1.6 (16 a line) or 2.x (1024, numbered) does (default 2)\n"
        "  --fault WHAT:DEVICE:START-END[:AMOUNT]\n"
        "                   let something go wrong from second START to END; may be repeated.\n"
        "                   DEVICE: adc0.., imu0.., all. WHAT:");
    for (int i = 0; i < world_fault_count; i++)
        printf("%s%s", i % 7 == 0 ? "\n                     " : " ", world_fault_name((enum world_fault)i));
    puts("");
}

static bool parse_number(const char *option, const char *text, double low, double high, double *value)
{
    char *end;

    errno = 0;
    *value = strtod(text, &end);
    if (end != text && *end == '\0' && errno == 0 && *value >= low && *value <= high)
        return true;
    fprintf(stderr, "crampsim play: %s '%s': a number from %g to %g is needed\n", option, text, low, high);
    return false;
}

static bool parse_device(const char *word, struct play_fault *fault)
{
    char rest;

    if (!strcmp(word, "all")) {
        fault->device = PLAY_ALL;
        return true;
    }
    if (sscanf(word, "adc%1u%c", &fault->number, &rest) == 1 && fault->number < EMG_CHANNELS) {
        fault->device = PLAY_ADC;
        return true;
    }
    if (sscanf(word, "imu%1u%c", &fault->number, &rest) == 1 && fault->number < IMU_SOURCES) {
        fault->device = PLAY_IMU;
        return true;
    }
    return false;
}

/* WHAT:DEVICE:START-END[:AMOUNT] */
static bool parse_fault(const char *text, struct play_fault *fault)
{
    char what[32], device[8], rest;
    int known;
    int n = sscanf(text, "%31[a-z_]:%7[a-z0-9]:%lf-%lf:%lf%c", what, device, &fault->start_s, &fault->end_s,
                   &fault->amount, &rest);

    if (n == 4) { /* nothing may follow END */
        int length = -1;

        fault->amount = 0;
        sscanf(text, "%*[a-z_]:%*[a-z0-9]:%*f-%*f%n", &length);
        n = length == (int)strlen(text) ? 5 : 0;
    }
    fault->text = text;
    known = n == 5 ? world_fault_from_name(what) : -EINVAL;
    fault->fault = known < 0 ? world_fault_count : (enum world_fault)known;
    if (known >= 0 && parse_device(device, fault) && fault->start_s >= 0 && fault->end_s >= fault->start_s)
        return true;
    fprintf(stderr,
            "crampsim play: --fault '%s': WHAT:DEVICE:START-END[:AMOUNT] is needed, for example "
            "nack:adc0:60-75; `crampsim play --help` lists what can go wrong\n",
            text);
    return false;
}

static bool take_gpio(struct play_options *o)
{
    o->gpio = strcmp(optarg, "1") ? WORLD_GPIO_V2 : WORLD_GPIO_V1;
    if (!strcmp(optarg, "1") || !strcmp(optarg, "2"))
        return true;
    fprintf(stderr, "crampsim play: --gpio '%s': 1 or 2 is needed\n", optarg);
    return false;
}

static bool too_many(const char *option, unsigned count, unsigned most)
{
    if (count < most)
        return false;
    fprintf(stderr, "crampsim play: at most %u times %s\n", most, option);
    return true;
}

/* False: wrong usage, and it has been said. */
static bool take_option(int option, struct play_options *o)
{
    switch (option) {
    case OPT_SPEED: return parse_number("--speed", optarg, 0, 10000, &o->speed);
    case OPT_CONFIG: o->config = optarg; return true;
    case OPT_TRACE: o->trace_lines = true; return true;
    case OPT_LINGER: o->linger = true; return true;
    case OPT_GPIO: return take_gpio(o);
    case OPT_PRESS:
        return !too_many("--press", o->press_count, PLAY_PRESSES) &&
               parse_number("--press", optarg, 0, 1e6, &o->press_s[o->press_count++]);
    case OPT_FAULT:
        return !too_many("--fault", o->fault_count, PLAY_FAULTS) &&
               parse_fault(optarg, &o->faults[o->fault_count++]);
    default: return false; /* getopt has said it */
    }
}

int play_options_parse(int argc, char **argv, struct play_options *o)
{
    int option;

    *o = (struct play_options){.speed = 1};
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == OPT_HELP) {
            print_help();
            return 0;
        }
        if (!take_option(option, o))
            return 2;
    }
    if (optind + 1 != argc) {
        fprintf(stderr, "crampsim play: one recording is needed; see crampsim play --help\n");
        return 2;
    }
    o->file = argv[optind];
    return -1;
}
