/* SPDX-License-Identifier: MIT */
#include "publish/entry.h"

#include "base/macros.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <mosquitto.h>
#include <stdio.h>
#include <string.h>

#define LIST_MAX 16

/* For people: UTF-8 without control characters. */
static bool is_text(const cJSON *item)
{
    const char *text = cJSON_IsString(item) ? item->valuestring : "";
    size_t length = strlen(text);

    if (length == 0 || length > ENTRY_TEXT_MAX ||
        mosquitto_validate_utf8(text, (int)length) != MOSQ_ERR_SUCCESS)
        return false;
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    return true;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

static bool is_day(const cJSON *item)
{
    const char *text = cJSON_IsString(item) ? item->valuestring : "";
    int year, month, day;

    return strlen(text) == ENTRY_DAY_SIZE - 1 && strspn(text, "0123456789-") == ENTRY_DAY_SIZE - 1 &&
           text[4] == '-' && text[7] == '-' && sscanf(text, "%4d-%2d-%2d", &year, &month, &day) == 3 &&
           year >= 1900 && month >= 1 && month <= 12 && day >= 1 && day <= days_in(year, month);
}

static bool is_score(const cJSON *item)
{
    return cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble <= 10 &&
           item->valuedouble == floor(item->valuedouble);
}

static bool is_flag(const cJSON *item)
{
    return cJSON_IsBool(item);
}

/* is_<list>: one of its words; are_<list>: some of them, each once. */
#define WORD_OF(list)                                                                                        \
    static bool is_##list(const cJSON *item)                                                                 \
    {                                                                                                        \
        return cJSON_IsString(item) && list##_from_name(item->valuestring) >= 0;                             \
    }
#define WORDS_OF(list)                                                                                       \
    WORD_OF(list)                                                                                            \
    static bool are_##list(const cJSON *item)                                                                \
    {                                                                                                        \
        return are_words(item, is_##list);                                                                   \
    }

static bool are_words(const cJSON *list, bool (*is_word)(const cJSON *item))
{
    const cJSON *a, *b;

    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) < 1 || cJSON_GetArraySize(list) > LIST_MAX)
        return false;
    cJSON_ArrayForEach(a, list)
    {
        if (!is_word(a))
            return false;
        for (b = a->next; b; b = b->next)
            if (cJSON_Compare(a, b, true))
                return false;
    }
    return true;
}

WORD_OF(leg)
WORD_OF(muscle)
WORD_OF(felt)
WORD_OF(medicine_change)
WORDS_OF(trigger)
WORDS_OF(sign)
WORDS_OF(helped)

#define OF(kind) (1u << (kind))
#define TRIGGERS                                                                                             \
    "exertion, standing, sitting, heat, little_fluid, alcohol, medicine, pregnancy, stress, poor_sleep, "    \
    "cold, shoes, illness, dialysis, other"

static const struct field {
    const char *name;
    unsigned kinds, required; /* of which kinds */
    bool (*fits)(const cJSON *item);
    const char *wanted;
} fields[] = {
    {"date", ~0u, 0, is_day, "\"date\" should be a day such as \"2026-11-22\""},
    {"text", ~0u, OF(ENTRY_NOTE) | OF(ENTRY_MEDICINE), is_text,
     "\"text\" should be 1 to 200 bytes of UTF-8 on one line"},
    {"trigger", OF(ENTRY_TRIGGER), OF(ENTRY_TRIGGER), is_trigger, "\"trigger\" should be one of " TRIGGERS},
    {"change", OF(ENTRY_MEDICINE), OF(ENTRY_MEDICINE), is_medicine_change,
     "\"change\" should be one of started, stopped, changed"},
    {"felt", OF(ENTRY_CHECKIN), 0, is_felt,
     "\"felt\" should be yes, no or missed (a cramp that the hub did not see)"},
    {"pain", OF(ENTRY_CHECKIN), 0, is_score, "\"pain\" should be a whole number from 0 to 10"},
    {"sore", OF(ENTRY_CHECKIN), 0, is_flag, "\"sore\" should be true or false"},
    {"leg", OF(ENTRY_CHECKIN), 0, is_leg, "\"leg\" should be left or right"},
    {"muscle", OF(ENTRY_CHECKIN), 0, is_muscle,
     "\"muscle\" should be one of gastrocnemius, gastrocnemius_lateral, soleus, tibialis_anterior, "
     "hamstring, "
     "quadriceps, foot"},
    {"helped", OF(ENTRY_CHECKIN), 0, are_helped,
     "\"helped\" should be a list of stretch, standing, walking, massage, warmth, cold, waiting, nothing, "
     "other"},
    {"signs", OF(ENTRY_CHECKIN), 0, are_sign,
     "\"signs\" should be a list of weakness, numbness, swelling, skin_colour, skin_temperature, "
     "short_of_breath, chest_pain"},
    {"triggers", OF(ENTRY_CHECKIN), 0, are_trigger, "\"triggers\" should be a list of " TRIGGERS},
};

static const struct field *find(const char *name, enum entry_kind kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        if (strcmp(fields[i].name, name) == 0 && (fields[i].kinds & OF(kind)))
            return &fields[i];
    return NULL;
}

static bool has_required(const cJSON *object, enum entry_kind kind, const char **error)
{
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        if ((fields[i].required & OF(kind)) && !cJSON_HasObjectItem(object, fields[i].name)) {
            *error = fields[i].wanted;
            return false;
        }
    return true;
}

/* False: it does not fit, or is none of this kind's. */
static bool take(cJSON *told, const cJSON *item, enum entry_kind kind, struct entry *entry,
                 const char **error)
{
    const struct field *field = find(item->string, kind);

    *error =
        field ? field->wanted : "there is a field that this command does not have; docs/mqtt.md lists them";
    if (!field || !field->fits(item) || cJSON_HasObjectItem(told, item->string))
        return false;
    if (field->fits == is_day) {
        snprintf(entry->day, sizeof(entry->day), "%s", item->valuestring);
        return true;
    }
    *error = "out of memory";
    return cJSON_AddItemToObject(told, item->string, cJSON_Duplicate(item, true));
}

bool entry_parse(const cJSON *object, enum entry_kind kind, struct entry *entry, const char **error)
{
    cJSON *told = cJSON_CreateObject();
    const cJSON *item;
    bool good = told && has_required(object, kind, error);

    *entry = (struct entry){.kind = kind};
    cJSON_ArrayForEach(item, object)
    {
        if (good && strcmp(item->string, "command") != 0 && strcmp(item->string, "id") != 0)
            good = take(told, item, kind, entry, error);
    }
    if (good && !told->child) {
        *error = "a check-in should say something; docs/mqtt.md lists its fields";
        good = false;
    }
    if (good && !cJSON_PrintPreallocated(told, entry->json, sizeof(entry->json), false)) {
        *error = "that is too much for one entry; make it two";
        good = false;
    }
    cJSON_Delete(told);
    return good;
}
