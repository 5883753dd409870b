/* SPDX-License-Identifier: MIT */
/*
 * One connection to the broker at a time: libmosquitto's external-loop functions behind a state machine that
 * connects, waits, gives up, backs off and tries again. It knows nothing of topics or of who asks.
 *
 * Every attempt has a library handle of its own, so that the library cannot carry a message from one
 * connection into the next. All functions are called from one thread; link_open (inside link_start and
 * link_tick) may hold it for as long as a resolver likes.
 */
#pragma once

#include "base/macros.h"
#include "publish/params.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link;

struct link_message {
    const char *topic;
    const void *payload;
    size_t size;
    bool retained;
    const char *reply_topic; /* MQTT 5's response topic, or NULL */
    const void *correlation; /* MQTT 5's correlation data, or NULL */
    size_t correlation_size;
};

struct link_ops {
    void (*up)(void *context);
    /* The connection that was up is gone, or an attempt failed: why, for people. */
    void (*down)(void *context, enum fault_reason reason, const char *text);
    /* The broker has answered message `mid`: error NULL, or its words for the refusal. */
    void (*answered)(void *context, int mid, const char *error);
    /* A subscription was refused. */
    void (*unsubscribed)(void *context, int mid, const char *error);
    void (*message)(void *context, const struct link_message *message);
};

struct link_params {
    const struct mqtt_params *mqtt;
    const char *client_id;
    const char *password;   /* NULL = none */
    const char *will_topic; /* NULL: no will */
    const char *will_payload;
};

/* Keeps the pointers. NULL for ENOMEM. */
struct link *link_new(const struct link_params *params, const struct link_ops *ops, void *context);
void link_free(struct link *link);
DEFINE_CLEANUP(struct link *, link_free);

void link_start(struct link *link);
/* Says goodbye to the broker if there is one; link_is_idle() when done. */
void link_stop(struct link *link);
bool link_is_idle(const struct link *link);
bool link_is_up(const struct link *link);

/* What to poll: -1 when there is nothing, and until when at the latest (TIME_UNKNOWN: for ever). */
int link_fd(const struct link *link);
short link_poll_events(const struct link *link);
int64_t link_deadline(const struct link *link);

void link_io(struct link *link, short revents);
void link_tick(struct link *link);

/* Hands a message to the library. 0 and *mid; -ENOTCONN not up (any more); -EINVAL this message cannot be
   sent on this connection (error says why; too large, retain or QoS not supported). */
int link_publish(struct link *link, const char *topic, const char *payload, int qos, bool retain, int *mid,
                 const char **error);
/* An answer to somebody's message: QoS 0, with the correlation data that came with it (or NULL). */
int link_reply(struct link *link, const char *topic, const char *payload, const void *correlation,
               size_t size);
int link_subscribe(struct link *link, const char *topic, int *mid);

/* Gives up the present connection, as if it had been lost for this reason. */
void link_drop(struct link *link, const char *text);
