/* SPDX-License-Identifier: MIT */
/* All values of a kind, and their quantiles. */
#pragma once

#include <stddef.h>

struct fleet_quantile {
    float *values;
    size_t count, room;
};

void fleet_quantile_add(struct fleet_quantile *quantile, double value);
/* The least value that at least this share of all do not exceed (nearest rank); NAN without values. Sorts. */
double fleet_quantile_at(struct fleet_quantile *quantile, double share);
void fleet_quantile_clear(struct fleet_quantile *quantile);
