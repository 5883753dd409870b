/* SPDX-License-Identifier: MIT */
/*
 * The site's recorder in a thread of its own: reads event, history and tonight of all hubs, with a session
 * that the broker keeps while it is away (MQTT 5), and enters what comes into the ledger.
 */
#pragma once

#include "crampsim/fleet_ledger.h"
#include "publish/params.h"

struct fleet_recorder;

/* Of the hubs first..first+hubs-1; it hears the others and passes them over. Connected and subscribed when it
   returns; NULL otherwise, and *why says why (static text). */
struct fleet_recorder *fleet_recorder_start(const struct mqtt_params *mqtt, struct fleet_ledger *ledger,
                                            unsigned first, unsigned hubs, const char **why);
/* Ends the thread and the session. */
void fleet_recorder_stop(struct fleet_recorder *recorder);
