/* SPDX-License-Identifier: MIT */
/*
 * The true sampling rate of a source, from the times of its samples. Pure.
 *
 * An ADC's oscillator is off by up to 10 % (ADS1115: SBAS444, 7.5) and drifts slowly with temperature;
 * edges get lost and come a little late. The estimate starts as the median of the first intervals and then
 * is the slope over a window of about RATE_WINDOW seconds, counted in whole samples, so that a lost edge does
 * not bend it. When the medians of short runs leave it, the rate has really changed and it starts anew.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RATE_TOLERANCE 0.12 /* of nominal: 10 % of the datasheet and some for the crystal of the hub */
#define RATE_BATCH     16
#define RATE_ANCHORS   64

struct rate {
    double nominal_ns, period_ns;
    bool known;
    bool coarse; /* samples are counted in handfuls, at reading: no medians, longer window */
    uint64_t index;
    int64_t last_ns; /* TIME_UNKNOWN: no sample yet */
    double batch[RATE_BATCH];
    unsigned batch_used, odd_batches;
    struct rate_anchor {
        int64_t t_ns;
        uint64_t index;
    } anchors[RATE_ANCHORS];
    unsigned anchor_first, anchor_count;
};

/* coarse: for sources that tell counts instead of edges (a FIFO that is read by time). */
void rate_init(struct rate *rate, double nominal_hz, bool coarse);

/* The source paused or was re-initialised: the next sample begins a new run; the estimate is kept. */
void rate_pause(struct rate *rate);

/* How many samples an interval stands for: 0 = too short for one (less than half a period). */
unsigned rate_steps(const struct rate *rate, int64_t interval_ns);

/* A sample at t_ns that is the steps-th after the one before. */
void rate_add(struct rate *rate, int64_t t_ns, unsigned steps);

double rate_hz(const struct rate *rate);         /* 0: not known yet */
bool rate_is_plausible(const struct rate *rate); /* within RATE_TOLERANCE of nominal, or not known yet */
