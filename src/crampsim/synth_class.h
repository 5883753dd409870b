/* SPDX-License-Identifier: MIT */
/*
 * Inside the synthesizer: a class of events, and the things an event is made of.
 *
 * A new class is a row in synth_classes.c: its name, its distributions, and a function that adds drives,
 * potentials, moves and disturbances to the plan.
 */
#pragma once

#include "crampsim/synth.h"
#include "crampsim/synth_random.h"

/* How motor units fire. */
enum firing { FIRING_VOLUNTARY, FIRING_CRAMP, FIRING_CRAMP_FAST, FIRING_SPARSE, FIRING_TONIC, firing_count };

/* A span of muscle activity; the RMS follows level * gain[channel] * envelope(t). */
struct drive {
    double start_s, end_s;
    double level; /* share of MVC */
    float gain[EMG_CHANNELS];
    double attack_s, release_s;
    double ramp_from;            /* share of the level at which the attack begins */
    double wander;               /* slow log-normal wandering, about +- this in log units */
    double depth, modulation_hz; /* shallow modulation that never comes back to rest */
    double burst_hz, burst_duty; /* bursts with rest between; burst_hz 0 = unbroken */
    double burst_jitter;         /* of the bursts' spacing, share of the period */
    double width;                /* of the potentials, 1 = voluntary */
    enum firing firing;
    double phase; /* makes two drives different */
};

/* A single motor unit potential of given size. */
struct potential {
    double t_s;
    unsigned channel;
    float amplitude_uv, sigma_s;
    uint8_t shape;
};

enum move_kind {
    MOVE_FLEX,   /* tilts the shank by extent degrees within attack_s and returns: flexion, twitch, stretch */
    MOVE_TURN,   /* rolls by extent degrees and stays there; the bed shakes */
    MOVE_SHAKE,  /* periodic at hz, extent g */
    MOVE_JERK,   /* one impulse of extent g */
    MOVE_GAIT,   /* upright, strides at hz, heel strikes of extent g */
    MOVE_RUSTLE, /* irregular small motion of extent g */
};

struct move {
    enum move_kind kind;
    double start_s, end_s;
    uint32_t legs; /* BIT(enum leg) */
    double extent, hz, attack_s;
    double phase;
};

enum disturbance_kind {
    DISTURB_LEAD_OFF,
    DISTURB_HUM,      /* extent: uV RMS of mains added */
    DISTURB_CLIP,     /* extent: factor on the signal */
    DISTURB_ARTEFACT, /* extent: uV of slow swings and steps */
    DISTURB_FLAT,
    DISTURB_ECG, /* extent: uV added to the heart's peaks */
};

struct disturbance {
    enum disturbance_kind kind;
    double start_s, end_s;
    uint32_t legs;
    double extent;
    double phase;
};

/* Everything that will happen, in no order. */
struct plan {
    struct drive *drives;
    struct potential *potentials;
    struct move *moves;
    struct disturbance *disturbances;
    size_t drive_count, potential_count, move_count, disturbance_count;
    bool failed; /* out of memory */
};

/* Room for one more, filled with a copy of the template. */
void plan_drive(struct plan *plan, const struct drive *drive);
void plan_potential(struct plan *plan, const struct potential *potential);
void plan_move(struct plan *plan, const struct move *move);
void plan_disturbance(struct plan *plan, const struct disturbance *disturbance);
void plan_clear(struct plan *plan);

/* Log-normal about the median, cut to min..max; sigma 0 = always the median. */
struct spread {
    double median, sigma, min, max;
};

struct synth_class {
    const char *name;
    const char *help;
    struct spread duration_s;
    double level_min, level_max; /* share of MVC, drawn evenly */
    bool both_legs;              /* seen on every channel */
    bool one_muscle;             /* seen on the channels of event.muscle */
    bool background;             /* goes on beside other events for minutes */
    double per_night; /* how many in eight hours (science.md 8.1); the night generator's profiles scale it */
    void (*expand)(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                   struct rng *rng);
};
