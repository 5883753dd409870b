/* SPDX-License-Identifier: MIT */
/* Misbehaviour by plan: spans of virtual time in which devices, lines or the bus do what they do at night. */
#include "crampsim/world_private.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define OVERFLOW_EVERY_NS NSEC_PER_SEC /* how long nobody reads, again and again */

#define FAULT_WORD(value, word) [value] = word,
static const char *const fault_words[] = {WORLD_FAULT_WORDS(FAULT_WORD)};

static const double default_amounts[world_fault_count] = {
    [WORLD_ARBITRATION] = 0.5,
    [WORLD_LOST_EDGES] = 0.5,
    [WORLD_EDGE_STORM] = 5000,
    [WORLD_RATE] = 0.1,
};

const char *world_fault_name(enum world_fault fault)
{
    return fault < world_fault_count ? fault_words[fault] : "?";
}

int world_fault_from_name(const char *word)
{
    for (int i = 0; word && i < world_fault_count; i++)
        if (!strcmp(word, fault_words[i]))
            return i;
    return -EINVAL;
}

int world_add_fault(struct world *world, enum world_fault fault, int device, double start_s, double end_s,
                    double amount)
{
    struct world_span *span;
    int error = 0;

    if (fault >= world_fault_count || device < -1 || !(start_s >= 0) || !(end_s >= start_s) ||
        !isfinite(amount) || end_s > 1e9)
        return -EINVAL;
    if ((fault == WORLD_EDGE_STORM && amount < 0) || (fault == WORLD_RATE && amount <= -1))
        return -EINVAL;
    pthread_mutex_lock(&world->lock);
    if (device >= world->device_count) {
        error = -EINVAL;
    } else if (world->span_count == WORLD_FAULTS) {
        error = -ENOSPC;
    } else {
        span = &world->spans[world->span_count++];
        *span = (struct world_span){
            .fault = fault,
            .device = device,
            .start_ns = world->start_ns + s_to_ns(start_s),
            .end_ns = world->start_ns + s_to_ns(end_s),
            .amount = amount != 0 ? amount : default_amounts[fault],
        };
        span->next_ns = span->start_ns;
    }
    pthread_mutex_unlock(&world->lock);
    return error;
}

int64_t world_next_fault(const struct world *world)
{
    int64_t next = MODEL_NEVER;

    for (int i = 0; i < world->span_count; i++)
        next = MIN(next, world->spans[i].next_ns);
    return next;
}

/* What holds now for every device and bus, from the spans that are active. */
static void gather_faults(struct world *world)
{
    for (int i = 0; i < world->bus_count; i++) {
        world->buses[i].faults = 0;
        world->buses[i].gone = false;
    }
    for (int d = 0; d < world->device_count; d++) {
        struct world_device *device = &world->devices[d];

        device->faults = 0;
        device->model->rate_error = device->rate_error;
        for (int i = 0; i < world->span_count; i++) {
            const struct world_span *span = &world->spans[i];

            if (!span->active || (span->device >= 0 && span->device != d))
                continue;
            device->faults |= BIT(span->fault);
            device->amounts[span->fault] = span->amount;
            if (span->device < 0)
                world->buses[device->bus].faults |= BIT(span->fault);
            if (span->fault == WORLD_NO_BUS)
                world->buses[device->bus].gone = true;
            if (span->fault == WORLD_RATE)
                device->model->rate_error = (1 + device->rate_error) * (1 + span->amount) - 1;
        }
        device->model->stuck = device->faults & BIT(WORLD_STUCK);
        device->model->repeat = device->faults & BIT(WORLD_REPEAT);
    }
}

/* One edge of either kind that no conversion made. */
static void storm_edge(struct world *world, struct world_device *device, int64_t t_ns)
{
    if (!device->line)
        return;
    world_line_level(world, device->line, !device->line->high, t_ns, false);
    world_line_level(world, device->line, !device->line->high, t_ns, false);
}

/* What a span does to a device at its start, its ticks and its end. */
static void act_on_device(struct world *world, const struct world_span *span, struct world_device *device,
                          bool begins, bool ends)
{
    int64_t t_ns = span->next_ns;

    if (span->fault == WORLD_EDGE_STORM && !begins && !ends)
        storm_edge(world, device, t_ns);
    if (span->fault == WORLD_FIFO_OVERFLOW && !ends)
        model_overflow(device->model);
    /* The cable brings the chip's supply, too: it does nothing until it is back. */
    if ((span->fault == WORLD_RESET && begins) || (span->fault == WORLD_NACK && (begins || ends))) {
        model_power_on(device->model, t_ns);
        if (device->line)
            world_line_level(world, device->line, model_pin(device->model), t_ns, true);
    }
    if (span->fault == WORLD_NO_BUS && begins)
        world->buses[device->bus].generation++;
}

static int64_t next_tick(struct world *world, const struct world_span *span)
{
    int64_t next = span->end_ns;

    if (span->fault == WORLD_EDGE_STORM)
        next = span->next_ns + (int64_t)(1e9 / span->amount * (0.5 + world_random(world)));
    else if (span->fault == WORLD_FIFO_OVERFLOW)
        next = span->next_ns + OVERFLOW_EVERY_NS;
    return MIN(next, span->end_ns);
}

static void run_span(struct world *world, struct world_span *span)
{
    bool begins = !span->active;
    bool ends = span->active && span->next_ns >= span->end_ns;

    for (int d = 0; d < world->device_count; d++)
        if (span->device < 0 || span->device == d)
            act_on_device(world, span, &world->devices[d], begins, ends);
    if (span->fault == WORLD_STALL && begins)
        world->stalled_until_ns = MAX(world->stalled_until_ns, span->end_ns);
    span->active = !ends;
    span->next_ns = ends ? MODEL_NEVER : next_tick(world, span);
    if (begins || ends)
        gather_faults(world);
}

void world_run_faults(struct world *world, int64_t t_ns)
{
    for (int i = 0; i < world->span_count; i++)
        while (world->spans[i].next_ns <= t_ns)
            run_span(world, &world->spans[i]);
}
