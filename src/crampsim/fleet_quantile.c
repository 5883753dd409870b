/* SPDX-License-Identifier: MIT */
#include "crampsim/fleet_quantile.h"

#include "base/macros.h"

#include <math.h>

void fleet_quantile_add(struct fleet_quantile *quantile, double value)
{
    if (quantile->count == quantile->room) {
        size_t room = quantile->room ? 2 * quantile->room : 1024;
        float *values = realloc(quantile->values, room * sizeof(values[0]));
        if (!values)
            abort(); /* a quantile of some of the values is none */
        quantile->values = values;
        quantile->room = room;
    }
    quantile->values[quantile->count++] = (float)value;
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

double fleet_quantile_at(struct fleet_quantile *quantile, double share)
{
    if (quantile->count == 0)
        return (double)NAN;
    qsort(quantile->values, quantile->count, sizeof(quantile->values[0]), by_size);
    size_t rank = (size_t)ceil(share * (double)quantile->count);
    return (double)quantile->values[MAX(rank, 1) - 1];
}

void fleet_quantile_clear(struct fleet_quantile *quantile)
{
    free(quantile->values);
    *quantile = (struct fleet_quantile){.values = NULL};
}
