/* SPDX-License-Identifier: MIT */
/* Disturbances of the measurement, as they come into the samples. */
#pragma once

#include "crampsim/synth_class.h"
#include "crampsim/synth_noise.h"

/* Adds what a disturbance makes of the noise from t_s on. */
void disturb_noise(const struct disturbance *disturbance, const struct synth_setup *setup, unsigned channel,
                   double t_s, struct noise_extra *extra);

/* Applies one to samples of a channel that begin at t_s. */
void disturb(const struct disturbance *disturbance, const struct synth_setup *setup, unsigned channel,
             float *samples, size_t count, double t_s);

/* Nothing is read of that leg's sensors. */
bool bus_is_down(const struct plan *plan, enum leg leg, double t_s);
