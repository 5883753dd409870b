/* SPDX-License-Identifier: MIT */
/* Command line of `crampsim fleet`. */
#pragma once

#include "base/names.h"

#include <stdbool.h>
#include <stdint.h>

#define FLEET_HUBS_MAX 100000

struct fleet_options {
    unsigned hubs, first; /* how many, and the first one's number */
    char host[256];       /* "/path": a unix socket */
    int port;
    const char *ca_file; /* NULL: no TLS */
    enum mqtt_protocol protocol;
    double duration_s; /* real seconds of the measurement */
    double speed;      /* of the hubs' nights */
    double ramp_s;     /* until the last hub has begun to connect */
    double storm_s;    /* when all connections are cut; negative: never */
    uint64_t seed;
    long broker_pid; /* 0: not given */
    bool no_discovery, keep, json;
};

/* -1 to go on, else the exit status; it has said what and what would be right. */
int fleet_options_parse(int argc, char **argv, struct fleet_options *options);
