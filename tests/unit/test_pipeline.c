/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pipeline.h"

#include <stdio.h>
#include <string.h>

struct seen {
    char order[32]; /* r: reminded, t: told */
    struct event told[32];
    unsigned told_count, order_count;
};

static void see_remind(void *context, const struct event *event)
{
    struct seen *seen = context;
    (void)event;
    seen->order[seen->order_count++] = 'r';
}

static void see_tell(void *context, const struct event *event)
{
    struct seen *seen = context;
    seen->order[seen->order_count++] = 't';
    seen->told[seen->told_count++] = *event;
}

static const struct pipeline_ops ops = {.remind = see_remind, .tell = see_tell};
static const uint8_t run_id[16] = {0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};

static struct pipeline *make(struct settings *settings, struct seen *seen)
{
    const struct detector_channel channel = {.leg = LEG_LEFT, .muscle = MUSCLE_GASTROCNEMIUS};
    struct pipeline *p = pipeline_new(settings, &channel, 1, NULL, 0, &ops, seen, run_id, 41);

    assert_non_null(p);
    pipeline_advance(p, 0, NSEC_PER_SEC, -1);
    return p;
}

static struct event cramp(enum event_kind kind, double at_s)
{
    struct event event = {.kind = kind,
                          .t_ns = s_to_ns(at_s),
                          .episode = 7,
                          .has_site = true,
                          .leg = LEG_LEFT,
                          .muscle = MUSCLE_GASTROCNEMIUS};
    if (kind == EVENT_CRAMP_START)
        event.cramp.rise_ns = TIME_UNKNOWN;
    return event;
}

static void the_reminder_comes_before_anything_is_told(void **state)
{
    (void)state;
    _cleanup_(settings_freep) struct settings *settings = settings_new();
    struct seen seen = {0};
    _cleanup_(pipeline_freep) struct pipeline *p = make(settings, &seen);
    struct event start = cramp(EVENT_CRAMP_START, 10);

    pipeline_emit(p, &start);
    assert_string_equal(seen.order, "rtt");
    assert_int_equal(seen.told[0].kind, EVENT_CRAMP_START);
    assert_int_equal(seen.told[1].kind, EVENT_REMINDER_START);
    assert_int_equal(seen.told[0].seq, 41);
    assert_int_equal(seen.told[1].seq, 42);
    assert_int_equal(pipeline_next_seq(p), 43);
}

static void one_happening_has_one_id(void **state)
{
    (void)state;
    _cleanup_(settings_freep) struct settings *settings = settings_new();
    struct seen seen = {0};
    _cleanup_(pipeline_freep) struct pipeline *p = make(settings, &seen);
    struct event start = cramp(EVENT_CRAMP_START, 10), end = cramp(EVENT_CRAMP_END, 30);
    struct event fault = {.kind = EVENT_FAULT, .t_ns = s_to_ns(40)};

    pipeline_emit(p, &start);
    pipeline_emit(p, &end);
    pipeline_emit(p, &fault);
    assert_string_equal(seen.order, "rttrttrtt");
    assert_string_equal(seen.told[0].id, "abcd0102-0304-8506-8708-090a00000007");
    for (int i = 1; i < 4; i++) /* the cramp, its reminder, their ends */
        assert_string_equal(seen.told[i].id, seen.told[0].id);
    assert_string_not_equal(seen.told[4].id, seen.told[0].id);
}

static void a_fault_ends_under_the_id_it_began_with(void **state)
{
    (void)state;
    _cleanup_(settings_freep) struct settings *settings = settings_new();
    struct seen seen = {0};
    _cleanup_(pipeline_freep) struct pipeline *p = make(settings, &seen);
    struct event fault = {.kind = EVENT_FAULT, .t_ns = s_to_ns(40), .channel = -1, .has_leg = true};
    char ids[leg_count][EVENT_ID_SIZE], again[EVENT_ID_SIZE] = "";

    fault.fault.source = SOURCE_DISK; /* of which policy makes nothing */
    for (fault.leg = 0; fault.leg < leg_count; fault.leg++) {
        pipeline_emit(p, &fault);
        memcpy(ids[fault.leg], seen.told[seen.told_count - 1].id, EVENT_ID_SIZE);
    }
    assert_string_not_equal(ids[LEG_LEFT], ids[LEG_RIGHT]);
    fault.kind = EVENT_FAULT_CLEARED;
    for (fault.leg = 0; fault.leg < leg_count; fault.leg++) {
        pipeline_emit(p, &fault);
        assert_string_equal(seen.told[seen.told_count - 1].id, ids[fault.leg]);
    }
    fault.kind = EVENT_FAULT; /* the next time it is another one */
    fault.leg = LEG_LEFT;
    pipeline_emit(p, &fault);
    memcpy(again, seen.told[seen.told_count - 1].id, EVENT_ID_SIZE);
    assert_string_not_equal(again, ids[LEG_LEFT]);
}

static void a_pressed_button_acknowledges(void **state)
{
    (void)state;
    _cleanup_(settings_freep) struct settings *settings = settings_new();
    struct seen seen = {0};
    _cleanup_(pipeline_freep) struct pipeline *p = make(settings, &seen);
    struct event start = cramp(EVENT_CRAMP_START, 10);
    struct block press = {.kind = BLOCK_BUTTON, .width = 1, .count = 1, .t_ns = s_to_ns(12), .v = {1}};
    struct block release = {.kind = BLOCK_BUTTON, .width = 1, .count = 1, .t_ns = s_to_ns(12.2), .v = {0}};

    pipeline_push(p, &press); /* nothing to acknowledge: not an event, not an error */
    assert_int_equal(seen.told_count, 0);
    pipeline_push(p, &release);
    pipeline_emit(p, &start);
    for (int i = 0; i < 4; i++) { /* held for a second: its level is repeated, it is one press */
        press.t_ns = s_to_ns(13 + 0.25 * i);
        pipeline_push(p, &press);
    }
    unsigned acknowledged = 0;
    bool stopped = false;
    for (unsigned i = 0; i < seen.told_count; i++) {
        acknowledged +=
            seen.told[i].kind == EVENT_ACKNOWLEDGED && seen.told[i].reminder.origin == ORIGIN_BUTTON;
        stopped |= seen.told[i].kind == EVENT_REMINDER_STOP &&
                   seen.told[i].reminder.stop_reason == STOP_ACKNOWLEDGED;
    }
    assert_int_equal(acknowledged, 1);
    assert_true(stopped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reminder_comes_before_anything_is_told),
        cmocka_unit_test(one_happening_has_one_id),
        cmocka_unit_test(a_fault_ends_under_the_id_it_began_with),
        cmocka_unit_test(a_pressed_button_acknowledges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
