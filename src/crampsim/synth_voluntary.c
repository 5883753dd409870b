/* SPDX-License-Identifier: MIT */
/* What sleepers do with their legs themselves: turn, stretch, brace, walk. */
#include "crampsim/synth_expand.h"

#include <math.h>

/* Several overlapping efforts of all muscles while the body rolls over. */
EXPANDER(turn)
{
    unsigned efforts = 2 + (unsigned)(event->duration_s / 4);

    for (unsigned i = 0; i < efforts; i++) {
        struct mix mix = {rng_between(rng, 0.3, 1), rng_between(rng, 0.3, 1), rng_between(rng, 0.3, 1),
                          rng_between(rng, 0.3, 1), 0.7};
        struct synth_event effort = *event;
        effort.duration_s = event->duration_s * rng_between(rng, 0.3, 0.6);
        effort.start_s += i == 0 ? 0 : rng_uniform(rng) * (event->duration_s - effort.duration_s);
        effort.level = event->level * rng_between(rng, 0.5, 1);
        struct drive drive = event_drive(setup, &effort, rng, &mix);
        drive.wander = 0.5;
        plan_drive(plan, &drive);
    }
    double degrees = extent_or(event, rng_between(rng, 12, 110));
    struct move move = event_move(event, rng, MOVE_TURN, rng_uniform(rng) < 0.5 ? degrees : -degrees);
    plan_move(plan, &move);
}

EXPANDER(pandiculation)
{
    struct mix mix = {1, 0.95, 0.9, 0.8, 0.8};
    struct drive drive = event_drive(setup, event, rng, &mix);
    struct move move = event_move(event, rng, MOVE_FLEX, extent_or(event, rng_between(rng, 8, 20)));

    drive.cv = rng_between(rng, 0.1, 0.25);
    drive.attack_s = fmin(rng_between(rng, 0.8, 2), event->duration_s / 3);
    drive.release_s = fmin(rng_between(rng, 0.5, 1.5), event->duration_s / 3);
    plan_drive(plan, &drive);
    move.attack_s = 1;
    plan_move(plan, &move);
}

/* Bracing the foot against the bed: both heads, regular, and nothing moves. The hardest look-alike. */
EXPANDER(hold)
{
    struct mix mix = {1, rng_between(rng, 0.7, 1), rng_between(rng, 0.7, 1), 0.15, 0.1};
    struct drive drive = event_drive(setup, event, rng, &mix);

    drive.cv = rng_between(rng, 0.1, 0.25);
    drive.width_end =
        drive.width * (1 + fmin(event->duration_s / 120, 1) * rng_between(rng, 0, 0.3)); /* fatigue */
    drive.attack_s = rng_between(rng, 0.3, 1);
    drive.release_s = rng_between(rng, 0.3, 0.8);
    drive.wander = rng_between(rng, 0.05, 0.2); /* recorded holds: envelope of 100 ms varies by 14-26 % */
    plan_drive(plan, &drive);
}

EXPANDER(walk)
{
    double stride = rng_between(rng, 0.7, 1.2);
    struct mix push = {1, 0.9, 1, 0.1, 0.4}, swing = {0.05, 0.05, 0.05, 0.8, 0.4};
    struct drive drive = event_drive(setup, event, rng, &push);

    drive.start_s += 4;
    drive.end_s -= 4;
    drive.burst_hz = stride;
    drive.burst_duty = 0.45;
    drive.burst_jitter = 0.1;
    plan_drive(plan, &drive);
    event_gains(&drive, setup, event, &swing);
    drive.start_s += 0.5 / stride;
    plan_drive(plan, &drive);
    for (int end = 0; end < 2; end++) { /* getting up, lying down */
        struct synth_event change = *event;
        change.duration_s = 4;
        change.start_s += end ? event->duration_s - 4 : 0;
        struct mix all = {0.8, 0.8, 0.8, 0.9, 1};
        struct drive effort = event_drive(setup, &change, rng, &all);
        effort.wander = 0.5;
        plan_drive(plan, &effort);
    }
    struct move move = event_move(event, rng, MOVE_GAIT, extent_or(event, rng_between(rng, 0.4, 1)));
    move.hz = stride;
    plan_move(plan, &move);
}
