/* SPDX-License-Identifier: MIT */
#include "publish/link_private.h"

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

/* A code from 0x80 is the broker's own word in a DISCONNECT; below it is the library's. */
void link_cause_code(struct link *link, int code, int error)
{
    bool passing = code == MQTT_RC_SERVER_SHUTTING_DOWN || code == MQTT_RC_SERVER_BUSY ||
                   code == MQTT_RC_KEEP_ALIVE_TIMEOUT;

    if (code >= 0x80)
        link_cause(link, passing ? FAULT_UNREACHABLE : FAULT_REFUSED, "%s ended the session: %s%s",
                   link->where, mosquitto_reason_string(code), refusal_hint(code));
    else if (code == MOSQ_ERR_EAI)
        link_cause(link, FAULT_UNREACHABLE, "%s: %s; check mqtt.host", link->where,
                   error == EAI_SYSTEM ? "name cannot be resolved" : gai_strerror(error));
    else if (link->library_text[0])
        link_cause(link, FAULT_UNREACHABLE, "%s: %s", link->where, link->library_text);
    else if ((code == MOSQ_ERR_ERRNO || code == MOSQ_ERR_SUCCESS) && error)
        link_cause(link, FAULT_UNREACHABLE, "%s: %s", link->where, strerror(error));
    else
        link_cause(link, FAULT_UNREACHABLE, "%s: %s", link->where,
                   mosquitto_strerror(code ? code : MOSQ_ERR_CONN_LOST));
}
