/* SPDX-License-Identifier: MIT */
/* Home Assistant's device discovery: the JSON of the hub's and of the leg sensor's device. Pure text. */
#pragma once

#include "publish/params.h"

#include <stddef.h>

struct ha_site {
    enum leg leg;
    enum muscle muscle;
};

enum ha_device_kind { HA_HUB, HA_LEG, HA_DEVICES };

/* "homeassistant/device/crampd_<hub>/config" */
void ha_discovery_topic(char *topic, size_t size, const char *prefix, const char *hub,
                        enum ha_device_kind kind);

struct ha_device {
    char *topic;   /* as ha_discovery_topic() */
    char *payload; /* retained */
};

/* Fills two devices: hub and leg sensor (via_device hub). 0, or -ENOMEM. Free with ha_devices_free(). */
int ha_devices(const struct mqtt_params *params, const char *version, const struct ha_site *sites,
               unsigned count, struct ha_device devices[2]);
void ha_devices_free(struct ha_device devices[2]);
