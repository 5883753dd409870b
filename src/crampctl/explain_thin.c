/* SPDX-License-Identifier: MIT */
#include "crampctl/explain_thin.h"

#include "crampctl/json.h"

#include <math.h>
#include <string.h>

/* A page of a few MB: a frame takes 15 bytes and more. */
#define FINE_FRAMES_MAX 50000
#define COARSE_MAX      5000
/* So short a span is shown whole. */
#define WHOLE_FRAMES 18000
#define NEAR         0.5 /* of the evidence for a cramp: as in explain_list.js */
#define MARGIN_NEAR  200
#define UNSEEN_MAX_S 60.0
#define STRONG_RATIO 5.0 /* what a cramp reaches at least */
#define LONG_S       3.0

/* What is kept whole, tried in this order until it is few enough. */
static const struct rule {
    const char *kept;
    int64_t margin; /* frames before and behind; more where it nearly was a cramp */
    double near;    /* activities that came nearer to a cramp than this, 0..1 ... */
    bool strong;    /* ... and those that were strong and long, however near */
} rules[] = {
    {"all activities", 100, -1, true},
    {"all activities", 30, -1, true},
    {"activities that were strong and long or counted as evidence", 30, 0.03, true},
    {"cramps, and activities that came near to one", 100, NEAR, false},
    {"cramps", 100, 0.99, false},
};

static bool wanted(const cJSON *item, const struct rule *rule, enum leg leg)
{
    const char *kind = json_text(item, "kind", "");

    if (strcmp(json_text(item, "leg", leg_name(leg)), leg_name(leg)) != 0)
        return false;
    if (strcmp(kind, "fault") == 0)
        return false;
    /* hours without signal are not worth their frames */
    if (strcmp(kind, "unseen") == 0)
        return rule->near < 0 && json_number(item, "to_s") - json_number(item, "from_s") < UNSEEN_MAX_S;
    bool strong = json_number(item, "peak") >= STRONG_RATIO &&
                  json_number(item, "to_s") - json_number(item, "from_s") >= LONG_S;
    return json_number(item, "near") > rule->near || (rule->strong && strong);
}

static struct span window(const cJSON *item, const struct rule *rule, const struct span *span)
{
    double end_s = fmax(json_number(item, "to_s"), json_number(item, "at_s"));
    int64_t margin = json_number(item, "near") >= NEAR ? MARGIN_NEAR : rule->margin;
    int64_t from = llround(json_number(item, "from_s") * 10) - margin;
    int64_t to = llround(end_s * 10) + margin;

    return (struct span){MAX(from, span->from), MIN(to, span->to)};
}

static void add(struct pieces *pieces, int64_t from, int64_t to, int64_t each)
{
    struct piece *last = pieces->count ? &pieces->piece[pieces->count - 1] : NULL;

    if (from >= to)
        return;
    if (last && last->each == each)
        last->to = to;
    else
        pieces->piece[pieces->count++] = (struct piece){from, to, each};
}

/* Items are in order of their beginning; windows may overlap. */
static int64_t apply(const cJSON *items, const struct rule *rule, const struct span *span, enum leg leg,
                     struct pieces *pieces)
{
    int64_t done = span->from, fine = 0;
    const cJSON *item;

    pieces->count = 0;
    pieces->kept = rule->kept;
    cJSON_ArrayForEach(item, items)
    {
        if (!wanted(item, rule, leg))
            continue;
        struct span w = window(item, rule, span);
        int64_t from = MAX(w.from, done);
        if (w.to <= from)
            continue;
        add(pieces, done, from, pieces->coarse);
        add(pieces, from, w.to, 1);
        fine += w.to - from;
        done = w.to;
    }
    add(pieces, done, span->to, pieces->coarse);
    return fine;
}

bool thin(const cJSON *items, const struct span *span, enum leg leg, struct pieces *pieces)
{
    int64_t frames = span->to - span->from;

    *pieces = (struct pieces){.coarse = MAX(1, (frames + COARSE_MAX - 1) / COARSE_MAX)};
    pieces->piece = calloc(2 * (size_t)cJSON_GetArraySize(items) + 1, sizeof(*pieces->piece));
    if (!pieces->piece)
        return false;
    if (frames <= WHOLE_FRAMES) {
        pieces->coarse = 1;
        add(pieces, span->from, span->to, 1);
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        if (apply(items, &rules[i], span, leg, pieces) <= FINE_FRAMES_MAX)
            return true;
    /* One cramp of hours: its whole cannot be drawn anyway. */
    pieces->count = 0;
    pieces->kept = NULL;
    add(pieces, span->from, span->to, pieces->coarse);
    return true;
}

void pieces_clear(struct pieces *pieces)
{
    free(pieces->piece);
    *pieces = (struct pieces){0};
}
