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
    double ecg_uv, beat_s; /* time of the current heart beat */
    double offset_uv, offset_phase;
};

void noise_init(struct noise *noise, const struct synth_setup *setup, unsigned channel);

/* Adds noise to count samples beginning at t_s; extra_hum_uv RMS and extra_ecg_uv peak come on top. */
void noise_add(struct noise *noise, float *samples, size_t count, double t_s, double extra_hum_uv,
               double extra_ecg_uv);

/* The floor's RMS at a time, uV. */
double noise_floor(const struct noise *noise, double t_s);
