/* SPDX-License-Identifier: MIT */
/*
 * Two double precision numbers that are worked on at once: one 128 bit register of SSE2 (any amd64) or NEON
 * (any arm64). These are gcc's and clang's vector types, no intrinsics: where there is no such register
 * (armhf) the compiler makes two ordinary operations of each. Every lane is computed as the number alone
 * would be, bit by bit.
 */
#pragma once

#include <stdint.h>
#include <string.h>

typedef double pair __attribute__((vector_size(16)));
typedef int64_t pair_mask __attribute__((vector_size(16))); /* what comparing two pairs gives: 0 or -1 */

/* values[0] and values[1], wherever they lie. */
static inline pair pair_load(const double *values)
{
    pair both;

    memcpy(&both, values, sizeof(both));
    return both;
}

/* The number before and the one behind the boundary of two pairs that follow each other. */
static inline pair pair_between(pair before, pair now)
{
    return __builtin_shufflevector(before, now, 1, 2);
}

/* {first, of[0]} */
static inline pair pair_join(double first, pair of)
{
    return __builtin_shufflevector((pair){first}, of, 0, 2);
}

static inline double pair_sum_squares(const double *values, unsigned count)
{
    pair sum = {0, 0};

    for (; count > 1; count -= 2, values += 2)
        sum += pair_load(values) * pair_load(values);
    return sum[0] + sum[1] + (count ? values[0] * values[0] : 0);
}
