/* SPDX-License-Identifier: MIT */
/* A cramp: its announcing rise, itself, the waking and the stretch. Source numbers as in docs/synthesis.md.
 */
#include "crampsim/synth_expand.h"

#include <math.h>

/* The lowest floor of the channels the cramp is under: what its potentials are sized by. */
static double floor_at(const struct synth_setup *setup, const struct synth_event *event, double t)
{
    double lowest = INFINITY;

    for (unsigned c = 0; c < setup->channel_count; c++)
        if (setup->channels[c].leg == event->leg)
            lowest = fmin(lowest, synth_floor_uv(setup, c, t));
    return isfinite(lowest) ? lowest : setup->floor_uv;
}

/* Few units, irregular, with fasciculations (evidence-based review 2022), rising over the personal floor
   (Chaney and Sherman: 2 to 6 times, spikes to 9 times); the leg is still. */
static void expand_rise(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                        struct rng *rng, const struct drive *cramp)
{
    struct drive rise = *cramp;
    double ratio = event->rise_ratio > 1 ? event->rise_ratio : 3.2;
    double floor_uv = floor_at(setup, event, event->start_s);

    rise.start_s = event->start_s - event->rise_s;
    rise.end_s = event->start_s + cramp->attack_s;
    rise.level = floor_uv * sqrt(ratio * ratio - 1) / setup->mvc_uv;
    rise.attack_s = 0.6 * event->rise_s;
    rise.ramp_from = 0.3;
    rise.release_s = fmin(cramp->attack_s, 1);
    rise.wander = 0.2;
    rise.depth = rise.ragged = rise.cv = rise.fast_s = rise.width_end = 0;
    rise.spreads = false;
    rise.firing = FIRING_SPARSE;
    plan_drive(plan, &rise);
    fasciculate(plan, setup, cramp, rng, rise.start_s, event->start_s, 2.5, 5 * floor_uv, 9 * floor_uv);
}

/* All muscles against each other for 1-4 s while the foot is pulled up; the cramp is broken at its end. */
static void expand_stretch(struct plan *plan, const struct synth_setup *setup,
                           const struct synth_event *event, struct rng *rng)
{
    struct synth_event burst = *event;
    struct mix mix = {1, 0.9, 0.8, 1, 0.6};

    burst.duration_s = fmin(rng_between(rng, 1, 4), event->duration_s);
    burst.start_s = event->start_s + event->duration_s - burst.duration_s;
    /* Forcible stretch first raises the activity of the whole calf (Ross, Thomas 1995); by how much is
     * assumed. */
    burst.level = fmax(rng_between(rng, 0.3, 0.7), event->level * rng_between(rng, 0.9, 1.5));
    struct drive drive = event_drive(setup, &burst, rng, &mix);
    plan_drive(plan, &drive);
    struct move pull = event_move(&burst, rng, MOVE_FLEX, -extent_or(event, rng_between(rng, 12, 25)));
    pull.end_s = burst.start_s + rng_between(rng, 15, 25);
    pull.attack_s = 1.2;
    plan_move(plan, &pull);
}

/* The sleeper stirs at t: the leg moves, the other muscles work a little. */
static void stir(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                 struct rng *rng, double t)
{
    struct synth_event waking = *event;
    struct mix mix = {0.2, 0.2, 0.2, 1, 1};

    waking.start_s = t;
    waking.duration_s = rng_between(rng, 2, 5);
    waking.level = rng_between(rng, 0.08, 0.25);
    struct drive drive = event_drive(setup, &waking, rng, &mix);
    plan_drive(plan, &drive);
    struct move move = event_move(&waking, rng, MOVE_RUSTLE, rng_between(rng, 0.03, 0.1));
    plan_move(plan, &move);
    move = event_move(&waking, rng, MOVE_FLEX, rng_between(rng, -12, 12));
    move.attack_s = 0.6;
    plan_move(plan, &move);
}

/* The cramping part lies beside the electrodes: seen smaller, and wider through more tissue [assumed]. */
static void move_off(struct drive *drive, const struct synth_setup *setup, double share, struct rng *rng)
{
    double wider = rng_between(rng, 1.2, 1.6);

    for (unsigned c = 0; c < setup->channel_count; c++) {
        drive->gain[c] *= (float)share;
        drive->gain_end[c] *= (float)share;
    }
    drive->width *= wider;
    drive->width_end *= wider;
}

/* One head works at least three times as hard as the rest of the leg (Ross, Thomas 1995; Khan, Burne 2007).
   The active part moves slowly through the muscle (Roeleveld 2000): the other head's share changes, and one
   long cramp in ten goes over to it [assumed]. */
static void set_heads(struct drive *drive, const struct synth_setup *setup, const struct synth_event *event,
                      struct rng *rng)
{
    double spill = rng_between(rng, 0.04, 0.33), later = rng_between(rng, 0.04, 0.33);
    bool goes_over = event->duration_s > 60 && rng_uniform(rng) < 0.1;
    struct mix mix = {spill, spill, 0.05, 0.03, 0.02};

    event_gains(drive, setup, event, &mix);
    drive->spreads = true;
    for (unsigned c = 0; c < setup->channel_count; c++) {
        bool own = setup->channels[c].leg == event->leg && setup->channels[c].muscle == event->muscle;
        bool head = setup->channels[c].muscle == MUSCLE_GASTROCNEMIUS ||
                    setup->channels[c].muscle == MUSCLE_GASTROCNEMIUS_LATERAL;
        if (own)
            drive->gain[c] = 1;
        drive->gain_end[c] = drive->gain[c];
        if (goes_over && own)
            drive->gain_end[c] = 0.25F;
        else if (head && !own && drive->gain[c] > 0)
            drive->gain_end[c] = goes_over ? 0.8F : (float)later;
    }
}

static void move_leg(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                     struct rng *rng)
{
    /* The foot points by up to 20 degrees, slowly; trembling below 20 mg. */
    double degrees = synth_family_of(setup)->shank_share * rng_between(rng, 0, 20);
    struct move point = event_move(event, rng, MOVE_FLEX, degrees);
    point.attack_s = rng_between(rng, 3, 8);
    plan_move(plan, &point);
    struct move tremor = event_move(event, rng, MOVE_RUSTLE, rng_between(rng, 0, 0.006)); /* RMS */
    plan_move(plan, &tremor);
    if (event->wake_s > 0 && event->wake_s < event->duration_s)
        stir(plan, setup, event, rng, event->start_s + event->wake_s);
    if (event->restless)
        stir(plan, setup, event, rng, event->start_s + rng_between(rng, 0, 0.6) * event->duration_s);
}

EXPANDER(cramp)
{
    struct mix none = {0, 0, 0, 0, 0};
    struct drive drive = event_drive(setup, event, rng, &none);
    double end = event->start_s + event->duration_s, floor_uv = floor_at(setup, event, end);

    set_heads(&drive, setup, event, rng);
    drive.attack_s = fmin(rng_between(rng, 1, 10), event->duration_s / 4);
    drive.ramp_from = 0.15;
    drive.release_s = event->stretch ? 0.4 : fmin(rng_between(rng, 5, 30), event->duration_s / 3);
    drive.ragged = event->stretch ? 0 : 0.5;
    drive.wander = 0.35; /* +-50 %, the active part wanders (Roeleveld 2000) */
    drive.tempo = rng_between(rng, 0.6, 1.6);
    drive.depth = rng_between(rng, 0.1, 0.3); /* 1.4 +- 0.4 Hz (Minetto 2009) */
    drive.modulation_hz = rng_between(rng, 1, 1.8);
    drive.width = rng_between(rng, 0.6, 1);                         /* short potentials (Roeleveld 2000) */
    drive.width_end = drive.width / (1 - rng_between(rng, 0, 0.3)); /* median frequency falls [assumed] */
    drive.firing = FIRING_CRAMP;
    drive.cv = fmin(fmax(0.446 + 0.097 * rng_normal(rng), 0.25), 0.75); /* Minetto 2009 */
    drive.fast_s = rng_uniform(rng) < 0.15 ? 30 : 0;                    /* the share is assumed */
    if (event->share > 0)
        move_off(&drive, setup, event->share, rng);
    if (event->rise_s > 0)
        expand_rise(plan, setup, event, rng, &drive);
    plan_drive(plan, &drive);
    fasciculate(plan, setup, &drive, rng, end, end + rng_between(rng, 5, 40), 3, 4 * floor_uv, 15 * floor_uv);
    move_leg(plan, setup, event, rng);
    if (event->stretch)
        expand_stretch(plan, setup, event, rng);
}
