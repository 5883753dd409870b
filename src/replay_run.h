/* SPDX-License-Identifier: MIT */
/* A recording through the pipeline, as fast as the machine allows: what --replay and crampctl explain share.
 */
#pragma once

#include "base/event.h"
#include "config/settings.h"
#include "detect/insight.h"
#include "sensor/recording.h"

struct replay_ops {
    void (*tell)(void *context, const struct event *event);
    insight_sink insight; /* every decided frame, after its events; NULL: not wanted */
};

/* Plays an open recording to its end. 0, or a negative errno and one sentence in error[]. The same recording
   and settings give the same events, with the same ids. */
int replay_run(struct recording *recording, const struct settings *settings, const struct replay_ops *ops,
               void *context, char *error, size_t error_size);
