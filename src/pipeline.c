/* SPDX-License-Identifier: MIT */
#include "pipeline.h"

#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Events that wait to be told while policy answers the first of them: one detector event makes a few at most.
 */
#define WAITING_MAX 32
/* Faults of EMG_CHANNELS with everything wrong at once are fewer. */
#define FAULTS_MAX 64

struct pipeline {
    struct detector *detector;
    struct policy *policy;
    const struct pipeline_ops *ops;
    void *context;
    uint8_t run_id[16];
    uint64_t next_seq;
    struct event waiting[WAITING_MAX];
    unsigned waiting_count;
    struct event faults[FAULTS_MAX]; /* begun and not over */
    unsigned fault_count;
    bool deciding; /* policy is being asked: what it says joins `waiting` */
    bool pressed;  /* the button, as of its last block: its level is repeated while it is held */
};

/* The run's id with the happening's number in its last four bytes; version 8, variant RFC 9562. */
static void make_id(const struct pipeline *p, struct event *event)
{
    uint8_t id[16];
    /* A happening without an episode (fault, night) takes its number from seq, in the upper half. */
    uint32_t number = event->episode ? event->episode : UINT32_C(0x80000000) | (uint32_t)event->seq;

    memcpy(id, p->run_id, sizeof(id));
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x80);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
    for (int i = 0; i < 4; i++)
        id[12 + i] = (uint8_t)(number >> (24 - 8 * i));
    snprintf(event->id, sizeof(event->id),
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", id[0], id[1], id[2],
             id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10], id[11], id[12], id[13], id[14], id[15]);
}

/* The end of a fault carries the id of its beginning. */
static void end_fault(struct pipeline *p, struct event *event)
{
    for (unsigned i = 0; i < p->fault_count; i++)
        if (event_same_fault(&p->faults[i], event)) {
            memcpy(event->id, p->faults[i].id, sizeof(event->id));
            p->faults[i] = p->faults[--p->fault_count];
            return;
        }
}

static const struct event *take(struct pipeline *p, const struct event *event)
{
    if (p->waiting_count == WAITING_MAX) {
        log_error(LOG_BUG, "more than %d events at one moment; telling them early", WAITING_MAX);
        for (unsigned i = 0; i < WAITING_MAX; i++)
            p->ops->tell(p->context, &p->waiting[i]);
        p->waiting_count = 0;
    }
    struct event *slot = &p->waiting[p->waiting_count++];
    *slot = *event;
    slot->seq = p->next_seq++;
    if (slot->kind == EVENT_FAULT_CLEARED)
        end_fault(p, slot);
    if (slot->id[0] == '\0')
        make_id(p, slot);
    if (slot->kind == EVENT_FAULT && p->fault_count < FAULTS_MAX)
        p->faults[p->fault_count++] = *slot;
    return slot;
}

static void tell_waiting(struct pipeline *p)
{
    /* Telling may not make new events: sinks only put things into queues. */
    for (unsigned i = 0; i < p->waiting_count; i++)
        p->ops->tell(p->context, &p->waiting[i]);
    p->waiting_count = 0;
}

static void on_policy_event(void *context, const struct event *event)
{
    struct pipeline *p = context;
    const struct event *taken = take(p, event);

    if (taken->kind == EVENT_REMINDER_START || taken->kind == EVENT_REMINDER_STOP)
        p->ops->remind(p->context, taken);
    if (!p->deciding)
        tell_waiting(p);
}

static void on_detector_event(void *context, const struct event *event)
{
    pipeline_emit(context, event);
}

void pipeline_emit(struct pipeline *p, const struct event *event)
{
    /* policy gets a copy: `waiting` may be emptied under its hands if it should overflow. */
    struct event taken = *take(p, event);

    p->deciding = true;
    policy_on_event(p->policy, &taken);
    p->deciding = false;
    tell_waiting(p);
}

struct pipeline *pipeline_new(const struct settings *settings, const struct detector_channel *channels,
                              unsigned channel_count, const struct detector_imu *imus, unsigned imu_count,
                              const struct pipeline_ops *ops, void *context, const uint8_t run_id[16],
                              uint64_t first_seq)
{
    _cleanup_(pipeline_freep) struct pipeline *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    p->ops = ops;
    p->context = context;
    p->next_seq = first_seq;
    memcpy(p->run_id, run_id, sizeof(p->run_id));
    p->detector =
        detector_new(&settings->detect, channels, channel_count, imus, imu_count, on_detector_event, p);
    p->policy = policy_new(&settings->policy, on_policy_event, p);
    if (!p->detector || !p->policy)
        return NULL;
    struct pipeline *made = p;
    p = NULL;
    return made;
}

void pipeline_free(struct pipeline *p)
{
    if (!p)
        return;
    detector_free(p->detector);
    policy_free(p->policy);
    free(p);
}

void pipeline_set_settings(struct pipeline *p, const struct settings *settings)
{
    detector_set_params(p->detector, &settings->detect);
    policy_set_params(p->policy, &settings->policy);
}

void pipeline_push(struct pipeline *p, const struct block *block)
{
    if (block->kind != BLOCK_BUTTON) {
        detector_push(p->detector, block);
        return;
    }
    for (unsigned i = 0; i < block->count; i++) {
        bool pressed = block->v[i] > 0.5f;

        if (pressed && !p->pressed)
            /* Nothing to acknowledge is fine: a person may press a button at any time. */
            (void)pipeline_command(p, COMMAND_ACKNOWLEDGE, 0, ORIGIN_BUTTON, block_time(block, i));
        p->pressed = pressed;
    }
}

int64_t pipeline_advance(struct pipeline *p, int64_t delivered_ns, int64_t now_ns, int local_minute)
{
    double total_s, usable_s;

    detector_advance(p->detector, delivered_ns);
    detector_get_coverage(p->detector, &total_s, &usable_s);
    return policy_advance(p->policy, now_ns, local_minute, total_s, usable_s);
}

int pipeline_command(struct pipeline *p, enum command command, double seconds, enum origin origin,
                     int64_t t_ns)
{
    return policy_command(p->policy, command, seconds, origin, t_ns);
}

void pipeline_finish(struct pipeline *p, int64_t t_ns)
{
    detector_finish(p->detector);
    policy_finish(p->policy, t_ns);
}

uint64_t pipeline_next_seq(const struct pipeline *p)
{
    return p->next_seq;
}

struct detector *pipeline_detector(struct pipeline *p)
{
    return p->detector;
}

struct policy *pipeline_policy(struct pipeline *p)
{
    return p->policy;
}
