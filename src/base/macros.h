/* SPDX-License-Identifier: MIT */
/* Small things every room uses. */
#pragma once

#include <stdint.h>
#include <stdlib.h>

#define NSEC_PER_SEC  INT64_C(1000000000)
#define NSEC_PER_MSEC INT64_C(1000000)
#define NSEC_PER_USEC INT64_C(1000)

/* "Not known" for every time in the program; no clock in it ever shows this value. */
#define TIME_UNKNOWN INT64_MIN

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))
#define BIT(n)        (UINT32_C(1) << (n))

/* _cleanup_(foo_freep): run on every path out of the scope. */
#define _cleanup_(f)      __attribute__((cleanup(f)))
#define _printf_(fmt, va) __attribute__((format(printf, fmt, va)))
#define _unused_          __attribute__((unused))

/* Marks a text for translation where it stands; base/language.h translates it where it is used. */
#define N_(text) text

/* Makes `foo_freep(struct foo **)` for _cleanup_ out of `foo_free(struct foo *)`, which must take NULL. */
#define DEFINE_CLEANUP(type, func)                                                                           \
    static inline void func##p(type *p)                                                                      \
    {                                                                                                        \
        if (*p)                                                                                              \
            func(*p);                                                                                        \
    }                                                                                                        \
    struct crampd_swallow_semicolon_##func

static inline void freep(void *p)
{
    free(*(void **)p);
}

static inline double ns_to_s(int64_t ns)
{
    return (double)ns / 1e9;
}

static inline int64_t s_to_ns(double s)
{
    return (int64_t)(s * 1e9);
}
