/* SPDX-License-Identifier: MIT */
/*
 * Device-based discovery (Home Assistant 2024.12 and later): one retained document a device, `cmps` its
 * entities. Unique ids are for ever: <hub>_<key>. What each device holds is the tables below.
 *
 * The hub's entities are there while the hub is (its status topic). The leg sensor's need both levels, except
 * its problem sensor, which must not vanish in the very moment it has something to say.
 */
#include "publish/home_assistant.h"

#include "publish/command.h"
#include "publish/identity.h"
#include "publish/states.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 320

/* One entity. Topics are below <base>; NULL = the platform has no such option. %s in a template or name is
 * the site. */
struct entity {
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
    const char *payload_on; /* of a switch or a button */
    const char *payload_off;
    bool diagnostic;
    bool survives_sensor; /* on the leg sensor's device, but available with the hub alone */
};

#define ON_OFF(condition) "{{ 'ON' if " condition " else 'OFF' }}"
/* Missing is not off: "None" makes the entity unknown. */
#define SITE_ON(states)                                                                                      \
    "{% set s = value_json.sites.__SITE__ %}{{ 'None' if s == 'blind' else 'ON' if s in [" states            \
    "] else 'OFF' }}"
#define COMMAND(word) "{\"command\":\"" word "\"}"

static const struct entity hub_entities[] = {
    {.platform = "binary_sensor",
     .key = "reminding",
     .name = "Reminding",
     .state_topic = TOPIC_STATE,
     .value_template = ON_OFF("value_json.reminding"),
     .device_class = "running"},
    {.platform = "sensor",
     .key = "cramps_tonight",
     .name = "Cramps tonight",
     .state_topic = TOPIC_TONIGHT,
     .value_template = "{{ value_json.cramps }}",
     .state_class = "total_increasing",
     .icon = "mdi:counter",
     .attributes_topic = TOPIC_TONIGHT},
    {.platform = "sensor",
     .key = "coverage",
     .name = "Coverage tonight",
     .state_topic = TOPIC_TONIGHT,
     .value_template =
         "{{ 'None' if value_json.coverage is none else (value_json.coverage * 100) | round(1) }}",
     .unit = "%",
     .state_class = "measurement",
     .icon = "mdi:shield-check",
     .diagnostic = true},
    {.platform = "sensor",
     .key = "last_cramp",
     .name = "Last cramp",
     .state_topic = TOPIC_LAST_CRAMP,
     .value_template = "{{ value_json.started_at | default('None') }}",
     .device_class = "timestamp",
     .attributes_topic = TOPIC_LAST_CRAMP},
    {.platform = "sensor",
     .key = "last_duration",
     .name = "Last cramp's duration",
     .state_topic = TOPIC_LAST_CRAMP,
     .value_template = "{{ value_json.duration_s | default('None') }}",
     .device_class = "duration",
     .unit = "s"},
    {.platform = "button",
     .key = "acknowledge",
     .name = "Acknowledge",
     .icon = "mdi:check",
     .payload_on = COMMAND("acknowledge")},
    {.platform = "button",
     .key = "snooze",
     .name = "Snooze",
     .icon = "mdi:alarm-snooze",
     .payload_on = COMMAND("snooze")},
    {.platform = "button",
     .key = "test_reminder",
     .name = "Test reminder",
     .icon = "mdi:vibrate",
     .payload_on = COMMAND("test_reminder")},
    {.platform = "switch",
     .key = "mute",
     .name = "Mute tonight",
     .state_topic = TOPIC_STATE,
     .value_template = ON_OFF("value_json.muted"),
     .icon = "mdi:bell-off",
     .payload_on = COMMAND("mute"),
     .payload_off = COMMAND("unmute")},
};

static const struct entity sensor_entities[] = {
    {.platform = "binary_sensor",
     .key = "sensor_problem",
     .name = "Problem",
     .state_topic = TOPIC_FAULT,
     .value_template = "{{ 'None' if value_json.sensor_problem is none else 'ON' if "
                       "value_json.sensor_problem else 'OFF' }}",
     .device_class = "problem",
     .attributes_topic = TOPIC_FAULT,
     .diagnostic = true,
     .survives_sensor = true},
};

/* Once for every site. */
static const struct entity site_entities[] = {
    {.platform = "binary_sensor",
     .key = "cramp",
     .name = "Cramp",
     .state_topic = TOPIC_STATE,
     .value_template = SITE_ON("'cramp', 'easing'"),
     .icon = "mdi:lightning-bolt"},
    {.platform = "binary_sensor",
     .key = "tension",
     .name = "Tension rising",
     .state_topic = TOPIC_STATE,
     .value_template = SITE_ON("'rising'"),
     .icon = "mdi:trending-up"},
};

/* A document under construction; one failed addition spoils it. */
struct document {
    cJSON *root, *components;
    const struct mqtt_params *params;
    char hub[HUB_ID_SIZE];
    bool failed;
};

static void add(struct document *d, cJSON *object, const char *key, const char *value)
{
    if (value)
        d->failed |= !cJSON_AddStringToObject(object, key, value);
}

static void add_topic(struct document *d, cJSON *object, const char *key, const char *topic)
{
    char full[TEXT];

    if (!topic)
        return;
    snprintf(full, sizeof(full), "crampd/%s/%s", d->hub, topic);
    add(d, object, key, full);
}

/* `status`, and with both levels also `sensor/status`. While one electrode pair works, what it sees must
   reach the automations; what is blind says so in its own state. */
static void add_availability(struct document *d, cJSON *object, bool both)
{
    cJSON *list = cJSON_AddArrayToObject(object, "availability");
    cJSON *hub = cJSON_CreateObject();

    d->failed |= !list || !hub || !cJSON_AddItemToArray(list, hub);
    if (d->failed)
        return;
    add_topic(d, hub, "topic", "status");
    if (both) {
        cJSON *sensor = cJSON_CreateObject();
        d->failed |= !sensor || !cJSON_AddItemToArray(list, sensor);
        if (d->failed)
            return;
        add_topic(d, sensor, "topic", TOPIC_SENSOR_STATUS);
        add(d, sensor, "value_template",
            "{{ 'online' if value == 'ok' or value.startswith('degraded:') else 'offline' }}");
    }
    add(d, object, "availability_mode", "all");
}

/* Replaces __SITE__, the one thing a template depends on. */
static void add_template(struct document *d, cJSON *object, const char *template, const char *site)
{
    const char *place = template ? strstr(template, "__SITE__") : NULL;
    char text[TEXT];

    if (place) {
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(place - template), template, site,
                 place + strlen("__SITE__"));
        template = text;
    }
    add(d, object, "value_template", template);
}

static void add_platform_options(struct document *d, cJSON *object, const struct entity *e)
{
    bool is_switch = strcmp(e->platform, "switch") == 0;

    if (!e->payload_on)
        return;
    add_topic(d, object, "command_topic", TOPIC_COMMAND);
    add(d, object, is_switch ? "payload_on" : "payload_press", e->payload_on);
    add(d, object, "payload_off", e->payload_off);
    add(d, object, "state_on", is_switch ? "ON" : NULL);
    add(d, object, "state_off", is_switch ? "OFF" : NULL);
    d->failed |= !cJSON_AddNumberToObject(object, "qos", 1);
}

static void add_entity(struct document *d, const struct entity *e, const char *key, const char *name,
                       const char *site)
{
    char text[TEXT];
    cJSON *object = cJSON_AddObjectToObject(d->components, key);

    d->failed |= !object;
    if (!object)
        return;
    add(d, object, "p", e->platform);
    snprintf(text, sizeof(text), "%s_%s", d->hub, key);
    add(d, object, "unique_id", text);
    snprintf(text, sizeof(text), "%s.crampd_%s", e->platform, key);
    add(d, object, "default_entity_id", text);
    add(d, object, "name", name);
    add_topic(d, object, "state_topic", e->state_topic);
    add_template(d, object, e->value_template, site);
    add(d, object, "device_class", e->device_class);
    add(d, object, "unit_of_measurement", e->unit);
    add(d, object, "state_class", e->state_class);
    add(d, object, "icon", e->icon);
    add_topic(d, object, "json_attributes_topic", e->attributes_topic);
    add(d, object, "entity_category", e->diagnostic ? "diagnostic" : NULL);
    add_platform_options(d, object, e);
    if (e->survives_sensor)
        add_availability(d, object, false);
}

static void add_table(struct document *d, const struct entity *entities, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_entity(d, &entities[i], entities[i].key, entities[i].name, "");
}

/* Every kind of event; the other keys of the payload become attributes. */
static void add_event_entity(struct document *d)
{
    static const struct entity e = {.platform = "event",
                                    .key = "event",
                                    .name = "Event",
                                    .state_topic = "event",
                                    .icon = "mdi:timeline-clock",
                                    .value_template =
                                        "{{ dict(value_json, event_type=value_json.event) | to_json }}"};

    add_entity(d, &e, e.key, e.name, "");
    cJSON *object = cJSON_GetObjectItemCaseSensitive(d->components, e.key);
    cJSON *types = object ? cJSON_AddArrayToObject(object, "event_types") : NULL;
    d->failed |= !types || !cJSON_AddNumberToObject(object, "qos", 1);
    for (int i = 0; types && i < (int)event_kind_count; i++)
        d->failed |= !cJSON_AddItemToArray(types, cJSON_CreateString(event_kind_name((enum event_kind)i)));
}

static void add_site(struct document *d, const struct ha_site *site)
{
    char site_key[SITE_KEY_SIZE], key[TEXT], name[TEXT], words[SITE_KEY_SIZE];

    states_site_key(site_key, site->leg, site->muscle);
    snprintf(words, sizeof(words), "%s", site_key);
    for (char *c = words; *c; c++)
        if (*c == '_')
            *c = ' ';
    for (size_t i = 0; i < sizeof(site_entities) / sizeof(site_entities[0]); i++) {
        snprintf(key, sizeof(key), "%s_%s", site_entities[i].key, site_key);
        snprintf(name, sizeof(name), "%s, %s", site_entities[i].name, words);
        if (!cJSON_GetObjectItemCaseSensitive(d->components, key))
            add_entity(d, &site_entities[i], key, name, site_key);
    }
}

static void begin(struct document *d, const struct mqtt_params *params, const char *version, bool sensor)
{
    char text[TEXT];

    *d = (struct document){.params = params, .root = cJSON_CreateObject()};
    identity_hub_id(d->hub, params->hub_id);
    cJSON *device = d->root ? cJSON_AddObjectToObject(d->root, "dev") : NULL;
    cJSON *origin = d->root ? cJSON_AddObjectToObject(d->root, "o") : NULL;
    cJSON *ids = device ? cJSON_AddArrayToObject(device, "ids") : NULL;
    d->failed = !origin || !ids;
    if (d->failed)
        return;
    snprintf(text, sizeof(text), "crampd_%s%s", d->hub, sensor ? "_leg" : "");
    d->failed |= !cJSON_AddItemToArray(ids, cJSON_CreateString(text));
    snprintf(text, sizeof(text), "%.200s%s", params->hub_name[0] ? params->hub_name : "crampd",
             sensor ? " leg sensor" : "");
    add(d, device, "name", text);
    add(d, device, "mf", "crampd");
    add(d, device, "mdl", sensor ? "EMG leg sensor" : "bedside hub");
    snprintf(text, sizeof(text), "crampd_%s", d->hub);
    if (sensor)
        add(d, device, "via_device", text);
    else
        add(d, device, "sw", version);
    add(d, origin, "name", "crampd");
    add(d, origin, "sw", version);
    add_availability(d, d->root, sensor);
    d->components = cJSON_AddObjectToObject(d->root, "cmps");
    d->failed |= !d->components;
}

static int end(struct document *d, const char *suffix, struct ha_device *device)
{
    char topic[TEXT];

    snprintf(topic, sizeof(topic), "%.100s/device/crampd_%s%s/config", d->params->discovery_prefix, d->hub,
             suffix);
    if (!d->failed) {
        device->topic = strdup(topic);
        device->payload = cJSON_PrintUnformatted(d->root);
    }
    cJSON_Delete(d->root);
    return device->topic && device->payload ? 0 : -ENOMEM;
}

int ha_devices(const struct mqtt_params *params, const char *version, const struct ha_site *sites,
               unsigned count, struct ha_device devices[2])
{
    struct document d;

    memset(devices, 0, 2 * sizeof(devices[0]));
    begin(&d, params, version, false);
    if (!d.failed) {
        add_table(&d, hub_entities, sizeof(hub_entities) / sizeof(hub_entities[0]));
        add_event_entity(&d);
    }
    int r = end(&d, "", &devices[0]);
    begin(&d, params, version, true);
    if (!d.failed) {
        add_table(&d, sensor_entities, sizeof(sensor_entities) / sizeof(sensor_entities[0]));
        for (unsigned i = 0; i < count; i++)
            add_site(&d, &sites[i]);
    }
    r = end(&d, "_leg", &devices[1]) < 0 ? -ENOMEM : r;
    if (r < 0)
        ha_devices_free(devices);
    return r;
}

void ha_devices_free(struct ha_device devices[2])
{
    for (int i = 0; i < 2; i++) {
        free(devices[i].topic);
        free(devices[i].payload);
        devices[i] = (struct ha_device){.topic = NULL};
    }
}
