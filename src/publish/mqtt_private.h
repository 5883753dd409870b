/* SPDX-License-Identifier: MIT */
/* What mqtt.c (the loop's side) and mqtt_thread.c (the other) share. */
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "base/ring.h"
#include "publish/board.h"
#include "publish/identity.h"
#include "publish/link.h"
#include "publish/mqtt.h"

#include <pthread.h>
#include <stdatomic.h>

#define REQUEST_SLOTS  256
#define NOTICE_SLOTS   1024
#define IN_FLIGHT      64
#define MQTT_TOPIC_MAX 256
/* How often the journal says that the broker is still away: at first, and in the end. */
#define DOWN_SAID_NS      (3600 * NSEC_PER_SEC)
#define DOWN_SAID_MOST_NS (24 * DOWN_SAID_NS)

/* A message on its way to the thread. Heap belongs to whoever holds the request. */
struct request {
    bool transient;
    bool late;
    int64_t token;
    unsigned session; /* the connection it was meant for; another one must not get it */
    char *topic;      /* transient: below the base; a reply: the whole topic */
    char *payload;
    bool reply;
    void *correlation; /* of a reply, or NULL */
    size_t correlation_size;
};

/* What the broker has not answered yet. */
struct flight {
    bool used;
    bool is_event; /* token holds; otherwise a state */
    int mid;
    int64_t token;
    int64_t sent_ns;
};

struct mqtt {
    /* set before the thread starts, then read only */
    struct mqtt_params params; /* with strings of its own */
    char hub_id[HUB_ID_SIZE];
    char base[HUB_ID_SIZE + 16];
    char client_id[HUB_ID_SIZE + 16];
    char topic_status[MQTT_TOPIC_MAX];
    char topic_event[MQTT_TOPIC_MAX];
    char topic_history[MQTT_TOPIC_MAX];
    char topic_command[MQTT_TOPIC_MAX];
    char topic_birth[MQTT_TOPIC_MAX];
    char *password;

    /* crossing threads */
    struct ring *requests; /* struct request */
    struct ring *notices;  /* struct mqtt_notice */
    struct board *board;
    int wake_fd;             /* something on the board, or stop */
    int done_fd;             /* the thread has ended */
    _Atomic int64_t stop_ns; /* TIME_UNKNOWN, or when patience ends (CLOCK_MONOTONIC) */
    _Atomic unsigned rejected;

    /* loop side */
    pthread_t thread;
    bool running;
    bool abandoned;        /* the thread did not end in time and keeps all of this */
    unsigned seen_session; /* 0 = not connected, as far as the notices taken tell */

    /* thread side */
    struct link *link;
    struct flight flights[IN_FLIGHT];
    unsigned session, last_session; /* 0 = not up */
    bool up_pending;                /* session is up, CONNECTED not told yet */
    bool down_told;
    bool down_said; /* in the log */
    enum fault_reason down_reason;
    char down_text[700];
    int command_mid, birth_mid;
    int64_t resend_ns; /* Home Assistant was born: everything again then */
    bool said_goodbye, closing;
    struct log_limit command_limit, reject_log, refuse_log, down_log, news_log;
};

void *mqtt_thread(void *mqtt);
void mqtt_request_clear(struct request *request);

/* mqtt_messages.c, all on the MQTT thread */
void mqtt_notify(struct mqtt *mqtt, struct mqtt_notice notice);
void mqtt_take_requests(struct mqtt *mqtt);
void mqtt_send_states(struct mqtt *mqtt);
/* False: not now, too many messages are on their way. */
bool mqtt_send_status(struct mqtt *mqtt, enum availability availability);
void mqtt_on_answered(void *context, int mid, const char *error);
bool mqtt_nothing_in_flight(const struct mqtt *mqtt);
/* Gives up the connection if the broker has not answered for a minute. */
void mqtt_check_answers(struct mqtt *mqtt);
/* The connection is gone: events report MQTT_FAILED. */
void mqtt_forget_flights(struct mqtt *mqtt);

static inline int64_t mqtt_now(void)
{
    return clock_now(clock_monotonic());
}
