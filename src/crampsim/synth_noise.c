/* SPDX-License-Identifier: MIT */
#include "crampsim/synth_noise.h"

#include <math.h>

/* Normal deviates by the million: two entries of a table added, four draws out of 64 random bits. */
#define TABLE_BITS 12
static float normal_table[1 << TABLE_BITS];

static void make_table(void)
{
    struct rng rng = {.state = 20240601};

    if (normal_table[0] != 0)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(normal_table); i += 2) { /* pairs: exactly zero mean */
        double value = rng_normal(&rng) * M_SQRT1_2;
        normal_table[i] = (float)value;
        normal_table[i + 1] = -(float)value;
    }
}

void noise_init(struct noise *noise, const struct synth_setup *setup, unsigned channel)
{
    static const double harmonic[3] = {1, 3, 5}, share[3] = {0.92, 0.35, 0.17};

    make_table();
    *noise = (struct noise){
        .rng = rng_fork(setup->seed, 100 + channel),
        .rate_hz = setup->rate_hz,
        .floor_uv = setup->floor_uv,
        .drift_db = setup->floor_drift_db,
        .mains_uv = setup->mains_uv,
        /* a clock that is fast makes everything look slow */
        .mains_hz = setup->mains_hz / (1 + setup->rate_error),
        .ecg_uv = setup->ecg_uv,
        .beat_gap_s = 60 / setup->heart_bpm,
    };
    for (int i = 0; i < 3; i++) {
        double start = 2 * M_PI * rng_uniform(&noise->rng);
        double turn = 2 * M_PI * harmonic[i] * noise->mains_hz / setup->rate_hz;
        noise->drift_phase[i] = 2 * M_PI * rng_uniform(&noise->rng);
        noise->hum_re[i] = cos(start);
        noise->hum_im[i] = sin(start);
        noise->turn_re[i] = cos(turn);
        noise->turn_im[i] = sin(turn);
        /* what lies above half the sampling rate did not pass the anti-alias filter */
        noise->hum_share[i] = harmonic[i] * noise->mains_hz < setup->rate_hz / 2 ? M_SQRT2 * share[i] : 0;
    }
    noise->beat_s = rng_uniform(&noise->rng);
    noise->offset_uv = rng_between(&noise->rng, -20, 20);
    noise->offset_phase = 2 * M_PI * rng_uniform(&noise->rng);
}

/* Periods of 5 h, 70 and 13 minutes. */
double noise_floor(const struct noise *noise, double t_s)
{
    double wave = 0.6 * sin(2 * M_PI * t_s / 18000 + noise->drift_phase[0]) +
                  0.3 * sin(2 * M_PI * t_s / 4200 + noise->drift_phase[1]) +
                  0.1 * sin(2 * M_PI * t_s / 780 + noise->drift_phase[2]);

    return noise->floor_uv * pow(10, noise->drift_db / 20 * wave);
}

static void add_hum(struct noise *noise, float *samples, size_t count, double uv)
{
    for (int h = 0; h < 3; h++) {
        double re = noise->hum_re[h], im = noise->hum_im[h], amplitude = uv * noise->hum_share[h];
        for (size_t i = 0; i < count; i++) {
            double next = re * noise->turn_re[h] - im * noise->turn_im[h];
            im = re * noise->turn_im[h] + im * noise->turn_re[h];
            re = next;
            samples[i] += (float)(amplitude * im);
        }
        double size = hypot(re, im); /* rounding must not make it grow through the night */
        noise->hum_re[h] = re / size;
        noise->hum_im[h] = im / size;
    }
}

/* R wave of some 20 ms with a small negative S, seen far from the heart. */
static void add_ecg(struct noise *noise, float *samples, size_t count, double t_s, double peak_uv)
{
    double end = t_s + (double)count / noise->rate_hz;

    for (size_t i = 0; i < count; i++) {
        double x = (t_s + (double)i / noise->rate_hz - noise->beat_s) / 0.009;
        if (fabs(x) < 6)
            samples[i] += (float)(peak_uv * (exp(-x * x) - 0.4 * exp(-(x - 2.2) * (x - 2.2))));
    }
    while (noise->beat_s + 0.06 < end)
        noise->beat_s += noise->beat_gap_s * (1 + 0.05 * rng_normal(&noise->rng));
}

/* Electrode potentials wander. */
static float slow_offset(const struct noise *noise, double t_s)
{
    return (float)(noise->offset_uv + 15 * sin(2 * M_PI * t_s / 47 + noise->offset_phase));
}

void noise_add(struct noise *noise, float *samples, size_t count, double t_s, const struct noise_extra *extra)
{
    float level = (float)(extra->floor * noise_floor(noise, t_s));
    double end = t_s + (double)count / noise->rate_hz;
    float offset = slow_offset(noise, t_s), drift = (slow_offset(noise, end) - offset) / (float)count;
    const uint64_t mask = ARRAY_SIZE(normal_table) - 1;

    for (size_t i = 0; i < count; i++) {
        uint64_t bits = rng_next(&noise->rng);
        samples[i] += offset + drift * (float)i +
                      level * (normal_table[bits & mask] + normal_table[(bits >> TABLE_BITS) & mask]);
    }
    if (noise->mains_uv + extra->hum_uv > 0)
        add_hum(noise, samples, count, noise->mains_uv + extra->hum_uv);
    if (noise->ecg_uv + extra->ecg_uv > 0)
        add_ecg(noise, samples, count, t_s, noise->ecg_uv + extra->ecg_uv);
}
