/* SPDX-License-Identifier: MIT */
/* A synthetic sleeper in front of a detector: for tests. */
#pragma once

#include "crampsim/synth.h"
#include "detect/detector.h"

#define SLEEPER_EVENTS 512

struct sleeper {
    /* Set by the test before sleeper_start(); sleeper_default() fills them. */
    struct synth_setup setup;
    struct detector_params params;
    unsigned block; /* EMG samples a block, 1..BLOCK_VALUES; 0: sizes that vary */
    double gain, offset_uv;
    int64_t start_ns;
    enum emg_input input;
    /* A test's own hand on the values; may be NULL. t in seconds. */
    void (*spoil)(void *context, double t, unsigned channel, float *value);
    void *spoil_context;
    uint32_t (*faults)(double t); /* stated by the EMG blocks */
    double (*shake)(double t);    /* g added to acceleration x */
    bool (*silent)(double t);     /* EMG delivers nothing */
    /* Running. */
    struct synth *synth;
    struct detector *detector;
    double now;
    /* Came out. */
    unsigned count;
    struct event events[SLEEPER_EVENTS];
};

void sleeper_default(struct sleeper *sleeper);
/* setup -> synth; then events can be added; starts the detector. */
void sleeper_start(struct sleeper *sleeper);
/* An event of a class of the synthesizer; the rest of the event can be NULL. */
void sleeper_add(struct sleeper *sleeper, const char *class, double start_s, double duration_s, double level,
                 const struct synth_event *more);
/* Sleeps on until t_s. */
void sleeper_run(struct sleeper *sleeper, double t_s);
void sleeper_finish(struct sleeper *sleeper);
void sleeper_free(struct sleeper *sleeper);

unsigned sleeper_count(const struct sleeper *sleeper, enum event_kind kind);
unsigned sleeper_dismissed(const struct sleeper *sleeper, enum dismiss_reason reason);
/* n-th event of the kind, counted from 0; NULL if there are fewer. */
const struct event *sleeper_event(const struct sleeper *sleeper, enum event_kind kind, unsigned n);
/* Seconds since the start of an event's decision or of another of its times. */
double sleeper_s(const struct sleeper *sleeper, int64_t t_ns);
