/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/macros.h"
#include "publish/board.h"
#include "publish/states.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define AT_US INT64_C(1793672047250000)
#define AT    "2026-11-03T02:14:07.250Z"

static void assert_eaten(char *text, const char *expected)
{
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void state_says_what_is_going_on(void **state)
{
    (void)state;
    const struct state_site sites[] = {{LEG_LEFT, MUSCLE_GASTROCNEMIUS, EPISODE_BLIND},
                                       {LEG_LEFT, MUSCLE_GASTROCNEMIUS, EPISODE_QUIET},
                                       {LEG_RIGHT, MUSCLE_SOLEUS, EPISODE_CRAMP},
                                       {LEG_RIGHT, MUSCLE_SOLEUS, EPISODE_RISING}};
    struct state_view view = {.sites = sites,
                              .site_count = 4,
                              .night = true,
                              .muted_until_us = WALL_UNKNOWN,
                              .snoozed_until_us = WALL_UNKNOWN};

    assert_eaten(states_state(&view),
                 "{\"sites\":{\"left_gastrocnemius\":\"quiet\",\"right_soleus\":\"cramp\"},"
                 "\"night\":true,\"reminding\":false,\"muted\":false}");
    view.site_count = 0;
    view.reminding = view.muted = true;
    view.occasion = OCCASION_TENSION;
    view.muted_until_us = view.snoozed_until_us = AT_US;
    assert_eaten(states_state(&view),
                 "{\"sites\":{},\"night\":true,\"reminding\":true,\"occasion\":\"tension\",\"muted\":true,"
                 "\"muted_until\":\"" AT "\",\"snoozed_until\":\"" AT "\"}");
}

static void last_cramp_grows_when_it_is_over(void **state)
{
    (void)state;
    struct last_cramp cramp = {
        .leg = LEG_LEFT, .muscle = MUSCLE_FOOT, .id = "x", .started_us = AT_US, .clock_synced = true};

    assert_eaten(states_last_cramp(NULL), "{}");
    assert_eaten(states_last_cramp(&cramp),
                 "{\"id\":\"x\",\"leg\":\"left\",\"muscle\":\"foot\",\"started_at\":\"" AT
                 "\",\"clock_synced\":true,\"over\":false}");
    cramp.over = true;
    cramp.id = "";
    cramp.started_us = WALL_UNKNOWN;
    cramp.clock_synced = false;
    cramp.duration_s = 212.70049;
    cramp.peak_ratio = NAN;
    cramp.relief = RELIEF_STRETCH;
    assert_eaten(states_last_cramp(&cramp),
                 "{\"leg\":\"left\",\"muscle\":\"foot\",\"clock_synced\":false,\"over\":true,"
                 "\"duration_s\":212.7,\"relief\":\"stretch\"}");
}

static void faults_give_the_sensor_its_status(void **state)
{
    (void)state;
    struct active_fault faults[] = {
        {.source = SOURCE_BROKER, .reason = FAULT_REFUSED, .since_us = AT_US},
        {.source = SOURCE_SENSOR, .reason = FAULT_NOT_WORN, .since_us = WALL_UNKNOWN},
        {.source = SOURCE_SENSOR,
         .reason = FAULT_LEAD_OFF,
         .has_site = true,
         .leg = LEG_RIGHT,
         .muscle = MUSCLE_TIBIALIS,
         .since_us = WALL_UNKNOWN},
    };
    const char *const expected[] = {"ok", "ok", "not_worn", "fault:lead_off"};
    char status[SENSOR_STATUS_SIZE];

    for (unsigned count = 0; count <= 3; count++) {
        states_sensor_status(status, faults, count, NULL, 0, true);
        assert_string_equal(status, expected[count]);
    }
    assert_eaten(states_fault(faults, 0, true), "{\"sensor_problem\":false,\"reason\":null,\"faults\":[]}");
    assert_eaten(states_fault(faults, 1, true),
                 "{\"sensor_problem\":false,\"reason\":\"refused\",\"faults\":[{\"source\":"
                 "\"broker\",\"reason\":\"refused\",\"since\":\"" AT "\"}]}");
    char *all = states_fault(faults, 3, true);
    assert_non_null(strstr(all, "{\"sensor_problem\":true,\"reason\":\"lead_off\","));
    assert_non_null(strstr(all, "\"leg\":\"right\",\"muscle\":\"tibialis_anterior\""));
    free(all);
    faults[0] = (struct active_fault){.source = SOURCE_BUS,
                                      .reason = FAULT_BUS,
                                      .part = PART_IMU,
                                      .has_leg = true,
                                      .leg = LEG_RIGHT,
                                      .since_us = WALL_UNKNOWN};
    assert_eaten(states_fault(faults, 1, true),
                 "{\"sensor_problem\":true,\"reason\":\"bus\",\"faults\":[{\"source\":\"bus\","
                 "\"reason\":\"bus\",\"part\":\"imu\",\"leg\":\"right\"}]}");
    for (int i = 0; i < (int)fault_reason_count; i++) {
        faults[0] = (struct active_fault){.source = SOURCE_BUS, .reason = (enum fault_reason)i};
        states_sensor_status(status, faults, 1, NULL, 0, true);
        assert_non_null(strstr(status, fault_reason_name((enum fault_reason)i)));
    }
}

static struct active_fault of_channel(int channel, enum fault_part part, enum fault_reason reason)
{
    return (struct active_fault){.source = reason == FAULT_BUS ? SOURCE_BUS : SOURCE_SENSOR,
                                 .reason = reason,
                                 .part = part,
                                 .channel = channel,
                                 .has_site = true,
                                 .leg = LEG_LEFT,
                                 .since_us = WALL_UNKNOWN};
}

/* All hardware is absent: that the lines cannot be read either is not what a person should mend. */
static void the_cause_comes_before_what_follows(void **state)
{
    (void)state;
    const struct active_fault faults[] = {of_channel(0, PART_CONTACT, FAULT_GAP),
                                          of_channel(0, PART_EMG, FAULT_GAP),
                                          of_channel(0, PART_EMG, FAULT_BUS)};
    const struct state_site site = {.leg = LEG_LEFT};
    char status[SENSOR_STATUS_SIZE];

    states_sensor_status(status, faults, 3, &site, 1, true);
    assert_string_equal(status, "fault:bus");
    char *all = states_fault(faults, 3, true);
    assert_non_null(strstr(all, "\"reason\":\"bus\",\"faults\":[{\"source\":\"bus\""));
    free(all);
}

static void what_still_sees_is_only_degraded(void **state)
{
    (void)state;
    const struct state_site sites[] = {{.leg = LEG_LEFT}, {.leg = LEG_RIGHT}};
    struct active_fault faults[2] = {of_channel(1, PART_EMG, FAULT_BUS), of_channel(0, PART_EMG, FAULT_HUM)};
    char status[SENSOR_STATUS_SIZE];

    states_sensor_status(status, faults, 1, sites, 2, true);
    assert_string_equal(status, "degraded:bus");
    states_sensor_status(status, faults, 2, sites, 2, true);
    assert_string_equal(status, "fault:bus");
    faults[0] = of_channel(0, PART_CONTACT, FAULT_GAP);
    states_sensor_status(status, faults, 1, sites, 1, true);
    assert_string_equal(status, "degraded:gap");
    faults[0] = (struct active_fault){.source = SOURCE_BUS,
                                      .reason = FAULT_BUS,
                                      .part = PART_IMU,
                                      .channel = -1,
                                      .has_leg = true,
                                      .leg = LEG_LEFT};
    states_sensor_status(status, faults, 1, sites, 1, true);
    assert_string_equal(status, "degraded:bus");
    faults[0].source = SOURCE_SENSOR;
    faults[0].reason = FAULT_NOT_WORN;
    faults[0].part = PART_EMG;
    states_sensor_status(status, faults, 1, sites, 2, true);
    assert_string_equal(status, "degraded:not_worn");
    states_sensor_status(status, faults, 1, sites, 1, true);
    assert_string_equal(status, "not_worn");
}

/* Of a leg of which nothing has been seen yet, nobody can say that it is well; a fault can be told. */
static void before_the_first_look_nothing_is_well(void **state)
{
    (void)state;
    const struct active_fault faults[] = {
        {.source = SOURCE_BROKER, .reason = FAULT_REFUSED, .since_us = WALL_UNKNOWN},
        {.source = SOURCE_BUS, .reason = FAULT_BUS, .since_us = WALL_UNKNOWN},
    };
    const struct active_fault imu = {
        .source = SOURCE_BUS, .reason = FAULT_BUS, .part = PART_IMU, .has_leg = true, .leg = LEG_LEFT};
    const struct state_site site = {.leg = LEG_LEFT};
    char status[SENSOR_STATUS_SIZE];

    states_sensor_status(status, faults, 1, NULL, 0, false);
    assert_string_equal(status, "unknown");
    states_sensor_status(status, faults, 2, NULL, 0, false);
    assert_string_equal(status, "fault:bus");
    states_sensor_status(status, &imu, 1, &site, 1, false);
    assert_string_equal(status, "unknown");
    assert_eaten(states_fault(faults, 0, false), "{\"sensor_problem\":null,\"reason\":null,\"faults\":[]}");
    assert_eaten(states_fault(faults, 1, false),
                 "{\"sensor_problem\":null,\"reason\":\"refused\",\"faults\":[{\"source\":"
                 "\"broker\",\"reason\":\"refused\"}]}");
}

static void tonight_counts(void **state)
{
    (void)state;
    struct night_counts night = {.cramps = 1, .watched_s = 100, .usable_s = 50};

    night.dismissed[DISMISS_TURN] = 3;
    assert_eaten(states_tonight(&night),
                 "{\"cramps\":1,\"dismissed\":{\"turn\":3},\"coverage\":0.5,\"watched_s\":100,"
                 "\"usable_s\":50,\"tension_rises\":0,\"reminders\":0,\"faults\":0,"
                 "\"longest_cramp_s\":0}");
}

static void on_the_board_the_newest_wins(void **state)
{
    (void)state;
    _cleanup_(board_freep) struct board *board = board_new();
    char topic[16];

    assert_int_equal(board_next(board), -1);
    assert_true(board_post(board, "a", "1"));
    assert_true(board_post(board, "b", "1"));
    assert_true(board_post(board, "a", "2"));
    assert_int_equal(board_next(board), -1); /* not collected yet */
    board_collect(board);
    int place = board_next(board);
    assert_string_equal(board_topic(board, place), "a");
    assert_string_equal(board_payload(board, place), "2");
    board_done(board, place);
    assert_string_equal(board_topic(board, board_next(board)), "b");
    board_done(board, board_next(board));
    board_collect(board);
    assert_int_equal(board_next(board), -1);
    board_all_due(board);
    assert_string_equal(board_topic(board, board_next(board)), "a");
    for (int i = 2; i < BOARD_PLACES; i++) {
        snprintf(topic, sizeof(topic), "t%d", i);
        assert_true(board_post(board, topic, ""));
    }
    assert_false(board_post(board, "one too many", ""));
    assert_true(board_post(board, "a", "3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_says_what_is_going_on),
        cmocka_unit_test(last_cramp_grows_when_it_is_over),
        cmocka_unit_test(faults_give_the_sensor_its_status),
        cmocka_unit_test(the_cause_comes_before_what_follows),
        cmocka_unit_test(what_still_sees_is_only_degraded),
        cmocka_unit_test(before_the_first_look_nothing_is_well),
        cmocka_unit_test(tonight_counts),
        cmocka_unit_test(on_the_board_the_newest_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
