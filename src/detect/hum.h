/* SPDX-License-Identifier: MIT */
/*
 * What hum does to a channel. The same hum all night is taken out and forgotten. One that comes suddenly is a
 * loose electrode or cable: told, and what is left of it after the notches is not taken for muscle.
 */
#pragma once

#include <stdbool.h>

struct hum {
    double usual_uv; /* mean of up to HUM_USUAL_S */
    double seen_s;
    bool sudden; /* far more than that, and than the floor */
    bool leak;   /* ... and this frame's level may be what the notches leave of it */
};

/* One frame more; floor_uv NAN while not known. */
void hum_step(struct hum *hum, double hum_uv, double level_uv, double floor_uv);
