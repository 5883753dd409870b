/* SPDX-License-Identifier: MIT */
/* Whatever comes in whatever order: what must hold of every reminder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

#define RUNS     400
#define STEPS    600
#define EPISODES 6 /* open at a time */

struct watch {
    struct policy_params params;
    uint64_t seed;
    bool running;
    struct event start;
    bool finished;
    unsigned summaries, starts;
    int64_t last_ns;
    bool day;
};

static uint32_t draw(struct watch *w, uint32_t below)
{
    /* splitmix64 */
    uint64_t z = (w->seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % below);
}

static void on_start(struct watch *w, const struct event *event)
{
    enum occasion occasion = event->reminder.occasion;

    assert_false(w->finished);
    if (w->running) /* only something graver takes the place of another */
        assert_int_not_equal(w->start.reminder.occasion, occasion);
    if (occasion == OCCASION_CRAMP || occasion == OCCASION_TENSION) {
        assert_false(w->day);
        assert_true(event->episode > 0);
        assert_true(event->has_site);
    }
    w->running = true;
    w->start = *event;
    w->starts++;
}

static void on_stop(struct watch *w, const struct event *event)
{
    assert_true(w->running);
    assert_int_equal(event->reminder.occasion, w->start.reminder.occasion);
    assert_int_equal(event->episode, w->start.episode);
    assert_true(ns_to_s(event->t_ns - w->start.t_ns) <= w->params.cap_s + 1e-6);
    w->running = false;
}

static void look(void *context, const struct event *event)
{
    struct watch *w = context;

    assert_true(event->t_ns >= w->last_ns);
    w->last_ns = event->t_ns;
    if (event->kind == EVENT_REMINDER_START)
        on_start(w, event);
    else if (event->kind == EVENT_REMINDER_STOP)
        on_stop(w, event);
    else if (event->kind == EVENT_NIGHT_SUMMARY) {
        w->summaries++;
        assert_true(event->night.end_ns >= event->night.start_ns);
        assert_true(event->night.usable_s <= event->night.watched_s);
    }
}

struct life {
    struct watch watch;
    struct policy *policy;
    int64_t t_ns;
    int minute, drift;
    uint32_t next_episode;
    struct {
        uint32_t episode;
        bool cramp;
    } open[EPISODES];
    bool muted, snoozed; /* asked of the view */
};

static void pass(struct life *l, int64_t t_ns)
{
    for (;;) {
        int minute = l->minute < 0 ? -1 : (int)((l->t_ns / NSEC_PER_SEC / 60 + l->drift) % 1440);
        double s = ns_to_s(l->t_ns);
        int64_t next;

        /* what is told about the day must hold for everything said from here */
        l->watch.day = false;
        next = policy_advance(l->policy, l->t_ns, minute, s, s * 0.9);
        struct policy_view view;
        policy_get_view(l->policy, &view);
        l->watch.day = !view.night;
        assert_int_equal(view.reminding,
                         l->watch.running && l->watch.start.reminder.occasion != OCCASION_FAULT);
        assert_true(next == TIME_UNKNOWN || next > l->t_ns);
        if (next == TIME_UNKNOWN || next > t_ns)
            break;
        l->t_ns = next;
    }
    l->t_ns = t_ns;
}

static struct event at(const struct life *l, enum event_kind kind, uint32_t episode)
{
    return (struct event){.kind = kind, .t_ns = l->t_ns, .episode = episode, .has_site = true, .channel = 0};
}

static bool is_reminded(const struct life *l)
{
    return l->watch.running && l->watch.start.reminder.occasion == OCCASION_CRAMP;
}

static bool any_cramp(const struct life *l)
{
    for (int i = 0; i < EPISODES; i++)
        if (l->open[i].episode && l->open[i].cramp)
            return true;
    return false;
}

static void episode_step(struct life *l)
{
    uint32_t i = draw(&l->watch, EPISODES);
    struct event event;
    struct policy_view view;

    policy_get_view(l->policy, &view);
    if (!l->open[i].episode) {
        bool cramp = draw(&l->watch, 2);
        l->open[i].episode = ++l->next_episode;
        l->open[i].cramp = cramp;
        event = at(l, cramp ? EVENT_CRAMP_START : EVENT_TENSION_RISE, l->open[i].episode);
        policy_on_event(l->policy, &event);
        if (cramp && view.night && !view.muted && view.snoozed_until_ns == TIME_UNKNOWN)
            assert_true(is_reminded(l)); /* at once, whatever else goes on */
    } else if (!l->open[i].cramp && draw(&l->watch, 2)) {
        l->open[i].cramp = true;
        event = at(l, EVENT_CRAMP_START, l->open[i].episode);
        policy_on_event(l->policy, &event);
    } else {
        event = at(l, l->open[i].cramp ? EVENT_CRAMP_END : EVENT_DISMISSED, l->open[i].episode);
        l->open[i].episode = 0;
        policy_on_event(l->policy, &event);
        if (!any_cramp(l))
            assert_false(is_reminded(l));
    }
}

static void command_step(struct life *l)
{
    static const double seconds[] = {0, 0, 5, 90, 1800, -3, 1e12};
    enum command command = (enum command)draw(&l->watch, command_count);
    int r = policy_command(l->policy, command, seconds[draw(&l->watch, ARRAY_SIZE(seconds))],
                           (enum origin)draw(&l->watch, origin_count), l->t_ns);

    if (r == 0 && (command == COMMAND_ACKNOWLEDGE || command == COMMAND_SNOOZE || command == COMMAND_MUTE))
        assert_false(is_reminded(l));
}

static void live(uint64_t seed)
{
    struct life l = {.watch = {.seed = seed}};
    struct watch *w = &l.watch;

    w->params = (struct policy_params){.night_always = draw(w, 4) == 0,
                                       .night_start_min = (int)draw(w, 1440),
                                       .night_end_min = (int)draw(w, 1440),
                                       .remind_tension = draw(w, 2),
                                       .cap_s = 1 + draw(w, 200),
                                       .repeat_s = draw(w, 300),
                                       .repeat_max = (int)draw(w, 4),
                                       .snooze_s = 1 + draw(w, 600),
                                       .mute_max_s = 10 + draw(w, 40000)};
    l.drift = (int)draw(w, 1440);
    l.policy = policy_new(&w->params, look, w);
    for (int step = 0; step < STEPS; step++) {
        static const uint32_t pauses[] = {1, 10, 100, 1000, 10000};
        uint32_t what = draw(w, 10);
        struct event event;

        if (draw(w, 50) == 0)
            l.minute = draw(w, 3) ? 0 : -1; /* the clock comes and goes */
        if (draw(w, 80) == 0)
            l.drift += draw(w, 2) ? 60 : 1380; /* and daylight saving */
        pass(&l, l.t_ns + (int64_t)draw(w, pauses[draw(w, 5)]) * 200 * NSEC_PER_MSEC);
        if (what < 6) {
            episode_step(&l);
        } else if (what < 9) {
            command_step(&l);
        } else {
            event = at(&l, EVENT_FAULT, 0);
            policy_on_event(l.policy, &event);
        }
    }
    pass(&l, l.t_ns + 50 * 3600 * NSEC_PER_SEC); /* nobody ends the cramps that go on */
    assert_false(w->running);
    policy_finish(l.policy, l.t_ns);
    assert_false(w->running);
    w->finished = true;
    assert_true(w->starts > 0);
    assert_true(w->summaries > 0);
    policy_free(l.policy);
}

static void every_life_keeps_the_promises(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= RUNS; seed++)
        live(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_life_keeps_the_promises)};
    return cmocka_run_group_tests_name("policy_random", tests, NULL, NULL);
}
