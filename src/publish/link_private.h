/* SPDX-License-Identifier: MIT */
/*
 * The inside of a link, in four files: link.c (states), link_io.c (driving the library), link_handle.c (the
 * library's handle and callbacks), link_cause.c (why it failed, for people).
 */
#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "publish/link.h"

#include <mosquitto.h>

#define LINK_HANDSHAKE_TICK_S 0.25
#define LINK_SILENCE_HINT                                                                                    \
    "; check mqtt.host and the network (crampd.service lets it reach the home network only: "                \
    "IPAddressAllow=)"
#define LINK_MISC_S 1.0 /* the library's keepalive wants to be asked this often */

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
    unsigned short_sessions; /* in a row */

    bool open_wanted;     /* RESOLVING has been entered, the library not yet */
    bool name_known;      /* the host has an address */
    unsigned binding;     /* which of the bindings in link.c: the last that reached the broker, or is tried */
    unsigned tried;       /* bindings in this round of attempts */
    char first_text[640]; /* why the first of the round failed */
    unsigned stuck;       /* reads without an end of an erring socket */

    struct mosquitto *mosq;
    /* What the library's callbacks have said; acted upon when it has returned, because a callback may
     * neither destroy the handle nor write. */
    bool connack_seen, disconnect_seen;
    int connack_code, disconnect_code;
    char library_text[200];
    bool tls_refused; /* library_text is the broker's word against our certificate */

    enum fault_reason reason;
    char text[640];
};

void link_dispatch(struct link *link, enum link_event event);

/* link_handle.c: 0 or the library's error. */
int link_set_up_handle(struct link *link);
void link_drop_handle(struct link *link);

/* link_cause.c: link->reason and link->text, from a format, from the CONNACK seen, or from a code of the
   library or of the broker's DISCONNECT with the errno beside it. */
_printf_(3, 4) void link_cause(struct link *link, enum fault_reason reason, const char *format, ...);
void link_cause_connack(struct link *link);
void link_cause_code(struct link *link, int code, int error);

static inline int64_t link_now(void)
{
    return clock_now(clock_monotonic());
}

static inline int64_t link_in_seconds(double seconds)
{
    return link_now() + s_to_ns(seconds);
}

static inline bool link_is_v5(const struct link *link)
{
    return link->params.mqtt->protocol == MQTT_PROTOCOL_5;
}

static inline bool link_is_unix(const struct link *link)
{
    return link->params.mqtt->host[0] == '/';
}

static inline bool link_is_tls(const struct link *link)
{
    return link->params.mqtt->tls && !link_is_unix(link);
}
