/* SPDX-License-Identifier: MIT */
/*
 * The synthesizer: what one or two sleeping legs show to electrodes and to the IMU. Deterministic: the same
 * setup and events give the same samples, however they are asked for. Figures: docs/synthesis.md.
 *
 * An event is a row of the table of classes (synth_classes.c) placed in time. Each row knows how to turn an
 * event into what the renderers understand: drives of a muscle's motor units, single potentials, moves of
 * the leg, disturbances of the measurement.
 */
#pragma once

#include "base/block.h"
#include "base/macros.h"
#include "base/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct synth;
struct synth_family; /* what kind of nights: synth_family.h */

struct synth_channel {
    enum leg leg;
    enum muscle muscle;
};

/* The person, the place and the sensor. */
struct synth_setup {
    uint64_t seed;
    double rate_hz;     /* EMG samples a second, 50..8000 */
    double imu_rate_hz; /* rows a second, up to 1000; 0 = no IMU */
    unsigned channel_count;
    struct synth_channel channels[EMG_CHANNELS];
    double mvc_uv;         /* RMS of a maximal voluntary contraction at the electrode */
    double floor_uv;       /* RMS of rest: electrode, amplifier and resting tone */
    double floor_drift_db; /* the floor wanders slowly by up to +- this */
    double mains_uv;       /* RMS of hum, mains_hz and harmonics */
    double mains_hz;
    double ecg_uv;                     /* peak of the heart's spikes at the leg */
    double clip_uv;                    /* the front end saturates here */
    const struct synth_family *family; /* NULL: the tuning family */
    uint64_t person;                   /* whose motor units: 0 = those of the seed */
    double heart_bpm;
    double potential_width; /* of this person's potentials (fat makes them wide), 1 = usual */
    double rate_error;      /* the converter's clock is this share faster than the recording says */
    double jitter;          /* of the sampling times, RMS in shares of the period */
    double missed_per_h;    /* conversions missed, the time made up by reading another one twice */
};

/* One channel (medial gastrocnemius, left), 860 Hz, IMU 100 Hz, MVC 250 uV, floor 3 uV, clean. */
struct synth_setup synth_default_setup(void);

#define SYNTH_CLASSES_MAX 32
struct synth_class; /* a row: synth_class.h */
/* NULL when there is no such class. */
const struct synth_class *synth_class_find(const char *name);
/* The rows by number; NULL past the last. */
const struct synth_class *synth_class_at(size_t index);
const char *synth_class_name(const struct synth_class *class);
const char *synth_class_help(const struct synth_class *class);

/* What makes a cramp hard to see (science: the hard set). */
enum cramp_kind { CRAMP_FULL, CRAMP_WEAK, CRAMP_PARTLY_OFF, CRAMP_TURN, CRAMP_CLIPPED, cramp_kind_count };
const char *cramp_kind_name(enum cramp_kind kind);

struct synth_event {
    const struct synth_class *class;
    double start_s, duration_s; /* duration 0: drawn from the class's distribution */
    double level;               /* RMS in shares of MVC where the class has one; 0: drawn */
    enum leg leg;
    enum muscle muscle;        /* the one concerned, where a class acts on a single one (cramp) */
    double rise_s, rise_ratio; /* cramp: announcing rise before start_s, its height over the floor; 0 none */
    double wake_s;             /* cramp: the sleeper wakes and moves this long after start_s; 0 never */
    bool stretch;              /* cramp: ended by stretching the calf */
    enum cramp_kind kind;      /* cramp */
    double share;              /* cramp: of the level that reaches the electrodes; 0: all of it */
    bool restless;             /* cramp: the leg is moved about while it lasts */
    bool still;                /* limb movement seen by the electrodes only */
    double extent;             /* degrees, g, uV or potentials an hour, whatever the class has; 0: drawn */
    const char *what;          /* a note for the truth file, or NULL; not copied */
};

/* NULL with errno (EINVAL: rate or channels out of range). */
struct synth *synth_new(const struct synth_setup *setup);
void synth_free(struct synth *synth);
DEFINE_CLEANUP(struct synth *, synth_free);

/* Fills duration and level of an event where they are 0, out of the class's distributions. */
void synth_draw(struct synth *synth, struct synth_event *event);

/* Places an event; before the first sample is rendered. 0, -EINVAL (no class, times not finite), -EBUSY
   (rendering has begun), -ENOMEM. */
int synth_add(struct synth *synth, const struct synth_event *event);

/* RMS of rest on a channel at a time: what a rise or a weak cramp stands over. */
double synth_floor_uv(const struct synth_setup *setup, unsigned channel, double t_s);

/* Channels (bit mask) on which the event is meant to be seen: for the truth file. */
uint32_t synth_event_channels(const struct synth *synth, const struct synth_event *event);

/* The next `count` samples of every channel in uV; uv[channel] takes count floats, NULL is skipped. */
int synth_emg(struct synth *synth, float *const *uv, size_t count);

/* The next `count` rows of a leg's IMU: acceleration x y z in g, rotation x y z in deg/s. */
int synth_imu(struct synth *synth, enum leg leg, float (*rows)[6], size_t count);

/* Electrode contact of a leg at a time: true = off. */
bool synth_lead_off(const struct synth *synth, enum leg leg, double t_s);
