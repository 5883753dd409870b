/* SPDX-License-Identifier: MIT */
/*
 * struct hub owns everything: event loop, acquire thread, pipeline, reminder, MQTT thread, D-Bus, store
 * thread, signals, watchdog. Its loop waits for nothing but events.
 */
#pragma once

#include "config/settings.h"
#include "hw/platform.h"

struct hub;

struct hub_options {
    const char *config_path; /* read again at SIGHUP; NULL: there is none */
};

/* Takes the settings over (freed with the hub). Call before any other thread is made: it blocks the signals
   it handles. NULL with errno: EBUSY another crampd has the state directory; ENOMEM. Everything else that may
   be missing is a FAULT of the running hub, not a reason not to run. */
struct hub *hub_new(struct settings *settings, struct platform *platform, const struct hub_options *options);
void hub_free(struct hub *hub);
DEFINE_CLEANUP(struct hub *, hub_free);

/* Runs until SIGTERM, SIGINT or hub_quit(). Exit status. */
int hub_run(struct hub *hub);

/* From any thread. */
void hub_quit(struct hub *hub);

/* From any thread: blocks acquired and not yet looked at, so that a simulation can wait for its hub. */
size_t hub_backlog(const struct hub *hub);
