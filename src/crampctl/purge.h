/* SPDX-License-Identifier: MIT */
/* crampctl mqtt purge: a hub that is taken away leaves nothing at the broker. */
#pragma once

#include "base/names.h"

/* config: settings file, or NULL for the hub's own; hub: another one's id, or NULL. 0 or a negative errno,
   after it has said why. */
int mqtt_purge(const char *config, const char *hub, enum bus_kind bus);
