/* SPDX-License-Identifier: MIT */
/* A night of a made-up sleeper: which events, how often, when. Distributions: docs/synthesis.md. */
#include "crampsim/generate.h"

#include "crampsim/synth_class.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define QUIET_START_S  300 /* the floor can be learnt */
#define CLUSTER_S      3600 /* threshold frequency stays lowered for an hour after a cramp (Muscle Nerve 2017) */
#define CLUSTER_HAZARD 3.0 /* assumed */
#define NIGHT_S        (8 * 3600.0)

struct night_profile {
    const char *name;
    double cramps[4]; /* probability of 0, 1, 2, 3 and more cramps */
    double hard;      /* share of cramps out of the hard set */
    double others;    /* factor on per_night of the table of classes */
    double groups[3]; /* further factors, by enum synth_group */
};

static const struct night_profile profiles[] = {
    {"normal", {0.50, 0.30, 0.15, 0.05}, 0.2, 1, {1, 1, 1}},
    {"plm", {0.50, 0.30, 0.15, 0.05}, 0.2, 1, {1, 5, 1}},
    {"hard", {0, 0.2, 0.4, 0.4}, 1, 1.5, {1, 2, 1}},
    {"hold", {0.50, 0.30, 0.15, 0.05}, 0.2, 1, {1, 1, 5}},
    {"clean", {1, 0, 0, 0}, 0, 0, {0, 0, 0}},
};

const char *night_profile_name(size_t index)
{
    return index < ARRAY_SIZE(profiles) ? profiles[index].name : NULL;
}

double night_draw_hours(const struct synth_setup *setup)
{
    struct rng rng = rng_fork(setup->seed, 7);

    return fmin(fmax(8 + 0.8 * rng_normal(&rng), 6), 9.5);
}

int night_draw(struct night *night, const char *name, double hours, struct synth_setup *setup)
{
    struct rng rng = rng_fork(setup->seed, 5);
    double dice = rng_uniform(&rng), sum = 0;
    unsigned wanted = 0;

    *night = (struct night){.profile = NULL};
    for (size_t i = 0; i < ARRAY_SIZE(profiles); i++)
        if (!strcmp(profiles[i].name, name))
            night->profile = &profiles[i];
    if (!night->profile)
        return -EINVAL;
    for (sum = night->profile->cramps[0]; wanted < 3 && dice >= sum; sum += night->profile->cramps[++wanted])
        ;
    while (wanted >= 3 && wanted < NIGHT_CRAMPS_MAX && rng_uniform(&rng) < 0.3) /* "and more" [assumed] */
        wanted++;
    if (hours < 4 && wanted > 1) /* a short night has fewer */
        wanted = 1;
    for (; night->cramp_count < wanted; night->cramp_count++) {
        enum cramp_kind kind = CRAMP_FULL;
        if (rng_uniform(&rng) < night->profile->hard)
            kind = CRAMP_WEAK + rng_next(&rng) % (cramp_kind_count - CRAMP_WEAK);
        if (kind ==
            CRAMP_CLIPPED) /* somebody has turned the gain up too far for this muscle, for the whole night */
            setup->clip_uv = fmin(setup->clip_uv, setup->mvc_uv * rng_between(&rng, 0.4, 0.9));
        night->cramps[night->cramp_count] = kind;
    }
    return 0;
}

/* Evenly over the night, three times as likely within an hour of another cramp. */
static double draw_cramp_time(struct rng *rng, double night_s, const struct synth_event *placed,
                              unsigned count)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        double t = rng_between(rng, QUIET_START_S + 90, night_s);
        bool near = false;
        for (unsigned i = 0; i < count; i++)
            near = near || (t > placed[i].start_s - CLUSTER_S &&
                            t < placed[i].start_s + placed[i].duration_s + CLUSTER_S);
        if (near || rng_uniform(rng) < 1 / CLUSTER_HAZARD)
            return t;
    }
    return rng_between(rng, QUIET_START_S + 90, night_s);
}

/* Its length and strength. Hard: 8-20 s; weak ones 5-15 % of MVC, or only 6-10 dB over the floor of the
 * moment. */
static void draw_cramp_size(struct rng *rng, const struct script *script, struct synth_event *cramp)
{
    static const struct spread brief = {45, 0.8, 8, 900}, lasting = {420, 0.45, 8, 900},
                               bounds = {0, 0, 8, 900};
    const struct synth_setup *setup = script_setup(script);

    cramp->duration_s = cramp->kind == CRAMP_FULL
                            ? rng_spread(rng, rng_uniform(rng) < 0.5 ? &brief : &lasting)
                            : rng_between(rng, 8, 20);
    if (cramp->kind == CRAMP_FULL)
        cramp->duration_s = synth_family_length(synth_family_of(setup), rng, cramp->duration_s, &bounds);
    cramp->level = rng_between(rng, 0.2, 0.8);
    if (cramp->kind == CRAMP_CLIPPED) /* peaks of three times the RMS meet rails at 0.4-0.9 of MVC */
        cramp->level = rng_between(rng, 0.4, 0.8);
    if (cramp->kind == CRAMP_PARTLY_OFF)
        cramp->share = rng_between(rng, 0.15, 0.4); /* assumed */
    if (cramp->kind == CRAMP_TURN)                  /* assumed */
        cramp->level = rng_between(rng, 0.1, 0.5);
    cramp->restless = cramp->kind != CRAMP_FULL && cramp->kind != CRAMP_TURN && rng_uniform(rng) < 1.0 / 3;
    if (cramp->kind != CRAMP_WEAK)
        return;
    cramp->level = rng_between(rng, 0.05, 0.15);
    if (rng_uniform(rng) < 0.5) {
        double floor_uv = 0; /* of the noisiest electrode over the muscle */
        for (unsigned c = 0; c < setup->channel_count; c++)
            if (script_channels(script, cramp) & BIT(c))
                floor_uv = fmax(floor_uv, synth_floor_uv(setup, c, cramp->start_s));
        cramp->level = fmax(floor_uv, 1) * pow(10, rng_between(rng, 6, 10) / 20) / setup->mvc_uv;
    }
}

static bool has_channel(const struct synth_setup *setup, enum leg leg, enum muscle muscle)
{
    for (unsigned c = 0; c < setup->channel_count; c++)
        if (setup->channels[c].leg == leg && setup->channels[c].muscle == muscle)
            return true;
    return false;
}

static struct synth_event draw_cramp(struct rng *rng, const struct script *script, enum cramp_kind kind,
                                     double start_s)
{
    const struct synth_setup *setup = script_setup(script);
    struct synth_event cramp = {.class = synth_class_find("cramp"),
                                .kind = kind,
                                .start_s = start_s,
                                .what = kind == CRAMP_FULL ? "full" : "hard"};
    bool lateral = rng_uniform(rng) < 0.3; /* mostly gastrocnemius; which head is assumed */

    cramp.leg = setup->channels[rng_next(rng) % setup->channel_count].leg;
    cramp.muscle = lateral && has_channel(setup, cramp.leg, MUSCLE_GASTROCNEMIUS_LATERAL)
                       ? MUSCLE_GASTROCNEMIUS_LATERAL
                       : MUSCLE_GASTROCNEMIUS;
    draw_cramp_size(rng, script, &cramp);
    cramp.wake_s = rng_between(rng, 10, 60); /* assumed */
    if (rng_uniform(rng) < 0.7) {
        /* The sleeper wakes with pain 41 +- 11 s after the rise began (Chaney and Sherman); where between the
           two the cramp itself begins is not known [assumed: after 55-90 %]. */
        double lead = fmin(fmax(41 + 11 * rng_normal(rng), 10), 80);
        cramp.rise_s = lead * rng_between(rng, 0.55, 0.9);
        cramp.wake_s = fmin(lead - cramp.rise_s, 0.9 * cramp.duration_s); /* it is the cramp that wakes */
        cramp.rise_ratio = rng_spread(rng, &(struct spread){3.2, 0.35, 2, 6});
    }
    if (cramp.wake_s > cramp.duration_s) /* slept through */
        cramp.wake_s = 0;
    cramp.stretch =
        cramp.wake_s > 0 && cramp.wake_s + 5 < cramp.duration_s && rng_uniform(rng) < 0.6; /* assumed */
    return cramp;
}

/* A turn into which the cramp begins, or that ends just before. */
static void add_turn(struct script *script, const struct synth_event *cramp, struct rng *rng)
{
    struct synth_event turn = {.class = synth_class_find("turn"), .what = "over the onset"};
    bool before = rng_uniform(rng) < 0.5;

    turn.duration_s = rng_between(rng, 4, 8);
    turn.start_s = cramp->start_s - turn.duration_s * 0.6;
    if (before) {
        turn.what = "before the onset";
        turn.start_s = cramp->start_s - turn.duration_s - rng_between(rng, 0, 3);
    }
    script_add(script, &turn);
}

static void place_cramps(const struct night *night, struct script *script, struct rng *rng)
{
    struct synth_event placed[NIGHT_CRAMPS_MAX];
    unsigned count = 0;

    for (unsigned attempt = 0; count < night->cramp_count && attempt < 200; attempt++) {
        double start_s = draw_cramp_time(rng, script_duration(script), placed, count);
        struct synth_event cramp = draw_cramp(rng, script, night->cramps[count], start_s);
        if (!script_is_free(script, &cramp, 60))
            continue;
        script_add(script, &cramp);
        placed[count++] = cramp;
        if (cramp.kind == CRAMP_TURN)
            add_turn(script, &cramp, rng);
    }
}

static void place_class(const struct night *night, struct script *script, const struct synth_class *class,
                        double habit, struct rng *rng)
{
    const struct synth_setup *setup = script_setup(script);
    double mean = class->per_night * habit * night->profile->others * night->profile->groups[class->group] *
                  script_duration(script) / NIGHT_S;

    for (unsigned wanted = rng_poisson(rng, mean); wanted > 0; wanted--) {
        for (int attempt = 0; attempt < 40; attempt++) {
            struct synth_event event = {
                .class = class,
                .start_s = rng_between(rng, QUIET_START_S, script_duration(script)),
                .leg = setup->channels[rng_next(rng) % setup->channel_count].leg,
                .still = rng_uniform(rng) < 0.4, /* 39 % without motion (Terrill 2013) */
            };
            if (!script_is_free(script, &event, 8))
                continue;
            script_add(script, &event);
            break;
        }
    }
}

void night_fill(const struct night *night, struct script *script, const struct person *person)
{
    const struct synth_setup *setup = script_setup(script);
    struct rng rng = rng_fork(setup->seed, 4);
    const struct synth_class *class;

    place_cramps(night, script, &rng);
    if (night->profile->others > 0) /* everybody has some fragmentary myoclonus, all night */
        script_add(script, &(struct synth_event){.class = synth_class_find("fragmentary_myoclonus"),
                                                 .duration_s = script_duration(script),
                                                 .extent = person->myoclonus_per_h,
                                                 .what = "all night"});
    for (size_t i = 0; (class = synth_class_at(i)); i++)
        if (!class->held_out || person->family->held_out)
            place_class(night, script, class, person->habits[i], &rng);
}
