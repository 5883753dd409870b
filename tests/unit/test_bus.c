/* SPDX-License-Identifier: MIT */
/* The D-Bus service against a real dbus-daemon; hub and caller share one loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "private_bus.h"
#include "publish/bus_private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct scene {
    struct private_bus daemon;
    sd_event *loop;
    struct bus *bus;
    sd_bus *caller;

    int refuse; /* what the hub answers commands and queries with */
    enum command command;
    double seconds;
    unsigned commands;
    enum bus_calibrate what_calibration;
    int leg;
    unsigned calibrations;
    char what[16];
    unsigned limit;
    uint64_t tokens[64];
    unsigned queries;

    /* what came back */
    unsigned answers;
    char text[256];
    char error[128];
};

static char *hub_status(void *context)
{
    (void)context;
    return strdup("{\"state\":\"quiet\"}");
}

static char *hub_measure(void *context)
{
    (void)context;
    return strdup("{\"t\":1}");
}

static int hub_query(void *context, const char *what, unsigned limit, uint64_t token)
{
    struct scene *scene = context;

    if (scene->refuse < 0)
        return scene->refuse;
    snprintf(scene->what, sizeof(scene->what), "%s", what);
    scene->limit = limit;
    scene->tokens[scene->queries++] = token;
    return 0;
}

static int hub_command(void *context, enum command command, double seconds)
{
    struct scene *scene = context;

    scene->command = command;
    scene->seconds = seconds;
    scene->commands++;
    return scene->refuse;
}

static char *hub_calibration(void *context)
{
    (void)context;
    return strdup("{\"phase\":\"none\"}");
}

static int hub_calibrate(void *context, enum bus_calibrate what, int leg)
{
    struct scene *scene = context;

    scene->what_calibration = what;
    scene->leg = leg;
    scene->calibrations++;
    return scene->refuse;
}

static char *hub_tell(void *context, const char *json)
{
    char *text = NULL;
    (void)context;

    assert_true(asprintf(&text, "{\"heard\":%s}", json) > 0);
    return text;
}

static const struct bus_ops ops = {.status = hub_status,
                                   .measure = hub_measure,
                                   .calibration = hub_calibration,
                                   .calibrate = hub_calibrate,
                                   .query = hub_query,
                                   .tell = hub_tell,
                                   .command = hub_command};

static void turn(struct scene *scene)
{
    assert_true(sd_event_run(scene->loop, UINT64_MAX) >= 0);
}

static void call_on_caller(struct scene *scene)
{
    assert_int_equal(setenv("DBUS_SESSION_BUS_ADDRESS", scene->daemon.address, 1), 0);
    assert_true(sd_bus_open_user(&scene->caller) >= 0);
    assert_true(sd_bus_attach_event(scene->caller, scene->loop, 0) >= 0);
}

static int setup(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    const struct control_params params = {.bus = BUS_SESSION};

    *state = scene;
    private_bus_prepare(&scene->daemon);
    if (!private_bus_start(&scene->daemon)) {
        print_message("no dbus-daemon here\n");
        exit(77);
    }
    assert_true(sd_event_new(&scene->loop) >= 0);
    call_on_caller(scene);
    scene->bus = bus_new(&params, scene->loop, &ops, scene);
    assert_non_null(scene->bus);
    while (!scene->bus->named)
        turn(scene);
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    bus_free(scene->bus);
    if (scene->caller)
        sd_bus_detach_event(scene->caller);
    sd_bus_close_unref(scene->caller);
    sd_event_unref(scene->loop);
    private_bus_remove(&scene->daemon);
    free(scene);
    return 0;
}

static int on_answer(sd_bus_message *reply, void *context, sd_bus_error *error)
{
    (void)error;
    struct scene *scene = context;
    const char *text = "";

    scene->error[0] = '\0';
    if (sd_bus_message_is_method_error(reply, NULL)) {
        snprintf(scene->error, sizeof(scene->error), "%s", sd_bus_message_get_error(reply)->name);
        text = sd_bus_message_get_error(reply)->message;
    } else if (sd_bus_message_has_signature(reply, "s")) {
        assert_true(sd_bus_message_read(reply, "s", &text) > 0);
    }
    snprintf(scene->text, sizeof(scene->text), "%s", text);
    scene->answers++;
    return 0;
}

#define CALL(scene, ...)                                                                                     \
    assert_true(sd_bus_call_method_async((scene)->caller, NULL, BUS_NAME, BUS_PATH, BUS_INTERFACE,           \
                                         __VA_ARGS__) >= 0)

static void await_answers(struct scene *scene, unsigned answers)
{
    while (scene->answers < answers)
        turn(scene);
    assert_int_equal(scene->answers, answers);
}

static void await_queries(struct scene *scene, unsigned queries)
{
    while (scene->queries < queries)
        turn(scene);
}

static void status_is_answered_at_once(void **state)
{
    struct scene *scene = *state;

    CALL(scene, "Status", on_answer, scene, NULL);
    await_answers(scene, 1);
    assert_string_equal(scene->error, "");
    assert_string_equal(scene->text, "{\"state\":\"quiet\"}");
}

static void measure_is_answered_at_once(void **state)
{
    struct scene *scene = *state;

    CALL(scene, "Measure", on_answer, scene, NULL);
    await_answers(scene, 1);
    assert_string_equal(scene->error, "");
    assert_string_equal(scene->text, "{\"t\":1}");
}

static void a_calibration_is_begun_followed_and_forgotten(void **state)
{
    static const struct {
        const char *method, *leg;
        enum bus_calibrate what;
        int number;
    } rows[] = {
        {"Calibrate", "left", BUS_CALIBRATE, LEG_LEFT},
        {"Calibrate", "right", BUS_CALIBRATE, LEG_RIGHT},
        {"CancelCalibration", NULL, BUS_CALIBRATE_CANCEL, -1},
        {"ForgetCalibration", "right", BUS_CALIBRATE_FORGET, LEG_RIGHT},
        {"ForgetCalibration", "", BUS_CALIBRATE_FORGET, -1},
    };
    struct scene *scene = *state;

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].leg)
            CALL(scene, rows[i].method, on_answer, scene, "s", rows[i].leg);
        else
            CALL(scene, rows[i].method, on_answer, scene, NULL);
        await_answers(scene, i + 1);
        assert_string_equal(scene->error, "");
        assert_int_equal(scene->calibrations, i + 1);
        assert_int_equal(scene->what_calibration, rows[i].what);
        assert_int_equal(scene->leg, rows[i].number);
    }
    CALL(scene, "Calibration", on_answer, scene, NULL);
    await_answers(scene, ARRAY_SIZE(rows) + 1);
    assert_string_equal(scene->text, "{\"phase\":\"none\"}");
}

static void a_calibration_that_can_not_be_says_why(void **state)
{
    static const struct {
        const char *leg;
        int refusal;
        const char *error;
    } rows[] = {
        {"left", -ENODEV, "org.crampd.Error.NoElectrodes"},
        {"left", -EALREADY, "org.crampd.Error.AlreadyCalibrating"},
        {"left", -EBUSY, "org.crampd.Error.CrampIsOn"},
        {"left", -EIO, "org.crampd.Error.Failed"},
        {"middle", 0, "org.crampd.Error.NoSuchLeg"},
        {"", 0, "org.crampd.Error.NoSuchLeg"},
    };
    struct scene *scene = *state;

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        scene->refuse = rows[i].refusal;
        CALL(scene, "Calibrate", on_answer, scene, "s", rows[i].leg);
        await_answers(scene, i + 1);
        assert_string_equal(scene->error, rows[i].error);
        assert_true(strlen(scene->text) > 10);
    }
    assert_int_equal(scene->calibrations, 4);
}

static void a_query_is_answered_when_the_diary_has_answered(void **state)
{
    struct scene *scene = *state;

    CALL(scene, "Episodes", on_answer, scene, "u", 5);
    await_queries(scene, 1);
    assert_string_equal(scene->what, "episodes");
    assert_int_equal(scene->limit, 5);
    CALL(scene, "Nights", on_answer, scene, "u", 0);
    await_queries(scene, 2);
    assert_int_equal(scene->answers, 0);
    bus_reply(scene->bus, scene->tokens[1], 0, "[\"night\"]");
    await_answers(scene, 1);
    assert_string_equal(scene->text, "[\"night\"]");
    bus_reply(scene->bus, scene->tokens[0], 0, "[\"episode\"]");
    await_answers(scene, 2);
    assert_string_equal(scene->text, "[\"episode\"]");
    /* an answer nobody waits for any more */
    bus_reply(scene->bus, scene->tokens[0], 0, "[]");
    bus_reply(scene->bus, 0, 0, "[]");
}

static void a_diary_that_can_not_answer_is_an_error_with_a_name(void **state)
{
    struct scene *scene = *state;

    CALL(scene, "Faults", on_answer, scene, "u", 5);
    await_queries(scene, 1);
    bus_reply(scene->bus, scene->tokens[0], -EIO, NULL);
    await_answers(scene, 1);
    assert_string_equal(scene->error, "org.crampd.Error.DiaryUnavailable");
    scene->refuse = -EBUSY;
    CALL(scene, "Faults", on_answer, scene, "u", 5);
    await_answers(scene, 2);
    assert_string_equal(scene->error, "org.crampd.Error.DiaryUnavailable");
}

static void only_so_many_may_wait(void **state)
{
    struct scene *scene = *state;

    for (unsigned i = 0; i < BUS_QUERIES + 1; i++)
        CALL(scene, "Episodes", on_answer, scene, "u", 5);
    await_answers(scene, 1);
    assert_string_equal(scene->error, "org.crampd.Error.TooManyQueries");
    assert_int_equal(scene->queries, BUS_QUERIES);
    for (unsigned i = 0; i < BUS_QUERIES; i++)
        bus_reply(scene->bus, scene->tokens[i], 0, "[]");
    await_answers(scene, BUS_QUERIES + 1);
    CALL(scene, "Episodes", on_answer, scene, "u", 5);
    await_queries(scene, BUS_QUERIES + 1);
}

static void commands_reach_the_hub(void **state)
{
    static const struct {
        const char *method;
        enum command command;
        bool duration;
    } rows[] = {
        {"Acknowledge", COMMAND_ACKNOWLEDGE, false},
        {"Snooze", COMMAND_SNOOZE, true},
        {"Mute", COMMAND_MUTE, true},
        {"Unmute", COMMAND_UNMUTE, false},
        {"TestReminder", COMMAND_TEST_REMINDER, false},
    };
    struct scene *scene = *state;

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].duration)
            CALL(scene, rows[i].method, on_answer, scene, "d", 90.0);
        else
            CALL(scene, rows[i].method, on_answer, scene, NULL);
        await_answers(scene, i + 1);
        assert_string_equal(scene->error, "");
        assert_int_equal(scene->commands, i + 1);
        assert_int_equal(scene->command, rows[i].command);
        assert_true(scene->seconds == (rows[i].duration ? 90.0 : 0.0));
    }
}

static void what_is_told_is_answered(void **state)
{
    struct scene *scene = *state;

    CALL(scene, "Tell", on_answer, scene, "s", "{\"command\":\"no_cramp\"}");
    await_answers(scene, 1);
    assert_string_equal(scene->error, "");
    assert_string_equal(scene->text, "{\"heard\":{\"command\":\"no_cramp\"}}");
}

static void a_refusal_says_what_was_wrong(void **state)
{
    static const struct {
        const char *method;
        int refusal;
        const char *error;
    } rows[] = {
        {"Acknowledge", -ENOENT, "org.crampd.Error.NothingToAcknowledge"},
        {"Acknowledge", -EIO, "org.crampd.Error.Failed"},
        {"Snooze", -ENOENT, "org.crampd.Error.NothingToSnooze"},
        {"Snooze", -EINVAL, "org.crampd.Error.InvalidDuration"},
        {"Mute", -EINVAL, "org.crampd.Error.InvalidDuration"},
    };
    struct scene *scene = *state;

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        scene->refuse = rows[i].refusal;
        if (strcmp(rows[i].method, "Acknowledge") == 0)
            CALL(scene, rows[i].method, on_answer, scene, NULL);
        else
            CALL(scene, rows[i].method, on_answer, scene, "d", 60.0);
        await_answers(scene, i + 1);
        assert_string_equal(scene->error, rows[i].error);
        assert_true(strlen(scene->text) > 10);
    }
}

static void nonsense_never_reaches_the_hub(void **state)
{
    const double wrong[] = {NAN, INFINITY, -INFINITY, -1, 1e300, 366.0 * 86400 + 1};
    struct scene *scene = *state;
    unsigned answers = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
        CALL(scene, "Snooze", on_answer, scene, "d", wrong[i]);
        await_answers(scene, ++answers);
        assert_string_equal(scene->error, "org.crampd.Error.InvalidDuration");
        CALL(scene, "Mute", on_answer, scene, "d", wrong[i]);
        await_answers(scene, ++answers);
        assert_string_equal(scene->error, "org.crampd.Error.InvalidDuration");
    }
    CALL(scene, "Mute", on_answer, scene, "s", "long");
    await_answers(scene, ++answers);
    assert_string_equal(scene->error, "org.freedesktop.DBus.Error.InvalidArgs");
    CALL(scene, "Episodes", on_answer, scene, "i", -1);
    await_answers(scene, ++answers);
    assert_string_equal(scene->error, "org.freedesktop.DBus.Error.InvalidArgs");
    CALL(scene, "Explode", on_answer, scene, NULL);
    await_answers(scene, ++answers);
    assert_string_equal(scene->error, "org.freedesktop.DBus.Error.UnknownMethod");
    assert_int_equal(scene->commands, 0);
    assert_int_equal(scene->queries, 0);
}

static void listen_for(struct scene *scene, const char *interface, const char *member)
{
    assert_true(sd_bus_match_signal(scene->caller, NULL, BUS_NAME, BUS_PATH, interface, member, on_answer,
                                    scene) >= 0);
}

static void events_and_changes_are_signalled(void **state)
{
    struct scene *scene = *state;

    listen_for(scene, BUS_INTERFACE, "Event");
    bus_event(scene->bus, "{\"event\":\"cramp_start\"}");
    await_answers(scene, 1);
    assert_string_equal(scene->text, "{\"event\":\"cramp_start\"}");
    listen_for(scene, "org.freedesktop.DBus.Properties", "PropertiesChanged");
    bus_state_changed(scene->bus, "cramp", true, false);
    await_answers(scene, 2);
    /* nothing changed, nothing said: the next thing heard is the event */
    bus_state_changed(scene->bus, "cramp", true, false);
    bus_event(scene->bus, "{\"event\":\"cramp_end\"}");
    await_answers(scene, 3);
    assert_string_equal(scene->text, "{\"event\":\"cramp_end\"}");
}

static int on_properties(sd_bus_message *reply, void *context, sd_bus_error *error)
{
    (void)error;
    struct scene *scene = context;
    const char *state;

    assert_false(sd_bus_message_is_method_error(reply, NULL));
    assert_true(sd_bus_message_read(reply, "v", "s", &state) > 0);
    snprintf(scene->text, sizeof(scene->text), "%s", state);
    scene->answers++;
    return 0;
}

static void properties_can_be_read(void **state)
{
    struct scene *scene = *state;

    bus_state_changed(scene->bus, "easing", false, true);
    assert_true(sd_bus_call_method_async(scene->caller, NULL, BUS_NAME, BUS_PATH,
                                         "org.freedesktop.DBus.Properties", "Get", on_properties, scene, "ss",
                                         BUS_INTERFACE, "State") >= 0);
    await_answers(scene, 1);
    assert_string_equal(scene->text, "easing");
}

static void a_bus_that_goes_and_comes_is_found_again(void **state)
{
    struct scene *scene = *state;

    CALL(scene, "Episodes", on_answer, scene, "u", 5);
    await_queries(scene, 1);
    sd_bus_detach_event(scene->caller);
    scene->caller = sd_bus_close_unref(scene->caller);
    private_bus_stop(&scene->daemon);
    while (scene->bus->named)
        turn(scene);
    /* nobody is there to hear it, and nothing breaks */
    bus_event(scene->bus, "{}");
    bus_state_changed(scene->bus, "quiet", false, false);
    assert_true(private_bus_start(&scene->daemon));
    while (!scene->bus->named)
        turn(scene);
    bus_reply(scene->bus, scene->tokens[0], 0, "[]"); /* its caller is gone */
    call_on_caller(scene);
    CALL(scene, "Status", on_answer, scene, NULL);
    await_answers(scene, 1);
    assert_string_equal(scene->error, "");
}

static void no_bus_and_a_name_taken_are_no_errors(void **state)
{
    struct scene *scene = *state;
    const struct control_params session = {.bus = BUS_SESSION}, off = {.bus = BUS_OFF};

    struct bus *second = bus_new(&session, scene->loop, &ops, scene);
    assert_non_null(second);
    while (!second->outage_said)
        turn(scene);
    assert_false(second->named);
    bus_free(second);

    struct bus *none = bus_new(&off, scene->loop, &ops, scene);
    assert_non_null(none);
    bus_event(none, "{}");
    bus_state_changed(none, "quiet", false, false);
    bus_free(none);

    assert_int_equal(setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1), 0);
    struct bus *nowhere = bus_new(&session, scene->loop, &ops, scene);
    assert_non_null(nowhere);
    assert_true(nowhere->outage_said);
    bus_free(nowhere);
    bus_free(NULL);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        ROW(status_is_answered_at_once),
        ROW(measure_is_answered_at_once),
        ROW(a_calibration_is_begun_followed_and_forgotten),
        ROW(a_calibration_that_can_not_be_says_why),
        ROW(a_query_is_answered_when_the_diary_has_answered),
        ROW(a_diary_that_can_not_answer_is_an_error_with_a_name),
        ROW(only_so_many_may_wait),
        ROW(commands_reach_the_hub),
        ROW(what_is_told_is_answered),
        ROW(a_refusal_says_what_was_wrong),
        ROW(nonsense_never_reaches_the_hub),
        ROW(events_and_changes_are_signalled),
        ROW(properties_can_be_read),
        ROW(a_bus_that_goes_and_comes_is_found_again),
        ROW(no_bus_and_a_name_taken_are_no_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
