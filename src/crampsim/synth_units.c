/* SPDX-License-Identifier: MIT */
#include "crampsim/synth_units.h"

#include <assert.h>
#include <math.h>

/* How trains look. Voluntary: rate grows with excitation above a unit's threshold (8-35 pps, Fuglevand's
   model), regular. Cramp: every unit at its own rate (14.5 +- 5.1, 6 to 25 pps), irregular (CV 0.45), 4 %
   doublets: Minetto et al. 2009. The fast variant, 40 to 75 pps, stands for older descriptions and is
   assumed. */
static const struct {
    double rate_min, rate_max; /* pps; at threshold and full excitation, or of the slowest and fastest unit */
    bool own_rate;
    double cv;
    double doublets; /* share of intervals */
} firings[firing_count] = {
    [FIRING_VOLUNTARY] = {.rate_min = 8, .rate_max = 35, .cv = 0.17},
    [FIRING_CRAMP] = {6, 25, .own_rate = true, .cv = 0.45, .doublets = 0.04},
    [FIRING_CRAMP_FAST] = {40, 75, .own_rate = true, .cv = 0.45, .doublets = 0.04},
    [FIRING_SPARSE] = {3.6, 15, .own_rate = true, .cv = 0.6, .doublets = 0.04}, /* assumed */
    [FIRING_TONIC] = {.rate_min = 25, .rate_max = 55, .cv = 0.15},              /* assumed */
};
#define OWN_RATE_MIN 6.0
#define OWN_RATE_MAX 25.0

/* Potentials seen by two electrodes along the fibres. Those of the tuning family have two and three phases,
   not all symmetric: each is a sum a*x + b*(1-x^2) + c*(3x-x^3) times a Gaussian, its derivatives, so there
   is no direct component to speak of. Those of the evaluation family are made in another way: one electrode's
   view of a travelling action potential, z^2 (3-z) exp(-z), minus the same some time later, and a share of it
   that does not travel (the end of the fibres). */
#define SHAPE_STEPS 256
static float shape_table[POTENTIAL_SHAPES][SHAPE_STEPS + 2];
static float shape_energy[POTENTIAL_SHAPES]; /* integral of the square over x */
static const double shape_mix[][3] = {
    {1.65, 0, 0}, {0, 1, 0}, {0, 0, 0.72}, {1.1, 0.5, 0}, {0.9, 0, -0.45},
};
/* delay between the electrodes, steepness, and share of the end effect */
static const double travelling_mix[][3] = {
    {0.7, 2.0, 0.1}, {1.1, 2.6, 0.15}, {0.5, 1.6, 0.25}, {1.5, 3.2, 0}};
static_assert(ARRAY_SIZE(shape_mix) + ARRAY_SIZE(travelling_mix) == POTENTIAL_SHAPES, "a shape is a row");

static double derivatives(const double mix[3], double x)
{
    return (mix[0] * x + mix[1] * (1 - x * x) + mix[2] * (3 * x - x * x * x)) * exp(-x * x / 2);
}

static double one_electrode(double z)
{
    return z > 0 ? z * z * (3 - z) * exp(-z) : 0;
}

static double travelling(const double mix[3], double x)
{
    double z = (x + 3.5) * mix[1], late = z - mix[0] * mix[1], end = z - 3 * mix[1];
    double edge = fmin((POTENTIAL_HALF - fabs(x)) / 0.5, 1); /* nothing is left at the support's ends */

    return edge * (one_electrode(z) - one_electrode(late) - mix[2] * one_electrode(1.5 * end));
}

static double shape_at(unsigned s, double x)
{
    return s < ARRAY_SIZE(shape_mix) ? derivatives(shape_mix[s], x)
                                     : travelling(travelling_mix[s - ARRAY_SIZE(shape_mix)], x);
}

/* Peaks are 1, so that an amplitude is one. */
static void make_shape(unsigned s)
{
    double values[SHAPE_STEPS + 1], mean = 0, peak = 0, sum = 0;
    bool centred = s >= ARRAY_SIZE(shape_mix);

    for (int i = 0; i <= SHAPE_STEPS; i++) {
        values[i] = shape_at(s, POTENTIAL_HALF * (2.0 * i / SHAPE_STEPS - 1));
        mean += values[i] / (SHAPE_STEPS + 1);
    }
    for (int i = 0; i <= SHAPE_STEPS; i++) {
        if (centred) /* the end effect's mean, out of the support's middle */
            values[i] -= mean * 2 * pow(sin(M_PI * i / SHAPE_STEPS), 2);
        peak = fmax(peak, fabs(values[i]));
    }
    for (int i = 0; i <= SHAPE_STEPS; i++) {
        double y = centred ? values[i] / peak : values[i];
        shape_table[s][i] = (float)y;
        sum += y * y;
    }
    shape_energy[s] = (float)(sum * 2 * POTENTIAL_HALF / SHAPE_STEPS);
}

static void make_shapes(void)
{
    if (shape_energy[0] > 0)
        return;
    for (unsigned s = 0; s < POTENTIAL_SHAPES; s++)
        make_shape(s);
}

static double unit_rate(const struct units *units, unsigned i, enum firing firing, double excitation)
{
    double threshold = (double)units->unit[i].threshold;

    if (excitation < threshold)
        return 0;
    double share = firings[firing].own_rate
                       ? ((double)units->unit[i].own_rate - OWN_RATE_MIN) / (OWN_RATE_MAX - OWN_RATE_MIN)
                       : excitation - threshold;
    return firings[firing].rate_min + (firings[firing].rate_max - firings[firing].rate_min) * share;
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

void units_init(struct units *units, const struct synth_setup *setup, struct rng *rng)
{
    const struct synth_family *family = synth_family_of(setup);
    /* Samples taken faster than they say make everything look slower. */
    double usual_s = family->potential_s * setup->potential_width * (1 + setup->rate_error);

    make_shapes();
    for (unsigned i = 0; i < UNITS; i++) {
        double size = pow(30.0, (double)i / (UNITS - 1)); /* recruitment range 30 */
        double distance = exp(0.35 * rng_normal(rng));    /* deep units are seen smaller and wider */
        units->unit[i].threshold = (float)((size - 1) / 29 * 0.75);
        units->unit[i].amplitude = (float)(size / distance);
        units->unit[i].sigma_s = (float)fmin(
            fmax(usual_s * pow(distance, 0.4) * rng_between(rng, 0.85, 1.2), 0.0009), SIGMA_MAX_S);
        units->unit[i].own_rate = (float)fmin(fmax(14.5 + 5.1 * rng_normal(rng), OWN_RATE_MIN), OWN_RATE_MAX);
        units->unit[i].shape = (uint8_t)(family->shape_first + rng_next(rng) % family->shape_count);
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

static double next_interval(struct rng *rng, enum firing firing, double cv, double rate)
{
    double mean = 1 / rate;

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

void units_fire(const struct units *units, struct unit_train *train, struct rng *rng,
                const struct effort *effort, double t_s, double step_s, float *samples, size_t count,
                double t0_s, double rate_hz)
{
    enum firing firing = effort->firing;
    double scale = 0, cv = effort->cv > 0 ? effort->cv : firings[firing].cv;
    double excitation = effort->level > 0 ? find_excitation(units->rms[firing], effort->level, &scale) : -1;

    scale *= effort->mvc_uv / sqrt(effort->width); /* narrower potentials have less energy */
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
        for (; train->next_s[i] < t_s + step_s; train->next_s[i] += next_interval(rng, firing, cv, rate))
            potential_add(samples, count, t0_s, rate_hz, train->next_s[i],
                          (double)units->unit[i].sigma_s * effort->width, units->unit[i].shape,
                          (double)units->unit[i].amplitude * scale);
    }
}
