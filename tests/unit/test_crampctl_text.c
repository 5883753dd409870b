/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/macros.h"
#include "crampctl/duration.h"
#include "crampctl/render.h"
#include "crampctl/render_calibration.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <string.h>

static void durations_are_read_as_people_write_them(void **state)
{
    static const struct {
        const char *text;
        double seconds;
    } rows[] = {
        {"90s", 90},          {"10min", 600},      {"10m", 600},   {"1h", 3600},
        {"1h30min", 5400},    {"1 h 30 m", 5400},  {"0.5h", 1800}, {"2 days", 172800},
        {" 5 minutes ", 300}, {"1d2h3m4s", 93784}, {"0s", 0},
    };
    double seconds;
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(duration_parse(rows[i].text, &seconds), 0);
        assert_true(seconds == rows[i].seconds);
    }
}

static void what_is_no_duration_is_refused(void **state)
{
    static const char *const texts[] = {"",          " ",      "10",     "min",   "-5min", "+5min",
                                        "5 parsecs", "5min 3", "1e400h", "nan s", "infs",  "0x10s",
                                        "5mins5",    "10 MIN", ".5h",    "5;s"};
    double seconds;
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        assert_int_equal(duration_parse(texts[i], &seconds), -EINVAL);
}

static void durations_are_shown_in_their_two_largest_units(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } rows[] = {
        {0, "0.0 s"},         {2.44, "2.4 s"},       {9.97, "10 s"},
        {59.6, "1 min 0 s"},  {212.4, "3 min 32 s"}, {3599.6, "1 h 0 min"},
        {5399, "1 h 30 min"}, {93784, "1 d 2 h"},    {-3, "0.0 s"},
        {NAN, "?"},           {INFINITY, "?"},
    };
    char text[DURATION_SIZE];
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        duration_text(rows[i].seconds, text);
        assert_string_equal(text, rows[i].text);
    }
    duration_text(1e300, text);
}

/* Whatever a hub of another version answers, something is printed and nothing breaks. */
static void any_json_can_be_shown(void **state)
{
    static const char *const texts[] = {
        "null",
        "1",
        "[]",
        "{}",
        "[1,null,\"x\",[]]",
        "{\"sites\":[1,{\"leg\":3,\"faults\":[1,{}]}],\"tonight\":7,\"faults\":[null],\"reminder\":[]}",
        "[{\"leg\":\"left\",\"onset\":\"yesterday\",\"duration_s\":\"long\",\"dismissed\":[1]}]",
        "{\"event\":5,\"occurred_at\":12,\"reason\":[],\"duration_s\":1e308,\"origin\":\"%s%n\"}",
    };
    void (*const renders[])(const cJSON *, FILE *) = {
        render_status, render_episodes,    render_nights,           render_faults,
        render_event,  render_calibration, render_calibration_step, render_calibration_failure};
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        for (size_t r = 0; r < ARRAY_SIZE(renders); r++) {
            char *text = NULL;
            size_t size = 0;
            FILE *out = open_memstream(&text, &size);
            cJSON *json = cJSON_Parse(texts[i]);
            assert_non_null(json);
            renders[r](json, out);
            fclose(out);
            assert_true(size > 0);
            cJSON_Delete(json);
            free(text);
        }
}

static void what_kept_a_calibration_from_its_end_is_told(void **state)
{
    static const struct {
        const char *json, *words;
    } rows[] = {
        {"{\"leg\":\"left\",\"hindrance\":\"moving\",\"rest_s\":23.4,\"rest_needed_s\":60}",
         "the left leg was not calibrated: in three minutes only 23 of 60 s could be used, mostly because "
         "the leg "
         "moves"},
        {"{\"leg\":\"right\",\"hindrance\":\"clipped\",\"rest_s\":60,\"rest_needed_s\":60}",
         "the right leg was not calibrated: the contraction was stronger than the amplifier can show; lower "
         "its "
         "gain"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char text[256] = "";
        FILE *out = fmemopen(text, sizeof(text) - 1, "w");
        cJSON *json = cJSON_Parse(rows[i].json);

        render_calibration_failure(json, out);
        fclose(out);
        cJSON_Delete(json);
        assert_string_equal(text, rows[i].words);
    }
}

static void another_placement_is_told_with_both_levels(void **state)
{
    char text[1024] = "";
    FILE *out = fmemopen(text, sizeof(text) - 1, "w");
    cJSON *status =
        cJSON_Parse("{\"sites\":[{\"leg\":\"left\",\"muscle\":\"gastrocnemius\",\"placement\":null},"
                    "{\"leg\":\"right\",\"muscle\":\"gastrocnemius\",\"level_uv\":7,\"floor_uv\":null,"
                    "\"placement\":{\"ago_s\":300,\"floor_before_uv\":3.1,\"floor_uv\":8.24}}]}");
    (void)state;

    assert_non_null(out);
    render_status(status, out);
    fclose(out);
    cJSON_Delete(status);
    assert_non_null(strstr(text, "right gastrocnemius: since 5 min 0 s at rest 8.2 uV, before 3.1"));
    assert_null(strstr(text, "left gastrocnemius:"));
    assert_non_null(strstr(text, "7.0 uV (rest not known yet)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read_as_people_write_them),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(durations_are_shown_in_their_two_largest_units),
        cmocka_unit_test(any_json_can_be_shown),
        cmocka_unit_test(what_kept_a_calibration_from_its_end_is_told),
        cmocka_unit_test(another_placement_is_told_with_both_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
