/* SPDX-License-Identifier: MIT */
/*
 * The states of a connection:
 *
 *   IDLE           not started, or stopped
 *   RESOLVING      inside mosquitto_connect_async(): getaddrinfo() holds this thread
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
 *   - a name with several addresses, the first of which is dead: the library only ever waits for the first.
 * Bound to "0.0.0.0" or "::" it skips those of the other kind, so a round of attempts goes through both;
 *   - CONNACK with a refusal and the closing of the connection arrive together: the refusal is read first;
 *   - a loss the library tells by callback, by return code, or only by a closed socket: all are LOST.
 */
#include "publish/link.h"

#include "base/clock.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#define FIRST_BACKOFF_S  1.0
#define STEADY_S         10.0 /* a session that lasted this long starts the back-off anew */
#define FLAPPING         3    /* as many shorter ones in a row look like two clients with one name */
#define MISC_S           1.0  /* the library's keepalive wants to be asked this often */
#define HANDSHAKE_TICK_S 0.25
#define CONNECT_MAX_S    20
#define KEEPALIVE_MIN_S  5 /* the library takes no less */
#define CLOSING_S        1.0
#define STUCK_READS      100 /* reads in a row that neither end an erring socket nor get anything out of it */
#define SYSTEM_CERT_PATH "/etc/ssl/certs"

/* Where the library binds: NULL takes the first address there is, the others only their kind. */
static const char *const bindings[] = {NULL, "0.0.0.0", "::"};

enum link_state {
    LINK_IDLE,
    LINK_RESOLVING,
    LINK_CONNECTING,
    LINK_AWAIT_CONNACK,
    LINK_UP,
    LINK_CLOSING,
    LINK_BACKOFF,
};

enum link_event {
    LINK_EVENT_START,
    LINK_EVENT_OPENED,    /* the library has a socket */
    LINK_EVENT_TRANSPORT, /* TCP is established */
    LINK_EVENT_CONNACK,
    LINK_EVENT_LOST, /* refused, failed or gone; link->reason and link->text say why */
    LINK_EVENT_TIMEOUT,
    LINK_EVENT_STOP,
};

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

struct link {
    struct link_params params;
    const struct link_ops *ops;
    void *context;
    char where[300]; /* "host:port" or the socket's path, for people */

    enum link_state state;
    int64_t deadline_ns; /* of the state */
    int64_t tick_ns;     /* next call of the library without a sign of life */
    int64_t up_since_ns;
    double backoff_s;
    bool open_wanted;     /* RESOLVING has been entered */
    unsigned binding;     /* the last that reached the broker, or being tried */
    bool name_known;      /* it has an address */
    unsigned tried;       /* of them in this round */
    char first_text[640]; /* why the first of the round failed */
    unsigned stuck;
    unsigned short_sessions; /* in a row */

    struct mosquitto *mosq;
    /* What the library's callbacks have said; acted upon when it has returned, because a callback may
     * neither destroy the handle nor write. */
    bool connack_seen, disconnect_seen;
    int connack_code, disconnect_code;
    char library_text[200];

    enum fault_reason reason;
    char text[640];
};

static void dispatch(struct link *link, enum link_event event);

static int64_t now_ns(void)
{
    return clock_now(clock_monotonic());
}

static int64_t in_seconds(double seconds)
{
    return now_ns() + s_to_ns(seconds);
}

static bool is_v5(const struct link *link)
{
    return link->params.mqtt->protocol == MQTT_PROTOCOL_5;
}

static bool is_unix(const struct link *link)
{
    return link->params.mqtt->host[0] == '/';
}

static bool is_tls(const struct link *link)
{
    return link->params.mqtt->tls && !is_unix(link);
}

static int keepalive_s(const struct link *link)
{
    return MAX(link->params.mqtt->keepalive_s, KEEPALIVE_MIN_S);
}

/* --- what the library says ------------------------------------------------------------------------- */

static void on_connect(struct mosquitto *mosq, void *context, int code, int flags,
                       const mosquitto_property *properties)
{
    struct link *link = context;
    (void)mosq, (void)flags, (void)properties;

    link->connack_seen = true;
    link->connack_code = code;
}

static void on_disconnect(struct mosquitto *mosq, void *context, int code,
                          const mosquitto_property *properties)
{
    struct link *link = context;
    (void)mosq, (void)properties;

    /* The broker's DISCONNECT comes first and says more than the end of the connection behind it. */
    if (!link->disconnect_seen)
        link->disconnect_code = code;
    link->disconnect_seen = true;
}

/* 0x10 "no matching subscribers" is a success, as everything below 0x80. */
static void on_publish(struct mosquitto *mosq, void *context, int mid, int code,
                       const mosquitto_property *properties)
{
    struct link *link = context;
    (void)mosq, (void)properties;

    link->ops->answered(link->context, mid, code >= 0x80 ? mosquitto_reason_string(code) : NULL);
}

static void on_subscribe(struct mosquitto *mosq, void *context, int mid, int count, const int *granted,
                         const mosquitto_property *properties)
{
    struct link *link = context;
    (void)mosq, (void)properties;

    for (int i = 0; i < count; i++)
        if (granted[i] >= 0x80)
            link->ops->unsubscribed(link->context, mid,
                                    is_v5(link) ? mosquitto_reason_string(granted[i]) : "not allowed");
}

static void on_message(struct mosquitto *mosq, void *context, const struct mosquitto_message *message,
                       const mosquitto_property *properties)
{
    struct link *link = context;
    (void)mosq, (void)properties;

    link->ops->message(link->context, message->topic, message->payload, (size_t)message->payloadlen,
                       message->retain);
}

/* The library tells the cause of a TLS failure only here: "OpenSSL Error[0]: error:0A000086:SSL
 * routines::certificate verify failed". */
static void on_log(struct mosquitto *mosq, void *context, int level, const char *text)
{
    struct link *link = context;
    (void)mosq;

    if (level != MOSQ_LOG_ERR)
        return;
    const char *tail = strstr(text, "::");
    snprintf(link->library_text, sizeof(link->library_text), "%s", tail ? tail + 2 : text);
}

/* A daemon has nobody to ask; without this OpenSSL would try the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing, (void)context;
    return 0;
}

/* --- causes ---------------------------------------------------------------------------------------- */

_printf_(3, 4) static void set_cause(struct link *link, enum fault_reason reason, const char *format, ...)
{
    va_list ap;

    link->reason = reason;
    va_start(ap, format);
    vsnprintf(link->text, sizeof(link->text), format, ap);
    va_end(ap);
}

static const char *refusal_hint(int code)
{
    switch (code) {
    case 1: /* 3.1.1 */
    case MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION: return "; try the other value of mqtt.protocol";
    case 2:
    case MQTT_RC_CLIENTID_NOT_VALID: return "; try another mqtt.hub_id";
    case 4:
    case 5:
    case MQTT_RC_BAD_USERNAME_OR_PASSWORD:
    case MQTT_RC_NOT_AUTHORIZED: return "; check mqtt.username and the password";
    case MQTT_RC_SESSION_TAKEN_OVER: return "; another client has the same mqtt.hub_id";
    default: return "";
    }
}

static void set_cause_connack(struct link *link)
{
    int code = link->connack_code;

    set_cause(link, FAULT_REFUSED, "%s refuses: %s%s", link->where,
              is_v5(link) || code >= 0x80 ? mosquitto_reason_string(code) : mosquitto_connack_string(code),
              refusal_hint(code));
}

/* A code from 0x80 is the broker's own word in a DISCONNECT; below it is the library's. */
static void set_cause_code(struct link *link, int code, int error)
{
    bool passing = code == MQTT_RC_SERVER_SHUTTING_DOWN || code == MQTT_RC_SERVER_BUSY ||
                   code == MQTT_RC_KEEP_ALIVE_TIMEOUT;

    if (code >= 0x80)
        set_cause(link, passing ? FAULT_UNREACHABLE : FAULT_REFUSED, "%s ended the session: %s%s",
                  link->where, mosquitto_reason_string(code), refusal_hint(code));
    else if (code == MOSQ_ERR_EAI)
        set_cause(link, FAULT_UNREACHABLE, "%s: %s; check mqtt.host", link->where,
                  error == EAI_SYSTEM ? "name cannot be resolved" : gai_strerror(error));
    else if (link->library_text[0])
        set_cause(link, FAULT_UNREACHABLE, "%s: %s", link->where, link->library_text);
    else if ((code == MOSQ_ERR_ERRNO || code == MOSQ_ERR_SUCCESS) && error)
        set_cause(link, FAULT_UNREACHABLE, "%s: %s", link->where, strerror(error));
    else
        set_cause(link, FAULT_UNREACHABLE, "%s: %s", link->where,
                  mosquitto_strerror(code ? code : MOSQ_ERR_CONN_LOST));
}

/* --- the library's handle -------------------------------------------------------------------------- */

static void drop_handle(struct link *link)
{
    if (link->mosq)
        mosquitto_destroy(link->mosq);
    link->mosq = NULL;
    link->connack_seen = link->disconnect_seen = false;
    link->disconnect_code = 0;
    link->stuck = 0;
}

static int set_up_tls(struct link *link)
{
    const struct mqtt_params *p = link->params.mqtt;
    const char *cert = p->cert_file[0] ? p->cert_file : NULL;
    const char *key = p->key_file[0] ? p->key_file : NULL;
    int rc = p->ca_file[0] ? mosquitto_tls_set(link->mosq, p->ca_file, NULL, cert, key, no_passphrase)
                           : mosquitto_tls_set(link->mosq, NULL, SYSTEM_CERT_PATH, cert, key, no_passphrase);

    /* 2.0.11 would also accept TLS 1.1 */
    return rc ? rc : mosquitto_tls_opts_set(link->mosq, 1 /* SSL_VERIFY_PEER */, "tlsv1.2", NULL);
}

static int set_up_handle(struct link *link)
{
    const struct link_params *p = &link->params;
    int rc = 0;

    link->library_text[0] = '\0';
    link->mosq = mosquitto_new(p->client_id, true, link);
    if (!link->mosq)
        return errno == ENOMEM ? MOSQ_ERR_NOMEM : MOSQ_ERR_INVAL;
    mosquitto_connect_v5_callback_set(link->mosq, on_connect);
    mosquitto_disconnect_v5_callback_set(link->mosq, on_disconnect);
    mosquitto_publish_v5_callback_set(link->mosq, on_publish);
    mosquitto_subscribe_v5_callback_set(link->mosq, on_subscribe);
    mosquitto_message_v5_callback_set(link->mosq, on_message);
    mosquitto_log_callback_set(link->mosq, on_log);
    rc = mosquitto_int_option(link->mosq, MOSQ_OPT_PROTOCOL_VERSION,
                              is_v5(link) ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    if (!rc)
        rc = mosquitto_int_option(link->mosq, MOSQ_OPT_TCP_NODELAY, 1);
    if (!rc && p->mqtt->username[0])
        rc = mosquitto_username_pw_set(link->mosq, p->mqtt->username, p->password);
    if (!rc && is_tls(link))
        rc = set_up_tls(link);
    if (!rc)
        rc = mosquitto_will_set(link->mosq, p->will_topic, (int)strlen(p->will_payload), p->will_payload, 1,
                                true);
    return rc;
}

/* Begins an attempt. May take as long as getaddrinfo() takes. */
static void open_link(struct link *link)
{
    const struct mqtt_params *p = link->params.mqtt;

    drop_handle(link);
    errno = 0;
    int rc = set_up_handle(link);
    if (!rc)
        rc = mosquitto_connect_bind_async(link->mosq, p->host, is_unix(link) ? 0 : p->port, keepalive_s(link),
                                          bindings[link->binding]);
    if (rc) {
        set_cause_code(link, rc, errno);
        link->name_known = rc != MOSQ_ERR_EAI;
        dispatch(link, LINK_EVENT_LOST);
        return;
    }
    link->name_known = true;
    dispatch(link, LINK_EVENT_OPENED);
}

/* --- states ---------------------------------------------------------------------------------------- */

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
        random = (uint32_t)now_ns();
    return seconds * (0.5 + 0.5 * (double)random / UINT32_MAX);
}

static void back_off(struct link *link)
{
    double most = link->params.mqtt->reconnect_max_s;

    link->backoff_s = MIN(link->backoff_s > 0 ? 2 * link->backoff_s : FIRST_BACKOFF_S, most);
    drop_handle(link);
    enter(link, LINK_BACKOFF, in_seconds(jitter(link->backoff_s)));
    link->ops->down(link->context, link->reason, link->text);
}

static bool is_name(const struct link *link)
{
    struct in6_addr address;
    const char *host = link->params.mqtt->host;

    return !is_unix(link) && inet_pton(AF_INET, host, &address) != 1 &&
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
        drop_handle(link);
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
        enter(link, LINK_CONNECTING, in_seconds(MIN(keepalive_s(link), CONNECT_MAX_S)));
        break;
    case LINK_EVENT_LOST: try_next_address(link); break;
    case LINK_EVENT_STOP:
        drop_handle(link);
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
        link->tick_ns = in_seconds(HANDSHAKE_TICK_S);
        break;
    case LINK_EVENT_TIMEOUT:
        set_cause(link, FAULT_UNREACHABLE, "%s does not answer", link->where);
        try_next_address(link);
        break;
    case LINK_EVENT_LOST: try_next_address(link); break;
    case LINK_EVENT_STOP:
        drop_handle(link);
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
        link->up_since_ns = now_ns();
        enter(link, LINK_UP, TIME_UNKNOWN);
        link->tick_ns = in_seconds(MISC_S);
        link->ops->up(link->context);
        break;
    case LINK_EVENT_TIMEOUT:
        set_cause(link, FAULT_UNREACHABLE,
                  "%s does not answer as an MQTT broker; is it one, and mqtt.tls right?", link->where);
        back_off(link);
        break;
    case LINK_EVENT_LOST: back_off(link); break;
    case LINK_EVENT_STOP:
        drop_handle(link);
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
    bool steady = now_ns() - link->up_since_ns > s_to_ns(STEADY_S);
    size_t length = strlen(link->text);

    link->short_sessions = steady ? 0 : link->short_sessions + 1;
    if (steady)
        link->backoff_s = 0;
    if (link->short_sessions >= FLAPPING && link->reason == FAULT_UNREACHABLE)
        snprintf(link->text + length, sizeof(link->text) - length,
                 " Again and again: does another client have the same mqtt.hub_id?");
}

static void up_event(struct link *link, enum link_event event)
{
    switch (event) {
    case LINK_EVENT_LOST:
        judge_session(link);
        back_off(link);
        break;
    case LINK_EVENT_STOP:
        enter(link, LINK_CLOSING, in_seconds(CLOSING_S));
        if (mosquitto_disconnect_v5(link->mosq, 0, NULL) || link->disconnect_seen)
            dispatch(link, LINK_EVENT_LOST);
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
        drop_handle(link);
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

static void dispatch(struct link *link, enum link_event event)
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

/* --- after every call of the library --------------------------------------------------------------- */

static void settle(struct link *link, int rc, int error)
{
    if (link->connack_seen) {
        link->connack_seen = false;
        if (link->connack_code) {
            set_cause_connack(link);
            dispatch(link, LINK_EVENT_LOST);
            return;
        }
        dispatch(link, LINK_EVENT_CONNACK);
    }
    if (!link->mosq || (!rc && !link->disconnect_seen && mosquitto_socket(link->mosq) >= 0))
        return;
    bool brokers_word = link->disconnect_seen && link->disconnect_code >= 0x80;
    set_cause_code(link, brokers_word || !rc ? link->disconnect_code : rc, error);
    dispatch(link, LINK_EVENT_LOST);
}

static void read_library(struct link *link)
{
    errno = 0; /* the library looks at it after a success */
    int rc = mosquitto_loop_read(link->mosq, 1);
    settle(link, rc, errno);
}

static void write_library(struct link *link)
{
    errno = 0;
    int rc = mosquitto_loop_write(link->mosq, 1);
    settle(link, rc, errno);
}

static int socket_error(const struct link *link)
{
    int error = 0;
    socklen_t size = sizeof(error);

    if (getsockopt(mosquitto_socket(link->mosq), SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        return errno;
    return error;
}

static void lose_socket(struct link *link)
{
    set_cause_code(link, 0, socket_error(link));
    dispatch(link, LINK_EVENT_LOST);
}

static void handshake(struct link *link, short revents)
{
    read_library(link);
    if (link->state == LINK_AWAIT_CONNACK)
        write_library(link);
    if (link->state == LINK_AWAIT_CONNACK && revents & (POLLERR | POLLHUP))
        lose_socket(link);
}

static void io_connecting(struct link *link, short revents)
{
    if (revents & (POLLERR | POLLHUP | POLLNVAL)) {
        lose_socket(link);
        return;
    }
    dispatch(link, LINK_EVENT_TRANSPORT);
    handshake(link, revents);
}

static void io_up(struct link *link, short revents)
{
    enum link_state state = link->state;

    if (revents & (POLLIN | POLLERR | POLLHUP | POLLNVAL))
        read_library(link);
    if (link->state == state && revents & POLLOUT)
        write_library(link);
    link->stuck = revents & (POLLERR | POLLHUP | POLLNVAL) ? link->stuck + 1 : 0;
    if (link->state == state && link->stuck > STUCK_READS)
        lose_socket(link);
}

void link_io(struct link *link, short revents)
{
    if (!link->mosq || !revents)
        return;
    switch (link->state) {
    case LINK_CONNECTING: io_connecting(link, revents); break;
    case LINK_AWAIT_CONNACK: handshake(link, revents); break;
    case LINK_UP:
    case LINK_CLOSING: io_up(link, revents); break;
    case LINK_IDLE:
    case LINK_RESOLVING:
    case LINK_BACKOFF: break;
    }
}

static bool is_due(int64_t deadline_ns)
{
    return deadline_ns != TIME_UNKNOWN && now_ns() >= deadline_ns;
}

void link_tick(struct link *link)
{
    if (is_due(link->deadline_ns))
        dispatch(link, LINK_EVENT_TIMEOUT);
    if (!is_due(link->tick_ns))
        return;
    if (link->state == LINK_AWAIT_CONNACK) {
        link->tick_ns = in_seconds(HANDSHAKE_TICK_S);
        handshake(link, 0);
    } else if (link->state == LINK_UP) {
        link->tick_ns = in_seconds(MISC_S);
        errno = 0;
        int rc = mosquitto_loop_misc(link->mosq);
        settle(link, rc, errno);
    }
}

int link_fd(const struct link *link)
{
    return link->mosq ? mosquitto_socket(link->mosq) : -1;
}

short link_poll_events(const struct link *link)
{
    switch (link->state) {
    case LINK_CONNECTING: return POLLOUT;
    case LINK_AWAIT_CONNACK: return POLLIN;
    case LINK_UP:
    case LINK_CLOSING: return (short)(POLLIN | (mosquitto_want_write(link->mosq) ? POLLOUT : 0));
    case LINK_IDLE:
    case LINK_RESOLVING:
    case LINK_BACKOFF: break;
    }
    return 0;
}

int64_t link_deadline(const struct link *link)
{
    if (link->deadline_ns == TIME_UNKNOWN || link->tick_ns == TIME_UNKNOWN)
        return MAX(link->deadline_ns, link->tick_ns); /* TIME_UNKNOWN is the smallest */
    return MIN(link->deadline_ns, link->tick_ns);
}

/* --- public ---------------------------------------------------------------------------------------- */

struct link *link_new(const struct link_params *params, const struct link_ops *ops, void *context)
{
    struct link *link = calloc(1, sizeof(*link));

    if (!link)
        return NULL;
    link->params = *params;
    link->ops = ops;
    link->context = context;
    enter(link, LINK_IDLE, TIME_UNKNOWN);
    if (is_unix(link))
        snprintf(link->where, sizeof(link->where), "%s", params->mqtt->host);
    else
        snprintf(link->where, sizeof(link->where), "%s:%d", params->mqtt->host, params->mqtt->port);
    return link;
}

void link_free(struct link *link)
{
    if (!link)
        return;
    drop_handle(link);
    free(link);
}

void link_start(struct link *link)
{
    dispatch(link, LINK_EVENT_START);
}

void link_stop(struct link *link)
{
    dispatch(link, LINK_EVENT_STOP);
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
    set_cause(link, FAULT_UNREACHABLE, "%s: %s", link->where, text);
    dispatch(link, LINK_EVENT_LOST);
}

int link_publish(struct link *link, const char *topic, const char *payload, int qos, bool retain, int *mid,
                 const char **error)
{
    if (!link_is_up(link))
        return -ENOTCONN;
    errno = 0;
    int rc = mosquitto_publish_v5(link->mosq, mid, topic, (int)strlen(payload), payload, qos, retain, NULL);
    int saved = errno;
    switch (rc) {
    case MOSQ_ERR_INVAL:
    case MOSQ_ERR_NOMEM:
    case MOSQ_ERR_PAYLOAD_SIZE:
    case MOSQ_ERR_MALFORMED_UTF8:
    case MOSQ_ERR_OVERSIZE_PACKET:
    case MOSQ_ERR_QOS_NOT_SUPPORTED:
    case MOSQ_ERR_RETAIN_NOT_SUPPORTED: *error = mosquitto_strerror(rc); return -EINVAL;
    default: break;
    }
    /* With any other error the library may have kept the message: its handle goes, and the message with it.
     */
    settle(link, rc, saved);
    return link_is_up(link) && !rc ? 0 : -ENOTCONN;
}

int link_subscribe(struct link *link, const char *topic, int *mid)
{
    if (!link_is_up(link))
        return -ENOTCONN;
    errno = 0;
    int options = is_v5(link) ? MQTT_SUB_OPT_SEND_RETAIN_NEVER : 0;
    int rc = mosquitto_subscribe_v5(link->mosq, mid, topic, 1, options, NULL);
    settle(link, rc, errno);
    return link_is_up(link) && !rc ? 0 : -ENOTCONN;
}
