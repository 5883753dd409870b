/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/macros.h"
#include "publish/command.h"

#include <stdio.h>
#include <string.h>

static void good_commands_are_understood(void **state)
{
    (void)state;
    const struct {
        const char *text;
        enum command command;
        double seconds;
        const char *id;
    } rows[] = {
        {"{\"command\":\"snooze\",\"seconds\":600,\"id\":\"a-1\"}", COMMAND_SNOOZE, 600, "a-1"},
        {"{\"command\":\"acknowledge\"}", COMMAND_ACKNOWLEDGE, 0, ""},
        {" {\"seconds\":0.5 , \"command\":\"mute\"}\r\n", COMMAND_MUTE, 0.5, ""},
        {"{\"command\":\"unmute\",\"from\":\"phone\"}", COMMAND_UNMUTE, 0, ""},
        {"{\"command\":\"test_reminder\",\"id\":\"7\"}", COMMAND_TEST_REMINDER, 0, "7"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct command_request request;
        const char *error;
        assert_true(command_parse(rows[i].text, strlen(rows[i].text), &request, &error));
        assert_null(error);
        assert_int_equal(request.command, rows[i].command);
        assert_true(request.seconds == rows[i].seconds);
        assert_string_equal(request.id, rows[i].id);
    }
}

static void bad_commands_are_told_what_would_be_right(void **state)
{
    (void)state;
    const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"", "JSON object"},
        {"snooze", "JSON object"},
        {"[1]", "JSON object"},
        {"\"snooze\"", "JSON object"},
        {"{\"command\":\"snooze\"", "JSON object"},
        {"{\"command\":\"snooze\"} x", "JSON object"},
        {"{}", "\"command\" should be one of acknowledge"},
        {"{\"command\":7}", "\"command\" should be one of"},
        {"{\"command\":\"Snooze\"}", "\"command\" should be one of"},
        {"{\"command\":\"snooze\",\"seconds\":\"600\"}", "\"seconds\" should be a number"},
        {"{\"command\":\"snooze\",\"seconds\":-1}", "above 0"},
        {"{\"command\":\"snooze\",\"seconds\":0}", "above 0"},
        {"{\"command\":\"mute\",\"seconds\":1e300}", "at most"},
        {"{\"command\":\"acknowledge\",\"seconds\":5}", "leave it out"},
        {"{\"command\":\"mute\",\"id\":5}", "\"id\" should be"},
        {"{\"command\":\"mute\",\"id\":\"\"}", "\"id\" should be"},
        {"{\"command\":\"mute\",\"id\":\"a\\nb\"}", "\"id\" should be"},
    };
    struct command_request request;
    const char *error;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_false(command_parse(rows[i].text, strlen(rows[i].text), &request, &error));
        assert_non_null(strstr(error, rows[i].says));
    }
    assert_false(command_parse("{}\0{}", 5, &request, &error));
    char deep[COMMAND_TEXT_MAX];
    memset(deep, '[', sizeof(deep));
    assert_false(command_parse(deep, sizeof(deep), &request, &error));
    char *huge = calloc(1, 100000);
    memset(huge, ' ', 100000);
    assert_false(command_parse(huge, 100000, &request, &error));
    free(huge);
}

/* What arrives is not terminated; an exact allocation lets the sanitizer see a byte too far. */
static void no_byte_behind_the_payload_is_read(void **state)
{
    (void)state;
    const char text[] = "{\"command\":\"snooze\",\"seconds\":600,\"id\":\"abc\"}";
    struct command_request request;
    const char *error;

    for (size_t size = 1; size < sizeof(text); size++) {
        char *copy = malloc(size);
        memcpy(copy, text, size);
        assert_int_equal(command_parse(copy, size, &request, &error), size == sizeof(text) - 1);
        free(copy);
    }
}

static void results_answer_what_was_asked(void **state)
{
    (void)state;
    struct command_request request = {.command = COMMAND_MUTE, .id = "7"};
    char *text = command_result(&request, true, NULL);

    assert_string_equal(text, "{\"id\":\"7\",\"command\":\"mute\",\"ok\":true}");
    free(text);
    request.id[0] = '\0';
    text = command_result(&request, false, "no \"x\"");
    assert_string_equal(text, "{\"ok\":false,\"error\":\"no \\\"x\\\"\"}");
    free(text);
}

static void a_command_that_comes_twice_is_known(void **state)
{
    (void)state;
    struct command_history history = {.next = 0};
    char id[16];

    assert_false(command_is_replay(&history, ""));
    assert_false(command_is_replay(&history, ""));
    for (int i = 0; i < 3 * COMMAND_HISTORY; i++) {
        snprintf(id, sizeof(id), "%d", i);
        assert_false(command_is_replay(&history, id));
        assert_true(command_is_replay(&history, id));
    }
    assert_false(command_is_replay(&history, "0")); /* long ago */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_commands_are_understood),
        cmocka_unit_test(bad_commands_are_told_what_would_be_right),
        cmocka_unit_test(no_byte_behind_the_payload_is_read),
        cmocka_unit_test(results_answer_what_was_asked),
        cmocka_unit_test(a_command_that_comes_twice_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
