/* SPDX-License-Identifier: MIT */
/*
 * All settings, and the one table they come from (settings_table.c): parser, --check-config, --print-config,
 * conf/crampd.conf and the settings part of crampd.conf(5) are made from its rows. Every default is usable;
 * no file at all is a valid configuration.
 */
#pragma once

#include "base/macros.h"
#include "detect/detector.h"
#include "policy/policy.h"
#include "publish/params.h"
#include "reminder/reminder.h"
#include "sensor/params.h"
#include "store/params.h"

#include <stdio.h>

#define SETTINGS_FILE "/etc/crampd/crampd.conf"

struct settings {
    enum log_level log_level;
    enum language language; /* of what is told to people */
    struct sensor_params sensor;
    struct detector_params detect;
    struct policy_params policy;
    struct reminder_params reminder;
    struct mqtt_params mqtt;
    struct control_params control;
    struct store_params store;
    void *strings; /* owns what the const char * above point to */
};

/* Defaults only. NULL for ENOMEM. */
struct settings *settings_new(void);
void settings_free(struct settings *settings);
DEFINE_CLEANUP(struct settings *, settings_free);

/* Reads path over the defaults. Every problem is written to `errors` as "file:line: key: what is wrong; what
   would be right", all of them, not only the first. 0, -ENOENT (no such file), or -EINVAL (then *settings is
   NULL). */
int settings_load(const char *path, FILE *errors, struct settings **settings);

/* For what must be done even with a broken file: its good values over the defaults, its problems written to
   `errors`. 0, or -ENOMEM. */
int settings_salvage(const char *path, FILE *errors, struct settings **settings);

/* The settings as a libconfig file with the help of each key as comment: --print-config, conf/crampd.conf. */
void settings_print(const struct settings *settings, FILE *out);

/* The settings part of crampd.conf(5), roff. */
void settings_print_man(FILE *out);
