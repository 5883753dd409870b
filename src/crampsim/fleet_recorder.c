/* SPDX-License-Identifier: MIT */
#include "crampsim/fleet_recorder.h"

#include "base/clock.h"
#include "crampsim/fleet_hub.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SESSION_S     600
#define SUBSCRIBE_MAX (10 * NSEC_PER_SEC)
#define RETRY_US      200000

struct fleet_recorder {
    struct mosquitto *mosq;
    struct fleet_ledger *ledger;
    unsigned first, hubs;
    pthread_t thread;
    atomic_bool stop;
    bool v5;
    int granted; /* subscriptions; negative: refused */
};

static const char *const topics[] = {"crampd/+/event", "crampd/+/history", "crampd/+/tonight"};

static void on_connect(struct mosquitto *mosq, void *context, int code, int flags,
                       const mosquitto_property *properties)
{
    (void)context, (void)flags, (void)properties;

    for (size_t i = 0; code == 0 && i < ARRAY_SIZE(topics); i++)
        mosquitto_subscribe(mosq, NULL, topics[i], 1);
}

static void on_subscribe(struct mosquitto *mosq, void *context, int mid, int count, const int *granted,
                         const mosquitto_property *properties)
{
    struct fleet_recorder *recorder = context;
    (void)mosq, (void)mid, (void)properties;

    for (int i = 0; i < count; i++)
        recorder->granted = granted[i] >= 0x80 ? INT32_MIN / 2 : recorder->granted + 1;
}

/* A retained one is of before the subscription. */
static void on_message(struct mosquitto *mosq, void *context, const struct mosquitto_message *message,
                       const mosquitto_property *properties)
{
    struct fleet_recorder *recorder = context;
    int hub = fleet_hub_number(message->topic);
    unsigned place = (unsigned)hub - recorder->first;
    (void)mosq, (void)properties;

    if (hub >= 0 && place < recorder->hubs && !message->retain && message->payloadlen > 0)
        fleet_ledger_arrived(recorder->ledger, place, message->payload, (size_t)message->payloadlen);
}

static void *run(void *context)
{
    struct fleet_recorder *recorder = context;

    pthread_setname_np(pthread_self(), "recorder");
    while (!atomic_load(&recorder->stop))
        if (mosquitto_loop(recorder->mosq, 50, 1)) {
            usleep(RETRY_US);
            mosquitto_reconnect(recorder->mosq);
        }
    return NULL;
}

static int connect_broker(struct fleet_recorder *recorder, const struct mqtt_params *mqtt)
{
    mosquitto_property *properties = NULL;
    int rc = 0;

    if (recorder->v5)
        rc = mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, SESSION_S);
    if (!rc && mqtt->tls)
        rc = mosquitto_tls_set(recorder->mosq, mqtt->ca_file, NULL, NULL, NULL, NULL);
    if (!rc)
        rc = mosquitto_connect_bind_v5(recorder->mosq, mqtt->host, mqtt->host[0] == '/' ? 0 : mqtt->port,
                                       mqtt->keepalive_s, NULL, properties);
    mosquitto_property_free_all(&properties);
    return rc;
}

static const char *begin(struct fleet_recorder *recorder, const struct mqtt_params *mqtt)
{
    int64_t until = clock_now(clock_monotonic()) + SUBSCRIBE_MAX;

    mosquitto_int_option(recorder->mosq, MOSQ_OPT_PROTOCOL_VERSION,
                         recorder->v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
    mosquitto_int_option(recorder->mosq, MOSQ_OPT_TCP_NODELAY, 1);
    /* Without it the broker hands over at most twenty unanswered messages. */
    mosquitto_int_option(recorder->mosq, MOSQ_OPT_RECEIVE_MAXIMUM, 65535);
    mosquitto_connect_v5_callback_set(recorder->mosq, on_connect);
    mosquitto_subscribe_v5_callback_set(recorder->mosq, on_subscribe);
    mosquitto_message_v5_callback_set(recorder->mosq, on_message);
    errno = 0;
    int rc = connect_broker(recorder, mqtt);
    while (!rc && recorder->granted >= 0 && recorder->granted < (int)ARRAY_SIZE(topics) &&
           clock_now(clock_monotonic()) < until)
        rc = mosquitto_loop(recorder->mosq, 50, 1);
    if (rc)
        return rc == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(rc);
    if (recorder->granted < 0)
        return "it does not let the recorder subscribe";
    return recorder->granted < (int)ARRAY_SIZE(topics) ? "it does not answer as an MQTT broker" : NULL;
}

static void free_recorder(struct fleet_recorder *recorder)
{
    mosquitto_destroy(recorder->mosq);
    free(recorder);
}

struct fleet_recorder *fleet_recorder_start(const struct mqtt_params *mqtt, struct fleet_ledger *ledger,
                                            unsigned first, unsigned hubs, const char **why)
{
    struct fleet_recorder *recorder = calloc(1, sizeof(*recorder));
    char id[40];

    *why = strerror(ENOMEM);
    if (!recorder)
        return NULL;
    snprintf(id, sizeof(id), "crampsim-recorder-%d", getpid());
    recorder->v5 = mqtt->protocol == MQTT_PROTOCOL_5;
    recorder->ledger = ledger;
    recorder->first = first;
    recorder->hubs = hubs;
    recorder->mosq = mosquitto_new(id, !recorder->v5, recorder);
    if (recorder->mosq)
        *why = begin(recorder, mqtt);
    if (!*why && pthread_create(&recorder->thread, NULL, run, recorder) == 0)
        return recorder;
    free_recorder(recorder);
    return NULL;
}

void fleet_recorder_stop(struct fleet_recorder *recorder)
{
    mosquitto_property *properties = NULL;

    if (!recorder)
        return;
    atomic_store(&recorder->stop, true);
    pthread_join(recorder->thread, NULL);
    if (recorder->v5)
        mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, 0);
    mosquitto_disconnect_v5(recorder->mosq, 0, properties);
    mosquitto_property_free_all(&properties);
    mosquitto_loop(recorder->mosq, 50, 1);
    free_recorder(recorder);
}
