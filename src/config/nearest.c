/* SPDX-License-Identifier: MIT */
#include "config/nearest.h"

#include "config/table.h"

#include <string.h>

#define WORD_MAX 32 /* no word of the table is longer */

/* Insertions, deletions, replacements and swaps of neighbours between a and b (optimal string alignment). */
static unsigned edit_distance(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1];
    size_t length = strlen(b);

    for (unsigned j = 0; j <= length; j++)
        rows[0][j] = j;
    for (unsigned i = 1; a[i - 1]; i++) {
        unsigned *now = rows[i % 3];
        const unsigned *last = rows[(i - 1) % 3];
        const unsigned *before = rows[(i + 1) % 3];
        now[0] = i;
        for (unsigned j = 1; j <= length; j++) {
            unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = MIN(best, MIN(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = MIN(best, before[j - 2] + 1);
            now[j] = best;
        }
    }
    return rows[strlen(a) % 3][length];
}

struct search {
    const char *word;
    const char *best;
    unsigned distance;
};

static void consider(struct search *search, const char *candidate)
{
    size_t length = strlen(search->word);

    if (length > WORD_MAX || strlen(candidate) > WORD_MAX)
        return;
    unsigned distance = edit_distance(search->word, candidate);
    /* "rate" for "rate_hz": the unit was left out */
    if (length >= 3 && strncmp(candidate, search->word, length) == 0)
        distance = 1;
    unsigned allowed = length <= 4 ? 1 : length <= 8 ? 2 : 3;
    if (distance <= allowed && distance < search->distance) {
        search->distance = distance;
        search->best = candidate;
    }
}

const char *nearest_group(const char *word)
{
    struct search search = {word, NULL, WORD_MAX};

    for (size_t i = 0; i < settings_group_count; i++)
        consider(&search, settings_groups[i].name);
    return search.best;
}

const char *nearest_key(const char *group, const char *word)
{
    struct search search = {word, NULL, WORD_MAX};

    for (size_t i = 0; i < settings_row_count; i++)
        if (strcmp(settings_rows[i].group, group) == 0)
            consider(&search, settings_rows[i].key);
    return search.best;
}

const char *group_with_key(const char *key)
{
    const char *found = NULL;

    for (size_t i = 0; i < settings_row_count; i++) {
        if (strcmp(settings_rows[i].key, key) != 0)
            continue;
        if (found)
            return NULL;
        found = settings_rows[i].group;
    }
    return found;
}
