/* SPDX-License-Identifier: MIT */
/*
 * An output: something that can be felt or seen. This file is the template; to add one
 *   1. write output_<name>.c with an `open`, `set` and `close` as below,
 *   2. add its row to the table in output_table.c.
 * reminder.c does the rest: the envelope, the retries, the messages, the switching off.
 */
#pragma once

#include "hw/platform.h"
#include "reminder/reminder.h"

struct output; /* of the row's file */

struct output_row {
    const char *name;  /* for messages: "LED", "vibration motor" */
    bool vibrates;     /* it may shake the leg */
    bool signals;      /* it takes part in the soft signal of a fault */
    double steadiness; /* 1: pulses as the envelope says; more: so many times longer ones */

    /* The name of what it is set up to drive, "" = not set up. */
    const char *(*target)(const struct reminder_params *params);
    /* 0 and *output, which is off; or a negative errno as gpio_ops.request. */
    int (*open)(const struct reminder_params *params, struct platform *platform, struct output **output);
    /* 0 off .. 1 full; an output that knows only on and off takes every level above 0 as on. 0 or a
       negative errno. Microseconds: it must not wait. */
    int (*set)(struct output *output, double level);
    void (*close)(struct output *output); /* off first; NULL is fine */
};

extern const struct output_row output_rows[];
extern const unsigned output_row_count;
#define OUTPUT_ROWS_MAX 4
