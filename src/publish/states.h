/* SPDX-License-Identifier: MIT */
/*
 * The retained states below <base> as JSON, from plain structs; docs/mqtt.md is their contract. Pure.
 * Every function: text to be freed, NULL only for ENOMEM.
 */
#pragma once

#include "base/event.h"
#include "base/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Topics below <base>. */
#define TOPIC_STATUS         "status"
#define TOPIC_SENSOR_STATUS  "sensor/status"
#define TOPIC_STATE          "state"
#define TOPIC_TONIGHT        "tonight"
#define TOPIC_LAST_CRAMP     "last_cramp"
#define TOPIC_FAULT          "fault"
#define TOPIC_SETTINGS       "settings"
#define TOPIC_CALIBRATION    "calibration"
#define TOPIC_INFO           "info"
#define TOPIC_LIVE           "live"
#define TOPIC_COMMAND        "command"
#define TOPIC_COMMAND_RESULT "command/result"

#define WALL_UNKNOWN INT64_MIN /* of a wall time, microseconds since 1970 */

#define SITE_KEY_SIZE 40
/* "left_gastrocnemius": names a site in state JSON and in Home Assistant's ids. */
void states_site_key(char key[SITE_KEY_SIZE], enum leg leg, enum muscle muscle);

struct state_site {
    enum leg leg;
    enum muscle muscle;
    enum episode_state state;
};

struct state_view {
    const struct state_site *sites;
    unsigned site_count;
    bool night;
    bool reminding;
    enum occasion occasion; /* if reminding */
    bool muted;
    int64_t muted_until_us;   /* wall time, WALL_UNKNOWN */
    int64_t snoozed_until_us; /* wall time, WALL_UNKNOWN = not snoozed */
};
/* TOPIC_STATE */
char *states_state(const struct state_view *view);

/* TOPIC_TONIGHT */
char *states_tonight(const struct night_counts *tonight);

struct last_cramp {
    enum leg leg;
    enum muscle muscle;
    const char *id;     /* "" = none */
    int64_t started_us; /* wall time of the onset, WALL_UNKNOWN */
    bool clock_synced;  /* started_us can be believed */
    bool over;          /* the rest holds */
    double duration_s;
    double peak_ratio;
    enum relief relief;
};
/* TOPIC_LAST_CRAMP. cramp NULL: none yet ("{}"). */
char *states_last_cramp(const struct last_cramp *cramp);

/* TOPIC_INFO: what does not change while crampd runs. */
struct hub_info {
    const char *version, *boot_id;
    int64_t started_us; /* wall time, WALL_UNKNOWN */
    const struct state_site *sites;
    unsigned site_count;
};
char *states_info(const struct hub_info *info);

struct active_fault {
    enum fault_source source;
    enum fault_reason reason;
    enum fault_part part;
    int channel;            /* EMG channel, or -1 */
    bool has_site, has_leg; /* as in struct event */
    enum leg leg;
    enum muscle muscle;
    int64_t since_us; /* wall time, WALL_UNKNOWN */
};
/* TOPIC_FAULT: all of them, the one that a person should hear of first. Not wearing it is no sensor_problem.
   !leg_seen: nothing has been seen of the leg yet, and without a fault nobody can say that it is well. */
char *states_fault(const struct active_fault *faults, unsigned count, bool leg_seen);

/* TOPIC_SENSOR_STATUS, from the same and the sites of all EMG channels: "ok"; "degraded:<reason>" while some
   channel has no fault of its own; "unknown" instead of these before the leg has been seen; else "not_worn"
   or "fault:<reason>". The reason is that of the first fault of TOPIC_FAULT. */
#define SENSOR_STATUS_SIZE 32
void states_sensor_status(char text[SENSOR_STATUS_SIZE], const struct active_fault *faults, unsigned count,
                          const struct state_site *sites, unsigned site_count, bool leg_seen);
