/* SPDX-License-Identifier: MIT */
/* The inside of a fleet's hub, in two files: fleet_hub.c (connection and messages), fleet_life.c (its night).
 */
#pragma once

#include "base/macros.h"
#include "crampsim/fleet_hub.h"
#include "crampsim/fleet_pattern.h"
#include "publish/link.h"

#define FLEET_IN_FLIGHT 64 /* as the daemon's */

/* The hub's night so far. */
struct fleet_life {
    struct fleet_night night;
    size_t next; /* of its steps */
    unsigned number;
    double offset_s;                  /* where in its first night the hub is at the fleet's second 0 */
    double now_s, night_s, tonight_s; /* on the hub's clock: now, the night's begin, `tonight` last changed */
    struct night_counts counts;
    struct event last_cramp, fault; /* fault.kind says whether it is declared */
    enum episode_state site;
    bool reminding;
    enum occasion occasion; /* of the last reminder */
    uint64_t seq;
    char boot_id[33];
};

/* An event on its way. */
struct fleet_parcel {
    struct fleet_parcel *next;
    char *text;
    size_t entry; /* in the ledger */
    bool late, in_flight;
};

struct fleet_flight {
    int mid; /* 0: free */
    enum fleet_topic topic;
    struct fleet_parcel *parcel;
    size_t entry; /* of a tonight */
};

struct fleet_hub {
    struct fleet_world *world;
    unsigned place, number;
    char id[FLEET_ID_SIZE], client_id[32], status_topic[48];
    struct mqtt_params params;
    struct link *link;
    struct fleet_life life;
    unsigned dirty; /* BIT(enum fleet_topic): retained topics to be sent */
    bool up_pending, connected, leaving, purging;
    struct fleet_flight flights[FLEET_IN_FLIGHT];
    unsigned in_flight;
    struct fleet_parcel *parcels; /* in the order of seq */
};

/* fleet_life.c */
int fleet_life_begin(struct fleet_hub *hub);
/* A retained topic's payload as of now, to be freed. */
char *fleet_life_payload(const struct fleet_hub *hub, enum fleet_topic topic);

/* fleet_hub.c: an event's payload (heap, taken over). */
void fleet_hub_send_event(struct fleet_hub *hub, char *text);
