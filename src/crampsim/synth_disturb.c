/* SPDX-License-Identifier: MIT */
#include "crampsim/synth_disturb.h"

#include <math.h>

static bool disturbs(const struct disturbance *d, const struct synth_setup *setup, unsigned channel, double t)
{
    return (d->legs & BIT(setup->channels[channel].leg)) && t >= d->start_s && t < d->end_s;
}

void disturb_noise(const struct disturbance *d, const struct synth_setup *setup, unsigned channel, double t_s,
                   struct noise_extra *extra)
{
    if (!disturbs(d, setup, channel, t_s))
        return;
    if (d->kind == DISTURB_HUM)
        extra->hum_uv += d->extent;
    if (d->kind == DISTURB_ECG)
        extra->ecg_uv += d->extent;
    if (d->kind ==
        DISTURB_SWEAT) { /* comes and goes over two minutes; half as much noise again at 400 uV [assumed] */
        double edge = fmin(fmin(t_s - d->start_s, d->end_s - t_s) / 120, 1);
        extra->floor += edge * d->extent / 800;
    }
}

/* A number of -1..1 that belongs to a slice of time of a disturbance. */
static double dice(const struct disturbance *d, double slice)
{
    double whole;

    return 2 * fabs(modf(43758.5453 * sin(slice * 12.9898 + d->phase), &whole)) - 1;
}

static double swings(const struct disturbance *d, double t, double x)
{
    (void)t;
    return 0.6 * sin(2 * M_PI * 1.7 * x + d->phase) + 0.3 * sin(2 * M_PI * 4.3 * x + 2 * d->phase) +
           (fmod(x + d->phase, 0.9) < 0.12 ? 0.5 : 0);
}

/* The contact opens for parts of a tenth of a second at random; between, a cable is rubbed: a comb of some 17
 * Hz. */
static double contact(const struct disturbance *d, double t, double x)
{
    double slice = floor(x / 0.07);
    double open = dice(d, slice) > 0.4 ? dice(d, slice + 1000) : 0;
    double rub = dice(d, floor(x / 0.6)) > 0 ? 0.5 * pow(fabs(sin(2 * M_PI * 8.5 * t)), 6) : 0;

    return open + rub * dice(d, floor(x * 17));
}

/* A moving electrode or cable, by family. */
static float artefact(const struct disturbance *d, enum artefact_make make, double t)
{
    double x = t - d->start_s, left = d->end_s - t;
    double edge = fmin(fmin(x, left) / 0.2, 1);

    return (float)(d->extent * edge * (make == ARTEFACT_CONTACT ? contact(d, t, x) : swings(d, t, x)));
}

/* About one in one and a half seconds, half of them to either side, decaying with 50-250 ms. */
static float pop(const struct disturbance *d, double t)
{
    double x = t - d->start_s, slice = floor(x / 1.5);
    double at = slice * 1.5 + 0.7 * (0.5 + 0.5 * dice(d, slice)), decay = 0.15 + 0.1 * dice(d, slice + 500);

    return x < at ? 0 : (float)(d->extent * dice(d, slice + 1000) * exp(-(x - at) / decay));
}

/* Electrode potentials on wet skin: periods of 200 to 40 s. */
static float sweat(const struct disturbance *d, double t)
{
    double x = t - d->start_s, edge = fmin(fmin(x, d->end_s - t) / 30, 1);

    return (float)(d->extent * edge *
                   (0.6 * sin(2 * M_PI * x / 190 + d->phase) + 0.3 * sin(2 * M_PI * x / 41 + 2 * d->phase)));
}

void disturb(const struct disturbance *d, const struct synth_setup *setup, unsigned channel, float *samples,
             size_t count, double t_s)
{
    enum artefact_make make = synth_family_of(setup)->artefact;
    double clip = setup->clip_uv;

    for (size_t i = 0; i < count; i++) {
        double t = t_s + (double)i / setup->rate_hz;
        if (!disturbs(d, setup, channel, t))
            continue;
        switch (d->kind) {
        case DISTURB_LEAD_OFF: /* the open input floats near a rail and takes up hum */
            samples[i] =
                (float)(0.93 * clip + 0.12 * clip * sin(2 * M_PI * setup->mains_hz * t)) + 4 * samples[i];
            break;
        case DISTURB_CLIP: samples[i] *= (float)d->extent; break;
        case DISTURB_ARTEFACT: samples[i] += artefact(d, make, t); break;
        case DISTURB_POP: samples[i] += pop(d, t); break;
        case DISTURB_SWEAT: samples[i] += sweat(d, t); break;
        case DISTURB_FLAT: samples[i] = 0; break;
        case DISTURB_HUM:
        case DISTURB_ECG: break; /* in the noise */
        case DISTURB_BUS: break; /* in the sampling */
        }
    }
}

bool bus_is_down(const struct plan *plan, enum leg leg, double t_s)
{
    for (size_t i = 0; i < plan->disturbance_count; i++) {
        const struct disturbance *d = &plan->disturbances[i];
        if (d->kind == DISTURB_BUS && (d->legs & BIT(leg)) && t_s >= d->start_s && t_s < d->end_s)
            return true;
    }
    return false;
}
