/* SPDX-License-Identifier: MIT */
/* The library's handle of one connection, and what it says by callback. */
#include "publish/link_private.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#define SYSTEM_CERT_PATH "/etc/ssl/certs"

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
                                    link_is_v5(link) ? mosquitto_reason_string(granted[i]) : "not allowed");
}

static void on_message(struct mosquitto *mosq, void *context, const struct mosquitto_message *message,
                       const mosquitto_property *properties)
{
    struct link *link = context;
    _cleanup_(freep) char *reply_topic = NULL;
    _cleanup_(freep) void *correlation = NULL;
    uint16_t correlation_size = 0;
    (void)mosq;

    mosquitto_property_read_string(properties, MQTT_PROP_RESPONSE_TOPIC, &reply_topic, false);
    mosquitto_property_read_binary(properties, MQTT_PROP_CORRELATION_DATA, &correlation, &correlation_size,
                                   false);
    link->ops->message(link->context, &(struct link_message){.topic = message->topic,
                                                             .payload = message->payload,
                                                             .size = (size_t)message->payloadlen,
                                                             .retained = message->retain,
                                                             .reply_topic = reply_topic,
                                                             .correlation = correlation,
                                                             .correlation_size = correlation_size});
}

static const char *certificate_hint(long verdict)
{
    switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return "; renew it, or is this hub's clock wrong?";
    case X509_V_ERR_CERT_NOT_YET_VALID: return "; is this hub's clock right?";
    default: return "; check mqtt.ca_file";
    }
}

/* An alert is the broker's word. Those of certificates, and of the CAs that nobody knows, are about ours. */
static const char *tls_hint(struct link *link, const char *text)
{
    if (strstr(text, "wrong version number"))
        return "; is this the broker's port for TLS?";
    link->tls_refused =
        strstr(text, " alert ") && (strstr(text, "certificate") || strstr(text, "unknown ca"));
    return link->tls_refused ? "; the broker does not take this hub's certificate, check mqtt.cert_file" : "";
}

/* The library tells the cause of a TLS failure only here, as "OpenSSL Error[0]: error:0A000086:SSL
 * routines::certificate verify failed", the first line being the nearest to the cause; and what is wrong with
 * the certificate only OpenSSL knows, as long as the library keeps its session. The name is the library's
 * own check: OpenSSL then knows only that somebody was not content. */
static void on_log(struct mosquitto *mosq, void *context, int level, const char *text)
{
    struct link *link = context;
    const SSL *session = mosquitto_ssl_get(mosq);
    long verdict = session ? SSL_get_verify_result(session) : X509_V_OK;
    const char *tail = strstr(text, "::");

    if (level != MOSQ_LOG_ERR || link->library_text[0])
        return;
    if (strstr(text, "host name verification failed"))
        snprintf(link->library_text, sizeof(link->library_text),
                 "its certificate is for another name; check mqtt.host");
    else if (verdict != X509_V_OK)
        snprintf(link->library_text, sizeof(link->library_text), "its certificate is not good: %s%s",
                 X509_verify_cert_error_string(verdict), certificate_hint(verdict));
    else
        snprintf(link->library_text, sizeof(link->library_text), "%s%s", tail ? tail + 2 : text,
                 tls_hint(link, text));
}

/* A daemon has nobody to ask; without this OpenSSL would try the terminal. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the type is OpenSSL's */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing, (void)context;
    return 0;
}

void link_drop_handle(struct link *link)
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

int link_set_up_handle(struct link *link)
{
    const struct link_params *p = &link->params;
    int rc = 0;

    link->library_text[0] = '\0';
    link->tls_refused = false;
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
                              link_is_v5(link) ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    if (!rc)
        rc = mosquitto_int_option(link->mosq, MOSQ_OPT_TCP_NODELAY, 1);
    if (!rc && p->mqtt->username[0])
        rc = mosquitto_username_pw_set(link->mosq, p->mqtt->username, p->password);
    if (!rc && link_is_tls(link))
        rc = set_up_tls(link);
    if (!rc && p->will_topic)
        rc = mosquitto_will_set(link->mosq, p->will_topic, (int)strlen(p->will_payload), p->will_payload, 1,
                                true);
    return rc;
}
