/* SPDX-License-Identifier: MIT */
/*
 * Two or four numbers that are worked on at once: one 128 bit register of SSE2 (any amd64) or NEON (any
 * arm64). These are gcc's and clang's vector types, no intrinsics: where there is no such register (armhf)
 * the compiler makes ordinary operations of each. Every lane is computed as the number alone would be.
 */
#pragma once

#include <stdint.h>
#include <string.h>

typedef double pair __attribute__((vector_size(16)));
typedef float quad __attribute__((vector_size(16)));
typedef int32_t quad_mask __attribute__((vector_size(16))); /* what comparing two quads gives: 0 or -1 */

/* Four values, wherever they lie. */
static inline quad quad_load(const float *values)
{
    quad four;

    memcpy(&four, values, sizeof(four));
    return four;
}

static inline double quad_sum_squares(const float *values, unsigned count)
{
    quad sum = {0};
    float rest = 0;

    for (; count > 3; count -= 4, values += 4)
        sum += quad_load(values) * quad_load(values);
    for (; count > 0; count--, values++)
        rest += *values * *values;
    return (double)(sum[0] + sum[1] + (sum[2] + sum[3]) + rest);
}
