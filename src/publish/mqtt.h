/* SPDX-License-Identifier: MIT */
/*
 * MQTT in a thread of its own around libmosquitto's external-loop functions. DNS, TLS and a dead broker can
 * hold that thread as long as they like; everybody else talks to it through two rings and never waits.
 *
 * The library never holds a message while there is no connection (facts: 2.0.11 queues and says NO_CONN):
 * what is not acknowledged when the connection drops is the outbox's affair (store/), and comes back through
 * mqtt_publish() with `late` set. States are kept here and sent again after every connect.
 */
#pragma once

#include "base/macros.h"
#include "publish/params.h"

#include <stddef.h>
#include <stdint.h>

struct mqtt;

enum mqtt_notice_kind {
    MQTT_CONNECTED,    /* session up, states and discovery sent: drain the outbox now */
    MQTT_DISCONNECTED, /* .reason and .text say why; sent once per loss, not per attempt, and once more if the
                          reason changes (unreachable, later refused) */
    MQTT_ACKNOWLEDGED, /* broker has the event with .token for good */
    MQTT_FAILED,       /* event .token was not sent or refused: it stays in the outbox */
    MQTT_COMMAND,      /* .topic (below the base, e.g. "command"), .text payload, .reply_topic */
};

struct mqtt_notice {
    enum mqtt_notice_kind kind;
    enum fault_reason reason; /* DISCONNECTED: unreachable (network, DNS, TLS) or refused (by the broker) */
    int64_t token;
    char *topic;
    char *text;
    size_t text_size;
    char *reply_topic; /* COMMAND with MQTT 5: where the sender wants the answer too; else NULL */
    void *correlation; /* what the sender wants back with it, or NULL */
    size_t correlation_size;
};
/* Frees what it points to. */
void mqtt_notice_clear(struct mqtt_notice *notice);

/* NULL with errno. Copies what it is given, reads the password; a password or certificate that cannot be read
   is one clear log line and EACCES, ENOENT, EPERM or EINVAL. */
struct mqtt *mqtt_new(const struct mqtt_params *params);
int mqtt_start(struct mqtt *mqtt);
/* Sends what is queued, publishes `offline`, disconnects, joins; gives up after `patience_ms` (a resolver may
   be stuck) and then leaks the thread on purpose: the process is about to exit. */
void mqtt_stop(struct mqtt *mqtt, int patience_ms);
void mqtt_free(struct mqtt *mqtt);
DEFINE_CLEANUP(struct mqtt *, mqtt_free);

/* "crampd/<hub>" */
const char *mqtt_base(const struct mqtt *mqtt);

/* An event: QoS 1, not retained, to <base>/event, or with `late` to <base>/history. payload is copied.
   False when there is no connection (as far as the notices taken tell) or the thread's ring is full: the
   outbox has it. So what was accepted was accepted for this connection and is ACKNOWLEDGED or FAILED, and
   when MQTT_CONNECTED is taken no event is on its way. Loop thread. */
bool mqtt_publish(struct mqtt *mqtt, int64_t token, bool late, const char *payload);

/* A state: QoS 1, retained, to <base>/<topic>; the newest replaces older unsent ones; sent again after every
   connect and after Home Assistant's birth. Payload NULL: clear the topic. False when there are too many
   topics, or for ENOMEM. Never waits. "status" is not the caller's. Loop thread. */
bool mqtt_publish_state(struct mqtt *mqtt, const char *topic, const char *payload);

/* The same for a whole topic outside the base: Home Assistant's discovery. */
bool mqtt_publish_discovery(struct mqtt *mqtt, const char *topic, const char *payload);

/* Once, not retained, QoS 0, dropped when not connected: command results, live. */
bool mqtt_publish_transient(struct mqtt *mqtt, const char *topic, const char *payload);

/* The same to the topic that the sender of a command asked for, with the sender's correlation data. */
bool mqtt_reply(struct mqtt *mqtt, const struct mqtt_notice *command, const char *payload);

/* Readable while notices wait. */
int mqtt_fd(const struct mqtt *mqtt);
/* Takes the next notice. False: none. */
bool mqtt_next(struct mqtt *mqtt, struct mqtt_notice *notice);

/* As far as the notices taken tell. Loop thread. */
bool mqtt_is_connected(const struct mqtt *mqtt);

/* Messages that were not handed on: too long, retained, too many, not text. */
unsigned mqtt_rejected(const struct mqtt *mqtt);
