/* SPDX-License-Identifier: MIT */
/* What is between the electrode's voltage and the recorded samples: times that jitter, conversions missed or
 * read twice, a bus that gives nothing. (A clock off its nominal rate is in the potentials and the mains:
 * rate_error.) */
#pragma once

#include "crampsim/synth_class.h"

struct sampling {
    struct rng rng;
    float jitter;           /* of the period, half the width of an even spread */
    double missed_gap;      /* samples between missed conversions, mean; 0 = none */
    double to_missed;       /* samples to the next */
    float analog, recorded; /* the last sample before and after all this */
};

void sampling_init(struct sampling *sampling, const struct synth_setup *setup, unsigned channel);
void sampling_apply(struct sampling *sampling, float *samples, size_t count, bool bus_is_down);
