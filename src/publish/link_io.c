/* SPDX-License-Identifier: MIT */
/* Driving the library: after each of its calls, settle() finds out what has become of the connection. */
#include "publish/link_private.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define STUCK_READS 100 /* reads in a row that neither end an erring socket nor get anything out of it */

static void settle(struct link *link, int rc, int error)
{
    if (link->connack_seen) {
        link->connack_seen = false;
        if (link->connack_code) {
            link_cause_connack(link);
            link_dispatch(link, LINK_EVENT_LOST);
            return;
        }
        link_dispatch(link, LINK_EVENT_CONNACK);
    }
    if (!link->mosq || (!rc && !link->disconnect_seen && mosquitto_socket(link->mosq) >= 0))
        return;
    bool brokers_word = link->disconnect_seen && link->disconnect_code >= 0x80;
    link_cause_code(link, brokers_word || !rc ? link->disconnect_code : rc, error);
    link_dispatch(link, LINK_EVENT_LOST);
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
    int error = socket_error(link);

    /* Below TLS the library may have taken the error away, and then only a refusal comes this early. */
    link_cause_code(link, 0, error == 0 && link->state == LINK_CONNECTING ? ECONNREFUSED : error);
    link_dispatch(link, LINK_EVENT_LOST);
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
    link_dispatch(link, LINK_EVENT_TRANSPORT);
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
    return deadline_ns != TIME_UNKNOWN && link_now() >= deadline_ns;
}

void link_tick(struct link *link)
{
    if (is_due(link->deadline_ns))
        link_dispatch(link, LINK_EVENT_TIMEOUT);
    if (!is_due(link->tick_ns))
        return;
    if (link->state == LINK_AWAIT_CONNACK) {
        link->tick_ns = link_in_seconds(LINK_HANDSHAKE_TICK_S);
        handshake(link, 0);
    } else if (link->state == LINK_UP) {
        link->tick_ns = link_in_seconds(LINK_MISC_S);
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

static int hand_over(struct link *link, const char *topic, const char *payload, int qos, bool retain,
                     const mosquitto_property *properties, int *mid, const char **error)
{
    if (!link_is_up(link))
        return -ENOTCONN;
    errno = 0;
    int rc =
        mosquitto_publish_v5(link->mosq, mid, topic, (int)strlen(payload), payload, qos, retain, properties);
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

int link_publish(struct link *link, const char *topic, const char *payload, int qos, bool retain, int *mid,
                 const char **error)
{
    return hand_over(link, topic, payload, qos, retain, NULL, mid, error);
}

int link_reply(struct link *link, const char *topic, const char *payload, const void *correlation,
               size_t size)
{
    mosquitto_property *properties = NULL;
    const char *error;
    int mid, r = -EINVAL;

    if (!correlation || mosquitto_property_add_binary(&properties, MQTT_PROP_CORRELATION_DATA, correlation,
                                                      (uint16_t)size) == MOSQ_ERR_SUCCESS)
        r = hand_over(link, topic, payload, 0, false, properties, &mid, &error);
    mosquitto_property_free_all(&properties);
    return r;
}

int link_subscribe(struct link *link, const char *topic, int *mid)
{
    if (!link_is_up(link))
        return -ENOTCONN;
    errno = 0;
    int options = link_is_v5(link) ? MQTT_SUB_OPT_SEND_RETAIN_NEVER : 0;
    int rc = mosquitto_subscribe_v5(link->mosq, mid, topic, 1, options, NULL);
    settle(link, rc, errno);
    return link_is_up(link) && !rc ? 0 : -ENOTCONN;
}
