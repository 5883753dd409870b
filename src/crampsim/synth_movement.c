/* SPDX-License-Identifier: MIT */
/* Involuntary movements: of sleep, of single motor units, of seizures. */
#include "crampsim/synth_expand.h"

#include <math.h>

static const struct mix movement_mix = {0.5, 0.45, 0.4, 1, 0.5};

EXPANDER(movement)
{
    struct drive drive = event_drive(setup, event, rng, &movement_mix);

    drive.wander = 0.2;
    plan_drive(plan, &drive);
    if (event->still)
        return;
    struct move move = event_move(event, rng, MOVE_FLEX, extent_or(event, rng_between(rng, 4, 15)));
    plan_move(plan, &move);
}

EXPANDER(periodic)
{
    static const struct spread length = {2.8, 0.5, 0.5, 10}, gap = {22, 0.2, 10, 90};
    double period = rng_spread(rng, &(struct spread){22, 0.3, 12, 80});
    struct synth_event one = *event;

    for (double t = event->start_s; t < event->start_s + event->duration_s - 1;) {
        one.start_s = t;
        one.duration_s = fmin(rng_spread(rng, &length), event->start_s + event->duration_s - t);
        one.level = event->level * rng_between(rng, 0.7, 1.3);
        one.still = rng_uniform(rng) < 0.4;
        expand_movement(plan, setup, &one, rng);
        t +=
            fmin(fmax(rng_spread(rng, &gap) * period / 22, fmax(10, one.duration_s + 5)), 90); /* WASM 2016 */
    }
}

EXPANDER(tremor)
{
    struct mix mix = {0.6, 0.55, 0.5, 1, 0.3};
    struct drive drive = event_drive(setup, event, rng, &mix);

    /* 1.6 +- 0.6 Hz (Yang, Winkelman 2010), four bursts at least */
    drive.burst_hz = fmin(fmax(1.6 + 0.6 * rng_normal(rng), fmax(0.4, 4 / event->duration_s)), 3.7);
    drive.burst_duty = fmin(rng_between(rng, 0.1, 0.7) * drive.burst_hz, 0.55);
    drive.burst_jitter = 0.3;
    plan_drive(plan, &drive);
    struct move move = event_move(event, rng, MOVE_SHAKE, extent_or(event, rng_between(rng, 0.02, 0.08)));
    move.hz = drive.burst_hz;
    plan_move(plan, &move);
}

/* The two legs in turn: bursts of 100-500 ms at 0.5-3 Hz, at least four. */
EXPANDER(alternating)
{
    double hz = fmin(rng_between(rng, fmax(0.5, 4 / event->duration_s), 3), 3);
    struct drive drive = event_drive(setup, event, rng, &movement_mix);

    drive.burst_hz = hz;
    drive.burst_duty = fmin(rng_between(rng, 0.1, 0.5) * hz, 0.45);
    drive.burst_jitter = 0.15;
    for (int side = 0; side < (int)leg_count; side++) {
        struct drive one = drive;
        for (unsigned c = 0; c < setup->channel_count; c++)
            one.gain[c] *= setup->channels[c].leg == (enum leg)side ? 1 : 0;
        one.start_s += side * 0.5 / hz;
        one.end_s += side * 0.5 / hz;
        plan_drive(plan, &one);
        struct move move = event_move(event, rng, MOVE_SHAKE, extent_or(event, rng_between(rng, 0.02, 0.08)));
        move.legs = BIT(side);
        move.hz = hz;
        plan_move(plan, &move);
    }
}

/* Single potentials or groups of a few on one channel's muscle, here and there; extent: how many an hour,
   otherwise the excessive kind, of which there are at least five a minute (AASM). */
EXPANDER(myoclonus)
{
    struct synth_event one = *event;
    struct mix all = {1, 1, 1, 1, 1};
    double mean_gap = event->extent > 0 ? 3600 / event->extent : rng_between(rng, 5, 12);

    for (double t = event->start_s + rng_exponential(rng, mean_gap); t < event->start_s + event->duration_s;
         t += rng_exponential(rng, mean_gap)) {
        one.start_s = t;
        one.duration_s = rng_between(rng, 0.05, 0.14);
        one.level = rng_between(rng, 50, 200) / 2.5 / setup->mvc_uv;
        struct drive drive = event_drive(setup, &one, rng, &all);
        for (unsigned c = 0; c < setup->channel_count; c++)
            drive.gain[c] *= rng_uniform(rng) < 0.5 ? 1 : 0.05F;
        plan_drive(plan, &drive);
    }
}

EXPANDER(fasciculation)
{
    struct mix all = {1, 0.3, 0.3, 0.1, 0.1};
    struct drive where = event_drive(setup, event, rng, &all);

    fasciculate(plan, setup, &where, rng, event->start_s, event->start_s + event->duration_s,
                60 / rng_between(rng, 2, 40), 20, 300);
}

EXPANDER(jerk)
{
    struct mix all = {0.9, 0.9, 0.8, 1, 1};
    struct drive drive = event_drive(setup, event, rng, &all);
    struct move move = event_move(event, rng, MOVE_JERK, extent_or(event, rng_between(rng, 0.3, 1)));

    plan_drive(plan, &drive);
    move.end_s = move.start_s + 0.35;
    plan_move(plan, &move);
}

EXPANDER(clonus)
{
    struct mix mix = {1, 0.95, 0.9, 0.8, 0.5};
    struct drive drive = event_drive(setup, event, rng, &mix);

    /* ankle clonus at 5-7 Hz, or clonic bursts of at least 250 ms */
    drive.burst_hz = rng_uniform(rng) < 0.5 ? rng_between(rng, 5, 7) : 0.2 * pow(10, rng_uniform(rng));
    drive.burst_duty = 0.5;
    drive.burst_jitter = 0.05;
    plan_drive(plan, &drive);
    struct move move = event_move(event, rng, MOVE_SHAKE, extent_or(event, rng_between(rng, 0.1, 0.4)));
    move.hz = drive.burst_hz;
    plan_move(plan, &move);
}

EXPANDER(tonic)
{
    struct mix all = {1, 1, 0.9, 0.9, 0.9};
    struct synth_event clonic = *event;
    struct drive drive = event_drive(setup, event, rng, &all);

    drive.end_s = event->start_s + 0.6 * event->duration_s;
    drive.attack_s = fmin(1.5, event->duration_s / 4);
    drive.firing = FIRING_TONIC;
    drive.width = 0.65;
    plan_drive(plan, &drive);
    struct move move = event_move(event, rng, MOVE_RUSTLE, extent_or(event, rng_between(rng, 0.05, 0.15)));
    plan_move(plan, &move);
    clonic.start_s = drive.end_s;
    clonic.duration_s = 0.4 * event->duration_s;
    clonic.level = 0.6 * event->level;
    expand_clonus(plan, setup, &clonic, rng);
}
