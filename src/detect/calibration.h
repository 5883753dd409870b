/* SPDX-License-Identifier: MIT */
/*
 * Learning a leg with its owner's help: a minute of rest, then one firm contraction. Frames in, progress out;
 * no clock, no allocation.
 *
 *   NONE --begin--> REST --a minute of it--> CONTRACT --held for 3 s--> RELAX --rest again--> DONE
 *                     '--3 min--> FAILED       '--30 s, signal lost--> RELAX --> FAILED
 *
 * RELAX is the tail of what was asked for: nothing of it may be taken for a cramp. It is short, since a
 * contraction can end in a real one. A cancelled contraction has a tail, too.
 */
#pragma once

#include "base/block.h"
#include "base/names.h"
#include "detect/tuning.h"

#include <stdbool.h>
#include <stdint.h>

/* One frame of a leg. */
struct calibration_frame {
    int64_t frame;
    bool moving;
    struct {
        bool usable;
        double level_uv;
        uint32_t faults; /* BIT(enum fault_reason) */
    } channel[EMG_CHANNELS];
};

struct calibration {
    enum calibration_phase phase, outcome; /* outcome: what RELAX ends in */
    int hindrance;                         /* enum hindrance: what is in the way, or was; -1 nothing */
    enum leg leg;
    unsigned channel_count;
    int64_t since, now; /* frame in which the phase began, last frame; -1 none yet */
    unsigned rest_frames;
    unsigned hindered[hindrance_count]; /* frames */
    unsigned held_frames, clipped_frames, blind_frames, calm_frames;
    double best_ratio; /* of the leg, best second */
    struct {
        float rest[CALIBRATION_REST_FRAMES]; /* levels, sorted */
        double rest_uv;                      /* their low percentile, as a baseline's */
        double second[FRAMES_PER_S];         /* squared levels of the last second, ring */
        unsigned firm_frames;                /* in a row */
        double firm_uv;                      /* of the best second; 0: none, or no contraction */
    } channel[EMG_CHANNELS];
};

void calibration_begin(struct calibration *calibration, enum leg leg, unsigned channel_count);
/* By the person. */
void calibration_cancel(struct calibration *calibration);
/* Something is asked of the person, or its tail is waited for. */
bool calibration_running(const struct calibration *calibration);
void calibration_step(struct calibration *calibration, const struct calibration_frame *frame);
/* Seconds until the phase is given up. */
double calibration_left_s(const struct calibration *calibration);
