/* SPDX-License-Identifier: MIT */
/* What the hub shows of itself: MQTT states, the live picture, D-Bus Status() and properties. */
#include "build_config.h"
#include "hub_private.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

static void add_faults(cJSON *array, uint32_t faults)
{
    for (int reason = 0; reason < (int)fault_reason_count; reason++)
        if (faults & BIT(reason))
            cJSON_AddItemToArray(array, cJSON_CreateString(fault_reason_name((enum fault_reason)reason)));
}

static cJSON *sites(const struct hub *hub, bool detailed)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    struct acquire_status acquired;
    cJSON *array = cJSON_CreateArray();

    acquire_get_status(hub->acquire, &acquired);
    for (int i = 0; i < sensor->emg_count; i++) {
        struct detector_view view;
        cJSON *site = cJSON_CreateObject();
        detector_get_view(pipeline_detector(hub->pipeline), (unsigned)i, &view);
        cJSON_AddStringToObject(site, "leg", leg_name(sensor->emg[i].leg));
        cJSON_AddStringToObject(site, "muscle", muscle_name(sensor->emg[i].muscle));
        cJSON_AddStringToObject(site, "state", episode_state_name(view.state));
        hub_add_number(site, "level_uv", view.level_uv, 100);
        hub_add_number(site, "floor_uv", view.floor_uv, 100);
        if (detailed) {
            hub_add_number(site, "motion_g", view.motion_g, 10000);
            hub_add_number(site, "rate_hz", acquired.rate_hz[i], 100);
            add_faults(cJSON_AddArrayToObject(site, "faults"), view.declared_faults);
            cJSON_AddItemToObject(site, "calibration", hub_calibration(hub, (unsigned)i));
            cJSON_AddItemToObject(site, "placement", hub_placement(hub, (unsigned)i));
        }
        cJSON_AddItemToArray(array, site);
    }
    return array;
}

static void add_reminder(cJSON *object, const struct hub *hub)
{
    struct reminder_view view;
    struct policy_view policy;

    reminder_get_view(hub->reminder, &view);
    policy_get_view(pipeline_policy(hub->pipeline), &policy);
    /* Of a cramp or a rise: the lines may also be active for a test or a fault's soft signal. */
    cJSON_AddBoolToObject(object, "reminding", policy.reminding);
    cJSON *lines = cJSON_AddObjectToObject(object, "reminder");
    cJSON_AddBoolToObject(lines, "active", view.active);
    cJSON_AddBoolToObject(lines, "led", view.led);
    cJSON_AddBoolToObject(lines, "motor", view.motor);
    hub_add_number(lines, "strength", view.strength, 100);
    cJSON_AddNumberToObject(lines, "missing_outputs", view.missing);
}

void hub_publish_live(struct hub *hub)
{
    cJSON *live = cJSON_CreateObject();
    int64_t now = clock_now(hub->platform->clock);

    hub_add_number(live, "t", ns_to_s(now), 1000);
    cJSON_AddItemToObject(live, "sites", sites(hub, false));
    add_reminder(live, hub);
    _cleanup_(freep) char *text = cJSON_PrintUnformatted(live);
    cJSON_Delete(live);
    if (text)
        mqtt_publish_transient(hub->mqtt, "live", text);
}

static void add_tonight(cJSON *object, const struct policy_view *policy)
{
    const struct night_counts *night = &policy->tonight;
    cJSON *tonight = cJSON_AddObjectToObject(object, "tonight");
    uint32_t dismissed = 0;

    for (int i = 0; i < (int)dismiss_reason_count; i++)
        dismissed += night->dismissed[i];
    cJSON_AddNumberToObject(tonight, "cramps", night->cramps);
    cJSON_AddNumberToObject(tonight, "dismissed", dismissed);
    cJSON_AddNumberToObject(tonight, "faults", night->faults);
    hub_add_number(tonight, "watched_s", night->watched_s, 10);
    hub_add_number(tonight, "coverage",
                   night->watched_s > 0 ? night->usable_s / night->watched_s : (double)NAN, 1000);
}

/* Those of electrode pairs are with their sites; a motion sensor has none. */
static void add_imu_faults(cJSON *faults, const struct hub *hub)
{
    for (unsigned i = 0; i < hub->active_count; i++) {
        const struct active_fault *active = &hub->active[i];

        if (active->part != PART_IMU)
            continue;
        cJSON *fault = cJSON_CreateObject();
        cJSON_AddStringToObject(fault, "source", fault_source_name(active->source));
        cJSON_AddStringToObject(fault, "reason", fault_reason_name(active->reason));
        cJSON_AddStringToObject(fault, "part", fault_part_name(active->part));
        cJSON_AddStringToObject(fault, "leg", leg_name(active->leg));
        cJSON_AddItemToArray(faults, fault);
    }
}

static void add_hub_faults(cJSON *object, const struct hub *hub)
{
    cJSON *faults = cJSON_AddArrayToObject(object, "faults");

    add_imu_faults(faults, hub);

    for (int i = 0; i < OWN_FAULTS; i++) {
        if (!hub->own[i].declared)
            continue;
        cJSON *fault = cJSON_CreateObject();
        cJSON_AddStringToObject(fault, "source", fault_source_name(hub->own[i].source));
        cJSON_AddStringToObject(fault, "reason", fault_reason_name(hub->own[i].reason));
        cJSON_AddItemToArray(faults, fault);
    }
}

char *hub_status_text(struct hub *hub)
{
    cJSON *status = cJSON_CreateObject();
    struct policy_view policy;
    struct acquire_status acquired;

    policy_get_view(pipeline_policy(hub->pipeline), &policy);
    acquire_get_status(hub->acquire, &acquired);
    cJSON_AddStringToObject(status, "version", CRAMPD_VERSION);
    cJSON_AddItemToObject(status, "sites", sites(hub, true));
    add_reminder(status, hub);
    cJSON_AddBoolToObject(status, "night", policy.night);
    cJSON_AddBoolToObject(status, "muted", policy.muted);
    int64_t now = clock_now(hub->platform->clock);
    if (policy.muted)
        hub_add_number(status, "muted_for_s", ns_to_s(policy.muted_until_ns - now), 10);
    if (policy.snoozed_until_ns != TIME_UNKNOWN)
        hub_add_number(status, "snoozed_for_s", ns_to_s(policy.snoozed_until_ns - now), 10);
    add_tonight(status, &policy);
    add_hub_faults(status, hub);
    cJSON_AddStringToObject(status, "broker",
                            !hub->mqtt                     ? "off"
                            : mqtt_is_connected(hub->mqtt) ? "connected"
                                                           : "away");
    cJSON_AddBoolToObject(status, "clock_synced", hub->clock_synced);
    cJSON_AddBoolToObject(status, "realtime", acquired.realtime);
    hub_add_number(status, "samples", (double)acquired.samples, 1);
    hub_add_number(status, "lost_samples", (double)acquired.lost, 1);
    hub_add_number(status, "dropped_blocks", (double)acquired.dropped, 1);
    hub_add_number(status, "lost_events", (double)hub->lost_events, 1);
    char *text = cJSON_PrintUnformatted(status);
    cJSON_Delete(status);
    return text;
}
