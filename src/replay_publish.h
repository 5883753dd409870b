/* SPDX-License-Identifier: MIT */
/* `crampd --replay FILE --publish`: the recording's events to the broker of the settings, each acknowledged.
 */
#pragma once

#include "base/event.h"
#include "base/macros.h"
#include "publish/params.h"

struct replay_publisher;

/* Connects; waits up to ten seconds for it. NULL after one line in the log. start_s: the recording's start,
   seconds since 1970: the events' wall time, which is never called synchronised. */
struct replay_publisher *replay_publisher_new(const struct mqtt_params *params, int64_t start_s);
/* Waits for what is on its way, then disconnects. */
void replay_publisher_free(struct replay_publisher *publisher);
DEFINE_CLEANUP(struct replay_publisher *, replay_publisher_free);

void replay_publisher_event(struct replay_publisher *publisher, const struct event *event);

/* Waits up to ten seconds for the last acknowledgement; how many events the broker does not have. */
unsigned replay_publisher_finish(struct replay_publisher *publisher);
