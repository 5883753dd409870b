/* SPDX-License-Identifier: MIT */
/*
 * The acquire thread: from data-ready edges to blocks in a ring. It alone talks to the sensor's chips.
 * Nothing is allocated and nothing is waited for but edges, the bus and the clock while it runs.
 *
 * Whatever goes wrong it goes on: every source produces a block at least every ACQUIRE_BLOCK_MAX_S, with
 * count 0 and its faults if need be. A hub that is blind, because every chip's fault is declared and said,
 * repeats that only every ACQUIRE_BLIND_S: what wakes the processor all day for nothing. Recovery is a ladder
 * per chip (sensor/ladder): retry, re-initialise the chip, reopen the bus, declared fault with back-off up to
 * retry_max_s; replugged hardware comes back by itself.
 */
#pragma once

#include "base/ring.h"
#include "hw/platform.h"
#include "sensor/params.h"

#include <stdio.h>

#define ACQUIRE_BLOCK_S     0.05 /* usual length of a block */
#define ACQUIRE_BLOCK_MAX_S 0.25 /* longest silence of a source */
#define ACQUIRE_BLIND_S     1.0  /* ... of all of them when none has anything */

struct acquire;

/* out: a ring of struct block. NULL with errno on failure. */
struct acquire *acquire_new(const struct sensor_params *params, struct platform *platform, struct ring *out);
int acquire_start(struct acquire *acquire); /* negative errno */
void acquire_stop(struct acquire *acquire); /* wakes and joins the thread; fine when not started */
void acquire_free(struct acquire *acquire); /* stops first; NULL is fine */
DEFINE_CLEANUP(struct acquire *, acquire_free);

struct acquire_status {
    uint64_t
        rounds; /* of the thread's loop: a thread that hangs stands still, one without a sensor does not */
    uint64_t samples;             /* EMG samples delivered since start: the watchdog's idea of progress */
    uint64_t lost;                /* samples known lost */
    uint64_t dropped;             /* blocks the ring refused */
    double rate_hz[EMG_CHANNELS]; /* estimated from edges; 0 unknown */
    uint32_t faults[EMG_CHANNELS];
    bool realtime; /* running under SCHED_FIFO */
};
/* Any thread; lock-free snapshot. */
void acquire_get_status(const struct acquire *acquire, struct acquire_status *status);

/* `crampd --probe`: what answers on bus and lines, what should be there, whose fault a gap is. Prints to
   `out`; returns the number of missing things, or a negative errno. */
int sensor_probe(const struct sensor_params *params, struct platform *platform, FILE *out);
