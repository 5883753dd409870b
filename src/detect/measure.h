/* SPDX-License-Identifier: MIT */
/* Numbers of one frame out of its samples. */
#pragma once

#include "detect/emg.h"

/* Levels of a band-passed frame into frame->level, sub, crossings_hz. Samples whose raw value is NaN do not
   count (raw NULL: all do); first_s is the time of the first sample within the frame. */
void measure_muscle(struct emg_frame *frame, const float *values, const float *raw, unsigned count,
                    double rate_hz, double first_s);
/* The same of an amplifier's envelope: its mean magnitude is the level. */
void measure_envelope(struct emg_frame *frame, const float *raw, unsigned count, double rate_hz,
                      double first_s);
