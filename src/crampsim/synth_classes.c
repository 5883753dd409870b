/* SPDX-License-Identifier: MIT */
/* What a sleeping leg does: one row an event class. Figures and sources: docs/synthesis.md. */
#include "crampsim/synth_expand.h"

#include <assert.h>
#include <string.h>

/* clang-format off */
/* Rates: science.md 8.1 where it has one (leg movements 60 a night with those in series, both legs 20, turns 1.6 an
   hour, 1 hold, 1 walk, 0-4 jerks and tremors); the rest is assumed. Habits are assumed but for the turns
   (1.6 +- 0.7: Skarpsno 2017) and the tails of series and tremor (Frauscher 2014, Yang 2010). */
static const struct synth_class classes[] = {
    /* name, help,                                        duration {median, sigma, min, max},  level,    ... */
    {"cramp", "a cramp of one head of gastrocnemius, with or without an announcing rise",
        {120, 0.9, 8, 900},   0.20, 0.80, .one_muscle = true, .per_night = 0, .expand = expand_cramp},
    {"leg_movement", "one movement of one leg",
        {2.8, 0.5, 0.5, 10},  0.05, 0.40, .per_night = 25, .habit = 0.6, .expand = expand_movement},
    {"leg_movement_bilateral", "one movement of both legs", /* 0.6 % are longer than 15 s (0.2-2 %: 2017) */
        {3.8, 0.55, 0.5, 30}, 0.05, 0.40, .both_legs = true, .per_night = 20, .habit = 0.5, .expand = expand_movement},
    {"periodic_leg_movement", "a series of movements 10 to 90 s apart",
        {500, 0.6, 90, 3600}, 0.05, 0.40, .group = GROUP_RHYTHMIC, .per_night = 1.5, .habit = 1, .expand = expand_periodic},
    {"foot_tremor", "high-frequency leg movement, foot tremor: bursts at 0.4 to 3.7 Hz with rest between",
        {7.8, 1.27, 1.5, 366}, 0.05, 0.30, .group = GROUP_RHYTHMIC, .per_night = 1.2, .habit = 1.2, .expand = expand_tremor},
    {"alternating_leg_activity", "alternating leg muscle activation: both legs in turn at 0.5 to 3 Hz",
        {10, 0.6, 2, 60},     0.05, 0.30, .both_legs = true, .group = GROUP_RHYTHMIC, .per_night = 0.5, .habit = 1.2, .expand = expand_alternating},
    {"fragmentary_myoclonus", "bursts of less than 150 ms, a few a minute",
        {1200, 0.4, 300, 3600}, 0.05, 0.3, .both_legs = true, .background = true, .group = GROUP_RHYTHMIC, .per_night = 0.2, .habit = 1, .expand = expand_myoclonus},
    {"fasciculation", "single motor unit potentials, irregular",
        {300, 0.8, 60, 1800}, 0.05, 0.3, .background = true, .per_night = 1.5, .habit = 0.8, .expand = expand_fasciculation},
    {"hypnic_jerk", "one jerk of the whole body, 75 to 250 ms",
        {0.14, 0.3, 0.075, 0.25}, 0.30, 1.00, .both_legs = true, .per_night = 1.5, .habit = 0.5, .expand = expand_jerk},
    {"turn", "turning over: all muscles, another posture afterwards",
        {8, 0.6, 3, 45},      0.05, 0.60, .both_legs = true, .per_night = 13, .habit = 0.42, .expand = expand_turn},
    {"pandiculation", "a stretch of the whole leg",
        {6, 0.6, 1, 60},      0.20, 1.00, .both_legs = true, .per_night = 2, .habit = 0.5, .expand = expand_pandiculation},
    {"voluntary_hold", "bracing the foot: both heads, regular, still",
        {30, 0.7, 10, 120},   0.05, 0.30, .group = GROUP_HOLD, .per_night = 1, .habit = 0.5, .expand = expand_hold},
    {"toilet_walk", "getting up, walking, lying down again",
        {180, 0.7, 45, 900},  0.10, 0.60, .both_legs = true, .per_night = 1, .habit = 0.5, .expand = expand_walk},
    {"clonus", "rhythmic contractions at 5 to 7 Hz, or slower ones of at least 250 ms",
        {25, 0.6, 10, 120},   0.20, 0.80, .per_night = 0.02, .expand = expand_clonus},
    {"tonic_seizure", "tonic, then clonic contraction of both legs",
        {40, 0.6, 10, 120},   0.50, 1.50, .both_legs = true, .per_night = 0.02, .expand = expand_tonic},

    {"dream_enactment", "kicks of one leg or both out of a dream, for a minute",
        {30, 0.6, 8, 120},    0.10, 0.60, .both_legs = true, .held_out = true, .per_night = 0.5, .habit = 1, .expand = expand_enactment},
    {"leg_rubbing", "the calf is rubbed: moving electrodes over weak work of all muscles",
        {12, 0.6, 4, 60},     0.03, 0.12, .held_out = true, .per_night = 1, .habit = 0.5, .expand = expand_rubbing},
    {"coughing", "a fit of coughs: short bursts of everything, the body jolts",
        {6, 0.6, 1.5, 40},    0.05, 0.25, .both_legs = true, .held_out = true, .per_night = 2, .habit = 1, .expand = expand_coughing},

    {"lead_off", "an electrode loses contact",
        {60, 0.8, 15, 3600},  0.1, 0.1, .measurement = true, .per_night = 0.5, .expand = expand_lead_off},
    {"flat", "the signal stands still",
        {60, 0.8, 15, 900},   0.1, 0.1, .measurement = true, .per_night = 0, .expand = expand_flat},
    {"bus_fault", "no conversions arrive, of no sensor: the last values are repeated",
        {30, 1.0, 6, 900},    0.1, 0.1, .both_legs = true, .measurement = true, .per_night = 0.1, .expand = expand_bus_fault},
    {"clipping", "the front end runs into its rails",
        {15, 0.5, 5, 60},     0.30, 0.60, .measurement = true, .per_night = 0.2, .expand = expand_clipping},
    {"hum", "mains far over the signal",
        {60, 0.8, 15, 600},   0.1, 0.1, .both_legs = true, .measurement = true, .per_night = 0.3, .expand = expand_hum},
    {"ecg", "the heart far over the floor",
        {300, 0.8, 60, 1800}, 0.1, 0.1, .both_legs = true, .background = true, .measurement = true, .per_night = 0.5, .expand = expand_ecg},
    {"sweat", "electrode potentials wander, the floor is higher",
        {1800, 0.7, 300, 10800}, 0.1, 0.1, .both_legs = true, .background = true, .measurement = true, .per_night = 0.4, .expand = expand_sweat},
    {"motion_artefact", "swings and steps of a moving electrode",
        {3, 0.7, 1, 20},      0.1, 0.1, .measurement = true, .per_night = 4, .expand = expand_artefact},
    {"electrode_pop", "sudden steps of an electrode's potential that decay",
        {4, 0.8, 0.5, 30},    0.1, 0.1, .measurement = true, .per_night = 2, .habit = 0.8, .expand = expand_pop},
};
static_assert(ARRAY_SIZE(classes) <= SYNTH_CLASSES_MAX, "persons have room for a habit of each class");
/* clang-format on */

const struct synth_class *synth_class_at(size_t index)
{
    return index < ARRAY_SIZE(classes) ? &classes[index] : NULL;
}

const struct synth_class *synth_class_find(const char *name)
{
    for (size_t i = 0; name && i < ARRAY_SIZE(classes); i++)
        if (strcmp(classes[i].name, name) == 0)
            return &classes[i];
    return NULL;
}

const char *synth_class_name(const struct synth_class *class)
{
    return class->name;
}

const char *synth_class_help(const struct synth_class *class)
{
    return class->help;
}

const char *cramp_kind_name(enum cramp_kind kind)
{
    static const char *const names[cramp_kind_count] = {
        [CRAMP_FULL] = "full", [CRAMP_WEAK] = "weak",       [CRAMP_PARTLY_OFF] = "partly_off",
        [CRAMP_TURN] = "turn", [CRAMP_CLIPPED] = "clipped",
    };

    return (unsigned)kind < cramp_kind_count ? names[kind] : "?";
}
