/* SPDX-License-Identifier: MIT */
/* Between the two halves of an EMG source: emg_source.c (edges, recovery) and emg_blocks.c (blocks). */
#pragma once

#include "sensor/emg_source.h"

#define EMG_VERIFY_NS  (5 * NSEC_PER_SEC) /* between routine looks at the configuration */
#define EMG_LATE_SHARE 0.95               /* of a period: read later, it may be the next conversion */

static inline bool emg_is_storming(const struct emg_source *emg, int64_t now_ns)
{
    return now_ns < emg->storm_end_ns;
}

/* Whether something that takes so long on the bus ends before the conversion of the last edge may be gone. */
static inline bool emg_in_time(const struct emg_source *emg, int64_t now_ns, double takes_ns)
{
    return emg->edge_ns != TIME_UNKNOWN &&
           (double)(now_ns - emg->edge_ns) + takes_ns < EMG_LATE_SHARE * emg->rate.period_ns;
}

/* The one being filled. */
static inline struct block *emg_open_block(struct emg_source *emg)
{
    return &emg->blocks[emg->closed];
}

/* Ask the chip, again when arbitration was lost: that is told at once and costs next to nothing. */
int emg_ask(struct emg_source *emg, int (*ask)(struct ads1x15 *adc));
int emg_read(struct emg_source *emg, int (*read)(struct ads1x15 *adc, int16_t *code), int16_t *code);

/* A sample that was read in time; its edge's time. Hands out blocks when it is time to. */
void emg_add_sample(struct emg_source *emg, int64_t t_ns, int16_t code, int64_t now_ns);

/* The blocks that wait leave, with their samples if the chip can be trusted. */
void emg_flush(struct emg_source *emg, int64_t now_ns);

/* When what was delivered or stated so far has become old; and what is to be done then. */
int64_t emg_speak_ns(const struct emg_source *emg);
void emg_speak(struct emg_source *emg);
