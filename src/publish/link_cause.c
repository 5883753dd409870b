/* SPDX-License-Identifier: MIT */
#include "publish/link_private.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void link_cause(struct link *link, enum fault_reason reason, const char *format, ...)
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

void link_cause_connack(struct link *link)
{
    int code = link->connack_code;

    link_cause(link, FAULT_REFUSED, "%s refuses: %s%s", link->where,
               link_is_v5(link) || code >= 0x80 ? mosquitto_reason_string(code)
                                                : mosquitto_connack_string(code),
               refusal_hint(code));
}

static const char *error_hint(int error)
{
    switch (error) {
    case ECONNREFUSED: return "; is the broker running, and mqtt.port right?";
    case ENOENT: return "; is the broker running, and mqtt.host the path of its socket?";
    case EACCES: return "; crampd's user may not use it";
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTUNREACH: return "; check the network";
    case ETIMEDOUT: return LINK_SILENCE_HINT;
    default: return "";
    }
}

static void cause_name(struct link *link, int error)
{
    if (error == EAI_NONAME)
        link_cause(link, FAULT_UNREACHABLE, "%s: no such name is known; check mqtt.host", link->where);
    else
        link_cause(link, FAULT_UNREACHABLE,
                   "%s: the name cannot be looked up (%s); check the network and its name server",
                   link->where, error == EAI_SYSTEM ? "no answer" : gai_strerror(error));
}

/* A code from 0x80 is the broker's own word in a DISCONNECT; below it is the library's. */
void link_cause_code(struct link *link, int code, int error)
{
    bool passing = code == MQTT_RC_SERVER_SHUTTING_DOWN || code == MQTT_RC_SERVER_BUSY ||
                   code == MQTT_RC_KEEP_ALIVE_TIMEOUT;

    if (code >= 0x80)
        link_cause(link, passing ? FAULT_UNREACHABLE : FAULT_REFUSED, "%s ended the session: %s%s",
                   link->where, mosquitto_reason_string(code), refusal_hint(code));
    else if (code == MOSQ_ERR_EAI)
        cause_name(link, error);
    else if (link->library_text[0])
        link_cause(link, link->tls_refused ? FAULT_REFUSED : FAULT_UNREACHABLE, "%s: %s", link->where,
                   link->library_text);
    /* With TLS 1.3 a broker says what it has against a certificate when the handshake is over for us, and a
       reset may overtake its word. */
    else if (link->state != LINK_UP && link_is_tls(link) && (error == EPROTO || error == ECONNRESET))
        link_cause(
            link, FAULT_UNREACHABLE,
            "%s hung up before it said a word; does it want a certificate of this hub? check mqtt.cert_file",
            link->where);
    else if ((code == MOSQ_ERR_ERRNO || code == MOSQ_ERR_SUCCESS) && error)
        link_cause(link, FAULT_UNREACHABLE, "%s: %s%s", link->where, strerror(error), error_hint(error));
    else if (code == MOSQ_ERR_SUCCESS || code == MOSQ_ERR_CONN_LOST)
        link_cause(link, FAULT_UNREACHABLE, "%s has closed the connection", link->where);
    else if (code == MOSQ_ERR_KEEPALIVE)
        link_cause(link, FAULT_UNREACHABLE, "%s has been silent for longer than mqtt.keepalive_s allows",
                   link->where);
    else
        link_cause(link, FAULT_UNREACHABLE, "%s: %s", link->where, mosquitto_strerror(code));
}
