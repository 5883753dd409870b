/* SPDX-License-Identifier: MIT */
/*
 * What the home has set while the hub runs: it goes before the settings file, outlives restarts and reloads
 * in the diary, and is shown in <base>/settings. null gives a setting back to the file.
 */
#include "hub_private.h"
#include "publish/preference.h"

#include <cjson/cJSON.h>
#include <math.h>

/* The values in force, from the file's and the home's; nothing that runs is disturbed. */
static void apply(struct hub *hub)
{
    struct settings *settings = hub->settings;
    const struct preferences *p = &hub->preferences;
    const int *set = p->value;
    int strength = set[PREFERENCE_REMINDER_STRENGTH];
    int start = set[PREFERENCE_NIGHT_START], end = set[PREFERENCE_NIGHT_END];

    settings->reminder.strength = strength == PREFERENCE_UNSET ? p->file_strength : strength / 100.0;
    settings->policy.night_start_min = start == PREFERENCE_UNSET ? p->file_night_start_min : start;
    settings->policy.night_end_min = end == PREFERENCE_UNSET ? p->file_night_end_min : end;
    reminder_set_params(hub->reminder, &settings->reminder);
    policy_set_params(pipeline_policy(hub->pipeline), &settings->policy);
    hub->states_dirty = true;
}

void hub_preferences_begin(struct hub *hub)
{
    for (int i = 0; i < (int)preference_count; i++)
        hub->preferences.value[i] = PREFERENCE_UNSET;
    hub_preferences_reload(hub);
}

void hub_preferences_reload(struct hub *hub)
{
    const struct settings *settings = hub->settings;

    hub->preferences.file_strength = settings->reminder.strength;
    hub->preferences.file_night_start_min = settings->policy.night_start_min;
    hub->preferences.file_night_end_min = settings->policy.night_end_min;
    apply(hub);
}

void hub_set_preference(struct hub *hub, enum preference preference, int value)
{
    hub->preferences.touched[preference] = hub->preferences.known = true;
    if (hub->preferences.value[preference] == value)
        return;
    hub->preferences.value[preference] = value;
    store_set_preference(hub->store, preference, value);
    apply(hub);
    cJSON *json = value == PREFERENCE_UNSET ? NULL : preference_json(preference, value);
    _cleanup_(freep) char *text = json ? cJSON_PrintUnformatted(json) : NULL;
    log_notice(LOG_CONFIG, "%s set to %s from the home", preference_name(preference),
               text ? text : "what the settings file says");
    cJSON_Delete(json);
}

/* Of an earlier run; what somebody has said in this one is newer. */
void hub_restore_preference(struct hub *hub, enum preference preference, int value)
{
    hub->preferences.known = hub->states_dirty = true;
    if (hub->preferences.touched[preference] || !preference_is_valid(preference, value))
        return;
    hub->preferences.value[preference] = value;
    apply(hub);
}

char *hub_preferences_text(const struct hub *hub)
{
    const struct settings *settings = hub->settings;
    const int in_force[] = {
        [PREFERENCE_REMINDER_STRENGTH] = (int)lround(settings->reminder.strength * 100),
        [PREFERENCE_NIGHT_START] = settings->policy.night_start_min,
        [PREFERENCE_NIGHT_END] = settings->policy.night_end_min,
    };
    cJSON *object = cJSON_CreateObject();
    cJSON *changed = cJSON_CreateArray();

    for (int i = 0; i < (int)preference_count; i++) {
        const char *name = preference_name((enum preference)i);
        cJSON_AddItemToObject(object, name, preference_json((enum preference)i, in_force[i]));
        if (hub->preferences.value[i] != PREFERENCE_UNSET)
            cJSON_AddItemToArray(changed, cJSON_CreateString(name));
    }
    cJSON_AddItemToObject(object, "changed", changed);
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}
