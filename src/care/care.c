/* SPDX-License-Identifier: MIT */
#include "care/care.h"

#include "base/macros.h"

#include <string.h>

static const char *const use_names[care_use_count] = {
    [CARE_IN_BED] = "in_bed",     [CARE_EASING] = "easing",         [CARE_RISING] = "rising",
    [CARE_STANDING] = "standing", [CARE_AFTERWARDS] = "afterwards", [CARE_PREVENTION] = "prevention",
    [CARE_CAUTION] = "caution",   [CARE_LEVEL] = "level",           [CARE_SIGN] = "sign",
    [CARE_PATTERN] = "pattern",
};

static const char *const level_names[care_level_count] = {
    [CARE_EMERGENCY] = "emergency",     [CARE_NOW] = "now",   [CARE_TODAY] = "today",
    [CARE_APPOINTMENT] = "appointment", [CARE_HOME] = "home",
};

const char *care_use_name(enum care_use use)
{
    return (unsigned)use < care_use_count ? use_names[use] : "?";
}

const char *care_level_name(enum care_level level)
{
    return (unsigned)level < care_level_count ? level_names[level] : "?";
}

static const struct care_sentence *first_after(const struct care_sentence *after)
{
    return after ? after + 1 : care_sentences;
}

const struct care_sentence *care_guidance(const struct care_sentence *after, enum care_use use,
                                          enum muscle muscle)
{
    const struct care_sentence *end = care_sentences + care_sentence_count;

    if ((unsigned)muscle >= muscle_count)
        return NULL;
    for (const struct care_sentence *s = first_after(after); s < end; s++)
        if (s->use == use && (s->muscles & BIT(muscle)))
            return s;
    return NULL;
}

const struct care_sentence *care_in_bed(enum muscle muscle)
{
    return care_guidance(NULL, CARE_IN_BED, muscle);
}

static const struct care_sentence *next_of_level(const struct care_sentence *after, enum care_use use,
                                                 enum care_level level)
{
    const struct care_sentence *end = care_sentences + care_sentence_count;

    for (const struct care_sentence *s = first_after(after); s < end; s++)
        if (s->use == use && s->level == level)
            return s;
    return NULL;
}

const struct care_sentence *care_advice(enum care_level level)
{
    return next_of_level(NULL, CARE_LEVEL, level);
}

const struct care_sentence *care_sign(const struct care_sentence *after, enum care_level level)
{
    return next_of_level(after, CARE_SIGN, level);
}

const struct care_sentence *care_find(const char *id)
{
    for (size_t i = 0; id && i < care_sentence_count; i++)
        if (strcmp(care_sentences[i].id, id) == 0)
            return &care_sentences[i];
    return NULL;
}

const struct care_source *care_source_find(const char *key)
{
    for (size_t i = 0; key && i < care_source_count; i++)
        if (strcmp(care_sources[i].key, key) == 0)
            return &care_sources[i];
    return NULL;
}
