/* SPDX-License-Identifier: MIT */
/*
 * Activity of one muscle over time: is it above rest, is it unbroken ("tonic run") or does it return to rest
 * in between, how long are its bursts.
 *
 * The slow modulation of a cramp (1-2 Hz, 10-30 %) lies in the band of rhythmic leg movements (0.3-4 Hz), so
 * rhythm says nothing; pauses do.
 */
#pragma once

#include "detect/emg.h"
#include "detect/modulation.h"

struct tone_bursts {
    unsigned count;
    unsigned parts, longest; /* of 20 ms: all bursts together, the longest */
    int64_t first, last;     /* frames of the first and the latest burst's begin */
};

/* When a run first reached a level. */
struct tone_mark {
    int64_t frame; /* -1 not yet */
    double evidence_s, alone_s;
};

struct tone {
    double floor;     /* uV, NAN not known */
    bool usable;      /* of the last frame: what follows holds; otherwise it is as it was */
    double ratio;     /* level over floor, this frame */
    double peak;      /* loudest 20 ms over floor, this frame */
    double smooth;    /* median of the last SMOOTH_FRAMES ratios */
    double mean;      /* RMS of the last second or so, over floor: steadier than smooth, for comparisons */
    double reference; /* 75th percentile of the last REF_FRAMES levels, uV */
    bool resting;     /* this frame held a pause */
    bool broken;      /* this frame broke the run */
    /* The tonic run. */
    bool running;
    int64_t start;                    /* frame of its onset */
    int64_t reached;                  /* frame at which it reached CRAMP_RATIO, -1 not yet */
    struct tone_mark mark[RUN_MARKS]; /* level k: RUN_MARK_FIRST * RUN_MARK_STEP^k */
    double evidence_s;                /* of it, seconds that nothing else explains; counted by the episode */
    bool spent;                       /* it has been called a cramp and let go: only a stronger one is new */
    unsigned settled_frames;          /* no more restless than noise, and weak, for so long */
    double alone_s;                   /* ... of these with the other heads silent, the weaker the less */
    double weak_s;                    /* ... of these at RISE_WEAK_RATIO */
    double above_s;                   /* ... of these at CRAMP_RATIO */
    double risen_s;                   /* ... of these at rise_ratio */
    double moved_s;                   /* of it, in motion */
    double plateau;                   /* what it came to within PLATEAU_S of its onset, ratio */
    double swing_deg;                 /* the fastest of the leg about its onset */
    double unrest;                    /* mean square of tone_change() on the plateau*/
    unsigned unrest_frames;
    double unrest_before;         /* ... before its last step, NAN not known */
    double rise_level;            /* ratio of the rise before the surge */
    int64_t surge;                /* frame at which the level left the rise's, -1 not */
    double surge_alone_s;         /* ... of it with the other heads silent */
    double surge_s;               /* evidence since */
    struct modulation modulation; /* of the run's level */
    struct tone_bursts bursts;    /* since tone_reset_bursts() */
    /* Inside. */
    float recent[REF_FRAMES]; /* levels, ring */
    float sorted[REF_FRAMES]; /* the same, smallest first */
    unsigned recent_count, recent_next, low_frames, dip_frames, peak_frames;
    double peak_level;
    int64_t last_dip, last_peak;
    unsigned unusable_frames, pause_parts, burst_parts;
    bool in_burst;
    int64_t pauses[PAUSES_RHYTHMIC]; /* parts at which the last short pauses were */
    unsigned pause_next;
};

void tone_init(struct tone *tone);
/* One frame further. rise_ratio: the setting, at which a run begins. */
void tone_step(struct tone *tone, const struct emg_frame *frame, double floor, double rise_ratio);
void tone_reset_bursts(struct tone *tone);
/* Change of the level from one 0.3 s to the next, natural log. */
double tone_change(const struct tone *tone);
/* Starts the run anew at this frame: what was before is explained by something else. */
void tone_restart(struct tone *tone, int64_t frame);
