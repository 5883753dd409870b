/* SPDX-License-Identifier: MIT */
/* One leg's night, as the detector told it frame by frame: numbers as lines, states as runs. */
#pragma once

#include "base/macros.h"
#include "detect/insight.h"

#include <stddef.h>

/* What has a value in every frame; NAN where it is not known. */
enum track_line {
    LINE_EVIDENCE, /* seconds, of the channel that is nearest to a decision */
    LINE_NEEDED,
    LINE_MOTION,                            /* g */
    LINE_POSTURE,                           /* degrees */
    LINE_RATIO,                             /* the first of EMG_CHANNELS: level over rest */
    LINE_FLOOR = LINE_RATIO + EMG_CHANNELS, /* the first of EMG_CHANNELS: uV */
    TRACK_LINES = LINE_FLOOR + EMG_CHANNELS,
};

/* What lasts; frames in which nothing is to be told have no run. */
enum track_runs {
    RUNS_STATE,  /* enum episode_state, but QUIET */
    RUNS_GATE,   /* enum dismiss_reason + 1: what kept time from counting */
    RUNS_UNSEEN, /* BIT(enum fault_reason) of its channels, UNSEEN_* */
    RUNS_MOVING, /* 1 */
    RUNS_MOTOR,  /* 1: the reminder's motor */
    RUNS_BOTH,   /* 1: both legs do the same */
    RUNS_FAULTS, /* the first of EMG_CHANNELS: BIT(enum fault_reason) of that channel */
    TRACK_RUNS = RUNS_FAULTS + EMG_CHANNELS,
};

#define UNSEEN_ALWAYS    BIT(31) /* so that a run without a known cause is not nothing */
#define UNSEEN_NO_FLOOR  BIT(30) /* the resting level is not known yet */
#define UNSEEN_NO_FRAMES BIT(29) /* nothing at all came */

struct run {
    int64_t from, to; /* frames; to is not of it */
    uint32_t value;
};

struct runs {
    struct run *run;
    size_t count, room;
};

struct track {
    enum leg leg;
    unsigned channel_count;
    int channel[EMG_CHANNELS]; /* their numbers in the recording */
    bool has_motion;           /* the motion sensor told something at least once */
    int64_t origin_ns;         /* of frame 0 */
    int64_t count;             /* frames */
    int64_t room;
    float *line[TRACK_LINES];
    struct runs runs[TRACK_RUNS];
    bool failed; /* memory was short: the track is not whole */
};

void track_add(struct track *track, const struct insight *insight);
void track_clear(struct track *track);

/* Lowest and highest known value in [from, to); false: none is known. */
bool track_range(const struct track *track, int line, int64_t from, int64_t to, float *low, float *high);
/* Frames of [from, to) that have this value, or any if it is 0. */
int64_t track_time(const struct track *track, int runs, uint32_t value, int64_t from, int64_t to);
/* The frame that second t_s is in. */
int64_t track_frame_at(double t_s);
