/* SPDX-License-Identifier: MIT */
#include "crampctl/tell.h"

#include "crampctl/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tells the hub, and people what came of it. Takes the command over. */
static int tell(struct client *client, cJSON *command, bool json, const char *done)
{
    _cleanup_(freep) char *text = cJSON_PrintUnformatted(command);
    _cleanup_(freep) char *answer = NULL;
    int r = text ? client_call(client, "Tell", &answer, "s", text) : -ENOMEM;

    cJSON_Delete(command);
    if (r < 0)
        return r;
    cJSON *result = cJSON_Parse(answer);
    bool ok = json_true(result, "ok");
    const char *error = json_text(result, "error", "it does not say why");
    if (json)
        printf("%s\n", answer);
    else if (ok)
        printf("%s.\n", done);
    if (!ok)
        fprintf(stderr, "crampctl: not done: %s\n", error);
    cJSON_Delete(result);
    return ok ? 0 : -EPERM;
}

static int label_of(const char *word)
{
    char name[32];

    snprintf(name, sizeof(name), "%s", word);
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : *c;
    return label_from_name(name);
}

int label_check(const char *word)
{
    if (label_of(word) >= 0)
        return 0;
    fprintf(stderr, "crampctl: \"%s\" is no label; write cramp-felt or no-cramp\n", word);
    return -EINVAL;
}

int label_tell(struct client *client, const char *word, bool json)
{
    int label = label_of(word);
    cJSON *command = cJSON_CreateObject();

    cJSON_AddStringToObject(command, "command", label_name((enum label)label));
    return tell(client, command, json,
                label == LABEL_NO_CRAMP ? "Noted: that was no cramp" : "Noted: a cramp");
}

/* The setting's word, and where its value begins. */
static int split(const char *assignment, const char **value)
{
    const char *equals = strchr(assignment, '=');
    char name[32];

    if (!equals)
        return -EINVAL;
    snprintf(name, sizeof(name), "%.*s", (int)(equals - assignment), assignment);
    *value = equals + 1;
    return preference_from_name(name);
}

int set_check(const char *assignment)
{
    const char *value;

    if (split(assignment, &value) >= 0)
        return 0;
    fprintf(
        stderr,
        "crampctl: \"%s\": write for example reminder_strength=0.5, night_start=21:30 or night_end=07:00\n",
        assignment);
    return -EINVAL;
}

/* A number where it is one; what it should be, the hub knows. */
static cJSON *value_of(const char *text)
{
    char *end;
    double number = strtod(text, &end);

    if (!*text)
        return cJSON_CreateNull();
    return *end ? cJSON_CreateString(text) : cJSON_CreateNumber(number);
}

int set_tell(struct client *client, const char *assignment, bool json)
{
    const char *value = "";
    int preference = split(assignment, &value);
    cJSON *command = cJSON_CreateObject();

    cJSON_AddStringToObject(command, "command", "set");
    cJSON_AddStringToObject(command, "setting", preference_name((enum preference)preference));
    cJSON_AddItemToObject(command, "value", value_of(value));
    return tell(client, command, json, *value ? "Set" : "Set to what the settings file says");
}
