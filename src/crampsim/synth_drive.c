/* SPDX-License-Identifier: MIT */
#include "crampsim/synth_class.h"

#include <math.h>

/* 0..1 about its level at x seconds into a drive of `length` seconds. */
double drive_envelope(const struct drive *d, double x)
{
    double value = 1, length = d->end_s - d->start_s;

    if (x < d->attack_s)
        value = d->ramp_from + (1 - d->ramp_from) * x / d->attack_s;
    if (length - x < d->release_s) {
        double left = (length - x) / d->release_s;
        double shake = sin(2 * M_PI * x / 1.9 + d->phase) + sin(2 * M_PI * x / 0.83) - 1;
        value *= left * exp(1.5 * d->ragged * (1 - left) * shake);
    }
    if (d->burst_hz > 0) {
        double cycle = floor(x * d->burst_hz);
        double late = d->burst_jitter * 0.5 * (1 + sin(12.9898 * cycle + d->phase));
        double phase = x * d->burst_hz - cycle - late * (1 - d->burst_duty);
        if (phase < 0 || phase > d->burst_duty)
            return 0;
        value *= sin(M_PI * fmin(fmax(phase / d->burst_duty, 0.02), 0.98));
    }
    if (d->wander > 0) {
        double y = 2 * M_PI * x * (d->tempo > 0 ? d->tempo : 1);
        value *= exp(d->wander * (0.5 * sin(y / 23 + d->phase) + 0.35 * sin(y / 9.1 + 2 * d->phase) +
                                  0.25 * sin(y / 3.7 + 3 * d->phase)));
    }
    if (d->depth > 0)
        value *= 1 + d->depth * sin(2 * M_PI * d->modulation_hz * x + d->phase + sin(2 * M_PI * x / 7));
    return value;
}

double drive_gain(const struct drive *d, unsigned channel, double past)
{
    double gain = (double)d->gain[channel];

    return d->spreads ? gain + ((double)d->gain_end[channel] - gain) * past : gain;
}
