/* SPDX-License-Identifier: MIT */
/*
 * A chip model: registers, time and one output pin. It knows neither bus nor clock; time comes in as an
 * argument, so the same model serves the virtual world (world.h) and a process that is a real /dev/i2c-N.
 *
 * The owner calls model_wake() for everything due before it lets a transfer happen at now_ns:
 *
 *     while (model_next_wake(m) <= now_ns)
 *         model_wake(m);
 *     model_transfer(m, now_ns, ...);
 *
 * and looks at model_pin() after each of these calls: a change is an edge, at the wake's or transfer's time.
 */
#pragma once

#include "base/macros.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_NEVER INT64_MAX

/* Something analogue that the model looks at. t_ns: the time base of the model's owner. */
struct world_signal {
    void (*read)(void *context, int64_t t_ns, double *values, unsigned count);
    void *context;
};

struct model;

struct model_ops {
    int (*transfer)(struct model *model, int64_t now_ns, const uint8_t *write, size_t write_size,
                    uint8_t *read, size_t read_size);
    int64_t (*next_wake)(const struct model *model);
    void (*wake)(struct model *model);
    bool (*pin)(const struct model *model);
    void (*power_on)(struct model *model, int64_t now_ns);
    void (*general_call)(struct model *model, int64_t now_ns, uint8_t command);
    void (*overflow)(struct model *model);
    void (*free)(struct model *model);
};

struct model {
    const struct model_ops *ops;
    /* Misbehaviour; the owner may change it at any time, it holds from the next sample on. */
    double rate_error; /* 0.05: oscillator 5 % fast */
    bool stuck;        /* every sample is the last one before */
    bool repeat;       /* every other sample is the one before */
};

/* Register access as one I2C transfer addressed to the chip: written bytes, then read ones. 0, or -EREMOTEIO
   where the chip does not acknowledge. */
static inline int model_transfer(struct model *model, int64_t now_ns, const uint8_t *write, size_t write_size,
                                 uint8_t *read, size_t read_size)
{
    return model->ops->transfer(model, now_ns, write, write_size, read, read_size);
}

/* When the chip next does something by itself; MODEL_NEVER when it is idle. */
static inline int64_t model_next_wake(const struct model *model)
{
    return model->ops->next_wake(model);
}

/* Does what is due at model_next_wake(). */
static inline void model_wake(struct model *model)
{
    model->ops->wake(model);
}

/* Level of the output pin (ALERT/RDY, INT); open-drain pins have a pull-up. */
static inline bool model_pin(const struct model *model)
{
    return model->ops->pin(model);
}

/* Power came (back): every register has its reset value. */
static inline void model_power_on(struct model *model, int64_t now_ns)
{
    model->ops->power_on(model, now_ns);
}

/* A byte written to address 0; chips that do not obey ignore it. */
static inline void model_general_call(struct model *model, int64_t now_ns, uint8_t command)
{
    if (model->ops->general_call)
        model->ops->general_call(model, now_ns, command);
}

/* Lets the chip's FIFO overflow as if nobody had read it for long; nothing for chips without. */
static inline void model_overflow(struct model *model)
{
    if (model->ops->overflow)
        model->ops->overflow(model);
}

static inline void model_free(struct model *model)
{
    if (model)
        model->ops->free(model);
}
DEFINE_CLEANUP(struct model *, model_free);
