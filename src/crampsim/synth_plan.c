/* SPDX-License-Identifier: MIT */
#include "crampsim/synth_class.h"

#include <string.h>

/* Doubles the array when it is full: count is a power of two. */
static void *grow(struct plan *plan, void *items, size_t count, size_t size)
{
    if (count & (count - 1))
        return items;
    void *bigger = realloc(items, (count ? 2 * count : 1) * size);
    if (!bigger)
        plan->failed = true;
    return bigger;
}

#define PLAN_APPEND(list, counter, item)                                                                     \
    do {                                                                                                     \
        void *bigger = grow(plan, plan->list, plan->counter, sizeof(*plan->list));                           \
        if (!bigger)                                                                                         \
            return;                                                                                          \
        plan->list = bigger;                                                                                 \
        plan->list[plan->counter++] = *(item);                                                               \
    } while (0)

void plan_drive(struct plan *plan, const struct drive *drive)
{
    PLAN_APPEND(drives, drive_count, drive);
}

void plan_potential(struct plan *plan, const struct potential *potential)
{
    PLAN_APPEND(potentials, potential_count, potential);
}

void plan_move(struct plan *plan, const struct move *move)
{
    PLAN_APPEND(moves, move_count, move);
}

void plan_disturbance(struct plan *plan, const struct disturbance *disturbance)
{
    PLAN_APPEND(disturbances, disturbance_count, disturbance);
}

void plan_clear(struct plan *plan)
{
    free(plan->drives);
    free(plan->potentials);
    free(plan->moves);
    free(plan->disturbances);
    memset(plan, 0, sizeof(*plan));
}
