/* SPDX-License-Identifier: MIT */
/*
 * The middle of the way of a sample: detector -> policy -> intents. The hub and --replay run this same
 * object; only where blocks come from and where events go differs.
 *
 * An event of the detector is numbered, then policy decides, and what it decides goes to `remind` at once;
 * only then are the events told to the rest, in order. So nothing that is told can delay a reminder.
 */
#pragma once

#include "base/block.h"
#include "config/settings.h"

struct pipeline;

struct pipeline_ops {
    void (*remind)(void *context, const struct event *event); /* REMINDER_START and REMINDER_STOP, at once */
    void (*tell)(void *context, const struct event *event);   /* every event, in order of seq */
};

/* run_id: 16 bytes that make the ids of this run unique. first_seq: of the first event. NULL with errno. */
struct pipeline *pipeline_new(const struct settings *settings, const struct detector_channel *channels,
                              unsigned channel_count, const struct detector_imu *imus, unsigned imu_count,
                              const struct pipeline_ops *ops, void *context, const uint8_t run_id[16],
                              uint64_t first_seq);
void pipeline_free(struct pipeline *pipeline);
DEFINE_CLEANUP(struct pipeline *, pipeline_free);

void pipeline_set_settings(struct pipeline *pipeline, const struct settings *settings);

void pipeline_push(struct pipeline *pipeline, const struct block *block);

/* Every source has delivered up to delivered_ns; it is now_ns. local_minute: since local midnight, -1
   unknown. Returns when policy wants to be called again (TIME_UNKNOWN: not by itself). */
int64_t pipeline_advance(struct pipeline *pipeline, int64_t delivered_ns, int64_t now_ns, int local_minute);

/* An event of the hub itself (faults of broker, disk, clock). */
void pipeline_emit(struct pipeline *pipeline, const struct event *event);

/* As policy_command(). */
int pipeline_command(struct pipeline *pipeline, enum command command, double seconds, enum origin origin,
                     int64_t t_ns);

void pipeline_finish(struct pipeline *pipeline, int64_t t_ns);

uint64_t pipeline_next_seq(const struct pipeline *pipeline);
struct detector *pipeline_detector(struct pipeline *pipeline);
struct policy *pipeline_policy(struct pipeline *pipeline);
