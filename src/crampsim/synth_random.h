/* SPDX-License-Identifier: MIT */
/* Random numbers that are the same on every machine: splitmix64 (Steele, Lea, Flood 2014). */
#pragma once

#include <math.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
    uint64_t z = (rng->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* An independent stream for a purpose. */
static inline struct rng rng_fork(uint64_t seed, uint64_t purpose)
{
    struct rng rng = {.state = seed ^ (purpose * UINT64_C(0xd1342543de82ef95))};

    rng.state = rng_next(&rng);
    return rng;
}

/* [0, 1) */
static inline double rng_uniform(struct rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

static inline double rng_between(struct rng *rng, double low, double high)
{
    return low + (high - low) * rng_uniform(rng);
}

static inline double rng_normal(struct rng *rng)
{
    double u = 1.0 - rng_uniform(rng);

    return sqrt(-2.0 * log(u)) * cos(2.0 * M_PI * rng_uniform(rng));
}

/* Waiting time of a Poisson process with that mean. */
static inline double rng_exponential(struct rng *rng, double mean)
{
    return -mean * log(1.0 - rng_uniform(rng));
}

static inline unsigned rng_poisson(struct rng *rng, double mean)
{
    unsigned n = 0;

    for (double t = rng_exponential(rng, 1.0); t < mean; t += rng_exponential(rng, 1.0))
        n++;
    return n;
}

/* Log-normal about the median, cut to min..max; sigma 0 = always the median. */
struct spread {
    double median, sigma, min, max;
};

static inline double rng_spread(struct rng *rng, const struct spread *s)
{
    return fmin(fmax(s->median * exp(s->sigma * rng_normal(rng)), s->min), s->max);
}
