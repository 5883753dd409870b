/* SPDX-License-Identifier: MIT */
/* What a person asks for over MQTT or D-Bus: each command becomes a call, each refusal a sentence, each
 * answer a result. */
#include "hub_private.h"
#include "publish/command.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

/* Who says "I had a cramp" this soon after one that was seen means that one: a person who has just been in
   pain does not reach for a telephone within the second. */
#define FELT_WITHIN_NS (900 * NSEC_PER_SEC)

/* What these do is kept in the diary: nobody presses a button that often, and the card shall last. To answer
   a reminder is never refused. */
#define KEPT_PER_HOUR 300
static bool is_kept(enum command command)
{
    return command != COMMAND_ACKNOWLEDGE && command != COMMAND_SNOOZE &&
           command != COMMAND_CANCEL_CALIBRATION;
}

static bool is_too_often(struct hub *hub, enum command command)
{
    hub->command_hour.interval_ns = 3600 * NSEC_PER_SEC;
    hub->command_hour.burst = KEPT_PER_HOUR;
    return is_kept(command) && !log_allowed(&hub->command_hour, clock_now(clock_monotonic()), NULL);
}

/* A calibrating leg is not watched. Whoever may send commands shall not be able to blind the hub for a night:
   this many that the home has begun are together a few minutes, at most twenty. */
#define HOME_CALIBRATIONS    6
#define HOME_CALIBRATIONS_NS (12 * 3600 * NSEC_PER_SEC)

/* What a refusal means, the first row that fits; command_count: any command. */
static const struct refusal {
    enum command command;
    int error;
    const char *text;
} refusals[] = {
    {COMMAND_NO_CRAMP, -ENOENT, "there was no cramp yet"},
    {COMMAND_NO_CRAMP, -ESTALE,
     "\"episode\" is not the last cramp; leave it out, or label that one when it is"},
    {COMMAND_CALIBRATE, -EDESTADDRREQ, "electrodes are set up on both legs; say which with \"leg\""},
    {COMMAND_CALIBRATE, -ENODEV, "no electrodes are set up on that leg"},
    {COMMAND_CALIBRATE, -EDQUOT,
     "the home has begun 6 calibrations within 12 hours, and a leg is not watched meanwhile; more with "
     "crampctl"},
    {COMMAND_CALIBRATE, -EALREADY, "a calibration is running already"},
    {COMMAND_CALIBRATE, -EBUSY, "a cramp is on, or one is announced; calibrate when the leg is at rest"},
    {command_count, -ESRCH, "the hub's clock has not been set yet; say which day it is about with \"date\""},
    {command_count, -ENOBUFS, "the diary takes no more for now; its disk may be stalled"},
    {command_count, -EAGAIN, "more than 300 such commands in an hour; the hub takes no more for now"},
    {command_count, -ENOENT, "there is no reminder and no cramp to answer"},
    {command_count, -EINVAL, "seconds are out of range; give 1 up to the limit in the settings"},
};

static const char *refusal(enum command command, int result)
{
    if (result == 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
        if (refusals[i].error == result &&
            (refusals[i].command == command || refusals[i].command == command_count))
            return refusals[i].text;
    return strerror(-result);
}

static void emit_label(struct hub *hub, enum label label, const struct event *cramp, int leg,
                       enum origin origin)
{
    struct event event = {.kind = EVENT_LABELLED,
                          .t_ns = clock_now(hub->platform->clock),
                          .channel = -1,
                          .has_leg = leg != COMMAND_NO_LEG,
                          .labelled = {.label = label, .origin = origin}};

    if (event.has_leg)
        event.leg = (enum leg)leg;
    if (cramp) {
        event.episode = cramp->episode;
        event.has_site = cramp->has_site;
        event.has_leg = cramp->has_leg;
        event.leg = cramp->leg;
        event.muscle = cramp->muscle;
        memcpy(event.id, cramp->id, sizeof(event.id));
    }
    pipeline_emit(hub->pipeline, &event);
}

/* The cramp a person means who says that there was one: the last if it is recent and of that leg, else one
   that the hub has missed (NULL). */
static const struct event *felt_cramp(const struct hub *hub, int leg)
{
    const struct event *last = &hub->last_cramp;
    int64_t now_ns = clock_now(hub->platform->clock);
    bool goes_on = last->kind == EVENT_CRAMP_START;

    if (!last->id[0] || last->t_ns == TIME_UNKNOWN || (!goes_on && now_ns - last->t_ns > FELT_WITHIN_NS) ||
        (leg != COMMAND_NO_LEG && (int)last->leg != leg))
        return NULL;
    return last;
}

/* Who says that this is none does not want to be reminded of it either. */
static int label_no_cramp(struct hub *hub, const char *episode, enum origin origin)
{
    const struct event cramp = hub->last_cramp;

    if (!cramp.id[0])
        return -ENOENT;
    if (episode[0] && strcmp(episode, cramp.id) != 0)
        return -ESTALE;
    if (cramp.kind == EVENT_CRAMP_START)
        hub_run_command(hub, COMMAND_ACKNOWLEDGE, 0, origin);
    emit_label(hub, LABEL_NO_CRAMP, &cramp, COMMAND_NO_LEG, origin);
    return 0;
}

/* The leg that is meant when none is said: the only one with electrodes. */
static int calibrate(struct hub *hub, int leg, enum origin origin)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    struct log_limit *begun = &hub->home_calibrations;
    int64_t now_ns = clock_now(clock_monotonic());

    for (int i = 0; i < sensor->emg_count && leg == COMMAND_NO_LEG; i++)
        if (sensor->emg[i].leg != sensor->emg[0].leg)
            return -EDESTADDRREQ;
    if (origin == ORIGIN_MQTT && begun->used >= HOME_CALIBRATIONS &&
        now_ns - begun->window_start_ns < HOME_CALIBRATIONS_NS)
        return -EDQUOT;
    int result = hub_calibrate(hub, BUS_CALIBRATE, leg == COMMAND_NO_LEG ? (int)sensor->emg[0].leg : leg);
    if (result == 0 && origin == ORIGIN_MQTT) {
        begun->interval_ns = HOME_CALIBRATIONS_NS;
        begun->burst = HOME_CALIBRATIONS;
        log_allowed(begun, now_ns, NULL);
    }
    return result;
}

/* Without a date it is about today, as the hub's own clock has it. */
static int keep_entry(struct hub *hub, const struct entry *told)
{
    int64_t now = clock_now(hub->platform->clock);
    struct stamp stamp = hub_stamp(hub, now);
    struct entry entry = *told;
    time_t wall = (time_t)(stamp.wall_us / 1000000);
    struct tm tm;

    if (!entry.day[0] && (!hub->clock_synced || !localtime_r(&wall, &tm)))
        return -ESRCH;
    if (!entry.day[0])
        strftime(entry.day, sizeof(entry.day), "%Y-%m-%d", &tm);
    return store_entry(hub->store, &entry, now, &stamp) ? 0 : -ENOBUFS;
}

static int run(struct hub *hub, const struct command_request *request, enum origin origin)
{
    if (is_too_often(hub, request->command))
        return -EAGAIN;
    switch (request->command) {
    case COMMAND_CRAMP_FELT:
        emit_label(hub, LABEL_CRAMP_FELT, felt_cramp(hub, request->leg), request->leg, origin);
        return 0;
    case COMMAND_NO_CRAMP: return label_no_cramp(hub, request->episode, origin);
    case COMMAND_CALIBRATE: return calibrate(hub, request->leg, origin);
    case COMMAND_CANCEL_CALIBRATION: return hub_calibrate(hub, BUS_CALIBRATE_CANCEL, -1);
    case COMMAND_SET: hub_set_preference(hub, request->setting, request->value); return 0;
    case COMMAND_NOTE:
    case COMMAND_TRIGGER:
    case COMMAND_MEDICINE:
    case COMMAND_CHECKIN: return keep_entry(hub, &request->entry);
    case COMMAND_ACKNOWLEDGE:
    case COMMAND_SNOOZE:
    case COMMAND_MUTE:
    case COMMAND_UNMUTE:
    case COMMAND_TEST_REMINDER:
    case command_count: break;
    }
    return hub_run_command(hub, request->command, request->seconds, origin);
}

static char *obey(struct hub *hub, const char *text, size_t size, enum origin origin)
{
    struct command_request request;
    const char *error = NULL;
    bool known = command_parse(text, size, &request, &error);

    if (known && origin == ORIGIN_MQTT && command_is_replay(&hub->commands, request.id))
        return NULL; /* QoS 1 may bring a message twice; it was answered the first time */
    if (known)
        error = refusal(request.command, run(hub, &request, origin));
    hub->states_dirty = true; /* whoever asked looks at the states now */
    return command_result(&request, known, error);
}

void hub_command_text(struct hub *hub, const struct mqtt_notice *notice)
{
    _cleanup_(freep) char *result = obey(hub, notice->text, notice->text_size, ORIGIN_MQTT);

    if (!result)
        return;
    mqtt_publish_transient(hub->mqtt, TOPIC_COMMAND_RESULT, result);
    if (notice->reply_topic)
        mqtt_reply(hub->mqtt, notice, result);
}

char *hub_tell_text(struct hub *hub, const char *json)
{
    return obey(hub, json, strlen(json), ORIGIN_DBUS);
}
