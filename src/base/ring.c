/* SPDX-License-Identifier: MIT */
#include "base/ring.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct ring {
    size_t slots, item_size;
    int fd;
    /* Each index is written by one side only; 64 bytes apart so that the sides do not share a cache line. */
    _Alignas(64) _Atomic size_t head; /* next to write */
    _Alignas(64) _Atomic size_t tail; /* next to read */
    _Alignas(64) _Atomic uint64_t dropped;
    unsigned char *items;
};

static size_t power_of_two(size_t n)
{
    size_t p = 1;
    while (p < n)
        p *= 2;
    return p;
}

struct ring *ring_new(size_t slots, size_t item_size)
{
    struct ring *ring = aligned_alloc(64, (sizeof(*ring) + 63) / 64 * 64);

    if (!ring)
        return NULL;
    memset(ring, 0, sizeof(*ring));
    ring->slots = power_of_two(MAX(slots, (size_t)2));
    ring->item_size = item_size;
    ring->items = calloc(ring->slots, item_size);
    ring->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!ring->items || ring->fd < 0) {
        ring_free(ring);
        return NULL;
    }
    return ring;
}

void ring_free(struct ring *ring)
{
    if (!ring)
        return;
    if (ring->fd >= 0)
        close(ring->fd);
    free(ring->items);
    free(ring);
}

bool ring_put(struct ring *ring, const void *item)
{
    size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    const uint64_t one = 1;

    if (head - tail == ring->slots) {
        atomic_fetch_add_explicit(&ring->dropped, 1, memory_order_relaxed);
        return false;
    }
    memcpy(ring->items + (head & (ring->slots - 1)) * ring->item_size, item, ring->item_size);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    /* EAGAIN (counter full) still leaves the fd readable, which is all that is wanted. */
    ssize_t written = write(ring->fd, &one, sizeof(one));
    (void)written;
    return true;
}

bool ring_get(struct ring *ring, void *item)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    size_t head = atomic_load_explicit(&ring->head, memory_order_acquire);

    if (tail == head)
        return false;
    memcpy(item, ring->items + (tail & (ring->slots - 1)) * ring->item_size, ring->item_size);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}

size_t ring_used(const struct ring *ring)
{
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return atomic_load_explicit(&ring->head, memory_order_acquire) - tail;
}

size_t ring_slots(const struct ring *ring)
{
    return ring->slots;
}

uint64_t ring_dropped(const struct ring *ring)
{
    return atomic_load_explicit(&ring->dropped, memory_order_relaxed);
}

int ring_fd(const struct ring *ring)
{
    return ring->fd;
}

void ring_acknowledge(struct ring *ring)
{
    uint64_t count;
    ssize_t got = read(ring->fd, &count, sizeof(count));
    (void)got;
}
