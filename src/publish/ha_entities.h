/* SPDX-License-Identifier: MIT */
/* The entities that crampd has in Home Assistant, as tables; home_assistant.c makes the documents of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum ha_category {
    HA_PRIMARY, /* what people look at */
    HA_DIAGNOSTIC,
    HA_CONFIG, /* what can be set: Home Assistant refuses it for read-only platforms */
};

/* Words of an enum sensor: a list of base/names, and what there is besides. */
struct ha_options {
    const char *(*name)(int value);
    int count;
    const char *more[8]; /* NULL at the end */
};

/* One entity. Topics are below <base>; NULL = the platform has no such option. __SITE__ in a template or a
   command is the site's key or, of a leg's entity, the leg. */
struct ha_entity {
    const char *platform;
    const char *key;
    const char *name;
    const char *state_topic;
    const char *value_template;
    const char *device_class;
    const char *unit;
    const char *state_class;
    const char *icon;
    const char *attributes_topic;
    const char *attributes_template;
    const struct ha_options *options; /* of a sensor of class enum */
    const char *payload_on;           /* of a switch or a button */
    const char *payload_off;
    const char *command_template; /* of a number or a text */
    double min, max, step;        /* of a number; of a text: its length */
    const char *pattern;          /* of a text */
    enum ha_category category;
    bool whole;           /* is shown without decimals, of which Home Assistant gives a duration two */
    bool disabled;        /* until somebody wants it: moves often, and a recorder keeps every change */
    bool survives_sensor; /* on the leg sensor's device, but available with the hub alone */
};

struct ha_table {
    const struct ha_entity *entities;
    size_t count;
};

extern const struct ha_table ha_hub_entities;    /* on the hub's device */
extern const struct ha_table ha_sensor_entities; /* on the leg sensor's */
extern const struct ha_table ha_site_entities;   /* the same, once for every site */
extern const struct ha_table ha_leg_entities;    /* the same, once for every leg with electrodes */

/* Events that an automation can begin with (device triggers), words of base/names; NULL at the end. */
extern const char *const ha_triggers[];
