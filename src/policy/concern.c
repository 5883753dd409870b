/* SPDX-License-Identifier: MIT */
#include "policy/concern.h"

#include <string.h>

static struct concern *find(struct concerns *concerns, uint32_t episode)
{
    for (unsigned i = 0; i < concerns->count; i++)
        if (concerns->list[i].episode == episode)
            return &concerns->list[i];
    return NULL;
}

static void remove_at(struct concerns *concerns, unsigned i)
{
    concerns->count--;
    memmove(&concerns->list[i], &concerns->list[i + 1], (concerns->count - i) * sizeof(concerns->list[0]));
}

static void make_room(struct concerns *concerns)
{
    unsigned i = 0;

    while (i < concerns->count && concerns->list[i].is_cramp)
        i++;
    remove_at(concerns, i < concerns->count ? i : 0);
}

struct concern *concern_note(struct concerns *concerns, const struct event *event)
{
    struct concern *concern = find(concerns, event->episode);

    if (!concern) {
        if (concerns->count == CONCERNS_MAX)
            make_room(concerns);
        concern = &concerns->list[concerns->count++];
        *concern = (struct concern){.episode = event->episode};
    }
    if (event->kind == EVENT_CRAMP_START && !concern->is_cramp) {
        concern->is_cramp = true;
        concern->exhausted = false;
    }
    concern->has_site = event->has_site;
    concern->leg = event->leg;
    concern->muscle = event->muscle;
    concern->channel = event->channel;
    concern->onset_ns = event->cramp.onset_ns;
    return concern;
}

bool concern_drop(struct concerns *concerns, uint32_t episode)
{
    struct concern *concern = find(concerns, episode);

    if (concern)
        remove_at(concerns, (unsigned)(concern - concerns->list));
    return concern != NULL;
}

static bool is_wanting(const struct concern *concern)
{
    return !concern->acknowledged && !concern->exhausted;
}

const struct concern *concern_wanting(const struct concerns *concerns)
{
    const struct concern *tension = NULL;

    for (unsigned i = concerns->count; i-- > 0;) {
        const struct concern *concern = &concerns->list[i];

        if (!is_wanting(concern))
            continue;
        if (concern->is_cramp)
            return concern;
        if (!tension)
            tension = concern;
    }
    return tension;
}

const struct concern *concern_newest_cramp(const struct concerns *concerns)
{
    for (unsigned i = concerns->count; i-- > 0;)
        if (concerns->list[i].is_cramp)
            return &concerns->list[i];
    return NULL;
}

void concern_set_acknowledged(struct concerns *concerns, bool acknowledged)
{
    for (unsigned i = 0; i < concerns->count; i++)
        concerns->list[i].acknowledged = acknowledged;
}

void concern_set_exhausted(struct concerns *concerns, bool cramps_too, bool exhausted)
{
    for (unsigned i = 0; i < concerns->count; i++)
        if (cramps_too || !concerns->list[i].is_cramp)
            concerns->list[i].exhausted = exhausted;
}
