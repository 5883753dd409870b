/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "policy/policy.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define S(x)  ((int64_t)(x)*NSEC_PER_SEC)
#define NIGHT 60 /* minutes since midnight */
#define DAY   (12 * 60)

static const struct policy_params defaults = {
    .night_start_min = 22 * 60,
    .night_end_min = 7 * 60,
    .remind_tension = true,
    .cap_s = 60,
    .repeat_s = 120,
    .repeat_max = 2,
    .snooze_s = 300,
    .mute_max_s = 12 * 3600,
};

/* What was told, a word or two for each event: "start cramp 1, ..." */
struct heard {
    char text[2048];
    struct event last;
};

static void hear(void *context, const struct event *event)
{
    struct heard *heard = context;
    size_t used = strlen(heard->text);
    const char *name = event_kind_name(event->kind);
    const char *detail = "";

    if (event->kind == EVENT_REMINDER_START)
        detail = occasion_name(event->reminder.occasion);
    else if (event->kind == EVENT_REMINDER_STOP)
        detail = stop_reason_name(event->reminder.stop_reason);
    else if (event->kind != EVENT_NIGHT_SUMMARY)
        detail = origin_name(event->reminder.origin);
    snprintf(heard->text + used, sizeof(heard->text) - used, "%s%s%s%s%.0f", used ? ", " : "", name,
             *detail ? " " : "", detail, ns_to_s(event->t_ns));
    heard->last = *event;
}

/* Compares and forgets. */
#define assert_heard(heard, expected)                                                                        \
    do {                                                                                                     \
        assert_string_equal((heard)->text, expected);                                                        \
        (heard)->text[0] = 0;                                                                                \
    } while (0)

struct bench {
    struct policy *policy;
    struct heard heard;
    int64_t t_ns;
    int minute;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    b->policy = policy_new(&defaults, hear, &b->heard);
    b->minute = NIGHT;
    policy_advance(b->policy, 0, b->minute, 0, 0);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    policy_free(b->policy);
    free(b);
    return 0;
}

/* Lets time pass as the hub does: called at every deadline. */
static void go_to(struct bench *b, int64_t t_ns)
{
    int64_t next = policy_advance(b->policy, b->t_ns, b->minute, ns_to_s(b->t_ns), ns_to_s(b->t_ns));

    while (next != TIME_UNKNOWN && next < t_ns) {
        assert_true(next > b->t_ns);
        b->t_ns = next;
        next = policy_advance(b->policy, next, b->minute, ns_to_s(next), ns_to_s(next));
    }
    b->t_ns = t_ns;
    policy_advance(b->policy, t_ns, b->minute, ns_to_s(t_ns), ns_to_s(t_ns));
}

static void tell(struct bench *b, enum event_kind kind, uint32_t episode, enum leg leg)
{
    struct event event = {.kind = kind,
                          .t_ns = b->t_ns,
                          .episode = episode,
                          .has_site = true,
                          .leg = leg,
                          .muscle = MUSCLE_SOLEUS,
                          .channel = (int)leg};

    if (kind == EVENT_CRAMP_START || kind == EVENT_TENSION_RISE)
        event.cramp.onset_ns = b->t_ns - S(5);
    if (kind == EVENT_CRAMP_END)
        event.end.duration_s = 42;
    policy_on_event(b->policy, &event);
}

static void fault(struct bench *b, enum fault_source source)
{
    struct event event = {.kind = EVENT_FAULT, .t_ns = b->t_ns, .channel = -1};

    event.fault.source = source;
    policy_on_event(b->policy, &event);
}

static int command(struct bench *b, enum command what, double seconds)
{
    return policy_command(b->policy, what, seconds, ORIGIN_BUTTON, b->t_ns);
}

static void relief_ends_the_reminder_of_a_cramp(void **state)
{
    struct bench *b = *state;

    go_to(b, S(10));
    tell(b, EVENT_CRAMP_START, 7, LEG_RIGHT);
    assert_heard(&b->heard, "reminder_start cramp10");
    assert_int_equal(b->heard.last.episode, 7);
    assert_true(b->heard.last.has_site);
    assert_int_equal(b->heard.last.leg, LEG_RIGHT);
    assert_int_equal(b->heard.last.muscle, MUSCLE_SOLEUS);
    go_to(b, S(30));
    tell(b, EVENT_CRAMP_END, 7, LEG_RIGHT);
    assert_heard(&b->heard, "reminder_stop relief30");
    assert_int_equal(b->heard.last.episode, 7);
    go_to(b, S(2000));
    assert_heard(&b->heard, "");
}

static void nobody_answers(void **state)
{
    struct bench *b = *state;

    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    go_to(b, S(3000));
    assert_heard(&b->heard, "reminder_start cramp0, reminder_stop cap60, reminder_start cramp180, "
                            "reminder_stop cap240, reminder_start cramp360, reminder_stop cap420");
    tell(b, EVENT_CRAMP_END, 1, LEG_LEFT);
    assert_heard(&b->heard, "");
    tell(b, EVENT_CRAMP_START, 2, LEG_LEFT); /* the next one is new */
    assert_heard(&b->heard, "reminder_start cramp3000");
}

static void relief_in_the_pause_ends_it(void **state)
{
    struct bench *b = *state;

    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    go_to(b, S(100));
    tell(b, EVENT_CRAMP_END, 1, LEG_LEFT);
    go_to(b, S(1000));
    assert_heard(&b->heard, "reminder_start cramp0, reminder_stop cap60");
}

static void acknowledged_is_acknowledged_for_this_episode(void **state)
{
    struct bench *b = *state;

    assert_int_equal(command(b, COMMAND_ACKNOWLEDGE, 0), -ENOENT);
    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    go_to(b, S(20));
    assert_int_equal(command(b, COMMAND_ACKNOWLEDGE, 0), 0);
    assert_heard(&b->heard, "reminder_start cramp0, acknowledged button20, reminder_stop acknowledged20");
    assert_int_equal(b->heard.last.episode, 1);
    go_to(b, S(500));
    assert_heard(&b->heard, "");
    tell(b, EVENT_CRAMP_START, 2, LEG_RIGHT); /* another one, while that one still lasts */
    go_to(b, S(510));
    tell(b, EVENT_CRAMP_END, 2, LEG_RIGHT);
    go_to(b, S(2000));
    assert_heard(&b->heard, "reminder_start cramp500, reminder_stop relief510");
}

static void tension_becomes_cramp(void **state)
{
    struct bench *b = *state;

    tell(b, EVENT_TENSION_RISE, 1, LEG_LEFT);
    go_to(b, S(30));
    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    go_to(b, S(35));
    tell(b, EVENT_CRAMP_END, 1, LEG_LEFT);
    assert_heard(&b->heard, "reminder_start tension0, reminder_start cramp30, reminder_stop relief35");

    tell(b, EVENT_TENSION_RISE, 2, LEG_LEFT);
    go_to(b, S(45));
    tell(b, EVENT_DISMISSED, 2, LEG_LEFT);
    assert_heard(&b->heard, "reminder_start tension35, reminder_stop relief45");

    tell(b, EVENT_TENSION_RISE, 3, LEG_LEFT); /* a light reminder comes once, the cramp still has its own */
    go_to(b, S(500));
    tell(b, EVENT_CRAMP_START, 3, LEG_LEFT);
    assert_heard(&b->heard, "reminder_start tension45, reminder_stop cap105, reminder_start cramp500");
    command(b, COMMAND_ACKNOWLEDGE, 0);
    b->heard.text[0] = 0;

    tell(b, EVENT_TENSION_RISE, 4, LEG_LEFT); /* somebody knows already */
    command(b, COMMAND_ACKNOWLEDGE, 0);
    go_to(b, S(520));
    tell(b, EVENT_CRAMP_START, 4, LEG_LEFT);
    assert_heard(&b->heard,
                 "reminder_start tension500, acknowledged button500, reminder_stop acknowledged500");
}

static void tension_can_be_left_alone(void **state)
{
    struct bench *b = *state;
    struct policy_params params = defaults;

    params.remind_tension = false;
    policy_set_params(b->policy, &params);
    tell(b, EVENT_TENSION_RISE, 1, LEG_LEFT);
    assert_heard(&b->heard, "");
    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    assert_heard(&b->heard, "reminder_start cramp0");
}

static void both_legs_until_both_are_over(void **state)
{
    struct bench *b = *state;

    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    go_to(b, S(10));
    tell(b, EVENT_CRAMP_START, 2, LEG_RIGHT);
    go_to(b, S(20));
    tell(b, EVENT_CRAMP_END, 1, LEG_LEFT);
    go_to(b, S(30));
    assert_heard(&b->heard, "reminder_start cramp0");
    tell(b, EVENT_CRAMP_END, 2, LEG_RIGHT);
    assert_heard(&b->heard, "reminder_stop relief30");
    assert_int_equal(b->heard.last.episode, 1); /* the one that was started */
}

static void snoozed_for_a_while(void **state)
{
    struct bench *b = *state;
    struct policy_view view;

    assert_int_equal(command(b, COMMAND_SNOOZE, 0), -ENOENT);
    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    go_to(b, S(10));
    assert_int_equal(command(b, COMMAND_SNOOZE, 0), 0);
    assert_heard(&b->heard, "reminder_start cramp0, snoozed button10, reminder_stop snoozed10");
    policy_get_view(b->policy, &view);
    assert_true(view.snoozed_until_ns == S(310));
    go_to(b, S(320));
    policy_get_view(b->policy, &view);
    assert_true(view.snoozed_until_ns == TIME_UNKNOWN);
    assert_heard(&b->heard, "reminder_start cramp310");
    assert_int_equal(command(b, COMMAND_SNOOZE, 20), 0);
    tell(b, EVENT_CRAMP_END, 1, LEG_LEFT);
    go_to(b, S(330));
    tell(b, EVENT_CRAMP_START, 2, LEG_LEFT); /* comes when the snooze is over */
    go_to(b, S(345));
    assert_heard(&b->heard, "snoozed button320, reminder_stop snoozed320, reminder_start cramp340");
    assert_int_equal(command(b, COMMAND_SNOOZE, -1), -EINVAL);
    assert_int_equal(command(b, COMMAND_SNOOZE, 1e9), -EINVAL);
    assert_int_equal(command(b, COMMAND_SNOOZE, (double)NAN), -EINVAL);
    assert_heard(&b->heard, "");
}

static void muted_for_a_while(void **state)
{
    struct bench *b = *state;
    struct policy_view view;

    assert_int_equal(command(b, COMMAND_MUTE, 13 * 3600), -EINVAL);
    assert_int_equal(command(b, COMMAND_MUTE, (double)INFINITY), -EINVAL);
    assert_int_equal(command(b, COMMAND_MUTE, 600), 0);
    assert_heard(&b->heard, "muted button0");
    assert_true(b->heard.last.reminder.for_s == 600);
    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    go_to(b, S(100));
    fault(b, SOURCE_SENSOR); /* a mute does not hide it */
    go_to(b, S(200));
    tell(b, EVENT_CRAMP_END, 1, LEG_LEFT);
    assert_heard(&b->heard, "reminder_start fault100, reminder_stop cap110");
    policy_get_view(b->policy, &view);
    assert_true(view.muted && view.muted_until_ns == S(600));
    assert_int_equal(view.tonight.cramps, 1);
    tell(b, EVENT_CRAMP_START, 2, LEG_LEFT);
    go_to(b, S(610));
    assert_heard(&b->heard, "unmuted policy600, reminder_start cramp600");
    assert_int_equal(command(b, COMMAND_MUTE, 0), 0);
    assert_true(b->heard.last.reminder.stop_reason == STOP_MUTED);
    assert_heard(&b->heard, "muted button610, reminder_stop muted610");
    assert_int_equal(command(b, COMMAND_UNMUTE, 0), 0);
    assert_heard(&b->heard, "unmuted button610, reminder_start cramp610");
    assert_int_equal(command(b, COMMAND_UNMUTE, 0), 0);
    assert_heard(&b->heard, "");
}

static void mute_survives_a_restart_but_not_for_years(void **state)
{
    struct bench *b = *state;
    struct policy_view view;

    policy_restore_mute(b->policy, S(-5), 0); /* over already */
    policy_get_view(b->policy, &view);
    assert_false(view.muted);
    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT); /* the store answers later than the leg */
    policy_restore_mute(b->policy, S(1) * 86400 * 365, S(1));
    policy_get_view(b->policy, &view);
    assert_true(view.muted && view.muted_until_ns == S(1 + 12 * 3600));
    assert_heard(&b->heard, "reminder_start cramp0, reminder_stop muted1");
}

static void day_detects_and_does_not_remind(void **state)
{
    struct bench *b = *state;

    b->minute = DAY;
    go_to(b, S(10));
    assert_int_equal(b->heard.last.kind, EVENT_NIGHT_SUMMARY);
    assert_heard(&b->heard, "night_summary0");
    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    tell(b, EVENT_TENSION_RISE, 2, LEG_LEFT);
    assert_heard(&b->heard, "");
    assert_int_equal(command(b, COMMAND_ACKNOWLEDGE, 0), 0);
    tell(b, EVENT_CRAMP_START, 3, LEG_LEFT);
    assert_heard(&b->heard, "acknowledged button10");
    b->minute = NIGHT; /* it lasts into the night */
    go_to(b, S(20));
    assert_heard(&b->heard, "reminder_start cramp10");
    b->minute = DAY;
    go_to(b, S(30));
    assert_heard(&b->heard, "reminder_stop night_over20, night_summary20");
    assert_int_equal(b->heard.last.night.reminders, 1);
    assert_true(b->heard.last.night.longest_cramp_s == 15);
}

static void test_is_short_and_gives_way(void **state)
{
    struct bench *b = *state;

    b->minute = DAY;
    go_to(b, S(1));
    command(b, COMMAND_MUTE, 100);
    b->heard.text[0] = 0;
    command(b, COMMAND_TEST_REMINDER, 0); /* by day and muted: it was asked for */
    go_to(b, S(20));
    assert_heard(&b->heard, "reminder_start test1, reminder_stop cap11");
    command(b, COMMAND_UNMUTE, 0);
    b->minute = NIGHT;
    go_to(b, S(21));
    b->heard.text[0] = 0;
    command(b, COMMAND_TEST_REMINDER, 0);
    go_to(b, S(22));
    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    command(b, COMMAND_TEST_REMINDER, 0); /* it is being tested in earnest */
    go_to(b, S(40));
    tell(b, EVENT_CRAMP_END, 1, LEG_LEFT);
    assert_heard(&b->heard, "reminder_start test21, reminder_start cramp22, reminder_stop relief40");
}

static void a_blind_sensor_is_signalled_softly_and_seldom(void **state)
{
    struct bench *b = *state;

    fault(b, SOURCE_BROKER);
    assert_heard(&b->heard, "");
    for (int i = 0; i < 10; i++, go_to(b, b->t_ns + S(30)))
        fault(b, SOURCE_BUS);
    assert_heard(&b->heard, "reminder_start fault0, reminder_stop cap10");
    go_to(b, S(700));
    fault(b, SOURCE_BUS);
    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    fault(b, SOURCE_SENSOR);
    assert_heard(&b->heard, "reminder_start fault700, reminder_start cramp700");
}

static void the_end_stops_and_sums_up(void **state)
{
    struct bench *b = *state;

    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    tell(b, EVENT_DISMISSED, 9, LEG_LEFT);
    go_to(b, S(10));
    policy_finish(b->policy, S(11));
    assert_heard(&b->heard, "reminder_start cramp0, reminder_stop shutdown11, night_summary11");
    assert_int_equal(b->heard.last.night.cramps, 1);
    assert_int_equal(b->heard.last.night.reminders, 1);
    assert_int_equal(b->heard.last.night.dismissed[DISMISS_LEG_MOVEMENT], 1);
    assert_true(b->heard.last.night.longest_cramp_s == 16);
    assert_true(b->heard.last.night.watched_s == 10);
}

static void more_episodes_than_there_is_room_for(void **state)
{
    struct bench *b = *state;

    tell(b, EVENT_CRAMP_START, 1, LEG_LEFT);
    for (uint32_t i = 2; i < 200; i++)
        tell(b, EVENT_TENSION_RISE, i, LEG_RIGHT); /* whose ends are never told */
    tell(b, EVENT_CRAMP_END, 1, LEG_LEFT);
    assert_heard(&b->heard, "reminder_start cramp0, reminder_stop relief0");
    for (uint32_t i = 200; i < 300; i++)
        tell(b, EVENT_CRAMP_START, i, LEG_RIGHT);
    assert_heard(&b->heard, "reminder_start cramp0");
    for (uint32_t i = 200; i < 300; i++)
        tell(b, EVENT_CRAMP_END, i, LEG_RIGHT);
    assert_heard(&b->heard, "reminder_stop relief0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(relief_ends_the_reminder_of_a_cramp),
        TEST(nobody_answers),
        TEST(relief_in_the_pause_ends_it),
        TEST(acknowledged_is_acknowledged_for_this_episode),
        TEST(tension_becomes_cramp),
        TEST(tension_can_be_left_alone),
        TEST(both_legs_until_both_are_over),
        TEST(snoozed_for_a_while),
        TEST(muted_for_a_while),
        TEST(mute_survives_a_restart_but_not_for_years),
        TEST(day_detects_and_does_not_remind),
        TEST(test_is_short_and_gives_way),
        TEST(a_blind_sensor_is_signalled_softly_and_seldom),
        TEST(the_end_stops_and_sums_up),
        TEST(more_episodes_than_there_is_room_for),
    };
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
