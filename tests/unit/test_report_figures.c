/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/macros.h"
#include "crampctl/html.h"
#include "crampctl/report_page.h"
#include "crampctl/report_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* A diary written down by hand. */
struct diary {
    cJSON *episodes, *nights, *faults, *entries;
    struct report report;
};

static cJSON *list_of(const char *json)
{
    cJSON *list = cJSON_Parse(json ? json : "[]");

    assert_non_null(list);
    return list;
}

static struct span span_of(const char *from, const char *to)
{
    return (struct span){day_parse(from), day_parse(to)};
}

static void make(struct diary *diary, const char *from, const char *to)
{
    struct report_rows rows = {diary->episodes, diary->nights, diary->faults, diary->entries};

    assert_int_equal(report_make(&diary->report, &rows, span_of(from, to)), 0);
}

static void clear(struct diary *diary)
{
    report_clear(&diary->report);
    cJSON_Delete(diary->episodes);
    cJSON_Delete(diary->nights);
    cJSON_Delete(diary->faults);
    cJSON_Delete(diary->entries);
}

static struct diary read_diary(const char *nights, const char *episodes, const char *entries)
{
    return (struct diary){.episodes = list_of(episodes),
                          .nights = list_of(nights),
                          .faults = list_of("[]"),
                          .entries = list_of(entries)};
}

static void set_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

#define NIGHT(day, next, coverage)                                                                           \
    "{\"start\":\"" day "T22:00:00.000Z\",\"end\":\"" next                                                   \
    "T06:00:00.000Z\",\"ongoing\":false,\"watched_s\":28800,\"coverage\":" coverage ",\"dismissed\":{}}"
#define CRAMP(at, rest)    "{\"onset\":\"" at ".000Z\",\"leg\":\"left\",\"duration_s\":100" rest "}"
#define TRIGGER(day, word) "{\"day\":\"" day "\",\"kind\":\"trigger\",\"told\":{\"trigger\":\"" word "\"}}"
#define CHECKIN(day, told) "{\"day\":\"" day "\",\"kind\":\"checkin\",\"told\":{" told "}}"

static char *page_of(const struct diary *diary)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_int_equal(report_page_write(&diary->report, 1.79e9, out), 0);
    fclose(out);
    return text;
}

static void an_empty_diary_says_that_nothing_is_known(void **state)
{
    struct diary diary = read_diary(NULL, NULL, NULL);
    char text[SENTENCE_SIZE];
    (void)state;

    make(&diary, "2026-11-01", "2026-11-07");
    const struct report_totals *totals = &diary.report.totals;
    assert_int_equal(totals->nights[NIGHT_NO_RECORD], 7);
    assert_int_equal(totals->watched.nights, 0);
    assert_true(isnan(totals->duration.median));
    report_summary(&diary.report, text);
    assert_string_equal(text, "No night was watched well enough to say how often there were cramps.");
    cJSON *json = report_json(&diary.report);
    const cJSON *night = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "nights"), 3);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(night, "cramps")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(night, "coverage")));
    cJSON_Delete(json);
    char *page = page_of(&diary);
    assert_null(strstr(page, "nan"));
    free(page);
    clear(&diary);
}

static void of_one_night_no_rate_is_made(void **state)
{
    struct diary diary =
        read_diary("[" NIGHT("2026-11-03", "2026-11-04", "0.95") "]",
                   "[" CRAMP("2026-11-04T02:14:00", ",\"rise\":\"2026-11-04T02:13:20.500Z\",\"reminders\":1,"
                                                    "\"acknowledged_by\":\"button\","
                                                    "\"acknowledged\":\"2026-11-04T02:14:20.250Z\"") "]",
                   NULL);
    char text[SENTENCE_SIZE];
    (void)state;

    make(&diary, "2026-11-03", "2026-11-03");
    assert_int_equal(diary.report.night[0].state, NIGHT_WATCHED);
    assert_int_equal(diary.report.night[0].cramps, 1);
    assert_int_equal(diary.report.cramp[0].onset.minute, 14 * 60 + 14);
    assert_true(fabs(diary.report.totals.warning.median - 39.5) < 1e-3);
    assert_true(fabs(diary.report.totals.answer.median - 20.25) < 1e-3);
    assert_int_equal(diary.report.totals.answered, 1);
    report_summary(&diary.report, text);
    assert_string_equal(text,
                        "A cramp on 1 of 1 watched night: 1 cramp seen; with fewer than 5 watched nights "
                        "nothing can be read from that.");
    clear(&diary);
}

/* Watched too little, too short, or still under way: shown, and in no rate. */
static void nights_that_were_not_watched_are_not_compared(void **state)
{
    struct diary diary = read_diary(
        "[" NIGHT("2026-11-06", "2026-11-07", "0.8") "," NIGHT(
            "2026-11-05", "2026-11-06", "0.799") ","
                                                 "{\"start\":\"2026-11-04T22:00:00Z\",\"end\":\"2026-11-"
                                                 "05T01:59:00Z\",\"watched_s\":14340,\"coverage\":1},"
                                                 "{\"start\":\"2026-11-03T22:00:00Z\",\"end\":\"2026-11-"
                                                 "04T05:00:00Z\",\"watched_s\":25200,\"coverage\":1,"
                                                 "\"ongoing\":true},"
                                                 "{\"start\":\"2026-11-02T22:00:00Z\",\"end\":\"2026-11-"
                                                 "02T22:00:00Z\",\"watched_s\":0,\"coverage\":null}]",
        "[" CRAMP("2026-11-06T02:00:00", "") "," CRAMP("2026-11-02T01:00:00", "") "]",
        "[" TRIGGER("2026-11-05", "alcohol") "]");
    char text[SENTENCE_SIZE];
    (void)state;

    make(&diary, "2026-11-01", "2026-11-06");
    static const enum report_night_state states[] = {NIGHT_NO_RECORD, NIGHT_POORLY, NIGHT_UNDER_WAY,
                                                     NIGHT_POORLY,    NIGHT_POORLY, NIGHT_WATCHED};
    for (size_t i = 0; i < ARRAY_SIZE(states); i++)
        assert_int_equal(diary.report.night[i].state, states[i]);
    assert_int_equal(diary.report.totals.cramps, 2);
    assert_int_equal(diary.report.totals.cramps_watched, 0);
    assert_int_equal(diary.report.totals.watched.nights, 1);
    assert_int_equal(diary.report.totals.watched.with_cramp, 0);
    assert_int_equal(diary.report.trigger[TRIGGER_ALCOHOL].with.nights, 0);
    report_besides(&diary.report, text);
    assert_string_equal(text, "2 more cramps were seen on nights that were not watched well.");
    clear(&diary);
}

/* crampd was restarted: what lies between its two halves of a night was not watched. */
static void the_gap_between_two_runs_was_not_watched(void **state)
{
    struct diary diary = read_diary("[{\"start\":\"2026-11-04T03:00:00Z\",\"end\":\"2026-11-04T06:00:00Z\","
                                    "\"watched_s\":10800,\"coverage\":1,"
                                    "\"dismissed\":{\"periodic_leg_movement\":3}},"
                                    "{\"start\":\"2026-11-03T22:00:00Z\",\"end\":\"2026-11-04T00:00:00Z\","
                                    "\"watched_s\":7200,\"coverage\":1,"
                                    "\"dismissed\":{\"periodic_leg_movement\":4,\"turn\":9}}]",
                                    NULL, NULL);
    (void)state;

    make(&diary, "2026-11-03", "2026-11-03");
    assert_true(fabs(diary.report.night[0].coverage - 0.625) < 1e-9);
    assert_int_equal(diary.report.night[0].state, NIGHT_POORLY);
    assert_int_equal(diary.report.night[0].periodic, 7);
    assert_int_equal(diary.report.night[0].begin, 600);
    assert_int_equal(diary.report.night[0].end, 1080);
    clear(&diary);
}

static void what_a_person_says_of_it_counts(void **state)
{
    struct diary diary = read_diary(
        "[" NIGHT("2026-11-05", "2026-11-06", "1") "," NIGHT("2026-11-04", "2026-11-05", "1") "," NIGHT(
            "2026-11-03", "2026-11-04", "1") "]",
        "[" CRAMP("2026-11-05T02:00:00", ",\"label\":\"cramp_felt\"") "," CRAMP(
            "2026-11-04T03:00:00", ",\"label\":\"no_cramp\"") "," CRAMP("2026-11-04T02:00:00",
                                                                        ",\"label\":\"no_cramp\"") "]",
        "[{\"id\":null,\"day\":\"2026-11-04\",\"kind\":\"cramp_felt\",\"told_at\":\"2026-11-04T04:00:00."
        "000Z\",\"told\":{}},"
        "{\"id\":null,\"day\":null,\"kind\":\"cramp_felt\",\"told_at\":null,\"told\":{}}," CHECKIN(
            "2026-11-06",
            "\"felt\":\"missed\",\"pain\":6,\"signs\":[\"swelling\",\"no such\"],\"triggers\":["
            "\"cold\"]") "," CHECKIN("2026-11-05", "\"felt\":\"yes\"") "," CHECKIN("2026-11-04",
                                                                                   "\"felt\":\"no\"") "]");
    char text[SENTENCE_SIZE];
    (void)state;

    make(&diary, "2026-11-03", "2026-11-05");
    assert_int_equal(diary.report.night[0].cramps, 0);
    assert_int_equal(diary.report.night[0].no_cramp, 2);
    assert_true(diary.report.night[0].missed); /* told at once, and forgotten by the morning */
    assert_int_equal(diary.report.felt_count, 1);
    assert_int_equal(diary.report.night[1].cramps, 1);
    assert_false(diary.report.night[1].missed);
    assert_true(diary.report.night[2].missed);
    assert_int_equal(diary.report.night[2].triggers, BIT(TRIGGER_COLD));
    assert_int_equal(diary.report.totals.cramps, 1);
    assert_int_equal(diary.report.totals.watched.with_cramp, 3);
    assert_int_equal(diary.report.totals.sign[SIGN_SWELLING], 1);
    assert_int_equal(diary.report.totals.duration.known, 1);
    report_besides(&diary.report, text);
    assert_string_equal(text,
                        "On 2 nights a cramp was felt that the hub did not see. 2 detections that the person "
                        "said were no cramp are not counted.");
    clear(&diary);
}

/* Six nights after alcohol, five with a cramp; five others, one with: and an association that is too small.
 */
static void associations_are_counts_and_small_ones_called_small(void **state)
{
    struct diary diary = {0};
    char nights[8192] = "[", episodes[4096] = "[", entries[4096] = "[", text[SENTENCE_SIZE];
    (void)state;

    for (int i = 11; i >= 1; i--) {
        size_t n = strlen(nights), e = strlen(episodes), t = strlen(entries);
        const char *comma = i > 1 ? "," : "";
        snprintf(
            nights + n, sizeof(nights) - n,
            "{\"start\":\"2026-11-%02dT22:00:00Z\",\"end\":\"2026-11-%02dT06:00:00Z\",\"watched_s\":28800,"
            "\"coverage\":1}%s",
            i, i + 1, comma);
        if (i <= 5 || i == 9)
            snprintf(episodes + e, sizeof(episodes) - e,
                     "%s{\"onset\":\"2026-11-%02dT03:00:00Z\",\"duration_s\":%d}", i == 9 ? "" : ",", i + 1,
                     i * 10);
        if (i <= 6)
            snprintf(entries + t, sizeof(entries) - t,
                     "%s{\"day\":\"2026-11-%02d\",\"kind\":\"trigger\",\"told\":{\"trigger\":\"alcohol\"}}",
                     i == 6 ? "" : ",", i);
    }
    snprintf(nights + strlen(nights), sizeof(nights) - strlen(nights), "]");
    snprintf(episodes + strlen(episodes), sizeof(episodes) - strlen(episodes), "]");
    snprintf(
        entries + strlen(entries), sizeof(entries) - strlen(entries), "%s",
        ",{\"day\":\"2026-11-04\",\"kind\":\"trigger\",\"told\":{\"trigger\":\"little_fluid\"}},"
        "{\"day\":\"2026-11-07\",\"kind\":\"medicine\",\"told\":{\"change\":\"started\",\"text\":\"x\"}}]");
    diary = read_diary(nights, episodes, entries);
    make(&diary, "2026-11-01", "2026-11-11");
    trigger_sentence(&diary.report, TRIGGER_ALCOHOL, text);
    assert_string_equal(text,
                        "On 5 of 6 watched nights after \"alcohol\" there was a cramp; on 1 of 5 others.");
    trigger_sentence(&diary.report, TRIGGER_LITTLE_FLUID, text);
    assert_string_equal(
        text, "On 1 of 1 watched night after \"little fluid\" there was a cramp; on 5 of 10 others. "
              "Fewer than 5 nights on one side: nothing can be read from it.");
    assert_int_equal(diary.report.medicine_count, 1);
    medicine_sentence(&diary.report.medicine[0], text);
    assert_string_equal(text, "A cramp on 5 of 6 watched nights before; on 1 of 5 from that day on.");
    assert_true(diary.report.totals.duration.median == 35);
    report_summary(&diary.report, text);
    assert_string_equal(text, "A cramp on 6 of 11 watched nights: 6 cramps seen, about 3.8 a week.");
    clear(&diary);
}

/* Central Europe: 2026-10-25 03:00 is 02:00 again, 2026-03-29 02:00 is 03:00. */
static void nights_of_a_change_of_clocks_stay_whole(void **state)
{
    struct diary diary = read_diary("[{\"start\":\"2026-10-24T20:00:00Z\",\"end\":\"2026-10-25T06:00:00Z\","
                                    "\"watched_s\":36000,\"coverage\":1},"
                                    "{\"start\":\"2026-03-28T21:00:00Z\",\"end\":\"2026-03-29T05:00:00Z\","
                                    "\"watched_s\":28800,\"coverage\":1}]",
                                    "[" CRAMP("2026-10-25T01:30:00", "") "," CRAMP(
                                        "2026-10-25T00:30:00", "") "," CRAMP("2026-03-29T01:10:00", "") "]",
                                    NULL);
    (void)state;

    set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    make(&diary, "2026-03-28", "2026-10-24");
    assert_int_equal(diary.report.cramp_count, 3);
    assert_string_equal(diary.report.cramp[0].onset.text, "2026-03-29T03:10:00+0200");
    assert_string_equal(diary.report.cramp[1].onset.text, "2026-10-25T02:30:00+0200");
    assert_string_equal(diary.report.cramp[2].onset.text, "2026-10-25T02:30:00+0100");
    assert_int_equal(report_night(&diary.report, day_parse("2026-03-28"))->cramps, 1);
    assert_int_equal(report_night(&diary.report, day_parse("2026-10-24"))->cramps, 2);
    assert_int_equal(diary.report.night[0].state, NIGHT_WATCHED);
    assert_int_equal(diary.report.night[0].begin, 10 * 60);
    assert_int_equal(diary.report.night[0].end, 19 * 60);
    assert_true(report_night(&diary.report, day_parse("2026-10-24"))->watched_s == 36000);
    clear(&diary);
    set_zone("UTC");
}

static void full_lists_begin_where_they_are_complete(void **state)
{
    struct diary diary =
        read_diary("[" NIGHT("2026-11-05", "2026-11-06", "1") "," NIGHT("2026-11-03", "2026-11-04", "1") "]",
                   NULL, NULL);
    char text[SENTENCE_SIZE];
    (void)state;

    for (int i = 0; i < REPORT_ROWS_MAX; i++)
        cJSON_AddItemToArray(diary.episodes, cJSON_Parse(CRAMP("2026-11-04T02:00:00", "")));
    make(&diary, "2026-11-01", "2026-11-05");
    assert_true(diary.report.cut);
    assert_int_equal(diary.report.span.from, day_parse("2026-11-04"));
    cut_sentence(&diary.report, text);
    assert_non_null(strstr(text, "shown from 4 Nov 2026"));
    report_clear(&diary.report);
    make(&diary, "2026-11-01", "2026-11-03"); /* of none of them anything is known */
    assert_int_equal(diary.report.totals.nights[NIGHT_NO_RECORD], 1);
    clear(&diary);
}

/* The diary's order says which nights an undated row lies between. */
static void rows_without_a_clock_are_apart(void **state)
{
    struct diary diary =
        read_diary("[{\"start\":null,\"cramps\":1}," NIGHT(
                       "2026-11-09", "2026-11-10",
                       "1") ",{\"start\":null,\"cramps\":2}," NIGHT("2026-11-05", "2026-11-06",
                                                                    "1") ",{\"start\":null,\"cramps\":3}"
                                                                         "," NIGHT("2026-11-01", "2026-11-02",
                                                                                   "1") ",{\"start\":null,"
                                                                                        "\"cramps\":4}]",
                   "[{\"onset\":null,\"duration_s\":50}]", NULL);
    (void)state;

    make(&diary, "2026-11-05", "2026-11-06");
    assert_int_equal(diary.report.undated_night_count, 2);
    assert_int_equal(cJSON_GetObjectItem(diary.report.undated_night[0], "cramps")->valueint, 2);
    assert_int_equal(cJSON_GetObjectItem(diary.report.undated_night[1], "cramps")->valueint, 3);
    assert_int_equal(diary.report.undated_cramp_count, 1);
    assert_int_equal(diary.report.cramp_count, 0);
    assert_int_equal(diary.report.totals.watched.nights, 1);
    clear(&diary);
}

/* Whatever a hub of another version answers, there is a page and nothing in it is markup. */
static void any_rows_make_a_page(void **state)
{
    static const char *const lists[] = {
        "null",
        "{}",
        "[1,null,\"x\",[],{}]",
        "[{\"start\":\"2026-11-03T22:00:00Z\",\"end\":\"1\",\"watched_s\":\"long\",\"coverage\":7,"
        "\"dismissed\":[]}]",
        "[{\"onset\":\"2026-11-03T22:00:00Z\",\"rise\":7,\"duration_s\":-4,\"leg\":\"<b>\",\"muscle\":\"'"
        "\\\"\"}]",
        "[{\"day\":\"2026-11-03\",\"kind\":\"medicine\",\"told\":{\"change\":\"<i>\",\"text\":\"</"
        "script><script>\"}},"
        "{\"day\":\"2026-11-04\",\"kind\":\"checkin\",\"told\":{\"felt\":\"yes\",\"helped\":[1,\"<u>\"],"
        "\"pain\":1e300}},"
        "{\"day\":\"2026-11-04\",\"kind\":\"note\",\"told\":{\"text\":\"\\u0001<img src=x "
        "onerror=alert(1)>\"}},"
        "{\"day\":7,\"kind\":\"checkin\",\"told\":[]}]",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        struct diary diary = {.episodes = list_of(lists[i]),
                              .nights = list_of(lists[i]),
                              .faults = list_of(lists[i]),
                              .entries = list_of(lists[i])};
        make(&diary, "2026-11-01", "2026-11-05");
        char *page = page_of(&diary);
        static const char *const never[] = {"<script>", "<img", "<b>\"", "<i>:", "<u>", "\001"};
        for (size_t n = 0; n < ARRAY_SIZE(never); n++)
            assert_null(strstr(page, never[n]));
        const char *json = strstr(page, "id=\"data\">") + 10;
        cJSON *data = cJSON_ParseWithOpts(json, NULL, false);
        assert_non_null(data);
        cJSON_Delete(data);
        free(page);
        clear(&diary);
    }
}

static void days_are_days(void **state)
{
    static const char *const wrong[] = {"",         "2026-02-30", "2026-13-01",
                                        "2026-1-1", "yesterday",  "2026-11-2x"};
    char text[DAY_SIZE];
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_int_equal(day_parse(wrong[i]), NO_DAY);
    assert_int_equal(day_parse("1970-01-02"), 1);
    assert_int_equal(day_of_week(day_parse("2026-11-22")), 7);
    assert_int_equal(day_of_week(day_parse("1969-12-29")), 1);
    day_iso(month_start(day_parse("2024-02-29")), text);
    assert_string_equal(text, "2024-02-01");
    day_text(day_parse("2026-11-03"), true, text);
    assert_string_equal(text, "3 Nov 2026");
}

static void text_is_no_markup(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    (void)state;

    html_text(out, "<a href=\"x\">'&\n\303\244");
    html_json(out, "{\"a\":\"</script>\"}");
    fclose(out);
    assert_string_equal(text, "&lt;a href=&quot;x&quot;&gt;&#39;&amp; \303\244{\"a\":\"\\u003c/script>\"}");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_diary_says_that_nothing_is_known),
        cmocka_unit_test(of_one_night_no_rate_is_made),
        cmocka_unit_test(nights_that_were_not_watched_are_not_compared),
        cmocka_unit_test(the_gap_between_two_runs_was_not_watched),
        cmocka_unit_test(what_a_person_says_of_it_counts),
        cmocka_unit_test(associations_are_counts_and_small_ones_called_small),
        cmocka_unit_test(nights_of_a_change_of_clocks_stay_whole),
        cmocka_unit_test(full_lists_begin_where_they_are_complete),
        cmocka_unit_test(rows_without_a_clock_are_apart),
        cmocka_unit_test(any_rows_make_a_page),
        cmocka_unit_test(days_are_days),
        cmocka_unit_test(text_is_no_markup),
    };

    set_zone("UTC");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
