/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/macros.h"
#include "publish/payload.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#define ORIGIN (1000 * NSEC_PER_SEC)
#define AT(s)  (ORIGIN + s_to_ns(s))
#define UUID   "0e9a4b5c-7d1f-4c6a-9b59-2f6f1c7f5a10"

static const struct event cramp_start = {
    .kind = EVENT_CRAMP_START,
    .t_ns = ORIGIN + INT64_C(431900400000),
    .episode = 3,
    .id = UUID,
    .seq = 17,
    .has_site = true,
    .leg = LEG_LEFT,
    .muscle = MUSCLE_GASTROCNEMIUS,
    .cramp = {.onset_ns = ORIGIN + 427 * NSEC_PER_SEC,
              .rise_ns = ORIGIN + INT64_C(389500000000),
              .confidence = 0.9812,
              .ratio = 7.256,
              .reason = CRAMP_SUSTAINED},
};

static void assert_text(const struct event *event, const struct stamp *stamp, const char *expected)
{
    _cleanup_(freep) char *text = payload_event_text(event, ORIGIN, stamp);

    assert_non_null(text);
    assert_string_equal(text, expected);
}

static void episodes_read_as_the_contract_says(void **state)
{
    (void)state;
    struct event e = cramp_start;

    assert_text(&e, NULL,
                "{\"event\":\"cramp_start\",\"t\":431.9,\"id\":\"" UUID
                "\",\"leg\":\"left\",\"muscle\":\"gastrocnemius\",\"onset_t\":427,\"rise_t\":389.5,"
                "\"confidence\":0.98,\"reason\":\"sustained\",\"ratio\":7.26}");
    e.kind = EVENT_TENSION_RISE;
    e.cramp.rise_ns = TIME_UNKNOWN;
    e.cramp.onset_ns = TIME_UNKNOWN;
    e.cramp.confidence = NAN;
    assert_text(&e, NULL,
                "{\"event\":\"tension_rise\",\"t\":431.9,\"id\":\"" UUID
                "\",\"leg\":\"left\",\"muscle\":\"gastrocnemius\",\"ratio\":7.26}");
    e = (struct event){
        .kind = EVENT_CRAMP_END,
        .t_ns = AT(640.2),
        .episode = 3,
        .id = UUID,
        .has_site = true,
        .leg = LEG_RIGHT,
        .muscle = MUSCLE_FOOT,
        .end = {.onset_ns = TIME_UNKNOWN, .duration_s = 212.7, .peak_ratio = 38.1, RELIEF_STRETCH}};
    assert_text(&e, NULL,
                "{\"event\":\"cramp_end\",\"t\":640.2,\"id\":\"" UUID
                "\",\"leg\":\"right\",\"muscle\":\"foot\",\"duration_s\":212.7,\"peak_ratio\":38.1,"
                "\"relief\":\"stretch\"}");
    e.episode = 0; /* of a run that died */
    e.end.peak_percent = 41.6;
    assert_text(&e, NULL,
                "{\"event\":\"cramp_end\",\"t\":640.2,\"id\":\"" UUID
                "\",\"leg\":\"right\",\"muscle\":\"foot\",\"duration_s\":212.7,\"peak_ratio\":38.1,"
                "\"peak_percent\":42,\"relief\":\"stretch\"}");
    e.end.duration_s = e.end.peak_ratio = e.end.peak_percent = NAN;
    e.end.relief = RELIEF_UNKNOWN;
    assert_text(&e, NULL,
                "{\"event\":\"cramp_end\",\"t\":640.2,\"id\":\"" UUID
                "\",\"leg\":\"right\",\"muscle\":\"foot\",\"relief\":\"unknown\"}");
    e = (struct event){.kind = EVENT_DISMISSED,
                       .t_ns = AT(95),
                       .has_site = true,
                       .id = UUID, /* without an episode it names nothing */
                       .dismissed = {AT(92.1), 2.4, NAN, DISMISS_LEG_MOVEMENT}};
    assert_text(&e, NULL,
                "{\"event\":\"dismissed\",\"t\":95,\"leg\":\"left\",\"muscle\":\"gastrocnemius\","
                "\"reason\":\"leg_movement\",\"start_t\":92.1,\"duration_s\":2.4}");
}

static void guidance_goes_with_the_start_of_a_cramp_only(void **state)
{
    (void)state;
    struct event e = cramp_start;
    const char *words = "Strecken Sie das \"Knie\", Füße hoch.";
    _cleanup_(freep) char *told = payload_event_guided(&e, ORIGIN, NULL, words);
    cJSON *object = cJSON_Parse(told);

    assert_string_equal(cJSON_GetObjectItem(object, "guidance")->valuestring, words);
    cJSON_DeleteItemFromObject(object, "guidance");
    _cleanup_(freep) char *rest = cJSON_PrintUnformatted(object);
    assert_text(&e, NULL, rest);
    cJSON_Delete(object);
    for (int kind = 0; kind < (int)event_kind_count; kind++) {
        e.kind = (enum event_kind)kind;
        _cleanup_(freep) char *plain = payload_event_text(&e, ORIGIN, NULL);
        _cleanup_(freep) char *guided = payload_event_guided(&e, ORIGIN, NULL, words);
        assert_int_equal(strcmp(plain, guided) != 0, kind == EVENT_CRAMP_START);
    }
}

static void faults_and_reminders_read_as_the_contract_says(void **state)
{
    (void)state;
    struct event e = {
        .kind = EVENT_FAULT, .t_ns = AT(1200), .fault = {.source = SOURCE_SENSOR, .reason = FAULT_LEAD_OFF}};

    assert_text(&e, NULL, "{\"event\":\"fault\",\"t\":1200,\"source\":\"sensor\",\"reason\":\"lead_off\"}");
    strcpy(e.id, UUID);
    e.kind = EVENT_FAULT_CLEARED;
    e.fault.duration_s = 12.34567;
    assert_text(&e, NULL,
                "{\"event\":\"fault_cleared\",\"t\":1200,\"id\":\"" UUID
                "\",\"source\":\"sensor\",\"reason\":\"lead_off\",\"duration_s\":12.346}");
    e = (struct event){.kind = EVENT_FAULT,
                       .t_ns = AT(3),
                       .has_leg = true,
                       .leg = LEG_RIGHT,
                       .fault = {.source = SOURCE_BUS, .reason = FAULT_BUS, .part = PART_IMU}};
    assert_text(&e, NULL,
                "{\"event\":\"fault\",\"t\":3,\"leg\":\"right\",\"source\":\"bus\",\"reason\":\"bus\","
                "\"part\":\"imu\"}");
    e = (struct event){.kind = EVENT_REMINDER_START, .t_ns = AT(1), .episode = 1, .id = UUID};
    assert_text(&e, NULL,
                "{\"event\":\"reminder_start\",\"t\":1,\"id\":\"" UUID "\",\"occasion\":\"cramp\"}");
    e = (struct event){.kind = EVENT_REMINDER_STOP,
                       .t_ns = AT(2),
                       .reminder = {.occasion = OCCASION_TEST, .stop_reason = STOP_CAP}};
    assert_text(&e, NULL, "{\"event\":\"reminder_stop\",\"t\":2,\"occasion\":\"test\",\"reason\":\"cap\"}");
    e = (struct event){
        .kind = EVENT_ACKNOWLEDGED, .t_ns = AT(-0.0001), .reminder = {.origin = ORIGIN_BUTTON}};
    assert_text(&e, NULL, "{\"event\":\"acknowledged\",\"t\":0,\"origin\":\"button\"}");
    e = (struct event){
        .kind = EVENT_SNOOZED, .t_ns = AT(2), .reminder = {.origin = ORIGIN_MQTT, .for_s = 600}};
    assert_text(&e, NULL, "{\"event\":\"snoozed\",\"t\":2,\"origin\":\"mqtt\",\"for_s\":600}");
    e.kind = EVENT_UNMUTED;
    assert_text(&e, NULL, "{\"event\":\"unmuted\",\"t\":2,\"origin\":\"mqtt\"}");
    e = (struct event){.kind = EVENT_LABELLED,
                       .t_ns = AT(2),
                       .id = UUID,
                       .labelled = {.label = LABEL_NO_CRAMP, .origin = ORIGIN_MQTT}};
    assert_text(&e, NULL,
                "{\"event\":\"labelled\",\"t\":2,\"id\":\"" UUID
                "\",\"label\":\"no_cramp\",\"origin\":\"mqtt\"}");
}

static void night_counts_only_what_happened(void **state)
{
    (void)state;
    struct event e = {.kind = EVENT_NIGHT_SUMMARY,
                      .t_ns = AT(28800),
                      .night = {.start_ns = AT(0),
                                .end_ns = TIME_UNKNOWN,
                                .cramps = 2,
                                .tension_rises = 3,
                                .reminders = 4,
                                .faults = 1,
                                .longest_cramp_s = 212.7,
                                .watched_s = 28800,
                                .usable_s = 28799}};

    e.night.dismissed[DISMISS_LEG_MOVEMENT] = 31;
    e.night.dismissed[DISMISS_REMINDER] = 1;
    assert_text(
        &e, NULL,
        "{\"event\":\"night_summary\",\"t\":28800,\"cramps\":2,\"dismissed\":{\"leg_movement\":31,"
        "\"reminder\":1},\"coverage\":0.999,\"watched_s\":28800,\"usable_s\":28799,\"tension_rises\":3,"
        "\"reminders\":4,\"faults\":1,\"longest_cramp_s\":212.7,\"start_t\":0}");

    e.night = (struct night_counts){.start_ns = TIME_UNKNOWN, .end_ns = TIME_UNKNOWN};
    _cleanup_(freep) char *text = payload_event_text(&e, ORIGIN, NULL);
    assert_non_null(strstr(text, "\"dismissed\":{},\"coverage\":null,"));
    e.night.watched_s = e.night.usable_s = 0.7;
    _cleanup_(freep) char *full = payload_event_text(&e, ORIGIN, NULL);
    assert_non_null(strstr(full, "\"coverage\":1,"));
}

static void a_stamp_adds_the_outside_view(void **state)
{
    (void)state;
    struct event e = {.kind = EVENT_UNMUTED, .t_ns = AT(2), .seq = 17, .reminder = {.origin = ORIGIN_POLICY}};
    struct stamp stamp = {.wall_us = INT64_C(1793672047250999),
                          .boot_id = "0123456789abcdef0123456789abcdef"};

    assert_text(&e, &stamp,
                "{\"event\":\"unmuted\",\"t\":2,\"origin\":\"policy\",\"occurred_at\":"
                "\"2026-11-03T02:14:07.250Z\",\"clock_synced\":false,\"boot_id\":"
                "\"0123456789abcdef0123456789abcdef\",\"seq\":17}");
    char text[PAYLOAD_WALL_TIME_SIZE];
    payload_wall_time(text, -1);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    payload_wall_time(text, INT64_MAX);
    payload_wall_time(text, INT64_MIN);
}

/* Every kind of event, with any word and number in it, makes one object that can be read back. */
static void every_kind_can_be_read_back(void **state)
{
    (void)state;
    for (int kind = 0; kind < (int)event_kind_count; kind++) {
        for (int fill = 0; fill < 256; fill += 85) {
            struct event e;
            memset(&e, fill, sizeof(e));
            e.kind = (enum event_kind)kind;
            e.has_site = kind % 2;
            e.has_leg = fill & 2;
            memset(e.id, 0, sizeof(e.id));
            _cleanup_(freep) char *text = payload_event_text(&e, 0, NULL);
            assert_non_null(text);
            cJSON *back = cJSON_Parse(text);
            assert_string_equal(cJSON_GetObjectItem(back, "event")->valuestring,
                                event_kind_name((enum event_kind)kind));
            assert_null(strchr(text, '\n'));
            cJSON_Delete(back);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(episodes_read_as_the_contract_says),
        cmocka_unit_test(guidance_goes_with_the_start_of_a_cramp_only),
        cmocka_unit_test(faults_and_reminders_read_as_the_contract_says),
        cmocka_unit_test(night_counts_only_what_happened),
        cmocka_unit_test(a_stamp_adds_the_outside_view),
        cmocka_unit_test(every_kind_can_be_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
