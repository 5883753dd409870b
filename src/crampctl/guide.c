/* SPDX-License-Identifier: MIT */
#include "crampctl/guide.h"

#include "base/language.h"
#include "base/macros.h"
#include "care/care.h"
#include "crampctl/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 78

static const char *const place_names[muscle_count] = {
    [MUSCLE_GASTROCNEMIUS] = N_("Calf"),
    [MUSCLE_GASTROCNEMIUS_LATERAL] = N_("Calf"),
    [MUSCLE_SOLEUS] = N_("Calf"),
    [MUSCLE_TIBIALIS] = N_("Shin"),
    [MUSCLE_HAMSTRING] = N_("Back of the thigh"),
    [MUSCLE_QUADRICEPS] = N_("Front of the thigh"),
    [MUSCLE_FOOT] = N_("Foot"),
};

/* In the order in which they are shown; a heading holds until the next. The last ones only when no muscle is
 * named, and after the advice. */
static const struct section {
    enum care_use use;
    const char *heading; /* NULL: goes on below the one before */
    bool general;
} sections[] = {
    {CARE_IN_BED, N_("Now, in bed"), false},
    {CARE_EASING, NULL, false},
    {CARE_RISING, N_("If you get up"), false},
    {CARE_STANDING, NULL, false},
    {CARE_AFTERWARDS, N_("Afterwards"), false},
    {CARE_PATTERN, N_("Worth telling a doctor"), true},
    {CARE_PREVENTION, N_("What may prevent the next one"), true},
    {CARE_CAUTION, NULL, true},
};

static int find_muscle(const char *place)
{
    if (!place || strcmp(place, "calf") == 0)
        return MUSCLE_GASTROCNEMIUS;
    if (strcmp(place, "shin") == 0)
        return MUSCLE_TIBIALIS;
    return muscle_from_name(place);
}

int guide_check(const char *place)
{
    if (find_muscle(place) >= 0)
        return 0;
    fprintf(stderr, "crampctl: \"%s\" is no muscle; write calf, shin", place);
    for (int m = 0; m < (int)muscle_count; m++)
        fprintf(stderr, "%s%s", m + 1 < (int)muscle_count ? ", " : " or ", muscle_name((enum muscle)m));
    fprintf(stderr, "\n");
    return -EINVAL;
}

/* Characters of the first n bytes. */
static size_t width(const char *text, size_t n)
{
    size_t characters = 0;

    for (size_t i = 0; i < n; i++)
        characters += ((unsigned char)text[i] & 0xc0) != 0x80;
    return characters;
}

/* Words after `*column` columns of a line, broken before COLUMNS; further lines are indented. */
static void print_wrapped(const char *text, size_t indent, size_t *column)
{
    while (*text) {
        size_t length = strcspn(text, " ");
        size_t wide = width(text, length);
        if (*column > indent && *column + 1 + wide > COLUMNS) {
            printf("\n%*s", (int)indent, "");
            *column = indent;
        } else if (*column > indent) {
            putchar(' ');
            ++*column;
        }
        printf("%.*s", (int)length, text);
        *column += wide;
        text += length;
        text += strspn(text, " ");
    }
}

/* What was said, and so what was cited. */
struct talk {
    enum muscle muscle;
    bool cited[64];   /* by the place in care_sources */
    cJSON *sentences; /* NULL: for people */
};

static void cite(struct talk *talk, const struct care_sentence *s)
{
    for (const char *const *key = s->sources; *key; key++) {
        const struct care_source *source = care_source_find(*key);
        if (source && (size_t)(source - care_sources) < ARRAY_SIZE(talk->cited))
            talk->cited[source - care_sources] = true;
    }
}

static void print_sentence(const struct care_sentence *s, const char *mark, size_t indent)
{
    size_t column = indent;

    printf("%*s%s", (int)(indent - strlen(mark)), "", mark);
    print_wrapped(language_text(s->text), indent, &column);
    for (const char *const *key = s->sources; *key; key++) {
        char bracket[16];
        snprintf(bracket, sizeof(bracket), "[%s]", *key);
        print_wrapped(bracket, indent, &column);
    }
    putchar('\n');
}

static void add_sentence(cJSON *list, const struct care_sentence *s)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "id", s->id);
    cJSON_AddStringToObject(object, "use", care_use_name(s->use));
    if (s->use == CARE_LEVEL || s->use == CARE_SIGN)
        cJSON_AddStringToObject(object, "level", care_level_name(s->level));
    cJSON_AddStringToObject(object, "text", language_text(s->text));
    cJSON *sources = cJSON_AddArrayToObject(object, "sources");
    for (const char *const *key = s->sources; *key; key++)
        cJSON_AddItemToArray(sources, cJSON_CreateString(*key));
    cJSON_AddItemToArray(list, object);
}

static void say(struct talk *talk, const struct care_sentence *s)
{
    cite(talk, s);
    if (talk->sentences)
        add_sentence(talk->sentences, s);
    else if (s->use == CARE_LEVEL)
        print_sentence(s, "", 2);
    else
        print_sentence(s, "- ", s->use == CARE_SIGN ? 6 : 4);
}

static void print_heading(const struct talk *talk, const char *heading)
{
    if (heading && !talk->sentences)
        printf("\n%s\n", language_text(heading));
}

static void say_section(struct talk *talk, const struct section *section)
{
    const struct care_sentence *s = NULL;

    print_heading(talk, section->heading);
    while ((s = care_guidance(s, section->use, talk->muscle)))
        say(talk, s);
}

/* Down to the level `last`. */
static void say_advice(struct talk *talk, enum care_level last)
{
    print_heading(talk, N_("When to see somebody"));
    for (int level = 0; level <= (int)last; level++) {
        const struct care_sentence *s = NULL;
        say(talk, care_advice((enum care_level)level));
        while ((s = care_sign(s, (enum care_level)level)))
            say(talk, s);
    }
}

static void say_all(struct talk *talk, bool general)
{
    for (size_t i = 0; i < ARRAY_SIZE(sections) && !sections[i].general; i++)
        say_section(talk, &sections[i]);
    say_advice(talk,
               general ? CARE_HOME : CARE_NOW); /* of a cramp that is on, what cannot wait for the day */
    for (size_t i = 0; i < ARRAY_SIZE(sections) && general; i++)
        if (sections[i].general)
            say_section(talk, &sections[i]);
}

static void print_sources(const struct talk *talk)
{
    print_heading(talk, N_("Sources"));
    for (size_t i = 0; i < care_source_count; i++) {
        char bracket[16];
        size_t column = 8;
        if (!talk->cited[i])
            continue;
        snprintf(bracket, sizeof(bracket), "[%s]", care_sources[i].key);
        printf("  %-6s", bracket);
        print_wrapped(care_sources[i].what, 8, &column);
        putchar('\n');
    }
}

static int guide_json(struct talk *talk, bool general)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "muscle", muscle_name(talk->muscle));
    talk->sentences = cJSON_AddArrayToObject(object, "sentences");
    if (talk->sentences)
        say_all(talk, general);
    cJSON *sources = cJSON_AddObjectToObject(object, "sources");
    for (size_t i = 0; i < care_source_count; i++)
        if (talk->cited[i])
            cJSON_AddStringToObject(sources, care_sources[i].key, care_sources[i].what);
    _cleanup_(freep) char *text = cJSON_PrintUnformatted(object);
    bool complete = talk->sentences && text;
    if (complete)
        printf("%s\n", text);
    cJSON_Delete(object);
    return complete ? 0 : -ENOMEM;
}

int guide(const char *place, bool json)
{
    struct talk talk = {.muscle = (enum muscle)find_muscle(place)};

    language_start(LANGUAGE_SYSTEM); /* without a catalogue it is English */
    if (json)
        return guide_json(&talk, !place);
    printf("%s\n", language_text(place_names[talk.muscle]));
    say_all(&talk, !place);
    print_sources(&talk);
    printf("\n%s\n", language_text(N_("crampd is not a medical device and does not diagnose.")));
    return 0;
}
