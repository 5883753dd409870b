/* SPDX-License-Identifier: MIT */
/*
 * One EMG channel: blocks in, frames of 100 ms out (filtered, free of hum, measured, with what is wrong
 * with them). Knows nothing of rest and activity.
 */
#pragma once

#include "base/block.h"
#include "detect/biquad.h"
#include "detect/detector.h"
#include "detect/mains.h"
#include "detect/quality.h"
#include "detect/tuning.h"

#define FRAME_NS (NSEC_PER_SEC / FRAMES_PER_S)

struct emg_frame {
    int64_t index;         /* on the grid */
    bool usable;           /* the levels hold */
    uint32_t faults;       /* BIT(enum fault_reason) */
    float level;           /* uV RMS without the loudest 20 ms: one potential does not lift it */
    float sub[FRAME_SUBS]; /* uV RMS of the 20 ms parts, in time */
    uint8_t parts;         /* of these that were measured: FRAME_SUBS, or fewer at low rates */
    float crossings_hz;    /* zero crossings a second: a cheap spectral centroid */
    float hum_uv;          /* steady mains, RMS, before it is taken out */
    float hum_share;       /* of the frame's power that is mains */
};

struct emg {
    struct detector_channel channel;
    bool started;
    int64_t origin_ns; /* of the grid */
    int64_t frame;     /* being filled */
    int64_t last_ns;   /* of the last sample */
    double period_ns;
    /* Samples of the frame under way; NaN = missing. */
    unsigned count, missing;
    int64_t first_ns; /* time of raw[0] */
    float raw[FRAME_SAMPLES];
    float work[FRAME_SAMPLES];
    uint32_t faults;   /* stated by the blocks of this frame */
    uint32_t standing; /* stated by the last block: hold while nothing comes */
    /* Filter. */
    double design_hz;
    bool settle; /* next good sample restarts the filters */
    unsigned settling, missing_run;
    float held;
    float centre; /* taken off before the filters: where the signal was when they began */
    struct biquad band[BAND_SECTIONS];
    struct mains mains;
    struct quality_watch watch;
    /* Contact. */
    bool lead_off;
    int64_t contact_frame; /* first frame that is usable after contact came back */
    struct emg_frame ring[FRAME_RING];
};

void emg_init(struct emg *emg, const struct detector_channel *channel, double mains_hz);

/* Before anything else: where the grid begins. */
void emg_start(struct emg *emg, int64_t origin_ns);
void emg_set_mains(struct emg *emg, double mains_hz);
/* Takes samples of the block from *position on until the frame under way is full (true: call again) or the
   block is used up (false). A block that goes back in time must not be given. */
bool emg_push(struct emg *emg, const struct block *block, unsigned *position);
/* Nothing before frame `frame` will come any more. */
void emg_close_until(struct emg *emg, int64_t frame);
void emg_contact(struct emg *emg, bool off, int64_t frame);
/* The frame; where there is none, *missing filled in as one that is missing. */
const struct emg_frame *emg_get_frame(const struct emg *emg, int64_t frame, struct emg_frame *missing);
/* The floor is a low percentile of levels that scatter the more the lower the rate: factor to their middle.
 */
double emg_floor_bias(const struct emg *emg);
/* Rate and input let bursts and spectrum be seen, not only the level. */
bool emg_full(const struct emg *emg);
