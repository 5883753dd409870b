/* SPDX-License-Identifier: MIT */
#include "crampsim/fleet_options.h"

#include "base/macros.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define HUBS_A_SECOND 200.0 /* without --ramp */

enum {
    OPT_HELP = 'h',
    OPT_HUBS = 256,
    OPT_FIRST,
    OPT_BROKER,
    OPT_CA_FILE,
    OPT_PROTOCOL,
    OPT_DURATION,
    OPT_SPEED,
    OPT_RAMP,
    OPT_STORM,
    OPT_SEED,
    OPT_PID,
    OPT_NO_DISCOVERY,
    OPT_KEEP,
    OPT_JSON
};

static const struct option long_options[] = {
    {"hubs", required_argument, NULL, OPT_HUBS},
    {"first", required_argument, NULL, OPT_FIRST},
    {"broker", required_argument, NULL, OPT_BROKER},
    {"ca-file", required_argument, NULL, OPT_CA_FILE},
    {"protocol", required_argument, NULL, OPT_PROTOCOL},
    {"duration", required_argument, NULL, OPT_DURATION},
    {"speed", required_argument, NULL, OPT_SPEED},
    {"ramp", required_argument, NULL, OPT_RAMP},
    {"reconnect-storm", required_argument, NULL, OPT_STORM},
    {"seed", required_argument, NULL, OPT_SEED},
    {"broker-pid", required_argument, NULL, OPT_PID},
    {"no-discovery", no_argument, NULL, OPT_NO_DISCOVERY},
    {"keep", no_argument, NULL, OPT_KEEP},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void)
{
    puts("Usage: crampsim fleet --hubs N [OPTION...]\n"
         "Plays the messages of N hubs' nights to a real broker, and listens to them as a site's recorder "
         "would.\n"
         "It writes below crampd/fleet00000/ and so on: not for a broker on which real hubs have these "
         "names.\n\n"
         "  --hubs N             how many, each with a connection of its own\n"
         "  --first N            number of the first, so that several runs can share a broker (default 0)\n"
         "  --broker WHERE       HOST:PORT, HOST, or the path of a unix socket (default localhost:1883)\n"
         "  --ca-file FILE       speak TLS, and trust the certificates of FILE\n"
         "  --protocol 5|3.1.1   version of MQTT (default 5)\n"
         "  --duration S         seconds to measure, when all hubs are connected (default 60)\n"
         "  --speed X            seconds of a night in a second (default 1)\n"
         "  --ramp S             seconds over which the hubs begin to connect (default: 200 hubs a second)\n"
         "  --reconnect-storm T  cut all hubs' connections T seconds into the measurement, at once\n"
         "  --seed N             other nights (default 1)\n"
         "  --broker-pid PID     also tell processor time and memory of this process\n"
         "  --no-discovery       do not announce the hubs to Home Assistant\n"
         "  --keep               leave what is retained on the broker; without: cleared at the end\n"
         "  --json               one JSON object instead of the table");
}

static bool parse_number(const char *option, double low, double high, bool whole, double *value)
{
    char *end;

    errno = 0;
    *value = strtod(optarg, &end);
    if (end != optarg && *end == '\0' && errno == 0 && *value >= low && *value <= high &&
        (!whole || *value == floor(*value)))
        return true;
    fprintf(stderr, "crampsim fleet: %s '%s': a %snumber from %.10g to %.10g is needed\n", option, optarg,
            whole ? "whole " : "", low, high);
    return false;
}

static bool parse_whole(const char *option, double low, double high, unsigned long *value)
{
    double number;

    if (!parse_number(option, low, high, true, &number))
        return false;
    *value = (unsigned long)number;
    return true;
}

/* HOST:PORT, HOST, [ADDRESS]:PORT or /PATH */
static bool parse_broker(struct fleet_options *o)
{
    char rest, host[sizeof(o->host)] = "";
    unsigned port = 1883;
    bool good;

    if (optarg[0] == '/')
        good = snprintf(host, sizeof(host), "%s", optarg) < (int)sizeof(host);
    else if (optarg[0] == '[')
        good = sscanf(optarg, "[%255[0-9a-fA-F:.]]:%5u%c", host, &port, &rest) == 2;
    else
        good = sscanf(optarg, "%255[^:/ ]:%5u%c", host, &port, &rest) == (strchr(optarg, ':') ? 2 : 1);
    if (good && host[0] && port >= 1 && port <= 65535) {
        memcpy(o->host, host, sizeof(host));
        o->port = (int)port;
        return true;
    }
    fprintf(
        stderr,
        "crampsim fleet: --broker '%s': HOST:PORT, HOST or the absolute path of a unix socket is needed\n",
        optarg);
    return false;
}

static bool parse_protocol(struct fleet_options *o)
{
    int protocol = mqtt_protocol_from_name(optarg);

    if (protocol < 0) {
        fprintf(stderr, "crampsim fleet: --protocol '%s': 5 or 3.1.1 is needed\n", optarg);
        return false;
    }
    o->protocol = (enum mqtt_protocol)protocol;
    return true;
}

static bool take_whole(int option, struct fleet_options *o)
{
    unsigned long value = 0;
    bool good;

    switch (option) {
    case OPT_HUBS: good = parse_whole("--hubs", 1, FLEET_HUBS_MAX, &value), o->hubs = (unsigned)value; break;
    case OPT_FIRST:
        good = parse_whole("--first", 0, FLEET_HUBS_MAX - 1, &value), o->first = (unsigned)value;
        break;
    case OPT_SEED: good = parse_whole("--seed", 0, 1e15, &value), o->seed = value; break;
    default: good = parse_whole("--broker-pid", 1, 4194304, &value), o->broker_pid = (long)value; break;
    }
    return good;
}

/* False: wrong usage, and it has been said. */
static bool take_option(int option, struct fleet_options *o)
{
    switch (option) {
    case OPT_HUBS:
    case OPT_FIRST:
    case OPT_SEED:
    case OPT_PID: return take_whole(option, o);
    case OPT_BROKER: return parse_broker(o);
    case OPT_PROTOCOL: return parse_protocol(o);
    case OPT_CA_FILE: o->ca_file = optarg; return true;
    case OPT_DURATION: return parse_number("--duration", 1, 1e6, false, &o->duration_s);
    case OPT_SPEED: return parse_number("--speed", 0.01, 10000, false, &o->speed);
    case OPT_RAMP: return parse_number("--ramp", 0, 1e5, false, &o->ramp_s);
    case OPT_STORM: return parse_number("--reconnect-storm", 0, 1e6, false, &o->storm_s);
    case OPT_NO_DISCOVERY: o->no_discovery = true; return true;
    case OPT_KEEP: o->keep = true; return true;
    case OPT_JSON: o->json = true; return true;
    default: return false; /* getopt has said it */
    }
}

static const char *contradiction(const struct fleet_options *o, int left)
{
    if (left > 0)
        return "there is nothing to name besides the options";
    if (o->hubs == 0)
        return "--hubs N is needed";
    if (o->first + o->hubs > FLEET_HUBS_MAX)
        return "--first: there are numbers up to 99999 only";
    if (o->storm_s >= o->duration_s)
        return "--reconnect-storm: a time before the end of --duration is needed";
    if (o->ca_file && o->host[0] == '/')
        return "--ca-file: there is no TLS over a unix socket";
    return NULL;
}

int fleet_options_parse(int argc, char **argv, struct fleet_options *o)
{
    int option;

    *o = (struct fleet_options){.host = "localhost",
                                .port = 1883,
                                .protocol = MQTT_PROTOCOL_5,
                                .duration_s = 60,
                                .speed = 1,
                                .ramp_s = -1,
                                .storm_s = -1,
                                .seed = 1};
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == OPT_HELP) {
            print_help();
            return 0;
        }
        if (!take_option(option, o))
            return 2;
    }
    const char *wrong = contradiction(o, argc - optind);
    if (wrong) {
        fprintf(stderr, "crampsim fleet: %s; see crampsim fleet --help\n", wrong);
        return 2;
    }
    if (o->ramp_s < 0)
        o->ramp_s = o->hubs / HUBS_A_SECOND;
    return -1;
}
