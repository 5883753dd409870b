/* SPDX-License-Identifier: MIT */
/* A made-up person: what stays the same from night to night, drawn from a seed of its own. */
#pragma once

#include "crampsim/synth.h"

struct person {
    uint64_t number;
    const struct synth_family *family;
    /* The muscles, the skin, the home and the sensor; floor and sensor as in struct synth_setup. */
    double mvc_uv, floor_uv, floor_drift_db, mains_uv, mains_hz, ecg_uv, heart_bpm, clip_uv;
    double potential_width, rate_error, jitter, missed_per_h;
    /* How often, as a factor of the class's usual number a night. */
    double habits[SYNTH_CLASSES_MAX];
    double myoclonus_per_h;
};

void person_draw(struct person *person, const struct synth_family *family, uint64_t number);
/* Makes a setup this person's. */
void person_apply(const struct person *person, struct synth_setup *setup);
