/* SPDX-License-Identifier: MIT */
/*
 * One EMG channel: a converter (ads1x15), its ready line, its recovery. Edges come in, blocks go out.
 *
 * - A sample's time is its edge's. The register holds one conversion, so a sample is good only if it was
 *   read before the next conversion could end; otherwise it is lost and counted.
 * - Blocks leave only after the chip was asked once more behind them: the same conversion must read the same
 *   again. Rubbish on the bus cannot pass for a muscle this way.
 * - Edges that stop: the configuration is read back. Answers as written: gap (the ready line is broken);
 *   answers otherwise: it was reset and is set up again; no answer: bus.
 * - Edges nobody's conversion made (a loose wire beside a motor): they are counted, the line is looked at
 * only once a conversion, and what is read meanwhile is flagged `rate`.
 */
#pragma once

#include "sensor/ads1x15.h"
#include "sensor/rate.h"
#include "sensor/recovery.h"
#include "sensor/source.h"
#include "sensor/stale.h"
#include "sensor/wire.h"

#define EMG_HELD 8 /* blocks that can wait for one check: gaps cut them short */

struct emg_source {
    struct source_env *env;
    unsigned index;
    struct ads1x15 adc;
    struct wire ready;
    struct recovery recovery;
    struct rate rate;
    struct stale stale;
    struct outlet outlet;

    struct block blocks[EMG_HELD + 1]; /* [0..closed) wait for the check, [closed] is being filled */
    unsigned closed, waiting;          /* blocks; samples in all of them */
    unsigned block_max;
    uint32_t faults; /* for the next block */
    int64_t read_ns; /* what reading a sample takes on this bus, averaged */
    int64_t last_ns; /* time of its last sample */
    int16_t last_code;
    bool reread_valid; /* last_code is still what the register must say */

    int64_t due_ns;  /* when the next sample is expected: everything before is delivered or lost */
    int64_t edge_ns; /* the last edge that a conversion made */
    uint32_t seqno;
    int64_t quiet_ns;  /* since when nothing was heard of the chip */
    int64_t silent_ns; /* since when edges are missing; TIME_UNKNOWN: they are not */
    int64_t verify_ns; /* next routine look at the configuration */
    int64_t storm_end_ns, storm_window_ns, muted_ns;
    unsigned spurious; /* edges in this window that no conversion made */
    uint64_t spurious_total, late_total;
    struct log_limit storm_limit, late_limit;

    int64_t deadline_ns;
};

/* -EINVAL: the chip cannot do what the settings ask for (logged). */
int emg_source_init(struct emg_source *emg, struct source_env *env, unsigned index,
                    const struct emg_params *params, const struct sensor_params *sensor, int64_t now_ns);

/* The line to wait for now; NULL: none, muted in a storm, or nothing can be read of its chip. */
static inline struct gpio_line *emg_source_line(const struct emg_source *emg, int64_t now_ns)
{
    return now_ns < emg->muted_ns || !recovery_may_read(&emg->recovery) ? NULL : emg->ready.line;
}

/* Does what is due; `ready`: its line has edges. Sets deadline_ns: to be called by then even without one. */
void emg_source_service(struct emg_source *emg, int64_t now_ns, bool ready);

/* Hands out what is waiting in a block; for the end. */
void emg_source_finish(struct emg_source *emg, int64_t now_ns);
