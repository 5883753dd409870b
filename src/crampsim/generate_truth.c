/* SPDX-License-Identifier: MIT */
/* The truth beside a recording. Its members: docs/synthesis.md. */
#include "crampsim/generate.h"
#include "crampsim/synth_class.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static double rounded(double value)
{
    return round(value * 1000) / 1000;
}

static void add_number(cJSON *object, const char *name, double value)
{
    cJSON_AddNumberToObject(object, name, rounded(value));
}

/* As text: a double does not hold every 64 bits. */
static void add_seed(cJSON *object, const char *name, uint64_t seed)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64, seed);
    cJSON_AddStringToObject(object, name, text);
}

/* The cramp's level over the floor of the moment, on the electrode that sees it best. */
static double snr_db(const struct synth_setup *setup, const struct synth_event *cramp, uint32_t channels)
{
    double lowest = INFINITY, level = cramp->level * (cramp->share > 0 ? cramp->share : 1);

    for (unsigned c = 0; c < setup->channel_count; c++)
        if (channels & BIT(c))
            lowest = fmin(lowest, synth_floor_uv(setup, c, cramp->start_s));
    return isfinite(lowest) && lowest > 0 ? 20 * log10(level * setup->mvc_uv / lowest) : 0;
}

static void add_cramp(cJSON *item, const struct synth_setup *setup, const struct synth_event *cramp,
                      uint32_t channels)
{
    cJSON_AddStringToObject(item, "muscle", muscle_name(cramp->muscle));
    cJSON_AddStringToObject(item, "hardness", cramp->kind == CRAMP_FULL ? "full" : "hard");
    cJSON_AddStringToObject(item, "kind", cramp_kind_name(cramp->kind));
    cJSON_AddBoolToObject(item, "restless", cramp->restless);
    cJSON_AddStringToObject(item, "relief", cramp->stretch ? "stretch" : "spontaneous");
    add_number(item, "snr_db", snr_db(setup, cramp, channels));
    if (cramp->rise_s > 0) {
        add_number(item, "rise", cramp->start_s - cramp->rise_s);
        add_number(item, "rise_ratio", cramp->rise_ratio > 1 ? cramp->rise_ratio : 3.2);
    }
    if (cramp->wake_s > 0)
        add_number(item, "wake", cramp->start_s + cramp->wake_s);
}

static bool add_event(cJSON *list, const struct script *script, const struct synth_event *event)
{
    const struct synth_class *class = event->class;
    uint32_t channels = script_channels(script, event);
    cJSON *item = cJSON_CreateObject();

    if (!item || !cJSON_AddItemToArray(list, item))
        return false;
    cJSON_AddStringToObject(item, "class", synth_class_name(class));
    add_number(item, "start", event->start_s);
    add_number(item, "end", event->start_s + event->duration_s);
    cJSON *array = cJSON_AddArrayToObject(item, "channels");
    for (int c = 0; array && c < EMG_CHANNELS; c++)
        if (channels & BIT(c))
            cJSON_AddItemToArray(array, cJSON_CreateNumber(c));
    cJSON_AddStringToObject(item, "what", event->what ? event->what : "");
    add_number(item, "level", event->level * (event->share > 0 ? event->share : 1));
    cJSON_AddStringToObject(item, "leg", class->both_legs ? "both" : leg_name(event->leg));
    cJSON_AddBoolToObject(item, "background", class->background);
    cJSON_AddBoolToObject(item, "measurement", class->measurement);
    if (class->one_muscle)
        add_cramp(item, script_setup(script), event, channels);
    return true;
}

static void add_person(cJSON *root, const struct person *person)
{
    cJSON *object = cJSON_AddObjectToObject(root, "person");
    cJSON *habits = cJSON_AddObjectToObject(object, "habits");
    const struct synth_class *class;

    add_seed(object, "number", person->number);
    add_number(object, "mvc_uv", person->mvc_uv);
    add_number(object, "floor_uv", person->floor_uv);
    add_number(object, "floor_drift_db", person->floor_drift_db);
    add_number(object, "mains_uv", person->mains_uv);
    add_number(object, "mains_hz", person->mains_hz);
    add_number(object, "ecg_uv", person->ecg_uv);
    add_number(object, "heart_bpm", person->heart_bpm);
    add_number(object, "clip_uv", person->clip_uv);
    add_number(object, "potential_width", person->potential_width);
    cJSON_AddNumberToObject(object, "rate_error", round(person->rate_error * 1e5) / 1e5);
    cJSON_AddNumberToObject(object, "jitter", round(person->jitter * 1e5) / 1e5);
    add_number(object, "missed_per_h", person->missed_per_h);
    add_number(object, "myoclonus_per_h", person->myoclonus_per_h);
    for (size_t i = 0; (class = synth_class_at(i)); i++)
        if (class->habit > 0)
            add_number(habits, class->name, person->habits[i]);
}

char *truth_text(const struct script *script, const struct person *person, const char *profile)
{
    const struct synth_setup *setup = script_setup(script);
    const struct synth_event *event;
    cJSON *root = cJSON_CreateObject();
    cJSON *object = cJSON_AddObjectToObject(root, "setup");

    cJSON_AddStringToObject(root, "family", synth_family_of(setup)->name);
    add_seed(object, "seed", setup->seed ^ synth_family_of(setup)->salt);
    add_number(object, "rate_hz", setup->rate_hz);
    add_number(object, "mvc_uv", setup->mvc_uv);
    add_number(object, "floor_uv", setup->floor_uv);
    add_number(object, "mains_uv", setup->mains_uv);
    add_number(object, "ecg_uv", setup->ecg_uv);
    add_number(object, "clip_uv", setup->clip_uv);
    if (profile)
        cJSON_AddStringToObject(root, "profile", profile);
    if (person)
        add_person(root, person);
    add_number(root, "duration", script_duration(script));
    cJSON *list = cJSON_AddArrayToObject(root, "events");
    bool whole = list != NULL;
    for (size_t i = 0; whole && (event = script_event(script, i)); i++)
        whole = add_event(list, script, event);
    char *text = whole ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    return text;
}
