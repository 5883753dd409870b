/* SPDX-License-Identifier: MIT */
/* What an electrode pair shows of a muscle at rest: noise over a drifting floor, hum, heart, slow drift. */
#pragma once

#include "crampsim/synth_class.h"

struct noise {
    struct rng rng;
    double rate_hz;
    double floor_uv, drift_db, drift_phase[3];
    double mains_uv, mains_hz;
    double hum_re[3], hum_im[3];   /* phasors of fundamental, third and fifth harmonic */
    double turn_re[3], turn_im[3]; /* their turn per sample */
    double hum_share[3];
    double ecg_uv, beat_gap_s, beat_s; /* time of the current heart beat */
    double offset_uv, offset_phase;
};

void noise_init(struct noise *noise, const struct synth_setup *setup, unsigned channel);

/* On top of what is always there. */
struct noise_extra {
    double hum_uv; /* RMS */
    double ecg_uv; /* peak */
    double floor;  /* factor */
};

/* Adds noise to count samples beginning at t_s. */
void noise_add(struct noise *noise, float *samples, size_t count, double t_s,
               const struct noise_extra *extra);

/* The floor's RMS at a time, uV. */
double noise_floor(const struct noise *noise, double t_s);
