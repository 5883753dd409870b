/* SPDX-License-Identifier: MIT */
#include "crampsim/generate_person.h"

#include "crampsim/synth_class.h"

#include <math.h>

/* Front ends: a gain of 2420 around 1.65 V reaches its rails at 680 uV, boards of gain 200 take 1.5 mV and
 * more. */
static const double rails_uv[] = {680, 1500, 3276.7};

void person_draw(struct person *person, const struct synth_family *family, uint64_t number)
{
    struct rng rng = rng_fork(number ^ family->salt, 3);
    const struct person_ranges *range = &family->persons;
    const struct synth_class *class;

    *person = (struct person){
        .number = number,
        .family = family,
        .mvc_uv = rng_spread(&rng, &range->mvc_uv),
        .floor_uv = rng_spread(&rng, &range->floor_uv),
        .floor_drift_db = range->floor_drift_db,
        .mains_uv = fmin(rng_exponential(&rng, range->mains_mean_uv), 50),
        .mains_hz = rng_uniform(&rng) < 0.75 ? 50 : 60,
        .ecg_uv = rng_between(&rng, 0, range->ecg_max_uv),
        .heart_bpm = rng_between(&rng, 50, 100),
        .clip_uv = rails_uv[rng_next(&rng) % ARRAY_SIZE(rails_uv)],
        .potential_width = rng_spread(&rng, &range->potential_width),
        .rate_error = rng_between(&rng, -0.025, 0.025), /* 243.5 measured where 250 were promised */
        .jitter = rng_between(&rng, 0, 0.02),           /* assumed, as is the next */
        .missed_per_h = rng_exponential(&rng, 10),
        .myoclonus_per_h = rng_spread(&rng, &(struct spread){38, 1.0, 10, 144}), /* Frauscher 2014 */
    };
    for (size_t i = 0; (class = synth_class_at(i)); i++) /* mean 1 */
        person->habits[i] = exp(class->habit * rng_normal(&rng) - class->habit * class->habit / 2);
}

void person_apply(const struct person *person, struct synth_setup *setup)
{
    setup->person = rng_fork(person->number ^ person->family->salt, 6).state;
    setup->family = person->family;
    setup->mvc_uv = person->mvc_uv;
    setup->floor_uv = person->floor_uv;
    setup->floor_drift_db = person->floor_drift_db;
    setup->mains_uv = person->mains_uv;
    setup->mains_hz = person->mains_hz;
    setup->ecg_uv = person->ecg_uv;
    setup->heart_bpm = person->heart_bpm;
    setup->clip_uv = person->clip_uv;
    setup->potential_width = person->potential_width;
    setup->rate_error = person->rate_error;
    setup->jitter = person->jitter;
    setup->missed_per_h = person->missed_per_h;
}
