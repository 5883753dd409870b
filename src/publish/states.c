/* SPDX-License-Identifier: MIT */
#include "publish/states.h"

#include "base/macros.h"
#include "publish/payload.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void states_site_key(char key[SITE_KEY_SIZE], enum leg leg, enum muscle muscle)
{
    snprintf(key, SITE_KEY_SIZE, "%s_%s", leg_name(leg), muscle_name(muscle));
}

/* An object that could not be completed is no object. */
static char *finish(cJSON *object, bool complete)
{
    char *text = object && complete ? cJSON_PrintUnformatted(object) : NULL;

    cJSON_Delete(object);
    return text;
}

static bool add_wall(cJSON *object, const char *key, int64_t wall_us)
{
    char text[PAYLOAD_WALL_TIME_SIZE];

    if (wall_us == WALL_UNKNOWN)
        return true;
    payload_wall_time(text, wall_us);
    return cJSON_AddStringToObject(object, key, text);
}

static bool add_rounded(cJSON *object, const char *key, double value, double steps)
{
    return !isfinite(value) || cJSON_AddNumberToObject(object, key, round(value * steps) / steps + 0.0);
}

static bool add_site(cJSON *object, enum leg leg, enum muscle muscle)
{
    return cJSON_AddStringToObject(object, "leg", leg_name(leg)) &&
           cJSON_AddStringToObject(object, "muscle", muscle_name(muscle));
}

/* Two channels on one site are one site to the home: the graver state is shown, and blind only when both are.
 */
static int gravity(enum episode_state state)
{
    switch (state) {
    case EPISODE_BLIND: return 0;
    case EPISODE_QUIET: return 1;
    case EPISODE_REFRACTORY: return 2;
    case EPISODE_SUSPECT: return 3;
    case EPISODE_RISING: return 4;
    case EPISODE_EASING: return 5;
    case EPISODE_CRAMP: return 6;
    case episode_state_count: break;
    }
    return 0;
}

static bool add_sites(cJSON *object, const struct state_view *view)
{
    cJSON *sites = cJSON_AddObjectToObject(object, "sites");
    bool complete = sites;

    for (unsigned i = 0; complete && i < view->site_count; i++) {
        const struct state_site *site = &view->sites[i];
        char key[SITE_KEY_SIZE];
        states_site_key(key, site->leg, site->muscle);
        cJSON *before = cJSON_GetObjectItemCaseSensitive(sites, key);
        if (before) {
            int known = episode_state_from_name(before->valuestring);
            if (gravity(site->state) <= gravity((enum episode_state)known))
                continue;
            cJSON_DeleteItemFromObjectCaseSensitive(sites, key);
        }
        complete = cJSON_AddStringToObject(sites, key, episode_state_name(site->state));
    }
    return complete;
}

char *states_state(const struct state_view *view)
{
    cJSON *object = cJSON_CreateObject();
    bool complete = object && add_sites(object, view) &&
                    cJSON_AddBoolToObject(object, "night", view->night) &&
                    cJSON_AddBoolToObject(object, "reminding", view->reminding);

    if (complete && view->reminding)
        complete = cJSON_AddStringToObject(object, "occasion", occasion_name(view->occasion));
    complete = complete && cJSON_AddBoolToObject(object, "muted", view->muted);
    if (complete && view->muted)
        complete = add_wall(object, "muted_until", view->muted_until_us);
    complete = complete && add_wall(object, "snoozed_until", view->snoozed_until_us);
    return finish(object, complete);
}

char *states_tonight(const struct night_counts *tonight)
{
    return finish(payload_night(tonight), true);
}

char *states_last_cramp(const struct last_cramp *cramp)
{
    cJSON *object = cJSON_CreateObject();
    bool complete = object;

    if (!complete || !cramp)
        return finish(object, complete);
    if (cramp->id[0])
        complete = cJSON_AddStringToObject(object, "id", cramp->id);
    complete = complete && add_site(object, cramp->leg, cramp->muscle) &&
               add_wall(object, "started_at", cramp->started_us) &&
               cJSON_AddBoolToObject(object, "clock_synced", cramp->clock_synced) &&
               cJSON_AddBoolToObject(object, "over", cramp->over);
    if (complete && cramp->over)
        complete = add_rounded(object, "duration_s", cramp->duration_s, 1000) &&
                   add_rounded(object, "peak_ratio", cramp->peak_ratio, 100) &&
                   cJSON_AddStringToObject(object, "relief", relief_name(cramp->relief));
    return finish(object, complete);
}

char *states_info(const struct hub_info *info)
{
    cJSON *object = cJSON_CreateObject();
    bool complete = object && cJSON_AddStringToObject(object, "version", info->version) &&
                    cJSON_AddStringToObject(object, "boot_id", info->boot_id) &&
                    add_wall(object, "started_at", info->started_us);
    cJSON *sites = complete ? cJSON_AddArrayToObject(object, "sites") : NULL;

    complete = sites;
    for (unsigned i = 0; complete && i < info->site_count; i++) {
        cJSON *site = cJSON_CreateObject();
        complete = site && cJSON_AddItemToArray(sites, site) &&
                   add_site(site, info->sites[i].leg, info->sites[i].muscle);
    }
    return finish(object, complete);
}

static bool is_of_sensor(const struct active_fault *fault)
{
    return fault->source == SOURCE_SENSOR || fault->source == SOURCE_BUS;
}

/* The smaller, the sooner a person should hear of it: what somebody can mend before what follows from it, the
   muscle's signal before its helpers, the sensor before the rest. */
static unsigned rank(const struct active_fault *fault)
{
    static const enum fault_reason order[] = {FAULT_BUS,  FAULT_LEAD_OFF, FAULT_CLIPPED, FAULT_HUM,
                                              FAULT_FLAT, FAULT_STALE,    FAULT_RATE,    FAULT_GAP};
    unsigned place = 0;

    if (!is_of_sensor(fault))
        return UINT_MAX;
    if (fault->reason == FAULT_NOT_WORN)
        return UINT_MAX - 1;
    while (place < ARRAY_SIZE(order) && order[place] != fault->reason)
        place++;
    return place + (fault->part == PART_EMG ? 0 : fault->part == PART_IMU ? 16 : 32);
}

static const struct active_fault *first_of_sensor(const struct active_fault *faults, unsigned count)
{
    const struct active_fault *first = NULL;

    for (unsigned i = 0; i < count; i++)
        if (is_of_sensor(&faults[i]) && (!first || rank(&faults[i]) < rank(first)))
            first = &faults[i];
    return first;
}

static bool hides(const struct active_fault *fault, int channel, enum leg leg)
{
    if (!is_of_sensor(fault) || fault->part != PART_EMG)
        return false;
    return fault->has_site ? fault->channel == channel : !fault->has_leg || fault->leg == leg;
}

/* Whether some electrode pair has no fault of its own. */
static bool some_see(const struct active_fault *faults, unsigned count, const struct state_site *sites,
                     unsigned site_count)
{
    for (unsigned c = 0; c < site_count; c++) {
        bool hidden = false;

        for (unsigned i = 0; i < count; i++)
            hidden = hidden || hides(&faults[i], (int)c, sites[c].leg);
        if (!hidden)
            return true;
    }
    return false;
}

static cJSON *fault_object(const struct active_fault *fault)
{
    cJSON *object = cJSON_CreateObject();
    bool complete =
        object && cJSON_AddStringToObject(object, "source", fault_source_name(fault->source)) &&
        cJSON_AddStringToObject(object, "reason", fault_reason_name(fault->reason)) &&
        (fault->part == PART_EMG || cJSON_AddStringToObject(object, "part", fault_part_name(fault->part))) &&
        (!fault->has_leg || cJSON_AddStringToObject(object, "leg", leg_name(fault->leg))) &&
        (!fault->has_site || add_site(object, fault->leg, fault->muscle)) &&
        add_wall(object, "since", fault->since_us);

    if (complete)
        return object;
    cJSON_Delete(object);
    return NULL;
}

char *states_fault(const struct active_fault *faults, unsigned count, bool leg_seen)
{
    count = faults ? count : 0;
    const struct active_fault *sensor = first_of_sensor(faults, count);
    const struct active_fault *first = sensor ? sensor : count > 0 ? faults : NULL;
    cJSON *object = cJSON_CreateObject();
    bool complete = object;

    if (complete && !sensor && !leg_seen)
        complete = cJSON_AddNullToObject(object, "sensor_problem");
    else if (complete)
        complete =
            cJSON_AddBoolToObject(object, "sensor_problem", sensor && sensor->reason != FAULT_NOT_WORN);

    if (complete && first)
        complete = cJSON_AddStringToObject(object, "reason", fault_reason_name(first->reason));
    else if (complete)
        complete = cJSON_AddNullToObject(object, "reason");
    cJSON *list = complete ? cJSON_AddArrayToObject(object, "faults") : NULL;
    complete = list && (!first || cJSON_AddItemToArray(list, fault_object(first)));
    for (unsigned i = 0; complete && i < count; i++)
        if (&faults[i] != first)
            complete = cJSON_AddItemToArray(list, fault_object(&faults[i]));
    return finish(object, complete);
}

void states_sensor_status(char text[SENSOR_STATUS_SIZE], const struct active_fault *faults, unsigned count,
                          const struct state_site *sites, unsigned site_count, bool leg_seen)
{
    const struct active_fault *first = first_of_sensor(faults, count);
    bool may_see = !first || some_see(faults, count, sites, site_count);

    if (may_see && !leg_seen)
        snprintf(text, SENSOR_STATUS_SIZE, "unknown");
    else if (!first)
        snprintf(text, SENSOR_STATUS_SIZE, "ok");
    else if (may_see)
        snprintf(text, SENSOR_STATUS_SIZE, "degraded:%s", fault_reason_name(first->reason));
    else if (first->reason == FAULT_NOT_WORN)
        snprintf(text, SENSOR_STATUS_SIZE, "%s", fault_reason_name(first->reason));
    else
        snprintf(text, SENSOR_STATUS_SIZE, "fault:%s", fault_reason_name(first->reason));
}
