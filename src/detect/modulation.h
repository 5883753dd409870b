/* SPDX-License-Identifier: MIT */
/*
 * How strongly the level of an unbroken activity swings, slowly, for what it is worth at random.
 *
 * The motor units of a cramp share a slow oscillation of their rates, 1.4 +- 0.4 Hz (Minetto 2009); those of
 * a steady voluntary contraction hardly do. The level of a frame also scatters because it is an estimate from
 * few independent values, but that scatter is white: as strong a hertz above the swing's band as in it. Hence
 *
 *     ratio = power of the log level a hertz in 0.8..2 Hz / the same above 2.5 Hz
 *
 * is 1 for noise of any amplitude and bandwidth, so whatever electrode, amplifier and sampling rate.
 */
#pragma once

#include "detect/biquad.h"

#include <stdbool.h>

struct modulation {
    struct biquad swing[2], scatter;
    double swing_gain, scatter_gain; /* power gain for white noise */
    double swing_power, scatter_power;
    unsigned frames; /* since the start, usable ones */
};

void modulation_init(struct modulation *modulation);
/* What comes next is another activity. */
void modulation_restart(struct modulation *modulation);
/* One frame of it; level > 0, any unit. */
void modulation_step(struct modulation *modulation, double level);
/* NAN until it has lasted long enough to tell. */
double modulation_ratio(const struct modulation *modulation);
