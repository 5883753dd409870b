/* SPDX-License-Identifier: MIT */
#include "care/care.h"

#include "base/macros.h"

/* 000 to 004 are the documents that this project was started from; the others are numbered as in its review
   of the literature. */
const struct care_source care_sources[] = {
    {"000", "News article on leg cramps with a cardiologist and a neuro-spine surgeon"},
    {"001", "Patient text on seven causes of leg cramps"},
    {"002", "Patient text of a vein clinic on night cramps"},
    {"003", "Patient texts on ten causes of cramps, dehydration, seizures and diagnostics"},
    {"004", "Patient texts on night cramps and veins; leg-symptom triage of HealthLink BC"},
    {"12",
     "Muscle cramp susceptibility after a volitional cramp, Muscle & Nerve 2017;56:E95 (induced cramps)"},
    {"19", "NHS, Leg cramps (United Kingdom)"},
    {"25", "Hallegraeff 2012, J Physiother 58:17 (trial, 80 people over 55: 1.2 cramps a night fewer)"},
    {"29", "Cochrane review CD008496, 2012 (how the stretching of [25] was done)"},
    {"100", "Coppin 2005, Br J Gen Pract 55:186 (trial, 191 people: no effect of stretching)"},
    {"101", "Cochrane review CD008496, 2021 (three trials of stretching: low certainty)"},
    {"103", "Public pages on stretches against leg cramps (Verywell, Merck Manual)"},
    {"104", "Public pages on stretches for thigh and foot"},
    {"109", "NHS text on leg cramps, signs that need a doctor"},
    {CARE_OWN, "Ours: a caution, or the same stretch done lying; no document says it"},
};
const size_t care_source_count = ARRAY_SIZE(care_sources);
