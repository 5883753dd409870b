/* SPDX-License-Identifier: MIT */
/* Messages between the rings and the connection, and those the broker has not answered yet. MQTT thread. */
#include "publish/mqtt_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A broker that leaves a message unanswered for this long is as good as gone. */
#define ANSWER_MAX_NS (60 * NSEC_PER_SEC)

void mqtt_notify(struct mqtt *mqtt, struct mqtt_notice notice)
{
    if (ring_put(mqtt->notices, &notice))
        return;
    mqtt_notice_clear(&notice);
    if (log_allowed(&mqtt->refuse_log, mqtt_now(), NULL))
        log_error(LOG_BUG, "the loop does not take the notices of MQTT; one is lost");
}

static struct flight *free_flight(struct mqtt *mqtt)
{
    for (int i = 0; i < IN_FLIGHT; i++)
        if (!mqtt->flights[i].used)
            return &mqtt->flights[i];
    return NULL;
}

static void end_flight(struct mqtt *mqtt, struct flight *flight, const char *error)
{
    flight->used = false;
    if (flight->is_event)
        mqtt_notify(mqtt, (struct mqtt_notice){.kind = error ? MQTT_FAILED : MQTT_ACKNOWLEDGED,
                                               .token = flight->token});
}

void mqtt_forget_flights(struct mqtt *mqtt)
{
    for (int i = 0; i < IN_FLIGHT; i++)
        if (mqtt->flights[i].used)
            end_flight(mqtt, &mqtt->flights[i], "connection lost");
}

static void say_refused(struct mqtt *mqtt, const char *topic, const char *error)
{
    if (log_allowed(&mqtt->refuse_log, mqtt_now(), NULL))
        log_warning(LOG_BROKER, "does not take messages on %s: %s; check its access control list", topic,
                    error);
}

/* QoS 1. The flight must be free; it is taken if the message is on its way. 0, -ENOTCONN, -EINVAL. */
static int send_message(struct mqtt *mqtt, struct flight *flight, const char *topic, const char *payload,
                        bool retain)
{
    const char *error = "";
    int r = link_publish(mqtt->link, topic, payload, 1, retain, &flight->mid, &error);

    if (r == -EINVAL)
        say_refused(mqtt, topic, error);
    flight->sent_ns = mqtt_now();
    flight->used = r == 0;
    return r;
}

static void send_request(struct mqtt *mqtt, struct request *request)
{
    char topic[MQTT_TOPIC_MAX];
    const char *error;
    int mid;

    if (request->reply) {
        if (request->session == mqtt->session)
            link_reply(mqtt->link, request->topic, request->payload, request->correlation,
                       request->correlation_size);
        return;
    }
    if (request->transient) {
        snprintf(topic, sizeof(topic), "%s/%.100s", mqtt->base, request->topic);
        if (request->session == mqtt->session)
            link_publish(mqtt->link, topic, request->payload, 0, false, &mid, &error);
        return;
    }
    struct flight *flight = free_flight(mqtt);
    flight->is_event = true;
    flight->token = request->token;
    if (request->session != mqtt->session ||
        send_message(mqtt, flight, request->late ? mqtt->topic_history : mqtt->topic_event, request->payload,
                     false))
        mqtt_notify(mqtt, (struct mqtt_notice){.kind = MQTT_FAILED, .token = request->token});
}

void mqtt_take_requests(struct mqtt *mqtt)
{
    struct request request;

    while (free_flight(mqtt) && ring_used(mqtt->notices) < NOTICE_SLOTS / 2 &&
           ring_get(mqtt->requests, &request)) {
        send_request(mqtt, &request);
        mqtt_request_clear(&request);
    }
}

void mqtt_send_states(struct mqtt *mqtt)
{
    struct flight *flight;
    int place;

    while (link_is_up(mqtt->link) && (flight = free_flight(mqtt)) && (place = board_next(mqtt->board)) >= 0) {
        flight->is_event = false;
        if (send_message(mqtt, flight, board_topic(mqtt->board, place), board_payload(mqtt->board, place),
                         true) != -ENOTCONN)
            board_done(mqtt->board, place);
    }
}

bool mqtt_send_status(struct mqtt *mqtt, enum availability availability)
{
    struct flight *flight = free_flight(mqtt);

    if (!flight)
        return false;
    flight->is_event = false;
    return send_message(mqtt, flight, mqtt->topic_status, availability_name(availability), true) != -ENOTCONN;
}

void mqtt_on_answered(void *context, int mid, const char *error)
{
    struct mqtt *mqtt = context;

    for (int i = 0; i < IN_FLIGHT; i++) {
        struct flight *flight = &mqtt->flights[i];
        if (!flight->used || flight->mid != mid)
            continue;
        if (error)
            say_refused(mqtt, flight->is_event ? mqtt->topic_event : mqtt->base, error);
        end_flight(mqtt, flight, error);
        return;
    }
}

bool mqtt_nothing_in_flight(const struct mqtt *mqtt)
{
    for (int i = 0; i < IN_FLIGHT; i++)
        if (mqtt->flights[i].used)
            return false;
    return true;
}

void mqtt_check_answers(struct mqtt *mqtt)
{
    int64_t now = mqtt_now();

    for (int i = 0; i < IN_FLIGHT; i++) {
        if (!mqtt->flights[i].used || now - mqtt->flights[i].sent_ns < ANSWER_MAX_NS)
            continue;
        link_drop(mqtt->link, "does not acknowledge messages");
        return;
    }
}
