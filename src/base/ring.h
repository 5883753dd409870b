/* SPDX-License-Identifier: MIT */
/*
 * A bounded queue between exactly one writing and one reading thread: no lock, a counter of what did not
 * fit, and an eventfd that turns readable when something was put in. This is the only way anything
 * crosses a thread in crampd.
 */
#pragma once

#include "base/macros.h"

#include <stdbool.h>
#include <stddef.h>

struct ring;

/* slots: rounded up to a power of two. item_size: bytes copied per item. NULL with errno on failure. */
struct ring *ring_new(size_t slots, size_t item_size);
void ring_free(struct ring *ring);

/* Copies an item in. False, and counted in ring_dropped(), when the ring is full. Writer only. */
bool ring_put(struct ring *ring, const void *item);

/* Copies the oldest item out. False when empty. Reader only. */
bool ring_get(struct ring *ring, void *item);

/* Items in the ring now (a snapshot) and items refused so far. Any thread. */
size_t ring_used(const struct ring *ring);
size_t ring_slots(const struct ring *ring);
uint64_t ring_dropped(const struct ring *ring);

/* Readable (poll, sd-event) while items wait; reader calls ring_acknowledge() before draining. */
int ring_fd(const struct ring *ring);
void ring_acknowledge(struct ring *ring);

DEFINE_CLEANUP(struct ring *, ring_free);
