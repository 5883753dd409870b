/* SPDX-License-Identifier: MIT */
/*
 * Inside the synthesizer: a class of events, and the things an event is made of.
 *
 * A new class is a row in synth_classes.c: its name, its distributions, and a function that adds drives,
 * potentials, moves and disturbances to the plan.
 */
#pragma once

#include "crampsim/synth.h"
#include "crampsim/synth_family.h"
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
    double tempo;                /* of the wandering; 0 = 1 */
    double ragged;               /* the release is irregular, about +- this in log units */
    double depth, modulation_hz; /* shallow modulation that never comes back to rest */
    double burst_hz, burst_duty; /* bursts with rest between; burst_hz 0 = unbroken */
    double burst_jitter;         /* of the bursts' spacing, share of the period */
    double width;                /* of the potentials, 1 = voluntary */
    double width_end;            /* ... when it ends; 0 = the same */
    enum firing firing;
    double cv;     /* of the intervals between discharges; 0 = as usual for the firing */
    double fast_s; /* fires as FIRING_CRAMP_FAST for so long at first */
    double phase;  /* makes two drives different */
    bool spreads;  /* gain moves to gain_end while it lasts */
    float gain_end[EMG_CHANNELS];
};

/* The level's shape, about 1, at x seconds into a drive. */
double drive_envelope(const struct drive *drive, double x);
/* A channel's share of the level when a part `past` (0..1) of the drive is over. */
double drive_gain(const struct drive *drive, unsigned channel, double past);

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
    DISTURB_ECG,   /* extent: uV added to the heart's peaks */
    DISTURB_SWEAT, /* extent: uV by which electrode potentials wander; the floor grows with it */
    DISTURB_POP,   /* extent: uV of sudden steps that decay */
    DISTURB_BUS,   /* no new conversions, of the motion sensor neither */
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

/* Which of a profile's factors a class is counted with. */
enum synth_group { GROUP_OTHER, GROUP_RHYTHMIC, GROUP_HOLD };

struct synth_class {
    const char *name;
    const char *help;
    struct spread duration_s;
    double level_min, level_max; /* share of MVC, drawn evenly */
    bool both_legs;              /* seen on every channel */
    bool one_muscle;             /* seen on the channels of event.muscle */
    bool background;             /* goes on beside other events for minutes */
    bool measurement;            /* nothing the leg does: the sensor's */
    bool held_out;               /* never made in the tuning family */
    enum synth_group group;
    double per_night; /* how many in eight hours; the night generator's profiles scale it */
    double habit;     /* how much persons differ in that: sigma of a log-normal factor of mean 1 */
    void (*expand)(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                   struct rng *rng);
};
