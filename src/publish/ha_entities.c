/* SPDX-License-Identifier: MIT */
#include "publish/ha_entities.h"

#include "base/macros.h"
#include "base/names.h"
#include "publish/states.h"

#define ON_OFF(condition) "{{ 'ON' if " condition " else 'OFF' }}"
/* Missing is not off: "None" makes the entity unknown. */
#define OR_UNKNOWN(field) "{{ value_json." field " | default('None') }}"
#define SITE_ON(states)                                                                                      \
    "{% set s = value_json.sites.__SITE__ %}{{ 'None' if s == 'blind' else 'ON' if s in [" states            \
    "] else 'OFF' }}"
#define COMMAND(word)               "{\"command\":\"" word "\"}"
#define SET_TIME(setting)           "{\"command\":\"set\",\"setting\":\"" setting "\",\"value\":\"{{ value }}\"}"
#define OF_SENSOR                   "selectattr('source', 'in', ['sensor', 'bus'])"
#define NOT_OF_SENSOR               "rejectattr('source', 'in', ['sensor', 'bus'])"
#define A_COUNT(key_, name_, field) /* a figure that somebody may want, and most do not */                   \
    {                                                                                                        \
        .platform = "sensor", .key = key_, .name = name_, .state_topic = TOPIC_TONIGHT,                      \
        .value_template = "{{ value_json." field " }}", .state_class = "total_increasing",                   \
        .icon = "mdi:counter", .category = HA_DIAGNOSTIC, .disabled = true                                   \
    }

/* base/names' functions take their enum; here they are called with its number. */
#define WORDS_OF(tag)                                                                                        \
    static const char *tag##_word(int value)                                                                 \
    {                                                                                                        \
        return tag##_name((enum tag)value);                                                                  \
    }                                                                                                        \
    static const struct ha_options tag##_options = {tag##_word, tag##_count, {NULL}};
WORDS_OF(leg)
WORDS_OF(muscle)
WORDS_OF(calibration_phase)

static const char *fault_reason_word(int value)
{
    return fault_reason_name((enum fault_reason)value);
}
static const struct ha_options problem_options = {fault_reason_word, fault_reason_count, {"none"}};
static const struct ha_options reminder_options = {
    NULL, 0, {"idle", "cramp", "tension", "test", "snoozed", "muted", "day"}};

static const struct ha_entity hub_entities[] = {
    {.platform = "binary_sensor",
     .key = "reminding",
     .name = "Reminding",
     .state_topic = TOPIC_STATE,
     .value_template = ON_OFF("value_json.reminding"),
     .device_class = "running"},
    {.platform = "sensor",
     .key = "reminder",
     .name = "Reminder",
     .state_topic = TOPIC_STATE,
     .value_template =
         "{{ value_json.occasion if value_json.reminding else 'muted' if value_json.muted else 'snoozed' if "
         "value_json.snoozed_until is defined else 'idle' if value_json.night else 'day' }}",
     .device_class = "enum",
     .icon = "mdi:bell-ring-outline",
     .attributes_topic = TOPIC_STATE,
     .attributes_template = "{{ {'muted_until': value_json.muted_until | default(none), 'snoozed_until': "
                            "value_json.snoozed_until | default(none)} | to_json }}",
     .options = &reminder_options},
    {.platform = "sensor",
     .key = "cramps_tonight",
     .name = "Cramps tonight",
     .state_topic = TOPIC_TONIGHT,
     .value_template = "{{ value_json.cramps }}",
     .state_class = "total_increasing",
     .icon = "mdi:counter"},
    {.platform = "sensor",
     .key = "dismissed_tonight",
     .name = "Movements dismissed tonight",
     .state_topic = TOPIC_TONIGHT,
     .value_template = "{{ value_json.dismissed.values() | sum }}",
     .state_class = "total_increasing",
     .icon = "mdi:run",
     .attributes_topic = TOPIC_TONIGHT,
     .attributes_template = "{{ value_json.dismissed | to_json }}"},
    {.platform = "sensor",
     .key = "longest_cramp",
     .name = "Longest cramp tonight",
     .state_topic = TOPIC_TONIGHT,
     .value_template = "{{ value_json.longest_cramp_s | round(0) | int }}",
     .device_class = "duration",
     .unit = "s",
     .whole = true,
     .state_class = "measurement"},
    {.platform = "sensor",
     .key = "watched_time",
     .name = "Time under watch tonight",
     .state_topic = TOPIC_TONIGHT,
     .value_template = "{{ (value_json.usable_s / 3600) | round(1) }}",
     .device_class = "duration",
     .unit = "h",
     .state_class = "measurement",
     .icon = "mdi:bed-clock"},
    {.platform = "sensor",
     .key = "coverage",
     .name = "Coverage tonight",
     .state_topic = TOPIC_TONIGHT,
     .value_template =
         "{{ 'None' if value_json.coverage is none else (value_json.coverage * 100) | round(1) }}",
     .unit = "%",
     .state_class = "measurement",
     .icon = "mdi:shield-check",
     .category = HA_DIAGNOSTIC},
    {.platform = "sensor",
     .key = "last_cramp",
     .name = "Last cramp",
     .state_topic = TOPIC_LAST_CRAMP,
     .value_template = OR_UNKNOWN("started_at"),
     .device_class = "timestamp",
     .attributes_topic = TOPIC_LAST_CRAMP},
    {.platform = "sensor",
     .key = "last_duration",
     .name = "Last cramp's duration",
     .state_topic = TOPIC_LAST_CRAMP,
     .value_template = OR_UNKNOWN("duration_s"),
     .device_class = "duration",
     .unit = "s",
     .whole = true},
    {.platform = "sensor",
     .key = "last_leg",
     .name = "Last cramp's leg",
     .state_topic = TOPIC_LAST_CRAMP,
     .value_template = OR_UNKNOWN("leg"),
     .device_class = "enum",
     .icon = "mdi:human-male",
     .options = &leg_options},
    {.platform = "sensor",
     .key = "last_muscle",
     .name = "Last cramp's muscle",
     .state_topic = TOPIC_LAST_CRAMP,
     .value_template = OR_UNKNOWN("muscle"),
     .device_class = "enum",
     .icon = "mdi:arm-flex-outline",
     .options = &muscle_options},
    {.platform = "binary_sensor",
     .key = "hub_problem",
     .name = "Hub problem",
     .state_topic = TOPIC_FAULT,
     .value_template = ON_OFF("value_json.faults | " NOT_OF_SENSOR " | list"),
     .device_class = "problem",
     .attributes_topic = TOPIC_FAULT,
     .attributes_template = "{{ {'faults': value_json.faults | " NOT_OF_SENSOR " | list} | to_json }}",
     .category = HA_DIAGNOSTIC},
    {.platform = "sensor",
     .key = "version",
     .name = "Firmware version",
     .state_topic = TOPIC_INFO,
     .value_template = "{{ value_json.version }}",
     .icon = "mdi:tag-outline",
     .category = HA_DIAGNOSTIC},
    A_COUNT("tension_rises_tonight", "Tension rises tonight", "tension_rises"),
    A_COUNT("reminders_tonight", "Reminders tonight", "reminders"),
    A_COUNT("faults_tonight", "Faults tonight", "faults"),
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
    {.platform = "button",
     .key = "cramp_felt",
     .name = "I had a cramp",
     .icon = "mdi:lightning-bolt-outline",
     .payload_on = COMMAND("cramp_felt")},
    {.platform = "button",
     .key = "no_cramp",
     .name = "That was no cramp",
     .icon = "mdi:close-circle-outline",
     .payload_on = COMMAND("no_cramp")},
    {.platform = "switch",
     .key = "mute",
     .name = "Mute tonight",
     .state_topic = TOPIC_STATE,
     .value_template = ON_OFF("value_json.muted"),
     .icon = "mdi:bell-off",
     .payload_on = COMMAND("mute"),
     .payload_off = COMMAND("unmute")},
    {.platform = "number",
     .key = "reminder_strength",
     .name = "Reminder strength",
     .state_topic = TOPIC_SETTINGS,
     .value_template = "{{ (value_json.reminder_strength * 100) | round(0) | int }}",
     .unit = "%",
     .icon = "mdi:vibrate",
     .command_template =
         "{\"command\":\"set\",\"setting\":\"reminder_strength\",\"value\":{{ value / 100 }}}",
     .min = 5,
     .max = 100,
     .step = 1,
     .category = HA_CONFIG},
    {.platform = "text",
     .key = "night_start",
     .name = "Night begins",
     .state_topic = TOPIC_SETTINGS,
     .value_template = "{{ value_json.night_start }}",
     .icon = "mdi:weather-night",
     .command_template = SET_TIME("night_start"),
     .min = 5,
     .max = 5,
     .pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$",
     .category = HA_CONFIG},
    {.platform = "text",
     .key = "night_end",
     .name = "Night ends",
     .state_topic = TOPIC_SETTINGS,
     .value_template = "{{ value_json.night_end }}",
     .icon = "mdi:weather-sunset-up",
     .command_template = SET_TIME("night_end"),
     .min = 5,
     .max = 5,
     .pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$",
     .category = HA_CONFIG},
};
const struct ha_table ha_hub_entities = {hub_entities, ARRAY_SIZE(hub_entities)};

static const struct ha_entity sensor_entities[] = {
    {.platform = "binary_sensor",
     .key = "sensor_problem",
     .name = "Problem",
     .state_topic = TOPIC_FAULT,
     .value_template = "{{ 'None' if value_json.sensor_problem is none else 'ON' if "
                       "value_json.sensor_problem else 'OFF' }}",
     .device_class = "problem",
     .attributes_topic = TOPIC_FAULT,
     .category = HA_DIAGNOSTIC,
     .survives_sensor = true},
    {.platform = "sensor",
     .key = "problem_reason",
     .name = "Reason of the problem",
     .state_topic = TOPIC_FAULT,
     .value_template =
         "{% set f = value_json.faults | " OF_SENSOR " | list %}{{ f[0].reason if f else 'None' "
         "if value_json.sensor_problem is none else 'none' }}",
     .device_class = "enum",
     .icon = "mdi:help-circle-outline",
     .options = &problem_options,
     .category = HA_DIAGNOSTIC,
     .survives_sensor = true},
    {.platform = "binary_sensor",
     .key = "worn",
     .name = "Worn",
     .state_topic = TOPIC_SENSOR_STATUS,
     .value_template = "{{ 'OFF' if value == 'not_worn' else 'ON' if value == 'ok' or "
                       "value.startswith('degraded:') else 'None' }}",
     .device_class = "occupancy",
     .survives_sensor = true},
    {.platform = "sensor",
     .key = "calibration",
     .name = "Calibration",
     .state_topic = TOPIC_CALIBRATION,
     .value_template = "{{ value_json.phase }}",
     .device_class = "enum",
     .icon = "mdi:tune-variant",
     .attributes_topic = TOPIC_CALIBRATION,
     .options = &calibration_phase_options,
     .category = HA_DIAGNOSTIC,
     .survives_sensor = true},
};
const struct ha_table ha_sensor_entities = {sensor_entities, ARRAY_SIZE(sensor_entities)};

static const struct ha_entity site_entities[] = {
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
const struct ha_table ha_site_entities = {site_entities, ARRAY_SIZE(site_entities)};

static const struct ha_entity leg_entities[] = {
    {.platform = "button",
     .key = "calibrate",
     .name = "Calibrate",
     .icon = "mdi:tune",
     .payload_on = "{\"command\":\"calibrate\",\"leg\":\"__SITE__\"}",
     .category = HA_CONFIG,
     .survives_sensor = true},
};
const struct ha_table ha_leg_entities = {leg_entities, ARRAY_SIZE(leg_entities)};

const char *const ha_triggers[] = {
    "cramp_start", "cramp_end", "tension_rise", "reminder_start", "acknowledged", "fault", NULL};
