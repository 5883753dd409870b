/* SPDX-License-Identifier: MIT */
#include "publish/command.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SHAPE                                                                                                \
    "{\"command\":\"acknowledge\"|\"snooze\"|\"mute\"|\"unmute\"|\"test_reminder\"[,\"seconds\":N][,\"id\":" \
    "\"...\"]}"

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

    *error = "\"command\" should be one of acknowledge, snooze, mute, unmute, test_reminder";
    if (command < 0)
        return false;
    request->command = (enum command)command;
    return true;
}

static bool take_seconds(const cJSON *object, struct command_request *request, const char **error)
{
    const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(object, "seconds");

    if (!seconds)
        return true;
    *error = "\"seconds\" should be a number above 0 and at most 604800 (a week)";
    if (!cJSON_IsNumber(seconds) || !(seconds->valuedouble > 0) || seconds->valuedouble > COMMAND_SECONDS_MAX)
        return false;
    *error = "\"seconds\" goes with snooze and mute only; leave it out";
    if (request->command != COMMAND_SNOOZE && request->command != COMMAND_MUTE)
        return false;
    request->seconds = seconds->valuedouble;
    return true;
}

bool command_parse(const char *text, size_t size, struct command_request *request, const char **error)
{
    *request = (struct command_request){.seconds = 0};
    cJSON *object = parse_object(text, size, error);
    bool good = object && take_id(object, request, error) && take_command(object, request, error) &&
                take_seconds(object, request, error);

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
