/* SPDX-License-Identifier: MIT */
#include "replay_publish.h"

#include "base/log.h"
#include "guidance.h"
#include "publish/mqtt.h"
#include "publish/payload.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>

/* A person waits for this command: long enough for a slow broker, short enough not to be taken for hung. */
#define PATIENCE_MS 10000
/* On the way at once; the thread's ring holds more. */
#define IN_FLIGHT_MAX 32

struct replay_publisher {
    struct mqtt *mqtt;
    char hub_id[80];
    int64_t start_s;
    char boot_id[33];
    unsigned in_flight, missing;
    bool connected, lost;
};

static void take_notices(struct replay_publisher *p)
{
    struct mqtt_notice notice;

    while (mqtt_next(p->mqtt, &notice)) {
        switch (notice.kind) {
        case MQTT_CONNECTED: p->connected = true; break;
        case MQTT_DISCONNECTED: p->lost = true; break;
        case MQTT_FAILED:
            p->missing++;
            p->in_flight--;
            break;
        case MQTT_ACKNOWLEDGED: p->in_flight--; break;
        case MQTT_COMMAND: break; /* a recording obeys nobody */
        }
        mqtt_notice_clear(&notice);
    }
}

/* Until at most `in_flight` are on their way (and the connection is up), the connection is lost, or patience
 * ends. */
static bool wait_for(struct replay_publisher *p, unsigned in_flight)
{
    struct pollfd fd = {.fd = mqtt_fd(p->mqtt), .events = POLLIN};

    for (;;) {
        take_notices(p);
        if (p->connected && p->in_flight <= in_flight)
            return true;
        if (p->lost || poll(&fd, 1, PATIENCE_MS) <= 0)
            return false;
    }
}

struct replay_publisher *replay_publisher_new(const struct mqtt_params *params, int64_t start_s)
{
    _cleanup_(replay_publisher_freep) struct replay_publisher *p = calloc(1, sizeof(*p));
    struct mqtt_params own = *params;
    sd_id128_t boot;

    if (p) {
        /* Not the hub's own topics: a recording must not make the bedside of this house look online or
         * cramping. */
        snprintf(p->hub_id, sizeof(p->hub_id), "%s%sreplay", params->hub_id, *params->hub_id ? "-" : "");
        own.hub_id = p->hub_id;
    }
    if (!p || !(p->mqtt = mqtt_new(&own)) || mqtt_start(p->mqtt) < 0) {
        log_error(LOG_BROKER, "cannot publish: %s", strerror(errno));
        return NULL;
    }
    p->start_s = start_s;
    if (sd_id128_get_boot(&boot) >= 0)
        sd_id128_to_string(boot, p->boot_id);
    if (!wait_for(p, 0)) {
        log_error(LOG_BROKER,
                  "%s port %d cannot be reached; --publish needs the broker of the settings (group mqtt)",
                  params->host, params->port);
        return NULL;
    }
    struct replay_publisher *made = p;
    p = NULL;
    return made;
}

void replay_publisher_free(struct replay_publisher *p)
{
    if (!p)
        return;
    if (p->mqtt)
        mqtt_stop(p->mqtt, PATIENCE_MS);
    mqtt_free(p->mqtt);
    free(p);
}

void replay_publisher_event(struct replay_publisher *p, const struct event *event)
{
    struct stamp stamp = {.wall_us = p->start_s * 1000000 + event->t_ns / 1000};

    memcpy(stamp.boot_id, p->boot_id, sizeof(stamp.boot_id));
    _cleanup_(freep) char *payload = payload_event_guided(event, 0, &stamp, guidance_of(event));
    if (payload && wait_for(p, IN_FLIGHT_MAX) && mqtt_publish(p->mqtt, (int64_t)event->seq, false, payload))
        p->in_flight++;
    else
        p->missing++;
}

unsigned replay_publisher_finish(struct replay_publisher *p)
{
    wait_for(p, 0);
    return p->missing + p->in_flight;
}
