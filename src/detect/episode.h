/* SPDX-License-Identifier: MIT */
/*
 * The episode of one leg: a state machine from rest over suspicion and cramp back to rest. The leg, not the
 * channel, has it: a cramp wanders between the heads of a muscle, and neighbours pick it up.
 */
#pragma once

#include "detect/evidence.h"
#include "detect/grip.h"
#include "detect/report.h"
#include "detect/suspicion.h"

struct episode {
    const struct detector_params *params;
    struct report report;
    uint32_t *last_id;
    enum episode_state state;
    int64_t since; /* frame at which the state began */
    struct suspicion suspicion;
    struct grip grip;
    int64_t rise; /* start of the announced rise, -1 none */
    /* What evidence_complete() found, for STEP_CRAMP. */
    int candidate;
    enum cramp_reason reason;
    /* Blindness. */
    enum episode_state before;
    unsigned back_frames;
    /* Memory. */
    int64_t last_cramp;              /* frame of its end */
    int64_t movement[PERIODIC_MIN];  /* onsets of the last leg movements, newest first */
    int64_t busy;                    /* last frame with anything going on */
    float gravity[ANCHOR_FRAMES][3]; /* postures of the last second, ring */
    unsigned gravity_count;
    float still[3]; /* posture of the evidence so far */
    int relearn;    /* out: index of a channel whose level now is the new rest, or -1 */
};

void episode_init(struct episode *episode);
void episode_step(struct episode *episode, struct scene *scene);
/* End of everything, at scene->frame: closes what is open. */
void episode_finish(struct episode *episode, const struct scene *scene);
/* What the evidence is weighed with besides the run itself. */
struct evidence_past episode_past(const struct episode *episode, const struct scene *scene);
/* Nothing is going on: the floor may be learnt. */
bool episode_at_rest(const struct episode *episode, int64_t frame);
