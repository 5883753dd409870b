/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/macros.h"
#include "publish/command.h"

#include <stdio.h>
#include <string.h>

static void what_is_told_is_kept_as_it_was_told(void **state)
{
    (void)state;
    const struct {
        const char *text;
        enum entry_kind kind;
        const char *day, *json;
    } rows[] = {
        {"{\"command\":\"note\",\"text\":\"slept badly\",\"id\":\"7\"}", ENTRY_NOTE, "",
         "{\"text\":\"slept badly\"}"},
        {"{\"command\":\"trigger\",\"trigger\":\"heat\",\"date\":\"2024-02-29\"}", ENTRY_TRIGGER,
         "2024-02-29", "{\"trigger\":\"heat\"}"},
        {"{\"command\":\"medicine\",\"change\":\"stopped\",\"text\":\"\\u00e4\"}", ENTRY_MEDICINE, "",
         "{\"change\":\"stopped\",\"text\":\"\xc3\xa4\"}"},
        {"{\"command\":\"checkin\",\"pain\":0,\"sore\":true,\"signs\":[\"numbness\",\"swelling\"]}",
         ENTRY_CHECKIN, "", "{\"pain\":0,\"sore\":true,\"signs\":[\"numbness\",\"swelling\"]}"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct command_request request;
        const char *error;
        if (!command_parse(rows[i].text, strlen(rows[i].text), &request, &error))
            fail_msg("%s: %s", rows[i].text, error);
        assert_int_equal(request.entry.kind, rows[i].kind);
        assert_string_equal(request.entry.day, rows[i].day);
        assert_string_equal(request.entry.json, rows[i].json);
    }
}

static void nothing_is_lost_unsaid(void **state)
{
    (void)state;
    const struct {
        const char *fields, *says;
    } rows[] = {
        {"\"note\"", "\"text\" should be"},
        {"\"note\",\"text\":\"\"", "\"text\" should be"},
        {"\"note\",\"text\":\"a\\nb\"", "\"text\" should be"},
        {"\"note\",\"text\":\"\xff\"", "\"text\" should be"},
        {"\"note\",\"text\":\"a\",\"pain\":3", "does not have"},
        {"\"note\",\"text\":\"a\",\"text\":\"b\"", "\"text\" should be"},
        {"\"note\",\"text\":\"a\",\"date\":\"2026-02-29\"", "\"date\" should be"},
        {"\"note\",\"text\":\"a\",\"date\":\"2026-13-01\"", "\"date\" should be"},
        {"\"note\",\"text\":\"a\",\"date\":\"22.11.2026\"", "\"date\" should be"},
        {"\"trigger\"", "\"trigger\" should be one of"},
        {"\"trigger\",\"trigger\":\"moon\"", "\"trigger\" should be one of"},
        {"\"medicine\",\"change\":\"started\"", "\"text\" should be"},
        {"\"medicine\",\"text\":\"a\"", "\"change\" should be"},
        {"\"checkin\"", "should say something"},
        {"\"checkin\",\"date\":\"2026-11-22\"", "should say something"},
        {"\"checkin\",\"pain\":11", "from 0 to 10"},
        {"\"checkin\",\"pain\":2.5", "from 0 to 10"},
        {"\"checkin\",\"pain\":\"6\"", "from 0 to 10"},
        {"\"checkin\",\"sore\":\"yes\"", "true or false"},
        {"\"checkin\",\"felt\":true", "yes, no or missed"},
        {"\"checkin\",\"helped\":\"stretch\"", "a list of"},
        {"\"checkin\",\"helped\":[]", "a list of"},
        {"\"checkin\",\"helped\":[\"stretch\",\"stretch\"]", "a list of"},
        {"\"checkin\",\"seconds\":3", "does not have"},
    };
    char text[256];

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct command_request request;
        const char *error;
        snprintf(text, sizeof(text), "{\"command\":%s}", rows[i].fields);
        if (command_parse(text, strlen(text), &request, &error))
            fail_msg("%s was taken", text);
        if (!strstr(error, rows[i].says))
            fail_msg("%s: %s", text, error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_is_kept_as_it_was_told),
        cmocka_unit_test(nothing_is_lost_unsaid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
