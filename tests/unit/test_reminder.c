/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "reminder/reminder.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define S(x) ((int64_t)((x)*1e9))

/* Two lines that remember what was done to them. */
struct gpio_line {
    const char *name;
    bool requested, active, active_low;
    int request_error, set_error;
    unsigned requests, sets, set_while_released;
    double on_s;
    int64_t on_since_ns;
};

struct fake_gpio {
    struct gpio gpio;
    struct gpio_line lines[2];
    int64_t now_ns;
};

static void line_set(struct fake_gpio *fake, struct gpio_line *line, bool active)
{
    if (line->active && !active)
        line->on_s += ns_to_s(fake->now_ns - line->on_since_ns);
    if (!line->active && active)
        line->on_since_ns = fake->now_ns;
    line->active = active;
}

static int fake_request(struct gpio *gpio, const struct gpio_spec *spec, struct gpio_line **line)
{
    struct fake_gpio *fake = (struct fake_gpio *)gpio;

    assert_true(spec->output);
    for (size_t i = 0; i < ARRAY_SIZE(fake->lines); i++) {
        struct gpio_line *l = &fake->lines[i];

        if (strcmp(l->name, spec->name) != 0)
            continue;
        l->requests++;
        if (l->request_error)
            return l->request_error;
        assert_false(l->requested);
        assert_string_equal(spec->chip_label, "pinctrl-test");
        l->requested = true;
        l->active_low = spec->active_low;
        line_set(fake, l, false);
        *line = l;
        return 0;
    }
    return -ENOENT;
}

static void fake_release(struct gpio *gpio, struct gpio_line *line)
{
    if (!line)
        return;
    assert_true(line->requested);
    line_set((struct fake_gpio *)gpio, line, false);
    line->requested = false;
}

static int fake_set(struct gpio *gpio, struct gpio_line *line, bool active)
{
    assert_true(line->requested);
    if (line->set_error && active)
        return line->set_error;
    line->sets++;
    line_set((struct fake_gpio *)gpio, line, active);
    return 0;
}

static const struct gpio_ops fake_ops = {.request = fake_request, .release = fake_release, .set = fake_set};

struct bench {
    struct fake_gpio fake;
    struct platform platform;
    struct reminder_params params;
    struct reminder *reminder;
    struct gpio_line *led, *motor;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    b->fake.gpio.ops = &fake_ops;
    b->led = &b->fake.lines[0];
    b->motor = &b->fake.lines[1];
    b->led->name = "GPIO5";
    b->motor->name = "GPIO6";
    b->platform.gpio = &b->fake.gpio;
    b->params = (struct reminder_params){.led_line = "GPIO5",
                                         .motor_line = "GPIO6",
                                         .chip_label = "pinctrl-test",
                                         .motor_active_low = true,
                                         .ramp_s = 20,
                                         .rhythm_s = 2,
                                         .strength = 0.5,
                                         .tension_strength = 0.15,
                                         .max_s = 120};
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;

    reminder_free(b->reminder);
    assert_false(b->led->requested);
    assert_false(b->motor->requested);
    assert_false(b->led->active);
    assert_false(b->motor->active);
    free(b);
    return 0;
}

static void begin(struct bench *b)
{
    b->reminder = reminder_new(&b->params, &b->platform);
    assert_non_null(b->reminder);
}

static void say(struct bench *b, enum event_kind kind, enum occasion occasion)
{
    struct event event = {.kind = kind, .t_ns = b->fake.now_ns, .reminder.occasion = occasion};

    reminder_on_event(b->reminder, &event);
}

/* Lets time pass as the loop does; how often it woke up. */
static unsigned go_to(struct bench *b, double s)
{
    unsigned wakes = 0;
    int64_t next = reminder_advance(b->reminder, b->fake.now_ns);

    while (next != TIME_UNKNOWN && next <= S(s)) {
        assert_true(next > b->fake.now_ns);
        b->fake.now_ns = next;
        next = reminder_advance(b->reminder, next);
        wakes++;
    }
    b->fake.now_ns = S(s);
    reminder_advance(b->reminder, b->fake.now_ns);
    return wakes;
}

/* Seconds the line is on from now to `s`. */
static double on_until(struct bench *b, struct gpio_line *line, double s)
{
    double before = line->on_s;

    go_to(b, s);
    if (line->active) { /* count what has passed, go on */
        line_set(&b->fake, line, false);
        line_set(&b->fake, line, true);
    }
    return line->on_s - before;
}

static void outputs_begin_off_and_stay_off(void **state)
{
    struct bench *b = *state;
    struct reminder_view view;

    begin(b);
    assert_true(b->led->requested && b->motor->requested);
    assert_true(b->motor->active_low && !b->led->active_low);
    assert_true(reminder_advance(b->reminder, S(1)) == TIME_UNKNOWN);
    reminder_get_view(b->reminder, &view);
    assert_false(view.led || view.motor || view.active || view.missing || view.strength > 0);
    say(b, EVENT_REMINDER_STOP, OCCASION_CRAMP);
    say(b, EVENT_CRAMP_START, OCCASION_CRAMP); /* not its business */
    assert_false(b->led->active || b->motor->active);
}

/* The loop took its time before an event started the reminder: no blink, no second buzz. */
static void an_older_now_changes_nothing(void **state)
{
    struct bench *b = *state;
    unsigned sets;

    begin(b);
    b->fake.now_ns = S(1000);
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    reminder_advance(b->reminder, S(1000));
    sets = b->led->sets + b->motor->sets;
    assert_true(reminder_advance(b->reminder, S(999.9)) > S(1000));
    reminder_advance(b->reminder, S(1000.01));
    assert_int_equal(b->led->sets + b->motor->sets, sets);
    assert_true(b->led->active && b->motor->active);
}

static void it_starts_at_once_rises_and_stops_at_once(void **state)
{
    struct bench *b = *state;
    double first, last;
    struct reminder_view view;

    begin(b);
    b->fake.now_ns = S(1000);
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    assert_true(b->led->active && b->motor->active); /* before anything else is called */
    first = on_until(b, b->motor, 1002);
    assert_true(fabs(first - 0.2) < 0.001);
    go_to(b, 1030);
    last = on_until(b, b->motor, 1032);
    assert_true(fabs(last - 1.0) < 0.001);
    assert_true(on_until(b, b->led, 1034) > 1.99); /* steadier */
    go_to(b, 1034.5);
    reminder_get_view(b->reminder, &view);
    assert_true(view.active && view.motor && view.led && view.strength == 0.5);
    say(b, EVENT_REMINDER_STOP, OCCASION_CRAMP);
    assert_false(b->led->active || b->motor->active);
    go_to(b, 1100);
    assert_false(b->led->active || b->motor->active);
    assert_true(reminder_advance(b->reminder, S(1101)) == TIME_UNKNOWN);
}

static void it_ends_by_itself_and_wakes_up_seldom(void **state)
{
    struct bench *b = *state;
    unsigned wakes;

    begin(b);
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    go_to(b, 60);
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP); /* said again: the limit stays */
    wakes = go_to(b, 119);
    assert_true(b->motor->on_s > 10);
    assert_true(wakes < 30 * 5);
    go_to(b, 120.5);
    assert_false(b->led->active || b->motor->active);
    assert_true(reminder_advance(b->reminder, S(121)) == TIME_UNKNOWN);
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    assert_true(b->motor->active);
}

static void a_late_loop_still_ends_it(void **state)
{
    struct bench *b = *state;

    begin(b);
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    reminder_advance(b->reminder, 0);
    assert_true(reminder_advance(b->reminder, S(5000)) != S(5000));
    assert_false(b->led->active || b->motor->active);
}

static void freed_in_the_middle_it_is_off(void **state)
{
    struct bench *b = *state;

    begin(b);
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    assert_true(b->motor->active);
    reminder_free(b->reminder);
    b->reminder = NULL;
    assert_false(b->led->active || b->motor->active);
}

static void occasions_differ(void **state)
{
    struct bench *b = *state;
    double light;

    begin(b);
    say(b, EVENT_REMINDER_START, OCCASION_FAULT); /* soft: it shakes nobody */
    assert_true(b->led->active);
    go_to(b, 10);
    assert_true(b->motor->on_s == 0 && !b->motor->active);
    say(b, EVENT_REMINDER_STOP, OCCASION_FAULT);

    say(b, EVENT_REMINDER_START, OCCASION_TENSION);
    go_to(b, 40);
    light = on_until(b, b->motor, 42);
    assert_true(fabs(light - 0.3) < 0.001);
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP); /* goes on from there */
    assert_true(b->motor->active);
    assert_true(fabs(on_until(b, b->motor, 44) - 0.3) < 0.001);
    go_to(b, 70);
    assert_true(fabs(on_until(b, b->motor, 72) - 1.0) < 0.001);
    say(b, EVENT_REMINDER_STOP, OCCASION_CRAMP);

    say(b, EVENT_REMINDER_START, OCCASION_TEST); /* shows its strength within seconds */
    go_to(b, 78);
    assert_true(fabs(on_until(b, b->motor, 80) - 1.0) < 0.001);
}

static void vibration_is_told_until_the_motor_rests(void **state)
{
    struct bench *b = *state;

    begin(b);
    assert_false(reminder_vibrates(b->reminder));
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    assert_true(reminder_vibrates(b->reminder));
    go_to(b, 0.3); /* off since 0.2 */
    assert_false(b->motor->active);
    assert_true(reminder_vibrates(b->reminder));
    go_to(b, 0.6);
    assert_false(reminder_vibrates(b->reminder)); /* the leg can be heard between the pulses */
    go_to(b, 2.1);
    assert_true(reminder_vibrates(b->reminder));
    say(b, EVENT_REMINDER_STOP, OCCASION_CRAMP);
    assert_true(reminder_vibrates(b->reminder));
    go_to(b, 2.6);
    assert_false(reminder_vibrates(b->reminder));
}

static void one_missing_output_leaves_the_other(void **state)
{
    struct bench *b = *state;
    struct reminder_view view;

    b->motor->request_error = -EBUSY;
    begin(b);
    reminder_get_view(b->reminder, &view);
    assert_int_equal(view.missing, 1);
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    assert_true(b->led->active);
    assert_false(reminder_vibrates(b->reminder));
    go_to(b, 10);
    assert_int_equal(b->motor->requests, 2); /* tried at the start of each, not at every pulse */
    say(b, EVENT_REMINDER_STOP, OCCASION_CRAMP);
    b->motor->request_error = 0;
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    assert_true(b->led->active && b->motor->active);
    reminder_get_view(b->reminder, &view);
    assert_int_equal(view.missing, 0);
}

static void an_output_that_fails_stops_nothing(void **state)
{
    struct bench *b = *state;
    struct reminder_view view;

    begin(b);
    b->led->set_error = -EIO;
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    assert_true(b->motor->active);
    assert_false(b->led->requested); /* let go */
    go_to(b, 5);
    assert_true(b->motor->on_s > 0.3);
    reminder_get_view(b->reminder, &view);
    assert_int_equal(view.missing, 1);
    b->led->set_error = 0;
    say(b, EVENT_REMINDER_STOP, OCCASION_CRAMP);
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    assert_true(b->led->active);
}

static void settings_change_the_strength_and_not_the_lines(void **state)
{
    struct bench *b = *state;
    char name[] = "GPIO6";
    struct reminder_params params;

    b->params.motor_line = name;
    begin(b);
    memcpy(name, "XXXXX", 5); /* the settings it came from are gone */
    params = b->params;
    params.strength = 1;
    params.ramp_s = 0;
    params.led_line = "GPIO99";
    reminder_set_params(b->reminder, &params);
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    assert_true(b->led->active && b->motor->active);
    assert_true(on_until(b, b->motor, 10) > 9.99);
}

static void nothing_set_up_is_fine(void **state)
{
    struct bench *b = *state;
    struct reminder_view view;

    b->params.led_line = "";
    b->params.motor_line = NULL;
    begin(b);
    say(b, EVENT_REMINDER_START, OCCASION_CRAMP);
    reminder_get_view(b->reminder, &view);
    assert_true(view.active && view.missing == 0 && !view.led && !view.motor);
    go_to(b, 200);
    reminder_get_view(b->reminder, &view);
    assert_false(view.active);
    assert_int_equal(reminder_outputs_off(&b->params, &b->platform), 0);
    reminder_free(NULL);
}

static void outputs_off_after_a_crash(void **state)
{
    struct bench *b = *state;

    line_set(&b->fake, b->motor, true); /* as the crash left it */
    assert_int_equal(reminder_outputs_off(&b->params, &b->platform), 0);
    assert_false(b->motor->active);
    assert_int_equal(b->led->requests, 1);
    b->led->request_error = -EACCES;
    line_set(&b->fake, b->motor, true);
    assert_int_equal(reminder_outputs_off(&b->params, &b->platform), 1);
    assert_false(b->motor->active);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(outputs_begin_off_and_stay_off),
        TEST(it_starts_at_once_rises_and_stops_at_once),
        TEST(an_older_now_changes_nothing),
        TEST(it_ends_by_itself_and_wakes_up_seldom),
        TEST(a_late_loop_still_ends_it),
        TEST(freed_in_the_middle_it_is_off),
        TEST(occasions_differ),
        TEST(vibration_is_told_until_the_motor_rests),
        TEST(one_missing_output_leaves_the_other),
        TEST(an_output_that_fails_stops_nothing),
        TEST(settings_change_the_strength_and_not_the_lines),
        TEST(nothing_set_up_is_fine),
        TEST(outputs_off_after_a_crash),
    };
    return cmocka_run_group_tests_name("reminder", tests, NULL, NULL);
}
