/* SPDX-License-Identifier: MIT */
/* All hubs of a fleet in one thread: one epoll over their sockets, one heap over their deadlines. */
#pragma once

#include "base/macros.h"
#include "crampsim/fleet_hub.h"

struct fleet_loop;

/* The hubs stay the caller's; they begin to connect evenly over ramp_s from now. NULL with errno. */
struct fleet_loop *fleet_loop_new(struct fleet_hub **hubs, unsigned count, double ramp_s);
void fleet_loop_free(struct fleet_loop *loop);
DEFINE_CLEANUP(struct fleet_loop *, fleet_loop_free);

/* From now on the nights go on, from the fleet's second 0; or they stand still. */
void fleet_loop_play(struct fleet_loop *loop, double speed);
void fleet_loop_pause(struct fleet_loop *loop);

/* Waits, until `until_ns` at the latest, and does what is due. */
void fleet_loop_turn(struct fleet_loop *loop, int64_t until_ns);

void fleet_loop_each(struct fleet_loop *loop, void (*act)(struct fleet_hub *hub));
unsigned fleet_loop_count(const struct fleet_loop *loop, bool (*is)(const struct fleet_hub *hub));
