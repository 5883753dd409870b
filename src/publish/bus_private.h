/* SPDX-License-Identifier: MIT */
/* What bus.c (the connection), bus_interface.c (methods and properties) and bus_query.c share. */
#pragma once

#include "publish/bus.h"

#include <stdbool.h>

#define BUS_NAME        "org.crampd.Hub1"
#define BUS_PATH        "/org/crampd/Hub1"
#define BUS_INTERFACE   "org.crampd.Hub1"
#define BUS_ERROR(name) "org.crampd.Error." name

#define BUS_QUERIES 16 /* that may wait for the diary at the same time */

/* A caller who waits for the diary. */
struct bus_query {
    struct bus *bus;
    uint64_t token; /* 0 = free */
    sd_bus_message *call;
    sd_event_source *timeout;
};

struct bus {
    struct control_params params;
    sd_event *loop;
    const struct bus_ops *ops;
    void *context;

    sd_bus *connection; /* NULL between attempts */
    bool named;         /* the name is ours: signals may go out */
    bool outage_said;
    sd_event_source *retry;
    uint64_t back_off_us;

    uint64_t token;
    struct bus_query queries[BUS_QUERIES];

    char state[32];
    bool reminding, muted;
};

extern const sd_bus_vtable bus_vtable[];

/* Asks the hub; answers at once only when it can not. For sd-bus: the method's return value. */
int bus_query_begin(struct bus *bus, sd_bus_message *call, const char *what, sd_bus_error *error);
/* The callers are gone: the connection is. */
void bus_query_forget_all(struct bus *bus);
