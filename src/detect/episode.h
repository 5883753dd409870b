/* SPDX-License-Identifier: MIT */
/*
 * The episode of one leg: a state machine from rest over suspicion and cramp back to rest. The leg, not the
 * channel, has it: a cramp wanders between the heads of a muscle and its neighbours pick it up.
 */
#pragma once

#include "base/event.h"
#include "detect/detector.h"
#include "detect/gates.h"

struct episode {
    /* Surroundings. */
    const struct detector_params *params;
    event_sink sink;
    void *context;
    uint32_t *last_id;
    enum leg leg;
    const struct detector_channel *channels; /* of the detector, by number */
    int64_t origin_ns;

    enum episode_state state;
    int64_t since; /* frame at which the state began */
    uint32_t id;   /* of what is open, 0 nothing */
    /* Suspicion. */
    bool suspecting;
    struct suspicion suspicion;
    double rest_s;
    int64_t rise; /* start of the announced rise, -1 none */
    /* Cramp. */
    bool cramping;
    int focus; /* index in the scene of the channel that cramps */
    int64_t onset;
    double peak, usual;        /* ratios; usual is a slow mean */
    int64_t rest_since, burst; /* frames: rest began, last burst above the usual */
    double moving_memory_s;
    bool gait;
    int64_t tilted; /* last frame tilted against the posture before */
    /* Directions of gravity: before the suspicion, of the evidence so far; known together. */
    float posture[3], still[3];
    bool posture_known;
    /* Blindness. */
    enum episode_state before;
    unsigned back_frames;
    /* Memory. */
    int64_t last_cramp;              /* frame of its end; far past if none */
    int64_t movement[PERIODIC_MIN];  /* onsets of the last leg movements, newest first */
    int relearn;                     /* out: index of a channel whose level now is the new rest, or -1 */
    int64_t busy;                    /* last frame with anything going on */
    float gravity[ANCHOR_FRAMES][3]; /* the last second of postures, ring */
    unsigned gravity_count;
};

void episode_init(struct episode *episode);
void episode_step(struct episode *episode, struct scene *scene);
/* End of everything, at scene->frame: closes what is open. */
void episode_finish(struct episode *episode, const struct scene *scene);
/* The floor may be learnt. */
bool episode_at_rest(const struct episode *episode, int64_t frame);
