/* SPDX-License-Identifier: MIT */
/*
 * One hub of a fleet: the daemon's own connection (publish/link, with its back-off) and the daemon's own
 * payloads, around a night from fleet_pattern instead of a detector. It sends in the daemon's order: after a
 * connect discovery and states, `online`, what could not be delivered as history, then live events.
 */
#pragma once

#include "crampsim/fleet_ledger.h"
#include "crampsim/fleet_quantile.h"
#include "publish/params.h"

#include <stdbool.h>
#include <stdint.h>

/* What a message is counted as. */
enum fleet_topic {
    FLEET_EVENTS,
    FLEET_HISTORY,
    FLEET_TONIGHT,
    FLEET_STATE,
    FLEET_LAST_CRAMP,
    FLEET_FAULT,
    FLEET_SENSOR_STATUS,
    FLEET_SETTINGS,
    FLEET_CALIBRATION,
    FLEET_INFO,
    FLEET_STATUS,
    FLEET_DISCOVERY,
    FLEET_DISCOVERY_LEG,
    FLEET_TOPICS
};
extern const char *const fleet_topic_names[FLEET_TOPICS];

/* What all hubs share. */
struct fleet_world {
    struct mqtt_params mqtt; /* hub_id apart */
    uint64_t seed;
    unsigned first;  /* number of the first hub */
    int64_t wall_us; /* when the first night began for whoever asks */
    struct fleet_ledger *ledger;
    bool timing;                                               /* how long a message takes counts */
    unsigned long messages[FLEET_TOPICS], bytes[FLEET_TOPICS]; /* payloads handed to the library */
    unsigned long downs;
    int64_t cut_ns;                       /* 0: not yet */
    struct fleet_quantile back;           /* seconds from then until a hub was back */
    unsigned long refused;                /* messages and subscriptions */
    char why_refused[100], why_down[200]; /* the last */
};

struct fleet_hub;

/* The one at this place, from 0, which the ledger knows it by. NULL for ENOMEM. */
struct fleet_hub *fleet_hub_new(struct fleet_world *world, unsigned place);
void fleet_hub_free(struct fleet_hub *hub);

/* "fleet00007", and back: -1 when it is none. */
#define FLEET_ID_SIZE 16
void fleet_hub_id(char id[FLEET_ID_SIZE], unsigned number);
int fleet_hub_number(const char *topic);

void fleet_hub_start(struct fleet_hub *hub);
/* Everything up to this second of the fleet's nights; returns the second of the next step. */
double fleet_hub_play(struct fleet_hub *hub, double t_s);
void fleet_hub_cut(struct fleet_hub *hub); /* as if the network had gone */
/* Before fleet_hub_stop, and settled when done: says `offline`, or clears all its retained topics. */
void fleet_hub_say_goodbye(struct fleet_hub *hub);
void fleet_hub_purge(struct fleet_hub *hub);
void fleet_hub_stop(struct fleet_hub *hub);

/* What to poll, until when, and what to call then; as publish/link has it. */
int fleet_hub_fd(const struct fleet_hub *hub);
short fleet_hub_poll_events(const struct fleet_hub *hub);
int64_t fleet_hub_deadline(const struct fleet_hub *hub);
void fleet_hub_io(struct fleet_hub *hub, short revents);
void fleet_hub_tick(struct fleet_hub *hub);

bool fleet_hub_is_up(const struct fleet_hub *hub);      /* and has said so */
bool fleet_hub_is_settled(const struct fleet_hub *hub); /* up, and the broker has answered everything */
bool fleet_hub_is_stopped(const struct fleet_hub *hub);
