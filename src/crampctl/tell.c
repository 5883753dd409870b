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

/* What the words of a verb that have no key are, in their order. */
static const struct {
    const char *verb;
    const char *keys[3];
} positions[] = {
    {"note", {"text"}},
    {"trigger", {"trigger", "text"}},
    {"medicine", {"change", "text"}},
    {"checkin", {NULL}},
};

static const char *key_at(const char *verb, unsigned position)
{
    for (size_t i = 0; i < ARRAY_SIZE(positions); i++)
        if (strcmp(positions[i].verb, verb) == 0)
            return position < 2 ? positions[i].keys[position] : NULL;
    return NULL;
}

/* "pain=6" or "text=a=b": letters before the first =. */
static const char *key_of(const char *word, char key[32])
{
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz");

    if (length == 0 || length >= 32 || word[length] != '=')
        return NULL;
    snprintf(key, 32, "%.*s", (int)length, word);
    return word + length + 1;
}

static cJSON *list_of(const char *text)
{
    char *copy = strdup(text);
    cJSON *list = cJSON_CreateArray();

    for (char *rest = copy, *item; rest && (item = strsep(&rest, ","));)
        cJSON_AddItemToArray(list, cJSON_CreateString(item));
    free(copy);
    return list;
}

/* As the hub's commands want it: lists with commas, yes and no where there are only these. */
static cJSON *told(const char *key, const char *text)
{
    if (strcmp(key, "helped") == 0 || strcmp(key, "signs") == 0 || strcmp(key, "triggers") == 0)
        return list_of(text);
    if (strcmp(key, "pain") == 0)
        return value_of(text);
    if (strcmp(key, "sore") == 0 && (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0))
        return cJSON_CreateBool(strcmp(text, "yes") == 0);
    return cJSON_CreateString(text);
}

int entry_tell(struct client *client, const char *verb, char *const *words, int count, bool json)
{
    cJSON *command = cJSON_CreateObject();
    unsigned position = 0;
    char key[32];

    cJSON_AddStringToObject(command, "command", verb);
    for (int i = 0; i < count; i++) {
        const char *value = key_of(words[i], key);
        if (!value && key_at(verb, position)) {
            snprintf(key, sizeof(key), "%s", key_at(verb, position++));
            value = words[i];
        }
        if (!value || cJSON_HasObjectItem(command, key)) {
            fprintf(stderr, "crampctl: \"%s\": %s; see crampctl(1)\n", words[i],
                    value ? "this has been said already" : "write it as key=value");
            cJSON_Delete(command);
            return -EINVAL;
        }
        cJSON_AddItemToObject(command, key, told(key, value));
    }
    return tell(client, command, json, "Noted");
}
