/* SPDX-License-Identifier: MIT */
#include "detect/modulation.h"

#include "base/macros.h"
#include "detect/tuning.h"

#include <math.h>
#include <string.h>

#define IMPULSE_FRAMES 200 /* the slowest section has rung down to nothing */

static double through(struct biquad *sections, unsigned count, double value)
{
    for (unsigned s = 0; s < count; s++)
        biquad_run(&sections[s], &value, 1);
    return value;
}

/* Power that white noise of power 1 leaves a section with: the energy of its impulse response. */
static double noise_gain(const struct biquad *sections, unsigned count)
{
    struct biquad copy[2];
    double energy = 0;

    memcpy(copy, sections, count * sizeof(copy[0]));
    for (unsigned i = 0; i < IMPULSE_FRAMES; i++)
        energy += pow(through(copy, count, i == 0 ? 1.0 : 0.0), 2);
    return energy;
}

void modulation_init(struct modulation *m)
{
    memset(m, 0, sizeof(*m));
    biquad_highpass(&m->swing[0], 2, SWING_LOW_HZ, FRAMES_PER_S);
    biquad_lowpass(&m->swing[1], 2, SWING_HIGH_HZ, FRAMES_PER_S);
    biquad_highpass(&m->scatter, 2, SCATTER_LOW_HZ, FRAMES_PER_S);
    m->swing_gain = noise_gain(m->swing, ARRAY_SIZE(m->swing));
    m->scatter_gain = noise_gain(&m->scatter, 1);
}

void modulation_restart(struct modulation *m)
{
    m->frames = 0;
    m->swing_power = m->scatter_power = 0;
}

void modulation_step(struct modulation *m, double level)
{
    double log_level = log(level);

    if (!isfinite(log_level))
        return;
    if (m->frames == 0) {
        biquad_settle(&m->swing[1], biquad_settle(&m->swing[0], log_level));
        biquad_settle(&m->scatter, log_level);
    }
    double swing = through(m->swing, ARRAY_SIZE(m->swing), log_level);
    double scatter = through(&m->scatter, 1, log_level);
    if (++m->frames <= SWING_SKIP_FRAMES) /* how it begins is not how it goes on */
        return;
    m->swing_power += (swing * swing - m->swing_power) * SWING_FORGET;
    m->scatter_power += (scatter * scatter - m->scatter_power) * SWING_FORGET;
}

double modulation_ratio(const struct modulation *m)
{
    if (m->frames < SWING_SKIP_FRAMES + SWING_MIN_FRAMES || m->scatter_power <= 0)
        return NAN;
    return (m->swing_power / m->swing_gain) / (m->scatter_power / m->scatter_gain);
}
