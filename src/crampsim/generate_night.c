/* SPDX-License-Identifier: MIT */
/* A night of a made-up sleeper: which events, how often, when. Distributions: docs/synthesis.md. */
#include "crampsim/generate.h"

#include "crampsim/synth_class.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define QUIET_START_S 300 /* the floor can be learnt */
#define CRAMPS_MAX    8

struct profile {
    const char *name;
    double cramps[4]; /* probability of 0, 1, 2, 3 cramps */
    double hard;      /* share of cramps out of the hard set */
    double others;    /* factor on per_night of the table of classes */
    double periodic;  /* further factor on series, tremor, myoclonus */
    double holds;     /* further factor on voluntary holds */
};

static const struct profile profiles[] = {
    {"normal", {0.50, 0.30, 0.15, 0.05}, 0.2, 1, 1, 1},
    {"plm", {0.50, 0.30, 0.15, 0.05}, 0.2, 1, 5, 1},
    {"hard", {0, 0.2, 0.4, 0.4}, 1, 1.5, 2, 1},
    {"hold", {0.50, 0.30, 0.15, 0.05}, 0.2, 1, 1, 5},
    {"clean", {1, 0, 0, 0}, 0, 0, 0, 0},
};

const char *night_profile_name(size_t index)
{
    return index < ARRAY_SIZE(profiles) ? profiles[index].name : NULL;
}

static double log_normal(struct rng *rng, double median, double sigma, double low, double high)
{
    return fmin(fmax(median * exp(sigma * rng_normal(rng)), low), high);
}

void night_draw_person(struct synth_setup *setup, uint64_t seed)
{
    struct rng rng = rng_fork(seed, 3);

    setup->seed = seed;
    setup->mvc_uv = log_normal(&rng, 250, 0.5, 60, 1000);
    setup->floor_uv = log_normal(&rng, 3, 0.4, 1, 10);
    setup->floor_drift_db = 6;
    setup->mains_uv = fmin(rng_exponential(&rng, 4), 50);
    setup->mains_hz = rng_uniform(&rng) < 0.75 ? 50 : 60;
    setup->ecg_uv = rng_between(&rng, 0, 10);
}

/* Three times as likely within the hour after another cramp. */
static double draw_cramp_time(struct rng *rng, double duration_s, const double *ends, unsigned count)
{
    for (int attempt = 0; attempt < 100; attempt++) {
        double t = rng_between(rng, QUIET_START_S + 90, duration_s);
        bool after = false;
        for (unsigned i = 0; i < count; i++)
            after = after || (t > ends[i] && t < ends[i] + 3600);
        if (after || rng_uniform(rng) < 1.0 / 3)
            return t;
    }
    return rng_between(rng, QUIET_START_S + 90, duration_s);
}

static struct synth_event draw_cramp(struct rng *rng, const struct synth_setup *setup, bool hard)
{
    struct synth_event cramp = {.class = synth_class_find("cramp"), .what = hard ? "hard" : "full"};
    bool lateral = setup->channel_count > 1 && rng_uniform(rng) < 0.3;

    cramp.leg = setup->channels[rng_next(rng) % setup->channel_count].leg;
    cramp.muscle = lateral ? MUSCLE_GASTROCNEMIUS_LATERAL : MUSCLE_GASTROCNEMIUS;
    if (hard) {
        cramp.duration_s = rng_between(rng, 8, 20);
        cramp.level = rng_between(rng, 0.05, 0.15);
        if (rng_uniform(rng) < 0.5) /* as near the floor as 6 to 10 dB */
            cramp.level = setup->floor_uv * pow(10, rng_between(rng, 6, 10) / 20) / setup->mvc_uv;
    } else {
        cramp.duration_s =
            rng_uniform(rng) < 0.5 ? log_normal(rng, 45, 0.8, 10, 900) : log_normal(rng, 420, 0.45, 10, 900);
        cramp.level = rng_between(rng, 0.2, 0.8);
    }
    cramp.wake_s = rng_between(rng, 10, 60);
    if (rng_uniform(rng) < 0.7) { /* announced: the sleeper wakes 41 +- 11 s after the rise began */
        double lead = fmin(fmax(41 + 11 * rng_normal(rng), 10), 80);
        cramp.rise_s = lead * rng_between(rng, 0.55, 0.9);
        cramp.wake_s = lead - cramp.rise_s;
        cramp.rise_ratio = log_normal(rng, 3.2, 0.35, 2, 6);
    }
    cramp.stretch = cramp.wake_s + 5 < cramp.duration_s && rng_uniform(rng) < 0.6;
    return cramp;
}

static void place_cramps(struct script *script, const struct profile *profile,
                         const struct synth_setup *setup, struct rng *rng)
{
    double ends[CRAMPS_MAX], dice = rng_uniform(rng), share = script_duration(script) / (8 * 3600);
    unsigned wanted = 0, placed = 0;

    for (double sum = profile->cramps[0]; wanted < 3 && dice >= sum; sum += profile->cramps[++wanted])
        ;
    if (share < 0.5 && wanted > 1) /* a short night has fewer */
        wanted = 1;
    for (unsigned attempt = 0; placed < wanted && attempt < 50; attempt++) {
        struct synth_event cramp = draw_cramp(rng, setup, rng_uniform(rng) < profile->hard);
        cramp.start_s = draw_cramp_time(rng, script_duration(script), ends, placed);
        if (!script_is_free(script, &cramp, 60))
            continue;
        script_add(script, &cramp);
        ends[placed++] = cramp.start_s + cramp.duration_s;
        if (cramp.what[0] == 'h' && rng_uniform(rng) < 0.25) { /* begins while the sleeper turns over */
            struct synth_event turn = {.class = synth_class_find("turn"), .what = "over the onset"};
            turn.duration_s = rng_between(rng, 4, 8);
            turn.start_s = cramp.start_s - turn.duration_s * 0.6;
            script_add(script, &turn);
        }
    }
}

static double factor(const struct profile *profile, const char *name)
{
    double factor = profile->others;

    if (!strcmp(name, "periodic_leg_movement") || !strcmp(name, "foot_tremor") ||
        !strcmp(name, "fragmentary_myoclonus"))
        factor *= profile->periodic;
    if (!strcmp(name, "voluntary_hold"))
        factor *= profile->holds;
    return factor;
}

static void place_class(struct script *script, const struct profile *profile, const struct synth_setup *setup,
                        const struct synth_class *class, struct rng *rng)
{
    double mean = class->per_night * factor(profile, class->name) * script_duration(script) / (8 * 3600);

    for (unsigned wanted = rng_poisson(rng, mean); wanted > 0; wanted--) {
        for (int attempt = 0; attempt < 40; attempt++) {
            struct synth_event event = {
                .class = class,
                .start_s = rng_between(rng, QUIET_START_S, script_duration(script)),
                .leg = setup->channels[rng_next(rng) % setup->channel_count].leg,
                .still = rng_uniform(rng) < 0.4,
            };
            if (!script_is_free(script, &event, 8))
                continue;
            script_add(script, &event);
            break;
        }
    }
}

int night_fill(struct script *script, const struct synth_setup *setup, const char *name)
{
    struct rng rng = rng_fork(setup->seed, 4);
    const struct profile *profile = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(profiles); i++)
        if (!strcmp(profiles[i].name, name))
            profile = &profiles[i];
    if (!profile)
        return -EINVAL;
    place_cramps(script, profile, setup, &rng);
    const struct synth_class *class;
    for (size_t i = 0; (class = synth_class_at(i)); i++)
        place_class(script, profile, setup, class, &rng);
    return 0;
}
