/* SPDX-License-Identifier: MIT */
/* The detector on scripted minutes of sleep: cramps, what looks like them, and what goes wrong. */
#include "sleeper.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define REST_S 60.0 /* sleep before anything happens: the floor is known */

static struct sleeper *new_sleeper(void)
{
    struct sleeper *s = malloc(sizeof(*s));

    assert_non_null(s);
    sleeper_default(s);
    return s;
}

static void end(struct sleeper *s)
{
    sleeper_free(s);
    free(s);
}

/* Exactly one cramp, decided within limit_s of its onset. */
static void assert_cramp(const struct sleeper *s, double onset_s, double limit_s)
{
    const struct event *e = sleeper_event(s, EVENT_CRAMP_START, 0);

    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 1);
    assert_true(sleeper_s(s, e->t_ns) >= onset_s);
    assert_true(sleeper_s(s, e->t_ns) <= onset_s + limit_s);
    assert_true(fabs(sleeper_s(s, e->cramp.onset_ns) - onset_s) < 2.5);
    assert_int_equal(e->muscle, MUSCLE_GASTROCNEMIUS);
    assert_int_equal(e->leg, LEG_LEFT);
    assert_true(e->episode != 0 && e->has_site && e->channel == 0);
    assert_true(e->cramp.confidence > 0 && e->cramp.confidence < 1);
}

static void cramp_is_found_at_every_rate(void **state)
{
    static const double rates[] = {100, 125, 250, 500, 860, 1000, 2000, 3300, 4000};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
        struct sleeper *s = new_sleeper();

        s->setup.rate_hz = rates[i];
        sleeper_start(s);
        sleeper_add(s, "cramp", REST_S, 60, 0.4, NULL);
        sleeper_run(s, 160);
        sleeper_finish(s);
        assert_cramp(s, REST_S, 12);
        assert_int_equal(sleeper_event(s, EVENT_CRAMP_START, 0)->cramp.reason, CRAMP_SUSTAINED);
        assert_int_equal(sleeper_count(s, EVENT_CRAMP_END), 1);
        assert_true(fabs(sleeper_event(s, EVENT_CRAMP_END, 0)->end.duration_s - 60) < 15);
        assert_int_equal(sleeper_event(s, EVENT_CRAMP_END, 0)->episode,
                         sleeper_event(s, EVENT_CRAMP_START, 0)->episode);
        end(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cramp_is_found_at_every_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
