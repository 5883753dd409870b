/* SPDX-License-Identifier: MIT */
/*
 * struct block: a short run of samples of one source, on its way from acquisition to detection.
 *
 * Sources are numbered per kind: EMG channel 0..n-1 in the order of the settings, one IMU per leg, likewise,
 * those without a chip (IMU_NONE) left out.
 * A block with count 0 is how a source that delivers nothing says so: its time passes, its faults tell
 * why, and nobody can take it for calm.
 */
#pragma once

#include <stdint.h>

enum block_kind {
    BLOCK_EMG,     /* width 1: microvolts at the electrode, polarity and offset as the front end has them */
    BLOCK_IMU,     /* width 3 (acceleration x y z, g) or 6 (then rotation x y z, deg/s) */
    BLOCK_CONTACT, /* width 1: 0 electrodes on, 1 off (LeadOff); source = EMG channel */
    BLOCK_BUTTON,  /* width 1: 1 pressed (debounced), 0 released */
};

#define BLOCK_VALUES 192 /* floats a block can hold: 192 EMG samples or 32 IMU rows of 6 */
#define EMG_CHANNELS 8   /* most EMG channels in one hub */
#define IMU_SOURCES  2   /* one a leg */

struct block {
    uint8_t kind;   /* enum block_kind */
    uint8_t source; /* index within the kind */
    uint8_t width;  /* values per sample */
    uint8_t pad;
    uint16_t count;   /* samples; count * width <= BLOCK_VALUES */
    uint16_t lost;    /* samples known to be missing immediately before the first one of this block */
    uint32_t faults;  /* BIT(enum fault_reason): what was wrong while these samples were taken */
    int64_t t_ns;     /* CLOCK_MONOTONIC time of the first sample (of the statement, if count is 0) */
    double period_ns; /* estimated true time between samples; 0 when not yet known or count is 0 */
    float v[BLOCK_VALUES];
};

/* Time of sample i of b, ns. */
static inline int64_t block_time(const struct block *b, unsigned i)
{
    return b->t_ns + (int64_t)(b->period_ns * (double)i);
}
