/* SPDX-License-Identifier: MIT */
/* What the detector shows of itself, frame by frame, is what it decides by. */
#include "sleeper.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define REST_S     60.0
#define FRAMES_MAX 4000

struct watcher {
    unsigned count;
    struct insight seen[FRAMES_MAX];
};

static void watch(void *context, const struct insight *insight)
{
    struct watcher *w = context;

    assert_true(w->count < FRAMES_MAX);
    w->seen[w->count++] = *insight;
}

static struct watcher *new_watcher(void)
{
    struct watcher *w = calloc(1, sizeof(*w));

    assert_non_null(w);
    return w;
}

static struct sleeper *new_sleeper(void)
{
    struct sleeper *s = malloc(sizeof(*s));

    assert_non_null(s);
    sleeper_default(s);
    return s;
}

static void end(struct sleeper *s, struct watcher *w)
{
    sleeper_finish(s);
    sleeper_free(s);
    free(s);
    free(w);
}

/* The last frame that ended at or before t_ns. */
static const struct insight *at(const struct watcher *w, int64_t t_ns)
{
    unsigned i = 0;

    while (i + 1 < w->count && w->seen[i + 1].t_ns <= t_ns)
        i++;
    assert_true(w->count > 0);
    return &w->seen[i];
}

static const struct insight *at_s(const struct sleeper *s, const struct watcher *w, double t_s)
{
    return at(w, s->start_ns + (int64_t)(t_s * 1e9));
}

static const struct insight *strongest_is_first(const struct insight *i)
{
    assert_int_equal(i->channel_count, 1);
    assert_int_equal(i->strongest, 0);
    return i;
}

static void evidence_grows_to_the_decision(void **state)
{
    struct sleeper *s = new_sleeper();
    struct watcher *w = new_watcher();

    (void)state;
    sleeper_start(s);
    detector_set_insight(s->detector, watch, w);
    sleeper_add(s, "cramp", REST_S, 30, 0.4, NULL);
    sleeper_run(s, 120);
    const struct event *start = sleeper_event(s, EVENT_CRAMP_START, 0);
    const struct event *over = sleeper_event(s, EVENT_CRAMP_END, 0);
    assert_non_null(start);
    assert_non_null(over);
    const struct insight *decided = at(w, start->t_ns);
    assert_int_equal(decided->t_ns, start->t_ns);
    assert_int_equal(decided->state, EPISODE_CRAMP);
    assert_true(fabs(decided->channel[0].smooth - start->cramp.ratio) < 1e-9);
    /* One frame earlier a frame's worth was missing. */
    const struct insight *before = strongest_is_first(decided - 1);
    assert_int_equal(before->state, EPISODE_SUSPECT);
    assert_true(before->suspicion && before->channel[0].running);
    assert_true(before->channel[0].needed_s >= s->params.decide_s);
    assert_true(before->channel[0].evidence_s < before->channel[0].needed_s);
    assert_true(before->channel[0].evidence_s > before->channel[0].needed_s - 0.25);
    assert_true((decided - 30)->channel[0].evidence_s < before->channel[0].evidence_s - 2.5);
    assert_int_equal(at(w, over->t_ns)->state, EPISODE_REFRACTORY);
    end(s, w);
}

static void rest_is_shown_as_rest(void **state)
{
    struct sleeper *s = new_sleeper();
    struct watcher *w = new_watcher();
    struct detector_view view;

    (void)state;
    sleeper_start(s);
    detector_set_insight(s->detector, watch, w);
    sleeper_run(s, REST_S);
    assert_true(isnan(w->seen[0].channel[0].floor_uv)); /* nobody knows the floor in the first second */
    assert_true(isnan(w->seen[0].channel[0].ratio));
    for (unsigned i = 1; i < w->count; i++) {
        assert_int_equal(w->seen[i].frame, w->seen[i - 1].frame + 1);
        assert_int_equal(w->seen[i].t_ns, w->seen[i - 1].t_ns + 100 * NSEC_PER_MSEC);
    }
    const struct insight *last = strongest_is_first(&w->seen[w->count - 1]);
    assert_int_equal(last->leg, LEG_LEFT);
    assert_int_equal(last->state, EPISODE_QUIET);
    assert_false(last->suspicion || last->moving || last->channel[0].running);
    assert_true(isnan(last->channel[0].needed_s) && last->channel[0].evidence_s == 0);
    assert_int_equal(last->channel[0].gate, -1);
    assert_int_equal(last->channel[0].contact, 1);
    assert_true(last->channel[0].smooth > 0.7 && last->channel[0].smooth < 1.3);
    assert_true(last->motion_known && last->motion_g < 0.04 && last->posture_deg < 5);
    detector_get_view(s->detector, 0, &view);
    assert_true(fabs(view.floor_uv - last->channel[0].floor_uv) < 0.01 * view.floor_uv);
    end(s, w);
}

/* A cramp's signal in a leg that shakes: no time counts, and the reason is shown. */
static double shake(double t)
{
    return t >= REST_S && t < REST_S + 20 ? 0.5 * sin(2 * M_PI * 3 * t) : 0;
}

static void a_gate_is_shown_while_it_fires(void **state)
{
    struct sleeper *s = new_sleeper();
    struct watcher *w = new_watcher();

    (void)state;
    s->shake = shake;
    sleeper_start(s);
    detector_set_insight(s->detector, watch, w);
    sleeper_add(s, "cramp", REST_S, 20, 0.4, NULL);
    sleeper_run(s, 75);
    const struct insight *i = strongest_is_first(at_s(s, w, REST_S + 12));
    assert_true(i->moving && i->motion_g > 0.1);
    assert_true(i->channel[0].running);
    assert_true(i->channel[0].gate == DISMISS_TURN || i->channel[0].gate == DISMISS_GAIT);
    assert_true(i->channel[0].evidence_s < 3);
    assert_int_equal(sleeper_count(s, EVENT_CRAMP_START), 0);
    end(s, w);
}

static bool silent(double t)
{
    return t >= REST_S && t < REST_S + 10;
}

static void what_is_missing_has_no_level(void **state)
{
    struct sleeper *s = new_sleeper();
    struct watcher *w = new_watcher();

    (void)state;
    s->silent = silent;
    sleeper_start(s);
    detector_set_insight(s->detector, watch, w);
    sleeper_run(s, 80);
    const struct insight *i = at_s(s, w, REST_S + 5);
    assert_int_equal(i->strongest, -1);
    assert_int_equal(i->state, EPISODE_BLIND);
    assert_false(i->channel[0].usable || i->channel[0].running);
    assert_true(isnan(i->channel[0].level_uv) && isnan(i->channel[0].ratio) && isnan(i->channel[0].smooth));
    assert_true(i->channel[0].faults & BIT(FAULT_GAP));
    assert_true(i->channel[0].floor_uv > 0); /* rest is not forgotten */
    assert_true(at_s(s, w, REST_S + 15)->channel[0].usable);
    end(s, w);
}

static void contact_is_shown(void **state)
{
    struct sleeper *s = new_sleeper();
    struct watcher *w = new_watcher();

    (void)state;
    sleeper_start(s);
    detector_set_insight(s->detector, watch, w);
    sleeper_add(s, "lead_off", REST_S, 20, 0, NULL);
    sleeper_run(s, 100);
    assert_int_equal(at_s(s, w, REST_S + 10)->channel[0].contact, 0);
    assert_true(at_s(s, w, REST_S + 10)->channel[0].faults & BIT(FAULT_LEAD_OFF));
    assert_int_equal(at_s(s, w, REST_S + 30)->channel[0].contact, 1);
    end(s, w);
}

static void each_leg_is_shown_with_its_own_channels(void **state)
{
    struct sleeper *s = new_sleeper();
    struct watcher *w = new_watcher();
    struct insight left, right;

    (void)state;
    s->setup.channel_count = 3;
    s->setup.channels[1] = (struct synth_channel){LEG_RIGHT, MUSCLE_GASTROCNEMIUS};
    s->setup.channels[2] = (struct synth_channel){LEG_LEFT, MUSCLE_TIBIALIS};
    sleeper_start(s);
    assert_false(detector_get_insight(s->detector, LEG_LEFT, &left)); /* nothing decided yet */
    detector_set_insight(s->detector, watch, w);
    sleeper_run(s, 30);
    assert_true(detector_get_insight(s->detector, LEG_LEFT, &left));
    assert_true(detector_get_insight(s->detector, LEG_RIGHT, &right));
    assert_int_equal(left.channel_count, 2);
    assert_int_equal(left.channel[0].channel, 0);
    assert_int_equal(left.channel[1].channel, 2);
    assert_int_equal(right.channel_count, 1);
    assert_int_equal(right.channel[0].channel, 1);
    /* What is asked for is what was last told. */
    assert_true(w->seen[w->count - 1].leg == LEG_RIGHT && w->seen[w->count - 1].frame == right.frame);
    assert_true(w->seen[w->count - 2].leg == LEG_LEFT && w->seen[w->count - 2].frame == left.frame);
    assert_true(fabs(w->seen[w->count - 1].channel[0].level_uv - right.channel[0].level_uv) < 1e-12);
    end(s, w);
}

static void watching_changes_nothing(void **state)
{
    struct event alone[SLEEPER_EVENTS];
    unsigned count = 0;

    (void)state;
    for (unsigned watched = 0; watched < 2; watched++) {
        struct sleeper *s = new_sleeper();
        struct watcher *w = new_watcher();

        sleeper_start(s);
        if (watched)
            detector_set_insight(s->detector, watch, w);
        sleeper_add(s, "leg_movement", 30, 4, 0.3, NULL);
        sleeper_add(s, "cramp", REST_S, 30, 0.4, NULL);
        sleeper_run(s, 120);
        detector_set_insight(s->detector, NULL, NULL);
        unsigned told = w->count;
        sleeper_run(s, 125);
        assert_int_equal(w->count, told); /* nobody watches any more */
        assert_true(watched ? told > 1150 : told == 0);
        if (watched) {
            assert_int_equal(s->count, count);
            for (unsigned i = 0; i < count; i++)
                assert_true(s->events[i].kind == alone[i].kind && s->events[i].t_ns == alone[i].t_ns);
        } else {
            count = s->count;
            memcpy(alone, s->events, sizeof(alone));
            assert_true(count >= 3);
        }
        end(s, w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_grows_to_the_decision),
        cmocka_unit_test(rest_is_shown_as_rest),
        cmocka_unit_test(a_gate_is_shown_while_it_fires),
        cmocka_unit_test(what_is_missing_has_no_level),
        cmocka_unit_test(contact_is_shown),
        cmocka_unit_test(each_leg_is_shown_with_its_own_channels),
        cmocka_unit_test(watching_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
