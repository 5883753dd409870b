/* SPDX-License-Identifier: MIT */
#include "crampsim/synth_units.h"

#include <math.h>

/* How trains look. Voluntary: rate grows with excitation above a unit's threshold, regular. Cramp: every unit
   at its own rate (14.5 +- 5.1, 6 to 25 pps), irregular (CV 0.45), 4 % doublets: Minetto et al. 2009. */
static const struct {
    double rate_min, rate_max; /* pps; at threshold and at full excitation */
    bool own_rate;
    double own_factor; /* on the unit's own rate */
    double cv;
    double doublets; /* share of intervals */
} firings[firing_count] = {
    [FIRING_VOLUNTARY] = {.rate_min = 8, .rate_max = 35, .cv = 0.17},
    [FIRING_CRAMP] = {.own_rate = true, .own_factor = 1, .cv = 0.45, .doublets = 0.04},
    [FIRING_CRAMP_FAST] = {.own_rate = true, .own_factor = 3.6, .cv = 0.45, .doublets = 0.04},
    [FIRING_SPARSE] = {.own_rate = true, .own_factor = 0.6, .cv = 0.6, .doublets = 0.04},
    [FIRING_TONIC] = {.rate_min = 25, .rate_max = 55, .cv = 0.15},
};

/* Potentials seen by two electrodes along the fibres: two and three phases, not all symmetric. Each is a sum
   a*x + b*(1-x^2) + c*(3x-x^3) times a Gaussian: its derivatives, so there is no direct component to speak
   of.
 */
#define SHAPE_STEPS 256
static float shape_table[POTENTIAL_SHAPES][SHAPE_STEPS + 2];
static float shape_energy[POTENTIAL_SHAPES]; /* integral of the square over x */
static const double shape_mix[POTENTIAL_SHAPES][3] = {
    {1.65, 0, 0}, {0, 1, 0}, {0, 0, 0.72}, {1.1, 0.5, 0}, {0.9, 0, -0.45},
};

static void make_shapes(void)
{
    if (shape_energy[0] > 0)
        return;
    for (unsigned s = 0; s < POTENTIAL_SHAPES; s++) {
        double sum = 0;
        for (int i = 0; i <= SHAPE_STEPS; i++) {
            double x = POTENTIAL_HALF * (2.0 * i / SHAPE_STEPS - 1);
            double y = (shape_mix[s][0] * x + shape_mix[s][1] * (1 - x * x) +
                        shape_mix[s][2] * (3 * x - x * x * x)) *
                       exp(-x * x / 2);
            shape_table[s][i] = (float)y;
            sum += y * y;
        }
        shape_energy[s] = (float)(sum * 2 * POTENTIAL_HALF / SHAPE_STEPS);
    }
}

static double unit_rate(const struct units *units, unsigned i, enum firing firing, double excitation)
{
    double threshold = (double)units->unit[i].threshold;

    if (excitation < threshold)
        return 0;
    if (firings[firing].own_rate)
        return (double)units->unit[i].own_rate * firings[firing].own_factor;
    return firings[firing].rate_min +
           (firings[firing].rate_max - firings[firing].rate_min) * (excitation - threshold);
}

/* Independent trains: powers add. */
static double pool_rms(const struct units *units, enum firing firing, double excitation)
{
    double power = 0;

    for (unsigned i = 0; i < UNITS; i++) {
        double a = (double)units->unit[i].amplitude;
        power += unit_rate(units, i, firing, excitation) * a * a * (double)units->unit[i].sigma_s *
                 (double)shape_energy[units->unit[i].shape];
    }
    return sqrt(power);
}

void units_init(struct units *units, struct rng *rng)
{
    make_shapes();
    for (unsigned i = 0; i < UNITS; i++) {
        double size = pow(30.0, (double)i / (UNITS - 1)); /* recruitment range 30 */
        double distance = exp(0.35 * rng_normal(rng));    /* deep units are seen smaller and wider */
        units->unit[i].threshold = (float)((size - 1) / 29 * 0.75);
        units->unit[i].amplitude = (float)(size / distance);
        units->unit[i].sigma_s =
            (float)fmin(fmax(0.0017 * pow(distance, 0.4) * rng_between(rng, 0.85, 1.2), 0.0009), SIGMA_MAX_S);
        units->unit[i].own_rate = (float)fmin(fmax(14.5 + 5.1 * rng_normal(rng), 6), 25);
        units->unit[i].shape = (uint8_t)(rng_next(rng) % POTENTIAL_SHAPES);
    }
    double maximal = pool_rms(units, FIRING_VOLUNTARY, 1);
    for (unsigned i = 0; i < UNITS; i++)
        units->unit[i].amplitude /= (float)maximal;
    for (int f = 0; f < firing_count; f++)
        for (int e = 0; e <= UNIT_LEVELS; e++)
            units->rms[f][e] = (float)pool_rms(units, (enum firing)f, (double)e / UNIT_LEVELS);
}

void potential_add(float *samples, size_t count, double t0_s, double rate_hz, double t_s, double sigma_s,
                   unsigned shape, double amplitude)
{
    const float *table = shape_table[shape % POTENTIAL_SHAPES];
    /* The whole potential comes after t_s, so that nothing is added to the past. */
    double first = ceil((t_s - t0_s) * rate_hz);
    double last = (t_s + 2 * POTENTIAL_HALF * sigma_s - t0_s) * rate_hz;
    double step = SHAPE_STEPS / (2 * POTENTIAL_HALF * sigma_s * rate_hz);
    size_t begin = first > 0 ? (size_t)first : 0;
    size_t end = last > 0 ? MIN((size_t)last + 1, count) : 0;
    double position = ((double)begin - (t_s - t0_s) * rate_hz) * step;

    for (size_t i = begin; i < end && position < SHAPE_STEPS; i++, position += step) {
        unsigned k = (unsigned)position;
        float share = (float)(position - k);
        samples[i] += (float)amplitude * (table[k] + share * (table[k + 1] - table[k]));
    }
}

static double next_interval(struct rng *rng, enum firing firing, double rate)
{
    double mean = 1 / rate, cv = firings[firing].cv;

    if (firings[firing].doublets > 0 && rng_uniform(rng) < firings[firing].doublets)
        return rng_between(rng, 0.004, 0.010);
    if (cv < 0.3)
        return mean * fmax(1 + cv * rng_normal(rng), 0.4);
    double sigma2 = log(1 + cv * cv); /* log-normal: intervals stay positive */
    return mean * exp(sqrt(sigma2) * rng_normal(rng) - sigma2 / 2);
}

/* The excitation that gives the level, and in *scale what is missing from whole units. */
static double find_excitation(const float *rms, double level, double *scale)
{
    unsigned low = 0, high = UNIT_LEVELS;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        if ((double)rms[middle] < level)
            low = middle + 1;
        else
            high = middle;
    }
    *scale = level / (double)rms[low];
    return (double)low / UNIT_LEVELS;
}

void units_fire(const struct units *units, struct unit_train *train, struct rng *rng, enum firing firing,
                double width, double level, double mvc_uv, double t_s, double step_s, float *samples,
                size_t count, double t0_s, double rate_hz)
{
    double scale = 0;
    double excitation = level > 0 ? find_excitation(units->rms[firing], level, &scale) : -1;

    scale *= mvc_uv / sqrt(width); /* narrower potentials have less energy */
    for (unsigned i = 0; i < UNITS; i++) {
        double rate = unit_rate(units, i, firing, excitation);
        if (rate <= 0) {
            train->active[i] = false;
            continue;
        }
        if (!train->active[i]) {
            train->active[i] = true;
            train->next_s[i] = t_s + rng_uniform(rng) / rate;
        }
        for (; train->next_s[i] < t_s + step_s; train->next_s[i] += next_interval(rng, firing, rate))
            potential_add(samples, count, t0_s, rate_hz, train->next_s[i],
                          (double)units->unit[i].sigma_s * width, units->unit[i].shape,
                          (double)units->unit[i].amplitude * scale);
    }
}
