/* SPDX-License-Identifier: MIT */
/* What a run of a fleet has shown, as a row of a table or as JSON. */
#pragma once

#include "crampsim/fleet_hub.h"
#include "crampsim/fleet_ledger.h"
#include "crampsim/fleet_options.h"

/* Of a process, from /proc: user and system time so far, resident memory. NAN: not known. */
struct fleet_process {
    double cpu_s, rss_kib;
};
/* pid 0: nothing is known. */
struct fleet_process fleet_process_read(long pid);

struct fleet_report {
    const struct fleet_options *options;
    unsigned up;       /* hubs that were connected when the measurement began */
    double connect_s;  /* from the first attempt until all had sent their states */
    double measured_s; /* real */
    unsigned long messages[FLEET_TOPICS], bytes[FLEET_TOPICS]; /* sent in that time */
    struct fleet_delivery delivery;
    struct fleet_process empty, connected, end; /* the broker */
    double own_cpu_s;
    unsigned long lost_connections;
    unsigned back;                 /* hubs that came back after the storm */
    double back_p50_s, back_max_s; /* how long that took; NAN: no storm */
};

void fleet_report_table(const struct fleet_report *report);
/* False for ENOMEM. */
bool fleet_report_json(const struct fleet_report *report);
