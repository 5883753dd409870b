/* SPDX-License-Identifier: MIT */
/* Look-alikes that the tuning family never makes: not in science.md's table of classes, so nobody tuned to
   them. Lengths, levels and rhythms are assumed. */
#include "crampsim/synth_expand.h"

#include <math.h>

/* Kicks out of a dream: 0.3-3 s each, by one leg or both, with pauses that are often short. */
EXPANDER(enactment)
{
    double end = event->start_s + event->duration_s;

    for (double t = event->start_s; t < end - 0.3; t += rng_between(rng, 0.3, 5)) {
        struct synth_event kick = *event;
        struct mix mix = {rng_between(rng, 0.3, 1), rng_between(rng, 0.3, 1), rng_between(rng, 0.3, 1), 1, 1};
        unsigned legs = (unsigned)(rng_next(rng) % 3) + 1;
        kick.start_s = t;
        kick.duration_s = fmin(rng_between(rng, 0.3, 3), end - t);
        kick.level = event->level * rng_between(rng, 0.4, 1);
        struct drive drive = event_drive(setup, &kick, rng, &mix);
        for (unsigned c = 0; c < setup->channel_count; c++)
            drive.gain[c] *= legs & BIT(setup->channels[c].leg) ? 1 : 0.1F;
        drive.wander = 0.4;
        plan_drive(plan, &drive);
        struct move move = event_move(&kick, rng, MOVE_JERK, rng_between(rng, 0.1, 0.6));
        move.legs = legs;
        move.end_s = fmin(move.end_s, move.start_s + 0.6);
        plan_move(plan, &move);
        t += kick.duration_s;
    }
}

/* A hand or the other foot rubs the calf: the electrodes move with each stroke, the leg is held against it.
 */
EXPANDER(rubbing)
{
    struct mix mix = {1, 0.9, 0.8, 1, 0.7};
    struct drive drive = event_drive(setup, event, rng, &mix);
    double strokes_hz = rng_between(rng, 0.8, 2.5);

    drive.attack_s = fmin(0.6, event->duration_s / 4);
    drive.depth = rng_between(rng, 0.2, 0.6);
    drive.modulation_hz = strokes_hz;
    plan_drive(plan, &drive);
    plan_disturbance(plan, &(struct disturbance){.kind = DISTURB_ARTEFACT,
                                                 .start_s = event->start_s,
                                                 .end_s = event->start_s + event->duration_s,
                                                 .legs = event_legs(event),
                                                 .extent = rng_between(rng, 50, 500),
                                                 .phase = 2 * M_PI * rng_uniform(rng)});
    struct move move = event_move(event, rng, MOVE_SHAKE, extent_or(event, rng_between(rng, 0.02, 0.15)));
    move.hz = strokes_hz;
    plan_move(plan, &move);
}

/* Coughs of 250-400 ms, one to three a second. */
EXPANDER(coughing)
{
    static const struct mix mix = {0.6, 0.6, 0.6, 0.7, 1};
    double mean_gap = rng_between(rng, 0.4, 1);
    double end = event->start_s + event->duration_s;

    for (double t = event->start_s; t < end - 0.2; t += mean_gap * rng_between(rng, 0.7, 1.3)) {
        struct synth_event cough = *event;
        cough.start_s = t;
        cough.duration_s = rng_between(rng, 0.25, 0.4);
        cough.level = event->level * rng_between(rng, 0.5, 1);
        struct drive drive = event_drive(setup, &cough, rng, &mix);
        plan_drive(plan, &drive);
        struct move move = event_move(&cough, rng, MOVE_JERK, extent_or(event, rng_between(rng, 0.05, 0.3)));
        plan_move(plan, &move);
    }
}
