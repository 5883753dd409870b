/* SPDX-License-Identifier: MIT */
/* Prints an order for mqtt_client for every kind of message there can be, made by the functions that make the
 * real ones. */
#include "base/macros.h"
#include "publish/command.h"
#include "publish/payload.h"
#include "publish/states.h"

#include <stdio.h>
#include <string.h>

static const struct stamp stamp = {
    .wall_us = INT64_C(1793672047250000), .clock_synced = true, .boot_id = "b007"};
static unsigned token;

static void print_event(const struct event *event)
{
    _cleanup_(freep) char *text =
        payload_event_guided(event, 0, &stamp, event->has_site ? "Straighten your knee." : NULL);

    printf("event %u %s\n", ++token, text);
    printf("late %u %s\n", ++token, text);
}

static struct event rich(enum event_kind kind)
{
    struct event e = {
        .kind = kind, .t_ns = 7 * NSEC_PER_SEC, .seq = 1, .episode = 1, .id = "x", .has_site = true};

    if (kind == EVENT_TENSION_RISE || kind == EVENT_CRAMP_START)
        e.cramp.onset_ns = e.cramp.rise_ns = NSEC_PER_SEC;
    if (kind == EVENT_CRAMP_END)
        e.end.peak_percent = 42;
    if (kind == EVENT_NIGHT_SUMMARY)
        e.night.dismissed[DISMISS_JERK] = 1;
    return e;
}

static struct event poor(enum event_kind kind)
{
    struct event e = {.kind = kind, .t_ns = 7 * NSEC_PER_SEC, .seq = 2};

    if (kind == EVENT_TENSION_RISE || kind == EVENT_CRAMP_START)
        e.cramp.onset_ns = e.cramp.rise_ns = TIME_UNKNOWN;
    if (kind == EVENT_CRAMP_END)
        e.end.onset_ns = TIME_UNKNOWN;
    if (kind == EVENT_DISMISSED)
        e.dismissed.start_ns = TIME_UNKNOWN;
    if (kind == EVENT_NIGHT_SUMMARY)
        e.night.start_ns = e.night.end_ns = TIME_UNKNOWN;
    return e;
}

static void print_state(const char *order, const char *topic, char *text)
{
    printf("%s %s %s\n", order, topic, text);
    free(text);
}

static void print_states(void)
{
    const struct state_site site = {LEG_LEFT, MUSCLE_SOLEUS, EPISODE_QUIET};
    struct state_view view = {
        .sites = &site, .site_count = 1, .muted_until_us = WALL_UNKNOWN, .snoozed_until_us = WALL_UNKNOWN};
    struct last_cramp cramp = {.id = "x", .started_us = stamp.wall_us};
    struct active_fault fault = {
        .source = SOURCE_SENSOR, .reason = FAULT_LEAD_OFF, .since_us = stamp.wall_us};
    struct night_counts night = {.watched_s = 1};
    struct command_request request = {.command = COMMAND_MUTE, .id = "7"};
    char status[SENSOR_STATUS_SIZE];

    print_state("state", TOPIC_STATE, states_state(&view));
    view.reminding = view.muted = true;
    view.muted_until_us = view.snoozed_until_us = stamp.wall_us;
    print_state("state", TOPIC_STATE, states_state(&view));
    print_state("state", TOPIC_TONIGHT, states_tonight(&night));
    print_state("state", TOPIC_LAST_CRAMP, states_last_cramp(NULL));
    print_state("state", TOPIC_LAST_CRAMP, states_last_cramp(&cramp));
    cramp.over = true;
    print_state("state", TOPIC_LAST_CRAMP, states_last_cramp(&cramp));
    print_state("state", TOPIC_FAULT, states_fault(NULL, 0, true));
    print_state("state", TOPIC_FAULT, states_fault(NULL, 0, false));
    print_state("state", TOPIC_FAULT, states_fault(&fault, 1, true));
    for (int i = 0; i <= (int)fault_reason_count; i++) {
        fault.reason = (enum fault_reason)(i % fault_reason_count);
        states_sensor_status(status, &fault, i < (int)fault_reason_count, NULL, 0, true);
        print_state("state", TOPIC_SENSOR_STATUS, strdup(status));
    }
    states_sensor_status(status, NULL, 0, NULL, 0, false);
    print_state("state", TOPIC_SENSOR_STATUS, strdup(status));
    const struct hub_info info = {
        .version = "1", .boot_id = "b", .started_us = WALL_UNKNOWN, .sites = &site, .site_count = 1};
    print_state("state", TOPIC_INFO, states_info(&info));
    /* The hub makes these itself; test_hub looks at them. */
    print_state(
        "state", TOPIC_SETTINGS,
        strdup(
            "{\"reminder_strength\":0.6,\"night_start\":\"21:00\",\"night_end\":\"09:00\",\"changed\":[]}"));
    print_state("state", TOPIC_CALIBRATION, strdup("{\"phase\":\"none\",\"hindrance\":null}"));
    print_state("transient", TOPIC_COMMAND_RESULT, command_result(&request, true, NULL));
    print_state("transient", TOPIC_COMMAND_RESULT, command_result(&request, false, "why"));
    /* The hub makes this one; test_hub looks at it. */
    print_state(
        "transient", TOPIC_LIVE,
        strdup("{\"t\":1,\"sites\":[],\"reminding\":false,\"reminder\":{\"active\":false,\"led\":false,"
               "\"motor\":false,\"strength\":0,\"missing_outputs\":0}}"));
}

int main(void)
{
    for (int kind = 0; kind < (int)event_kind_count; kind++) {
        struct event event = rich((enum event_kind)kind);
        print_event(&event);
        event = poor((enum event_kind)kind);
        print_event(&event);
    }
    print_states();
    return 0;
}
