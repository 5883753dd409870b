/* SPDX-License-Identifier: MIT */
/*
 * What the detector sees of one leg in one frame and what it makes of it: for people who wonder why it did
 * or did not call something a cramp (crampctl explain, crampctl measure). Nothing here decides anything.
 */
#pragma once

#include "base/block.h"
#include "base/names.h"

#include <stdbool.h>
#include <stdint.h>

/* One EMG channel of the leg. */
struct insight_channel {
    int channel;       /* its number in the detector */
    bool usable;       /* the level of this frame holds; otherwise level and ratio are NAN */
    bool running;      /* unbroken activity is under way: only then there is evidence */
    double level_uv;   /* uV RMS of this frame */
    double floor_uv;   /* the personal resting level, NAN while not known */
    double ratio;      /* level over floor, this frame */
    double smooth;     /* the same, median of half a second: what is compared; NAN if unusable */
    double evidence_s; /* counted so far towards calling it a cramp, seconds; 0 when nothing is judged */
    double needed_s;   /* ... of so many, on the way of which most is done; NAN when nothing is judged */
    int gate;          /* enum dismiss_reason that keeps this frame from counting in full; -1 none */
    int contact;       /* 1 electrodes on, 0 off, -1 not known or nothing tells */
    uint32_t faults;   /* BIT(enum fault_reason) of this frame, before debouncing */
};

struct insight {
    enum leg leg;
    int64_t frame; /* on the detector's grid of 100 ms; numbers jump over long silence */
    int64_t t_ns;  /* end of the frame: when it was decided */
    enum episode_state state;
    unsigned channel_count;
    struct insight_channel channel[EMG_CHANNELS];
    int strongest;         /* index above of the usable channel with the highest smooth; -1 leg not seen */
    bool motion_known;     /* what follows about motion holds */
    bool moving;           /* the leg is in motion, or was half a second ago */
    double motion_g;       /* g RMS about gravity; NAN not known */
    double posture_deg;    /* away from how the leg first lay still; NAN not known */
    bool vibrating;        /* the reminder's motor runs */
    bool bilateral;        /* the other leg does the same */
    bool suspicion;        /* activity is being judged ... */
    int64_t suspect_frame; /* ... since this frame */
};

/* Called after each decided frame, once for each leg with electrodes; must not keep the pointer. */
typedef void (*insight_sink)(void *context, const struct insight *insight);
