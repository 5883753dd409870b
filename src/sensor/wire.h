/* SPDX-License-Identifier: MIT */
/*
 * A GPIO line that may not be there yet, or no more: it is requested when it can be had, and again after the
 * chip behind it went away. Logs when that changes.
 */
#pragma once

#include "hw/gpio.h"

#include <stdbool.h>

#define WIRE_RETRY_NS (2 * NSEC_PER_SEC)

struct wire {
    char name[64], label[64], consumer[32];
    struct gpio_spec spec;
    struct gpio *gpio;
    struct gpio_line *line; /* NULL: not (yet) ours */
    int64_t next_try_ns;    /* INT64_MAX: not wired at all */
    int last_error;
};

/* spec is copied with its strings; a name of "" or NULL makes a wire that is never there. */
void wire_init(struct wire *wire, struct gpio *gpio, const struct gpio_spec *spec, int64_t now_ns);
static inline bool wire_is_wired(const struct wire *wire)
{
    return wire->name[0] != '\0';
}

/* Requests the line if it is missing and its time has come. True: the line has just become ours. */
bool wire_try(struct wire *wire, int64_t now_ns);

/* An operation on the line failed: gives it back, to be requested again. */
void wire_failed(struct wire *wire, int negative_errno, int64_t now_ns);

/* The waiting edges, as gpio_ops.read_edges; a failure is handled (0 edges). 0 without a line. */
size_t wire_read_edges(struct wire *wire, struct gpio_edge *edges, size_t max, int64_t now_ns);
/* 0, 1, or -1: not known. */
int wire_get(struct wire *wire, int64_t now_ns);

void wire_release(struct wire *wire);
