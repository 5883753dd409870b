/* SPDX-License-Identifier: MIT */
#include "publish/command.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define SHAPE                                                                                                \
    "{\"command\":\"acknowledge\"[,\"id\":\"...\"]}; docs/mqtt.md lists the commands and their fields"

static cJSON *parse_object(const char *text, size_t size, const char **error)
{
    const char *end = NULL;

    *error = "the payload is not a JSON object; send " SHAPE;
    if (size == 0 || size > COMMAND_TEXT_MAX || memchr(text, '\0', size))
        return NULL;
    cJSON *object = cJSON_ParseWithLengthOpts(text, size, &end, false);
    while (object && end < text + size && strchr(" \t\r\n", *end))
        end++;
    if (object && (!cJSON_IsObject(object) || end != text + size)) {
        cJSON_Delete(object);
        object = NULL;
    }
    return object;
}

static bool take_id(const cJSON *object, struct command_request *request, const char **error)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(object, "id");

    if (!id)
        return true;
    *error = "\"id\" should be a text of 1 to 64 printable characters";
    if (!cJSON_IsString(id) || strlen(id->valuestring) == 0 || strlen(id->valuestring) >= COMMAND_ID_SIZE)
        return false;
    for (const char *c = id->valuestring; *c; c++)
        if (*c < 0x20 || *c > 0x7e)
            return false;
    snprintf(request->id, sizeof(request->id), "%s", id->valuestring);
    return true;
}

static bool take_command(const cJSON *object, struct command_request *request, const char **error)
{
    const cJSON *word = cJSON_GetObjectItemCaseSensitive(object, "command");
    int command = cJSON_IsString(word) ? command_from_name(word->valuestring) : -1;

    *error = "\"command\" should be one of acknowledge, snooze, mute, unmute, test_reminder, cramp_felt, "
             "no_cramp, "
             "calibrate, cancel_calibration, set, note, trigger, medicine, checkin";
    if (command < 0)
        return false;
    request->command = (enum command)command;
    return true;
}

static bool take_seconds(const cJSON *seconds, struct command_request *request, const char **error)
{
    *error = "\"seconds\" should be a number above 0 and at most 604800 (a week)";
    request->seconds = cJSON_IsNumber(seconds) ? seconds->valuedouble : 0;
    return request->seconds > 0 && request->seconds <= COMMAND_SECONDS_MAX;
}

static bool take_leg(const cJSON *leg, struct command_request *request, const char **error)
{
    *error = "\"leg\" should be left or right";
    request->leg = cJSON_IsString(leg) ? leg_from_name(leg->valuestring) : COMMAND_NO_LEG;
    return request->leg >= 0;
}

static bool take_episode(const cJSON *episode, struct command_request *request, const char **error)
{
    *error = "\"episode\" should be the id of a cramp, as its events carry it";
    if (!cJSON_IsString(episode) || strlen(episode->valuestring) != EVENT_ID_SIZE - 1)
        return false;
    snprintf(request->episode, sizeof(request->episode), "%s", episode->valuestring);
    return true;
}

static bool take_setting(const cJSON *setting, struct command_request *request, const char **error)
{
    int word = cJSON_IsString(setting) ? preference_from_name(setting->valuestring) : -1;

    *error = "\"setting\" should be one of reminder_strength, night_start, night_end";
    if (word < 0)
        return false;
    request->setting = (enum preference)word;
    return true;
}

static bool take_value(const cJSON *value, struct command_request *request, const char **error)
{
    return preference_parse(request->setting, value, &request->value, error);
}

/* Fields beside `command` and `id`: whose they are, and whether these cannot do without. In the order in
   which they are read: what a value means depends on the setting. */
#define OF(command) (1u << (command))
static const struct field {
    const char *name;
    unsigned commands;
    bool required;
    bool (*take)(const cJSON *item, struct command_request *request, const char **error);
    const char *misplaced, *missing;
} fields[] = {
    {"seconds", OF(COMMAND_SNOOZE) | OF(COMMAND_MUTE), false, take_seconds,
     "\"seconds\" goes with snooze and mute only; leave it out", NULL},
    {"leg", OF(COMMAND_CRAMP_FELT) | OF(COMMAND_CALIBRATE), false, take_leg,
     "\"leg\" goes with cramp_felt and calibrate only; leave it out", NULL},
    {"episode", OF(COMMAND_NO_CRAMP), false, take_episode,
     "\"episode\" goes with no_cramp only; leave it out", NULL},
    {"setting", OF(COMMAND_SET), true, take_setting, "\"setting\" goes with set only; leave it out",
     "set needs \"setting\": one of reminder_strength, night_start, night_end"},
    {"value", OF(COMMAND_SET), true, take_value, "\"value\" goes with set only; leave it out",
     "set needs \"value\"; null goes back to what the settings file says"},
};

/* The commands that are entries of the diary, or -1. */
static int entry_of(enum command command)
{
    switch (command) {
    case COMMAND_NOTE: return ENTRY_NOTE;
    case COMMAND_TRIGGER: return ENTRY_TRIGGER;
    case COMMAND_MEDICINE: return ENTRY_MEDICINE;
    case COMMAND_CHECKIN: return ENTRY_CHECKIN;
    default: return -1;
    }
}

static bool take_fields(const cJSON *object, struct command_request *request, const char **error)
{
    if (entry_of(request->command) >= 0)
        return entry_parse(object, (enum entry_kind)entry_of(request->command), &request->entry, error);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, fields[i].name);
        bool belongs = fields[i].commands & OF(request->command);

        *error = item ? fields[i].misplaced : fields[i].missing;
        if (item ? !belongs : belongs && fields[i].required)
            return false;
        if (item && !fields[i].take(item, request, error))
            return false;
    }
    return true;
}

bool command_parse(const char *text, size_t size, struct command_request *request, const char **error)
{
    *request = (struct command_request){.leg = COMMAND_NO_LEG};
    cJSON *object = parse_object(text, size, error);
    bool good = object && take_id(object, request, error) && take_command(object, request, error) &&
                take_fields(object, request, error);

    cJSON_Delete(object);
    if (good)
        *error = NULL;
    return good;
}

char *command_result(const struct command_request *request, bool known, const char *error)
{
    cJSON *object = cJSON_CreateObject();
    bool complete = object;

    if (complete && request->id[0])
        complete = cJSON_AddStringToObject(object, "id", request->id);
    if (complete && known)
        complete = cJSON_AddStringToObject(object, "command", command_name(request->command));
    complete = complete && cJSON_AddBoolToObject(object, "ok", !error);
    if (complete && error)
        complete = cJSON_AddStringToObject(object, "error", error);
    char *text = complete ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    return text;
}

bool command_is_replay(struct command_history *history, const char *id)
{
    if (!id[0])
        return false;
    for (unsigned i = 0; i < COMMAND_HISTORY; i++)
        if (strcmp(history->ids[i], id) == 0)
            return true;
    snprintf(history->ids[history->next % COMMAND_HISTORY], COMMAND_ID_SIZE, "%s", id);
    history->next = (history->next + 1) % COMMAND_HISTORY;
    return false;
}
