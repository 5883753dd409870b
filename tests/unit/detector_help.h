/* SPDX-License-Identifier: MIT */
/* A sleeper in front of the whole detector, as the tests of it begin and end. */
#pragma once

#include "sleeper.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REST_S 60.0 /* sleep before anything happens: the floor is known */

static inline struct sleeper *new_sleeper(void)
{
    struct sleeper *s = malloc(sizeof(*s));

    assert_non_null(s);
    sleeper_default(s);
    return s;
}

static inline void two_channels(struct sleeper *s)
{
    s->setup.channel_count = 2;
    s->setup.channels[1] = (struct synth_channel){LEG_LEFT, MUSCLE_GASTROCNEMIUS_LATERAL};
}

static inline void two_legs(struct sleeper *s)
{
    s->setup.channel_count = 2;
    s->setup.channels[1] = (struct synth_channel){LEG_RIGHT, MUSCLE_GASTROCNEMIUS};
}

/* Every suspicion has exactly one verdict, every cramp one end. */
static inline void assert_books_balance(const struct sleeper *s)
{
    uint32_t last = 0;

    for (unsigned i = 0; i < s->count; i++)
        last = MAX(last, s->events[i].episode);
    for (uint32_t id = 1; id <= last; id++) {
        unsigned verdicts = 0, starts = 0, ends = 0;

        for (unsigned i = 0; i < s->count; i++) {
            if (s->events[i].episode != id)
                continue;
            starts += s->events[i].kind == EVENT_CRAMP_START;
            ends += s->events[i].kind == EVENT_CRAMP_END;
            verdicts += s->events[i].kind == EVENT_CRAMP_START || s->events[i].kind == EVENT_DISMISSED;
        }
        assert_int_equal(verdicts, 1);
        assert_int_equal(starts, ends);
    }
}

static inline void end(struct sleeper *s)
{
    sleeper_finish(s);
    assert_books_balance(s);
    sleeper_free(s);
    free(s);
}

/* n-th cramp: decided within limit_s of its onset. */
static inline const struct event *assert_cramp(const struct sleeper *s, unsigned n, double onset_s,
                                               double limit_s)
{
    const struct event *e = sleeper_event(s, EVENT_CRAMP_START, n);

    assert_non_null(e);
    assert_true(sleeper_s(s, e->t_ns) >= onset_s);
    assert_true(sleeper_s(s, e->t_ns) <= onset_s + limit_s);
    assert_true(fabs(sleeper_s(s, e->cramp.onset_ns) - onset_s) < 2.5);
    assert_int_equal(e->muscle, MUSCLE_GASTROCNEMIUS);
    assert_true(e->episode != 0 && e->has_site);
    assert_true(e->cramp.confidence > 0 && e->cramp.confidence < 1);
    return e;
}
