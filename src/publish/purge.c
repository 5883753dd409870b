/* SPDX-License-Identifier: MIT */
#include "publish/purge.h"

#include "base/clock.h"
#include "publish/home_assistant.h"
#include "publish/identity.h"
#include "publish/link.h"
#include "publish/secret.h"
#include "publish/states.h"

#include <errno.h>
#include <mosquitto.h>
#include <poll.h>
#include <string.h>

/* For the connection and all answers; a person waits. */
#define PATIENCE_NS (30 * NSEC_PER_SEC)
#define TOPIC_SIZE  256

/* Below <base>: all that is ever retained there. */
static const char *const retained[] = {TOPIC_STATUS,   TOPIC_SENSOR_STATUS, TOPIC_STATE,
                                       TOPIC_TONIGHT,  TOPIC_LAST_CRAMP,    TOPIC_FAULT,
                                       TOPIC_SETTINGS, TOPIC_CALIBRATION,   TOPIC_INFO};
#define TOPICS (ARRAY_SIZE(retained) + HA_DEVICES)

struct purge {
    struct link *link;
    char topic[TOPICS][TOPIC_SIZE];
    int mid[TOPICS];
    unsigned answered;
    int refused;
    int error; /* negative errno: it is over */
    FILE *said, *complaints;
};

static void on_up(void *context)
{
    struct purge *purge = context;
    const char *error = "";

    for (unsigned i = 0; i < TOPICS && purge->error == 0; i++) {
        int r = link_publish(purge->link, purge->topic[i], "", 1, true, &purge->mid[i], &error);
        if (r == -EINVAL)
            fprintf(purge->complaints, "%s: %s\n", purge->topic[i], error);
        if (r < 0)
            purge->error = r;
    }
}

static void on_down(void *context, enum fault_reason reason, const char *text)
{
    struct purge *purge = context;
    (void)reason;

    if (purge->error == 0)
        fprintf(purge->complaints, "%s\n", text);
    purge->error = -ECONNREFUSED;
}

static void on_answered(void *context, int mid, const char *error)
{
    struct purge *purge = context;

    for (unsigned i = 0; i < TOPICS; i++) {
        if (purge->mid[i] != mid)
            continue;
        purge->mid[i] = -1;
        purge->answered++;
        purge->refused += error != NULL;
        fprintf(purge->said, "%s%s%s\n", purge->topic[i], error ? ": not cleared: " : "", error ? error : "");
        return;
    }
}

static void name_topics(struct purge *purge, const struct mqtt_params *params, const char *hub)
{
    unsigned count = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(retained); i++)
        snprintf(purge->topic[count++], TOPIC_SIZE, "crampd/%s/%s", hub, retained[i]);
    for (enum ha_device_kind kind = 0; kind < HA_DEVICES; kind++)
        ha_discovery_topic(purge->topic[count++], TOPIC_SIZE, params->discovery_prefix, hub, kind);
}

static void run(struct purge *purge)
{
    int64_t until_ns = clock_now(clock_monotonic()) + PATIENCE_NS;

    link_start(purge->link);
    while (purge->error == 0 && purge->answered < TOPICS) {
        struct pollfd fd = {.fd = link_fd(purge->link), .events = link_poll_events(purge->link)};
        if (poll(&fd, 1, 100) > 0)
            link_io(purge->link, fd.revents);
        link_tick(purge->link);
        if (purge->error == 0 && purge->answered < TOPICS && clock_now(clock_monotonic()) > until_ns) {
            fprintf(purge->complaints, "the broker does not answer\n");
            purge->error = -ETIMEDOUT;
        }
    }
    link_stop(purge->link);
    while (!link_is_idle(purge->link) && clock_now(clock_monotonic()) < until_ns + NSEC_PER_SEC) {
        struct pollfd fd = {.fd = link_fd(purge->link), .events = link_poll_events(purge->link)};
        if (poll(&fd, 1, 100) > 0)
            link_io(purge->link, fd.revents);
        link_tick(purge->link);
    }
}

int purge_retained(const struct mqtt_params *params, FILE *said, FILE *complaints)
{
    static const struct link_ops ops = {.up = on_up, .down = on_down, .answered = on_answered};
    struct purge purge = {.said = said, .complaints = complaints};
    _cleanup_(secret_freep) char *password = NULL;
    char hub[HUB_ID_SIZE], client_id[HUB_ID_SIZE + 32];

    identity_hub_id(hub, params->hub_id);
    snprintf(client_id, sizeof(client_id), "crampd-%s-purge", hub);
    name_topics(&purge, params, hub);
    memset(purge.mid, -1, sizeof(purge.mid));
    int r = params->username[0] ? secret_read("mqtt-password", params->password_file, &password) : 0;
    if (r < 0)
        return r; /* it has said why */
    const struct link_params link = {.mqtt = params, .client_id = client_id, .password = password};
    mosquitto_lib_init();
    purge.link = link_new(&link, &ops, &purge);
    if (purge.link)
        run(&purge);
    else
        purge.error = -ENOMEM;
    link_free(purge.link);
    mosquitto_lib_cleanup();
    return purge.error < 0 ? purge.error : purge.refused;
}
