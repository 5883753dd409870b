/* SPDX-License-Identifier: MIT */
/*
 * Families of nights. The tuning family is what the detector may be looked at with; the evaluation family
 * differs in kind: other potentials, other artefacts, other lengths, classes that tuning never makes, persons
 * out of shifted ranges. Nothing in src/detect may be chosen by looking at it (docs/detection.md).
 */
#pragma once

#include "crampsim/synth_random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct synth_setup;

/* What a moving electrode or cable makes. */
enum artefact_make {
    ARTEFACT_SWINGS,  /* slow swings and square steps */
    ARTEFACT_CONTACT, /* a contact that opens and closes at random, and bursts of a rubbed cable */
};

/* Out of which persons are drawn. */
struct person_ranges {
    struct spread mvc_uv, floor_uv;
    double floor_drift_db;
    double mains_mean_uv;
    double ecg_max_uv;
    struct spread potential_width;
};

struct synth_family {
    const char *name;
    const char *help;
    uint64_t salt;                    /* keeps the random numbers of the families apart */
    bool held_out;                    /* makes the classes that are never tuned on */
    uint8_t shape_first, shape_count; /* of the potentials */
    double potential_s;               /* their usual sigma */
    enum artefact_make artefact;
    double lengths[2];  /* an event's length is multiplied by one or the other */
    double shank_share; /* of the foot's plantar flexion that tilts the shank, where the sensor is */
    struct person_ranges persons;
};

/* NULL when there is no such family. */
const struct synth_family *synth_family_find(const char *name);
/* By number; NULL past the last. The first is the tuning family. */
const struct synth_family *synth_family_at(size_t index);
const struct synth_family *synth_family_of(const struct synth_setup *setup);

/* A drawn length as the family has it, still within the class's bounds. */
double synth_family_length(const struct synth_family *family, struct rng *rng, double seconds,
                           const struct spread *bounds);
