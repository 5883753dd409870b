/* SPDX-License-Identifier: MIT */
#include "config/settings.h"

#include "base/log.h"
#include "config/value.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

struct strings {
    size_t count, room;
    char **kept;
};

struct strings *strings_new(void)
{
    return calloc(1, sizeof(struct strings));
}

void strings_free(struct strings *strings)
{
    if (!strings)
        return;
    for (size_t i = 0; i < strings->count; i++)
        free(strings->kept[i]);
    free(strings->kept);
    free(strings);
}

const char *strings_keep(struct strings *strings, const char *text)
{
    if (strings->count == strings->room) {
        size_t room = strings->room ? strings->room * 2 : 64;
        char **kept = reallocarray(strings->kept, room, sizeof(*kept));
        if (!kept)
            return NULL;
        strings->kept = kept;
        strings->room = room;
    }
    char *copy = strdup(text);
    if (copy)
        strings->kept[strings->count++] = copy;
    return copy;
}

/* The row's default into every entry there could be, so that no member is ever without a value. */
static int set_default(struct settings *settings, const struct row *row)
{
    const struct group *group = group_find(row->group);
    char problem[PROBLEM_SIZE] = "";

    for (int i = 0; i < (group->list ? group->most : 1); i++) {
        struct value value;
        const char *text = i == 1 && row->second ? row->second : row->standard;
        int r = value_from_text(row, text, &value);
        if (r == 0)
            r = value_store(row, &value, group_base(group, settings, i), settings->strings, problem);
        if (r < 0) {
            if (r == -EINVAL)
                log_error(LOG_BUG, "the default of %s.%s is wrong: %s", row->group, row->key, problem);
            return r;
        }
    }
    return 0;
}

struct settings *settings_new(void)
{
    _cleanup_(settings_freep) struct settings *settings = calloc(1, sizeof(*settings));

    if (!settings || !(settings->strings = strings_new()))
        return NULL;
    for (size_t i = 0; i < settings_row_count; i++)
        if (set_default(settings, &settings_rows[i]) < 0)
            return NULL;
    for (size_t i = 0; i < settings_group_count; i++)
        if (settings_groups[i].list)
            *group_count(&settings_groups[i], settings) = settings_groups[i].standard;

    struct settings *done = settings;
    settings = NULL;
    return done;
}

void settings_free(struct settings *settings)
{
    if (!settings)
        return;
    strings_free(settings->strings);
    free(settings);
}
