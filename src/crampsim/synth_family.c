/* SPDX-License-Identifier: MIT */
#include "crampsim/synth_family.h"

#include "base/macros.h"
#include "crampsim/synth.h"

#include <string.h>

/* Ranges of the tuning family: science.md 8.1, all of them assumed there; a front end of gain 2420 or 200,
   rest 1-5 uV RMS and calf MVC 100-400 uV RMS are its anchors. Heart at the leg: 5-50 uV where it is seen at
   all, most people below. Those of the evaluation family are moved by a fifth or so, to no particular end. */
static const struct synth_family families[] = {
    {
        .name = "tuning",
        .help = "may be looked at while the detector is worked on",
        .shape_first = 0,
        .shape_count = 5,
        .potential_s = 0.0017,
        .artefact = ARTEFACT_SWINGS,
        .lengths = {1, 1},
        .shank_share = 0.2, /* assumed: most of it is the ankle's */
        .persons = {.mvc_uv = {250, 0.5, 60, 1000},
                    .floor_uv = {3, 0.4, 1, 10},
                    .floor_drift_db = 6,
                    .mains_mean_uv = 4,
                    .ecg_max_uv = 10,
                    .potential_width = {1.2, 0.2, 0.75, 1.8}},
    },
    {
        .name = "evaluation",
        .help = "other potentials, artefacts, lengths, classes and persons; nothing is tuned on it",
        .salt = UINT64_C(0x65766131),
        .held_out = true,
        .shape_first = 5,
        .shape_count = 4,
        .potential_s = 0.0030,
        .artefact = ARTEFACT_CONTACT,
        .lengths = {0.7, 1.5}, /* science.md 8.1, held-out design */
        .shank_share = 0.3,
        .persons = {.mvc_uv = {210, 0.55, 60, 1000},
                    .floor_uv = {3.5, 0.45, 1, 12},
                    .floor_drift_db = 7,
                    .mains_mean_uv = 6,
                    .ecg_max_uv = 15,
                    .potential_width = {1.1, 0.2, 0.7, 1.7}},
    },
};

const struct synth_family *synth_family_at(size_t index)
{
    return index < ARRAY_SIZE(families) ? &families[index] : NULL;
}

const struct synth_family *synth_family_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(families); i++)
        if (name && strcmp(families[i].name, name) == 0)
            return &families[i];
    return NULL;
}

const struct synth_family *synth_family_of(const struct synth_setup *setup)
{
    return setup->family ? setup->family : &families[0];
}

double synth_family_length(const struct synth_family *family, struct rng *rng, double seconds,
                           const struct spread *bounds)
{
    if (family->lengths[0] < family->lengths[1] || family->lengths[0] > family->lengths[1])
        seconds *= family->lengths[rng_next(rng) & 1];
    return fmin(fmax(seconds, bounds->min), bounds->max);
}
