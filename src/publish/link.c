/* SPDX-License-Identifier: MIT */
/*
 * The states of a connection:
 *
 *   IDLE           not started, or stopped
 *   RESOLVING      inside mosquitto_connect_bind_async(): getaddrinfo() holds this thread
 *   CONNECTING     TCP handshake under way
 *   AWAIT_CONNACK  TLS handshake and the broker's answer
 *   UP             session established
 *   CLOSING        DISCONNECT on its way out
 *   BACKOFF        waiting before the next attempt, jittered and doubled up to reconnect_max_s
 *
 * The cases that matter:
 *
 *   - refused while connecting: libmosquitto 2.0.11 with TLS would spin in loop_read() for ever; so an error
 *     on the socket before TCP is up never reaches the library;
 *   - TCP that is not established at once: the library only continues a TLS handshake in loop_read(), and
 *     never clears want_write; so in AWAIT_CONNACK both directions are tried on every sign of life and on a
 *     slow tick, and want_write is not asked;
 *   - a broker that accepts and then says nothing: keepalive does not run before CONNACK, the deadline does;
 *   - a name with several addresses, the first of which is dead: the library waits for no other. Bound to
 *     "0.0.0.0" or "::" it skips those of the other kind, so a round of attempts goes through both kinds;
 *   - CONNACK with a refusal and the closing of the connection arrive together: the refusal is read first;
 *   - a loss the library tells by callback, by return code, or only by a closed socket: all are LOST.
 */
#include "publish/link_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_BACKOFF_S 1.0
#define STEADY_S        10.0 /* a session that lasted this long starts the back-off anew */
#define FLAPPING        3    /* as many shorter ones in a row look like two clients with one name */
#define CONNECT_MAX_S   20
#define KEEPALIVE_MIN_S 5 /* the library takes no less */
#define CLOSING_S       1.0

/* Where the library binds: NULL takes the first address there is, the others only their kind. */
static const char *const bindings[] = {NULL, "0.0.0.0", "::"};

static const char *const state_names[] = {
    [LINK_IDLE] = "idle",       [LINK_RESOLVING] = "resolving", [LINK_CONNECTING] = "connecting",
    [LINK_UP] = "up",           [LINK_CLOSING] = "closing",     [LINK_AWAIT_CONNACK] = "await_connack",
    [LINK_BACKOFF] = "backoff",
};

static const char *const event_names[] = {
    [LINK_EVENT_START] = "start",     [LINK_EVENT_OPENED] = "opened", [LINK_EVENT_TRANSPORT] = "transport",
    [LINK_EVENT_CONNACK] = "connack", [LINK_EVENT_LOST] = "lost",     [LINK_EVENT_TIMEOUT] = "timeout",
    [LINK_EVENT_STOP] = "stop",
};

static int keepalive_s(const struct link *link)
{
    return MAX(link->params.mqtt->keepalive_s, KEEPALIVE_MIN_S);
}

/* Begins an attempt. May take as long as getaddrinfo() takes. */
static void open_link(struct link *link)
{
    const struct mqtt_params *p = link->params.mqtt;

    link_drop_handle(link);
    errno = 0;
    int rc = link_set_up_handle(link);
    if (!rc)
        rc = mosquitto_connect_bind_async(link->mosq, p->host, link_is_unix(link) ? 0 : p->port,
                                          keepalive_s(link), bindings[link->binding]);
    if (rc) {
        link_cause_code(link, rc, errno);
        link->name_known = rc != MOSQ_ERR_EAI;
        link_dispatch(link, LINK_EVENT_LOST);
        return;
    }
    link->name_known = true;
    link_dispatch(link, LINK_EVENT_OPENED);
}

static void enter(struct link *link, enum link_state state, int64_t deadline_ns)
{
    link->state = state;
    link->deadline_ns = deadline_ns;
    link->tick_ns = TIME_UNKNOWN;
    link->open_wanted = state == LINK_RESOLVING;
}

static double jitter(double seconds)
{
    uint32_t random = 0x80000000;

    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
        random = (uint32_t)link_now();
    return seconds * (0.5 + 0.5 * (double)random / UINT32_MAX);
}

static void back_off(struct link *link)
{
    double most = link->params.mqtt->reconnect_max_s;

    link->backoff_s = MIN(link->backoff_s > 0 ? 2 * link->backoff_s : FIRST_BACKOFF_S, most);
    link_drop_handle(link);
    enter(link, LINK_BACKOFF, link_in_seconds(jitter(link->backoff_s)));
    link->ops->down(link->context, link->reason, link->text);
}

static bool is_name(const struct link *link)
{
    struct in6_addr address;
    const char *host = link->params.mqtt->host;

    return !link_is_unix(link) && inet_pton(AF_INET, host, &address) != 1 &&
           inet_pton(AF_INET6, host, &address) != 1;
}

/* TCP did not come about: the other kinds of address at once, then a pause. What is told is the first
 * failure. */
static void try_next_address(struct link *link)
{
    if (link->tried == 0)
        snprintf(link->first_text, sizeof(link->first_text), "%s", link->text);
    if (is_name(link) && link->name_known && ++link->tried < ARRAY_SIZE(bindings)) {
        link->binding = (link->binding + 1) % ARRAY_SIZE(bindings);
        link_drop_handle(link);
        enter(link, LINK_RESOLVING, TIME_UNKNOWN);
        return;
    }
    if (link->tried == ARRAY_SIZE(bindings))
        link->binding = (link->binding + 1) % ARRAY_SIZE(bindings); /* where the round began */
    link->tried = 0;
    snprintf(link->text, sizeof(link->text), "%s", link->first_text);
    back_off(link);
}

static void idle_event(struct link *link, enum link_event event)
{
    switch (event) {
    case LINK_EVENT_START: enter(link, LINK_RESOLVING, TIME_UNKNOWN); break;
    case LINK_EVENT_OPENED:
    case LINK_EVENT_TRANSPORT:
    case LINK_EVENT_CONNACK:
    case LINK_EVENT_LOST:
    case LINK_EVENT_TIMEOUT:
    case LINK_EVENT_STOP: break;
    }
}

static void resolving_event(struct link *link, enum link_event event)
{
    switch (event) {
    case LINK_EVENT_OPENED:
        enter(link, LINK_CONNECTING, link_in_seconds(MIN(keepalive_s(link), CONNECT_MAX_S)));
        break;
    case LINK_EVENT_LOST: try_next_address(link); break;
    case LINK_EVENT_STOP:
        link_drop_handle(link);
        enter(link, LINK_IDLE, TIME_UNKNOWN);
        break;
    case LINK_EVENT_START:
    case LINK_EVENT_TRANSPORT:
    case LINK_EVENT_CONNACK:
    case LINK_EVENT_TIMEOUT: break;
    }
}

static void connecting_event(struct link *link, enum link_event event)
{
    switch (event) {
    case LINK_EVENT_TRANSPORT:
        link->tried = 0;
        enter(link, LINK_AWAIT_CONNACK, link->deadline_ns);
        link->tick_ns = link_in_seconds(LINK_HANDSHAKE_TICK_S);
        break;
    case LINK_EVENT_TIMEOUT:
        link_cause(link, FAULT_UNREACHABLE, "%s does not answer" LINK_SILENCE_HINT, link->where);
        try_next_address(link);
        break;
    case LINK_EVENT_LOST: try_next_address(link); break;
    case LINK_EVENT_STOP:
        link_drop_handle(link);
        enter(link, LINK_IDLE, TIME_UNKNOWN);
        break;
    case LINK_EVENT_START:
    case LINK_EVENT_OPENED:
    case LINK_EVENT_CONNACK: break;
    }
}

static void await_connack_event(struct link *link, enum link_event event)
{
    switch (event) {
    case LINK_EVENT_CONNACK:
        link->up_since_ns = link_now();
        enter(link, LINK_UP, TIME_UNKNOWN);
        link->tick_ns = link_in_seconds(LINK_MISC_S);
        link->ops->up(link->context);
        break;
    case LINK_EVENT_TIMEOUT:
        link_cause(link, FAULT_UNREACHABLE,
                   "%s does not answer as an MQTT broker; is it one, and mqtt.tls right?", link->where);
        back_off(link);
        break;
    case LINK_EVENT_LOST: back_off(link); break;
    case LINK_EVENT_STOP:
        link_drop_handle(link);
        enter(link, LINK_IDLE, TIME_UNKNOWN);
        break;
    case LINK_EVENT_START:
    case LINK_EVENT_OPENED:
    case LINK_EVENT_TRANSPORT: break;
    }
}

/* Not every broker says that a session was taken over: it just hangs up on the elder. */
static void judge_session(struct link *link)
{
    bool steady = link_now() - link->up_since_ns > s_to_ns(STEADY_S);
    size_t length = strlen(link->text);

    link->short_sessions = steady ? 0 : link->short_sessions + 1;
    if (steady)
        link->backoff_s = 0;
    if (link->short_sessions >= FLAPPING && link->reason == FAULT_UNREACHABLE)
        snprintf(link->text + length, sizeof(link->text) - length,
                 ", again and again; does another client have the same mqtt.hub_id?");
}

static void up_event(struct link *link, enum link_event event)
{
    switch (event) {
    case LINK_EVENT_LOST:
        judge_session(link);
        back_off(link);
        break;
    case LINK_EVENT_STOP:
        enter(link, LINK_CLOSING, link_in_seconds(CLOSING_S));
        if (mosquitto_disconnect_v5(link->mosq, 0, NULL) || link->disconnect_seen)
            link_dispatch(link, LINK_EVENT_LOST);
        break;
    case LINK_EVENT_START:
    case LINK_EVENT_OPENED:
    case LINK_EVENT_TRANSPORT:
    case LINK_EVENT_CONNACK:
    case LINK_EVENT_TIMEOUT: break;
    }
}

static void closing_event(struct link *link, enum link_event event)
{
    switch (event) {
    case LINK_EVENT_LOST:
    case LINK_EVENT_TIMEOUT:
        link_drop_handle(link);
        enter(link, LINK_IDLE, TIME_UNKNOWN);
        break;
    case LINK_EVENT_START:
    case LINK_EVENT_OPENED:
    case LINK_EVENT_TRANSPORT:
    case LINK_EVENT_CONNACK:
    case LINK_EVENT_STOP: break;
    }
}

static void backoff_event(struct link *link, enum link_event event)
{
    switch (event) {
    case LINK_EVENT_TIMEOUT: enter(link, LINK_RESOLVING, TIME_UNKNOWN); break;
    case LINK_EVENT_STOP: enter(link, LINK_IDLE, TIME_UNKNOWN); break;
    case LINK_EVENT_START:
    case LINK_EVENT_OPENED:
    case LINK_EVENT_TRANSPORT:
    case LINK_EVENT_CONNACK:
    case LINK_EVENT_LOST: break;
    }
}

void link_dispatch(struct link *link, enum link_event event)
{
    enum link_state before = link->state;

    switch (before) {
    case LINK_IDLE: idle_event(link, event); break;
    case LINK_RESOLVING: resolving_event(link, event); break;
    case LINK_CONNECTING: connecting_event(link, event); break;
    case LINK_AWAIT_CONNACK: await_connack_event(link, event); break;
    case LINK_UP: up_event(link, event); break;
    case LINK_CLOSING: closing_event(link, event); break;
    case LINK_BACKOFF: backoff_event(link, event); break;
    }
    log_debug(LOG_BROKER, "%s -> %s -> %s", state_names[before], event_names[event],
              state_names[link->state]);
    if (link->open_wanted) {
        link->open_wanted = false;
        open_link(link);
    }
}

struct link *link_new(const struct link_params *params, const struct link_ops *ops, void *context)
{
    struct link *link = calloc(1, sizeof(*link));

    if (!link)
        return NULL;
    link->params = *params;
    link->ops = ops;
    link->context = context;
    enter(link, LINK_IDLE, TIME_UNKNOWN);
    if (link_is_unix(link))
        snprintf(link->where, sizeof(link->where), "%s", params->mqtt->host);
    else
        snprintf(link->where, sizeof(link->where), "%s:%d", params->mqtt->host, params->mqtt->port);
    return link;
}

void link_free(struct link *link)
{
    if (!link)
        return;
    link_drop_handle(link);
    free(link);
}

void link_start(struct link *link)
{
    link_dispatch(link, LINK_EVENT_START);
}

void link_stop(struct link *link)
{
    link_dispatch(link, LINK_EVENT_STOP);
}

bool link_is_idle(const struct link *link)
{
    return link->state == LINK_IDLE;
}

bool link_is_up(const struct link *link)
{
    return link->state == LINK_UP;
}

void link_drop(struct link *link, const char *text)
{
    if (link->state != LINK_UP)
        return;
    link_cause(link, FAULT_UNREACHABLE, "%s: %s", link->where, text);
    link_dispatch(link, LINK_EVENT_LOST);
}
