/* SPDX-License-Identifier: MIT */
/*
 * What the sources of the acquire thread (emg_source, imu_source, touch_source) share: where the hardware is,
 * where blocks go, the counters other threads may read, and words to name a chip in a log line.
 */
#pragma once

#include "base/ring.h"
#include "hw/platform.h"
#include "sensor/acquire.h"

#include <stdatomic.h>

#define SOURCE_BLOCK_NS ((int64_t)(ACQUIRE_BLOCK_S * 1e9))
#define SOURCE_STATEMENT_NS                                                                                  \
    (200 * NSEC_PER_MSEC) /* silence after which a source says that it has nothing                           \
                           */
/* The same in a hub that is blind (acquire.h), at full seconds: who has nothing new to say wakes the
   processor together with the others. */
#define SOURCE_BLIND_NS ((int64_t)(ACQUIRE_BLIND_S * 1e9))

struct counters {
    _Atomic uint64_t rounds, samples, lost;
    _Atomic double rate_hz[EMG_CHANNELS];
    _Atomic uint32_t faults[EMG_CHANNELS];
    _Atomic bool realtime;
};

struct source_env {
    struct platform *platform;
    struct i2c_bus *bus;
    struct ring *out;
    struct counters *counters;
    struct gpio_edge edges[GPIO_EDGES_MAX]; /* scratch: too large for a small stack */
    uint32_t lead_off;                      /* BIT(channel): electrodes are off */
    bool blind;                             /* every chip's fault is declared */
};

/* Puts blocks of one source into the ring. What the ring refuses is missing for the reader: the next block
   says so. */
struct outlet {
    struct source_env *env;
    uint32_t owed; /* samples lost on the way, not yet told */
    int64_t last_ns;
    bool said_bus; /* the last block said that the chip cannot be asked, and nothing else */
};

static inline void outlet_put(struct outlet *outlet, struct block *block, int64_t now_ns)
{
    uint32_t lost = block->lost + outlet->owed;

    if (outlet->owed > 0)
        block->faults |= BIT(FAULT_GAP);
    block->lost = (uint16_t)MIN(lost, (uint32_t)UINT16_MAX);
    outlet->owed = ring_put(outlet->env->out, block) ? 0 : lost + block->count;
    outlet->last_ns = now_ns;
    outlet->said_bus = block->count == 0 && block->faults & BIT(FAULT_BUS);
}

/* When to say again what was said, if that is usual_ns as long as anybody sees. */
static inline int64_t outlet_repeat_ns(const struct outlet *outlet, int64_t usual_ns)
{
    if (!outlet->env->blind)
        return usual_ns;
    return MAX((outlet->last_ns / SOURCE_BLIND_NS + 1) * SOURCE_BLIND_NS, usual_ns);
}
