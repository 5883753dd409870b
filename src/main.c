/* SPDX-License-Identifier: MIT */
/* crampd: command line, settings, and which of its ways to run is wanted. */
#include "base/log.h"
#include "build_config.h"
#include "hub.h"
#include "replay.h"
#include "sensor/acquire.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum mode { MODE_RUN, MODE_CHECK, MODE_PRINT, MODE_MAN, MODE_REPLAY, MODE_PROBE, MODE_OUTPUTS_OFF };

struct arguments {
    enum mode mode;
    const char *config; /* NULL: SETTINGS_FILE if it exists, else defaults */
    const char *replay;
    bool publish;
};

static void print_help(FILE *out)
{
    fputs("Usage: crampd [OPTION...]\n"
          "Watches a leg-worn sensor for nocturnal leg cramps and reminds gently to stretch.\n"
          "It is not a medical device and never diagnoses.\n"
          "\n"
          "  -c, --config FILE        settings (default " SETTINGS_FILE ", or none)\n"
          "      --check-config[=FILE] read the settings, say what is wrong with them, exit\n"
          "      --print-config       print the settings in force, commented, and exit\n"
          "      --replay FILE        play an EDF+ recording, print its events as JSON lines\n"
          "      --publish            with --replay: also send them to the broker of the settings\n"
          "      --probe              list what answers on bus and lines, and what is missing\n"
          "      --outputs-off        turn every reminder output off and exit\n"
          "      --help, --version\n"
          "\n"
          "Without a mode it runs as the daemon. See crampd(8), crampd.conf(5), crampctl(1).\n",
          out);
}

enum {
    OPT_CHECK = 256,
    OPT_PRINT,
    OPT_MAN,
    OPT_REPLAY,
    OPT_PUBLISH,
    OPT_PROBE,
    OPT_OFF,
    OPT_HELP,
    OPT_VERSION
};

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"check-config", optional_argument, NULL, OPT_CHECK},
    {"print-config", no_argument, NULL, OPT_PRINT},
    {"print-man", no_argument, NULL, OPT_MAN}, /* for the build: the settings part of crampd.conf(5) */
    {"replay", required_argument, NULL, OPT_REPLAY},
    {"publish", no_argument, NULL, OPT_PUBLISH},
    {"probe", no_argument, NULL, OPT_PROBE},
    {"outputs-off", no_argument, NULL, OPT_OFF},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {0},
};

static int usage_error(const char *what, const char *word)
{
    fprintf(stderr, "crampd: %s%s; see crampd --help\n", what, word);
    return EX_USAGE;
}

/* -1 to go on, else an exit status. */
static int take_option(struct arguments *args, int option)
{
    enum mode mode;

    switch (option) {
    case 'c': args->config = optarg; return -1;
    case OPT_PUBLISH: args->publish = true; return -1;
    case OPT_CHECK:
        mode = MODE_CHECK;
        args->config = optarg ? optarg : args->config;
        break;
    case OPT_PRINT: mode = MODE_PRINT; break;
    case OPT_MAN: mode = MODE_MAN; break;
    case OPT_REPLAY:
        mode = MODE_REPLAY;
        args->replay = optarg;
        break;
    case OPT_PROBE: mode = MODE_PROBE; break;
    case OPT_OFF: mode = MODE_OUTPUTS_OFF; break;
    case OPT_HELP: print_help(stdout); return EXIT_SUCCESS;
    case OPT_VERSION: puts("crampd " CRAMPD_VERSION); return EXIT_SUCCESS;
    default: return EX_USAGE; /* getopt has said what */
    }
    if (args->mode != MODE_RUN && args->mode != mode)
        return usage_error("two modes at once", "");
    args->mode = mode;
    return -1;
}

static int parse(int argc, char **argv, struct arguments *args)
{
    int option;

    while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        int status = take_option(args, option);
        if (status >= 0)
            return status;
    }
    /* `--check-config FILE` with a space is what people type. */
    if (args->mode == MODE_CHECK && optind < argc)
        args->config = argv[optind++];
    if (optind < argc)
        return usage_error("unexpected argument ", argv[optind]);
    if (args->publish && args->mode != MODE_REPLAY)
        return usage_error("--publish goes with --replay", "");
    return -1;
}

/* The file that is named, or the usual one if it is there, or defaults. *path: what a reload reads. */
static struct settings *load(const struct arguments *args, const char **path)
{
    struct settings *settings = NULL;

    *path = args->config;
    if (!*path && access(SETTINGS_FILE, F_OK) == 0)
        *path = SETTINGS_FILE;
    if (!*path) {
        settings = settings_new();
        if (!settings)
            log_error(LOG_CRAMPD, "out of memory");
        return settings;
    }
    /* After a crash nothing may go on shaking the leg, also when somebody has just broken the settings. */
    if (args->mode == MODE_OUTPUTS_OFF ? settings_salvage(*path, stderr, &settings) < 0
                                       : settings_load(*path, stderr, &settings) < 0)
        return NULL; /* it has said what, all of it */
    return settings;
}

static int probe(const struct settings *settings)
{
    int missing = sensor_probe(&settings->sensor, platform_kernel(), stdout);
    return missing == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int outputs_off(const struct settings *settings)
{
    return reminder_outputs_off(&settings->reminder, platform_kernel()) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run(struct settings *settings, const char *path)
{
    const struct hub_options hub_options = {.config_path = path};
    _cleanup_(hub_freep) struct hub *hub = hub_new(settings, platform_kernel(), &hub_options);

    if (!hub) {
        if (errno == EBUSY)
            log_error(
                LOG_CRAMPD,
                "another crampd uses this state directory; stop it (systemctl stop crampd) or give this "
                "one its own (diary.directory)");
        else
            log_error(LOG_CRAMPD, "cannot start: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    return hub_run(hub);
}

int main(int argc, char **argv)
{
    struct arguments args = {0};
    const char *path;
    int status = parse(argc, argv, &args);

    if (status >= 0)
        return status;
    if (args.mode == MODE_MAN) {
        settings_print_man(stdout);
        return EXIT_SUCCESS;
    }
    struct settings *settings = load(&args, &path);
    if (!settings)
        return EX_CONFIG;
    if (args.mode == MODE_RUN)
        return run(settings, path);

    _cleanup_(settings_freep) struct settings *owned = settings;
    switch (args.mode) {
    case MODE_CHECK:
        printf("%s: fine\n", path ? path : "no settings file, the defaults");
        return EXIT_SUCCESS;
    case MODE_PRINT: settings_print(owned, stdout); return EXIT_SUCCESS;
    case MODE_REPLAY: return replay(args.replay, owned, args.publish, stdout);
    case MODE_PROBE: return probe(owned);
    case MODE_OUTPUTS_OFF: return outputs_off(owned);
    case MODE_RUN:
    case MODE_MAN: break;
    }
    return EXIT_FAILURE;
}
