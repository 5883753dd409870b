/* SPDX-License-Identifier: MIT */
/*
 * A muscle's pool of motor units under one electrode pair: recruited by size, firing in trains, each with
 * its own potential. Built after Fuglevand's model (120 units, range 30, 8-35 pps).
 */
#pragma once

#include "crampsim/synth_class.h"

#define UNITS       120
#define UNIT_LEVELS 128
/* Half the support of a potential in units of its sigma; what lies outside is nothing. */
#define POTENTIAL_HALF   4.0
#define POTENTIAL_SHAPES 9 /* a family has some of them */
#define SIGMA_MAX_S      0.006

struct units {
    struct {
        float amplitude; /* relative */
        float sigma_s;
        float threshold; /* of excitation, 0..1 */
        float own_rate;  /* pps in a cramp */
        uint8_t shape;
    } unit[UNITS];
    /* RMS in shares of MVC as a function of excitation 0..1, per way of firing */
    float rms[firing_count][UNIT_LEVELS + 1];
};

/* A pool being driven: when each unit fires next. */
struct unit_train {
    double next_s[UNITS];
    bool active[UNITS];
};

/* The pool of one of a person's muscles. */
void units_init(struct units *units, const struct synth_setup *setup, struct rng *rng);

/* Adds one potential to a run of samples that begins at t0 (s) and has `count` at `rate_hz`. Peak about
   `amplitude`. */
void potential_add(float *samples, size_t count, double t0_s, double rate_hz, double t_s, double sigma_s,
                   unsigned shape, double amplitude);

/* What a pool is to do for a moment. */
struct effort {
    enum firing firing;
    double cv;    /* of the intervals; 0 = as usual for the firing */
    double width; /* of the potentials */
    double level; /* RMS in shares of MVC */
    double mvc_uv;
};

/* Lets the pool fire from t_s for step_s; samples as above. */
void units_fire(const struct units *units, struct unit_train *train, struct rng *rng,
                const struct effort *effort, double t_s, double step_s, float *samples, size_t count,
                double t0_s, double rate_hz);
