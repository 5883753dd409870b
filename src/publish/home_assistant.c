/* SPDX-License-Identifier: MIT */
/*
 * Device-based discovery (Home Assistant 2024.12 and later): one retained document a device, `cmps` its
 * entities. Unique ids are for ever: <hub>_<key>. What each device holds is the tables of ha_entities.c.
 *
 * The hub's entities are there while the hub is (its status topic). The leg sensor's need both levels, except
 * its problem sensor, which must not vanish in the very moment it has something to say.
 */
#include "publish/home_assistant.h"

#include "publish/ha_entities.h"
#include "publish/identity.h"
#include "publish/states.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 480

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
    add_topic(d, hub, "topic", TOPIC_STATUS);
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

/* Replaces __SITE__, the one thing a template or a command depends on. */
static void add_text(struct document *d, cJSON *object, const char *key, const char *form, const char *site)
{
    const char *place = form ? strstr(form, "__SITE__") : NULL;
    char text[TEXT];

    if (place) {
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(place - form), form, site, place + strlen("__SITE__"));
        form = text;
    }
    add(d, object, key, form);
}

static void add_number(struct document *d, cJSON *object, const char *key, double value)
{
    d->failed |= !cJSON_AddNumberToObject(object, key, value);
}

static void add_switch_or_button(struct document *d, cJSON *object, const struct ha_entity *e,
                                 const char *site)
{
    bool is_switch = strcmp(e->platform, "switch") == 0;

    if (!e->payload_on)
        return;
    add_text(d, object, is_switch ? "payload_on" : "payload_press", e->payload_on, site);
    add(d, object, "payload_off", e->payload_off);
    add(d, object, "state_on", is_switch ? "ON" : NULL);
    add(d, object, "state_off", is_switch ? "OFF" : NULL);
}

static void add_number_or_text(struct document *d, cJSON *object, const struct ha_entity *e)
{
    if (!e->command_template)
        return;
    add(d, object, "command_template", e->command_template);
    add_number(d, object, "min", e->min);
    add_number(d, object, "max", e->max);
    if (e->step > 0)
        add_number(d, object, "step", e->step);
    add(d, object, "mode", e->step > 0 ? "slider" : NULL);
    add(d, object, "pattern", e->pattern);
}

static void add_options(struct document *d, cJSON *object, const struct ha_options *options)
{
    cJSON *list = options ? cJSON_AddArrayToObject(object, "options") : NULL;

    d->failed |= options && !list;
    for (int i = 0; list && i < options->count; i++)
        d->failed |= !cJSON_AddItemToArray(list, cJSON_CreateString(options->name(i)));
    for (int i = 0; list && options->more[i]; i++)
        d->failed |= !cJSON_AddItemToArray(list, cJSON_CreateString(options->more[i]));
}

static void add_names(struct document *d, cJSON *object, const struct ha_entity *e, const char *key,
                      const char *name)
{
    char text[TEXT];

    add(d, object, "p", e->platform);
    snprintf(text, sizeof(text), "%s_%s", d->hub, key);
    add(d, object, "unique_id", text);
    snprintf(text, sizeof(text), "%s.crampd_%s", e->platform, key);
    add(d, object, "default_entity_id", text);
    add(d, object, "name", name);
}

static void add_entity(struct document *d, const struct ha_entity *e, const char *key, const char *name,
                       const char *site)
{
    static const char *const categories[] = {
        [HA_PRIMARY] = NULL, [HA_DIAGNOSTIC] = "diagnostic", [HA_CONFIG] = "config"};
    cJSON *object = cJSON_AddObjectToObject(d->components, key);

    d->failed |= !object;
    if (!object)
        return;
    add_names(d, object, e, key, name);
    add_topic(d, object, "state_topic", e->state_topic);
    add_text(d, object, "value_template", e->value_template, site);
    add(d, object, "device_class", e->device_class);
    add(d, object, "unit_of_measurement", e->unit);
    if (e->whole)
        add_number(d, object, "suggested_display_precision", 0);
    add(d, object, "state_class", e->state_class);
    add(d, object, "icon", e->icon);
    add_topic(d, object, "json_attributes_topic", e->attributes_topic);
    add(d, object, "json_attributes_template", e->attributes_template);
    add(d, object, "entity_category", categories[e->category]);
    add_options(d, object, e->options);
    add_switch_or_button(d, object, e, site);
    add_number_or_text(d, object, e);
    if (e->payload_on || e->command_template) {
        add_topic(d, object, "command_topic", TOPIC_COMMAND);
        add_number(d, object, "qos", 1);
    }
    if (e->disabled)
        d->failed |= !cJSON_AddFalseToObject(object, "enabled_by_default");
    if (e->survives_sensor)
        add_availability(d, object, false);
}

static void add_table(struct document *d, const struct ha_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        add_entity(d, &table->entities[i], table->entities[i].key, table->entities[i].name, "");
}

/* The same for each site or leg: `key` is in JSON and ids, `words` in names. */
static void add_table_of(struct document *d, const struct ha_table *table, const char *site, const char *form)
{
    char key[TEXT], name[TEXT], words[SITE_KEY_SIZE];

    snprintf(words, sizeof(words), "%s", site);
    for (char *c = words; *c; c++)
        if (*c == '_')
            *c = ' ';
    for (size_t i = 0; i < table->count; i++) {
        const struct ha_entity *e = &table->entities[i];
        snprintf(key, sizeof(key), "%s_%s", e->key, site);
        snprintf(name, sizeof(name), "%s%s%s", e->name, form, words);
        if (!cJSON_GetObjectItemCaseSensitive(d->components, key))
            add_entity(d, e, key, name, site);
    }
}

/* What an automation's editor offers as "when ... happens". They have neither name nor state. */
static void add_triggers(struct document *d)
{
    char key[TEXT];

    for (int i = 0; ha_triggers[i]; i++) {
        snprintf(key, sizeof(key), "trigger_%s", ha_triggers[i]);
        cJSON *object = cJSON_AddObjectToObject(d->components, key);
        d->failed |= !object;
        if (!object)
            return;
        add(d, object, "p", "device_automation");
        add(d, object, "automation_type", "trigger");
        add(d, object, "type", ha_triggers[i]);
        add(d, object, "subtype", "leg");
        add_topic(d, object, "topic", "event");
        add(d, object, "value_template", "{{ value_json.event }}");
        add(d, object, "payload", ha_triggers[i]);
        add_number(d, object, "qos", 1);
    }
}

/* Every kind of event; the other keys of the payload become attributes. */
static void add_event_entity(struct document *d)
{
    static const struct ha_entity e = {.platform = "event",
                                       .key = "event",
                                       .name = "Event",
                                       .state_topic = "event",
                                       .icon = "mdi:timeline-clock",
                                       .value_template =
                                           "{{ dict(value_json, event_type=value_json.event) | to_json }}"};

    add_entity(d, &e, e.key, e.name, "");
    cJSON *object = cJSON_GetObjectItemCaseSensitive(d->components, e.key);
    cJSON *types = object ? cJSON_AddArrayToObject(object, "event_types") : NULL;
    d->failed |= !types;
    if (types)
        add_number(d, object, "qos", 1);
    for (int i = 0; types && i < (int)event_kind_count; i++)
        d->failed |= !cJSON_AddItemToArray(types, cJSON_CreateString(event_kind_name((enum event_kind)i)));
}

static void add_site(struct document *d, const struct ha_site *site)
{
    char key[SITE_KEY_SIZE];

    states_site_key(key, site->leg, site->muscle);
    add_table_of(d, &ha_site_entities, key, ", ");
    add_table_of(d, &ha_leg_entities, leg_name(site->leg), " ");
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

void ha_discovery_topic(char *topic, size_t size, const char *prefix, const char *hub,
                        enum ha_device_kind kind)
{
    snprintf(topic, size, "%.100s/device/crampd_%s%s/config", prefix, hub, kind == HA_LEG ? "_leg" : "");
}

static int end(struct document *d, enum ha_device_kind kind, struct ha_device *device)
{
    char topic[TEXT];

    ha_discovery_topic(topic, sizeof(topic), d->params->discovery_prefix, d->hub, kind);
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
        add_table(&d, &ha_hub_entities);
        add_event_entity(&d);
        add_triggers(&d);
    }
    int r = end(&d, HA_HUB, &devices[0]);
    begin(&d, params, version, true);
    if (!d.failed) {
        add_table(&d, &ha_sensor_entities);
        for (unsigned i = 0; i < count; i++)
            add_site(&d, &sites[i]);
    }
    r = end(&d, HA_LEG, &devices[1]) < 0 ? -ENOMEM : r;
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
