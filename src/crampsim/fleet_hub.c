/* SPDX-License-Identifier: MIT */
/* A fleet's hub at its connection: what the daemon's MQTT thread and outbox do, for many in one thread. */
#include "crampsim/fleet_hub_private.h"

#include "base/clock.h"
#include "publish/states.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define ID_PREFIX "fleet"

const char *const fleet_topic_names[FLEET_TOPICS] = {
    [FLEET_EVENTS] = "event",
    [FLEET_HISTORY] = "history",
    [FLEET_TONIGHT] = TOPIC_TONIGHT,
    [FLEET_STATE] = TOPIC_STATE,
    [FLEET_LAST_CRAMP] = TOPIC_LAST_CRAMP,
    [FLEET_FAULT] = TOPIC_FAULT,
    [FLEET_SENSOR_STATUS] = TOPIC_SENSOR_STATUS,
    [FLEET_SETTINGS] = TOPIC_SETTINGS,
    [FLEET_CALIBRATION] = TOPIC_CALIBRATION,
    [FLEET_INFO] = TOPIC_INFO,
    [FLEET_STATUS] = "status",
    [FLEET_DISCOVERY] = "discovery",
    [FLEET_DISCOVERY_LEG] = "discovery_leg",
};

/* In the daemon's order; `online` comes when all have gone out. */
static const enum fleet_topic retained[] = {
    FLEET_DISCOVERY, FLEET_DISCOVERY_LEG, FLEET_INFO,     FLEET_SENSOR_STATUS, FLEET_FAULT,
    FLEET_STATE,     FLEET_TONIGHT,       FLEET_SETTINGS, FLEET_CALIBRATION,   FLEET_LAST_CRAMP,
};

void fleet_hub_id(char id[FLEET_ID_SIZE], unsigned number)
{
    snprintf(id, FLEET_ID_SIZE, ID_PREFIX "%05u", number);
}

int fleet_hub_number(const char *topic)
{
    int number = -1, length = 0;

    if (sscanf(topic, "crampd/" ID_PREFIX "%5d/%n", &number, &length) < 1 || length == 0)
        return -1;
    return number;
}

static void write_topic(const struct fleet_hub *hub, enum fleet_topic topic, char *text, size_t size)
{
    const char *prefix = hub->params.discovery_prefix;

    if (topic == FLEET_DISCOVERY || topic == FLEET_DISCOVERY_LEG)
        snprintf(text, size, "%.100s/device/crampd_%s%s/config", prefix, hub->id,
                 topic == FLEET_DISCOVERY ? "" : "_leg");
    else
        snprintf(text, size, "crampd/%s/%s", hub->id, fleet_topic_names[topic]);
}

static struct fleet_flight *free_flight(struct fleet_hub *hub)
{
    for (int i = 0; i < FLEET_IN_FLIGHT; i++)
        if (!hub->flights[i].mid)
            return &hub->flights[i];
    return NULL;
}

/* QoS 1. False: not up any more. */
static bool send_message(struct fleet_hub *hub, enum fleet_topic topic, const char *payload,
                         struct fleet_flight *flight)
{
    bool retain = topic != FLEET_EVENTS && topic != FLEET_HISTORY;
    char text[160];
    const char *error = "";
    int mid = 0;

    write_topic(hub, topic, text, sizeof(text));
    if (link_publish(hub->link, text, payload, 1, retain, &mid, &error) < 0)
        return false;
    flight->mid = mid;
    flight->topic = topic;
    hub->in_flight++;
    hub->world->messages[topic]++;
    hub->world->bytes[topic] += strlen(payload);
    return true;
}

/* What became of its place among the dirty ones is the caller's. */
static bool send_retained(struct fleet_hub *hub, enum fleet_topic topic)
{
    struct fleet_flight *flight = free_flight(hub);
    struct fleet_world *world = hub->world;

    if (!flight)
        return false;
    if (hub->purging)
        return send_message(hub, topic, "", flight);
    _cleanup_(freep) char *payload = fleet_life_payload(hub, topic);
    if (!payload)
        return true;
    if (topic == FLEET_TONIGHT)
        flight->entry = fleet_ledger_sent(world->ledger, hub->place, payload, world->timing);
    if (send_message(hub, topic, payload, flight))
        return true;
    if (topic == FLEET_TONIGHT)
        fleet_ledger_superseded(world->ledger, hub->place, flight->entry);
    return false;
}

static bool send_parcel(struct fleet_hub *hub, struct fleet_parcel *parcel)
{
    struct fleet_flight *flight = free_flight(hub);

    if (!flight || !send_message(hub, parcel->late ? FLEET_HISTORY : FLEET_EVENTS, parcel->text, flight))
        return false;
    flight->parcel = parcel;
    parcel->in_flight = true;
    return true;
}

/* Hands the connection whatever it takes. */
static void pump(struct fleet_hub *hub)
{
    for (size_t i = 0; i < ARRAY_SIZE(retained) && link_is_up(hub->link); i++)
        if (hub->dirty & BIT(retained[i])) {
            if (!send_retained(hub, retained[i]))
                return;
            hub->dirty &= ~BIT(retained[i]);
        }
    if (link_is_up(hub->link) && hub->up_pending) {
        if (!send_retained(hub, FLEET_STATUS))
            return;
        hub->up_pending = false;
        hub->connected = true;
        if (hub->world->cut_ns && !hub->purging && !hub->leaving)
            fleet_quantile_add(&hub->world->back, ns_to_s(clock_now(clock_monotonic()) - hub->world->cut_ns));
    }
    for (struct fleet_parcel *parcel = hub->parcels; parcel && hub->connected; parcel = parcel->next)
        if (!parcel->in_flight && !send_parcel(hub, parcel))
            return;
}

void fleet_hub_send_event(struct fleet_hub *hub, char *text)
{
    struct fleet_parcel **end = &hub->parcels;
    struct fleet_parcel *parcel = calloc(1, sizeof(*parcel));

    if (!parcel || !text)
        abort(); /* a lost event would be the generator's, not the broker's */
    parcel->text = text;
    parcel->late = !hub->connected;
    parcel->entry =
        fleet_ledger_sent(hub->world->ledger, hub->place, text, hub->world->timing && !parcel->late);
    while (*end)
        end = &(*end)->next;
    *end = parcel;
}

static void drop_parcel(struct fleet_hub *hub, struct fleet_parcel *parcel)
{
    struct fleet_parcel **place = &hub->parcels;

    while (*place && *place != parcel)
        place = &(*place)->next;
    if (*place)
        *place = parcel->next;
    free(parcel->text);
    free(parcel);
}

static void on_up(void *context)
{
    static const enum fleet_topic announcements[] = {FLEET_DISCOVERY, FLEET_DISCOVERY_LEG};
    struct fleet_hub *hub = context;
    char topic[160];
    int mid;

    for (size_t i = 0; i < ARRAY_SIZE(retained); i++)
        hub->dirty |= BIT(retained[i]);
    for (size_t i = 0; i < ARRAY_SIZE(announcements) && !hub->params.discovery; i++)
        hub->dirty &= ~BIT(announcements[i]);
    hub->up_pending = true;
    snprintf(topic, sizeof(topic), "crampd/%s/" TOPIC_COMMAND, hub->id);
    if (link_subscribe(hub->link, topic, &mid) == 0 && hub->params.discovery) {
        snprintf(topic, sizeof(topic), "%.100s/status", hub->params.discovery_prefix);
        link_subscribe(hub->link, topic, &mid);
    }
}

static void forget_flights(struct fleet_hub *hub)
{
    for (int i = 0; i < FLEET_IN_FLIGHT; i++) {
        struct fleet_flight *flight = &hub->flights[i];
        if (flight->mid && flight->topic == FLEET_TONIGHT && !hub->purging)
            fleet_ledger_superseded(hub->world->ledger, hub->place, flight->entry);
        *flight = (struct fleet_flight){.mid = 0};
    }
    hub->in_flight = 0;
}

static void on_down(void *context, enum fault_reason reason, const char *text)
{
    struct fleet_hub *hub = context;
    (void)reason;

    forget_flights(hub);
    for (struct fleet_parcel *parcel = hub->parcels; parcel; parcel = parcel->next) {
        if (!parcel->late)
            fleet_ledger_delayed(hub->world->ledger, hub->place, parcel->entry);
        parcel->late = true;
        parcel->in_flight = false;
    }
    hub->world->downs += hub->connected;
    hub->connected = hub->up_pending = false;
    snprintf(hub->world->why_down, sizeof(hub->world->why_down), "%s", text);
}

static void note_refusal(struct fleet_world *world, const char *error)
{
    world->refused++;
    snprintf(world->why_refused, sizeof(world->why_refused), "%s", error);
}

static void on_answered(void *context, int mid, const char *error)
{
    struct fleet_hub *hub = context;
    struct fleet_flight *flight = hub->flights;

    while (flight < hub->flights + FLEET_IN_FLIGHT && flight->mid != mid)
        flight++;
    if (flight == hub->flights + FLEET_IN_FLIGHT)
        return;
    if (error)
        note_refusal(hub->world, error);
    if (flight->parcel) /* the daemon would offer a refused one again; here it is counted as lost */
        drop_parcel(hub, flight->parcel);
    *flight = (struct fleet_flight){.mid = 0};
    hub->in_flight--;
}

static void on_unsubscribed(void *context, int mid, const char *error)
{
    struct fleet_hub *hub = context;
    (void)mid;

    note_refusal(hub->world, error);
}

static void on_message(void *context, const struct link_message *message)
{
    (void)context, (void)message;
}

struct fleet_hub *fleet_hub_new(struct fleet_world *world, unsigned place)
{
    static const struct link_ops ops = {.up = on_up,
                                        .down = on_down,
                                        .answered = on_answered,
                                        .unsubscribed = on_unsubscribed,
                                        .message = on_message};
    struct fleet_hub *hub = calloc(1, sizeof(*hub));

    if (!hub)
        return NULL;
    hub->world = world;
    hub->place = place;
    hub->number = world->first + place;
    fleet_hub_id(hub->id, hub->number);
    snprintf(hub->client_id, sizeof(hub->client_id), "crampd-%s", hub->id);
    snprintf(hub->status_topic, sizeof(hub->status_topic), "crampd/%s/status", hub->id);
    hub->params = world->mqtt;
    hub->params.hub_id = hub->id;
    const struct link_params params = {.mqtt = &hub->params,
                                       .client_id = hub->client_id,
                                       .will_topic = hub->status_topic,
                                       .will_payload = availability_name(AVAILABILITY_OFFLINE)};
    hub->link = link_new(&params, &ops, hub);
    if (hub->link && fleet_life_begin(hub) == 0)
        return hub;
    fleet_hub_free(hub);
    return NULL;
}

void fleet_hub_free(struct fleet_hub *hub)
{
    if (!hub)
        return;
    while (hub->parcels)
        drop_parcel(hub, hub->parcels);
    fleet_night_clear(&hub->life.night);
    link_free(hub->link);
    free(hub);
}

void fleet_hub_start(struct fleet_hub *hub)
{
    link_start(hub->link);
}

void fleet_hub_io(struct fleet_hub *hub, short revents)
{
    link_io(hub->link, revents);
    pump(hub);
}

void fleet_hub_tick(struct fleet_hub *hub)
{
    link_tick(hub->link);
    pump(hub);
}

void fleet_hub_cut(struct fleet_hub *hub)
{
    if (link_fd(hub->link) >= 0)
        shutdown(link_fd(hub->link), SHUT_RDWR);
}

void fleet_hub_say_goodbye(struct fleet_hub *hub)
{
    hub->leaving = true;
    hub->up_pending = link_is_up(hub->link);
    pump(hub);
}

void fleet_hub_purge(struct fleet_hub *hub)
{
    hub->purging = true;
    for (size_t i = 0; i < ARRAY_SIZE(retained); i++)
        hub->dirty |= BIT(retained[i]);
    hub->up_pending = link_is_up(hub->link);
    pump(hub);
}

void fleet_hub_stop(struct fleet_hub *hub)
{
    link_stop(hub->link);
}

int fleet_hub_fd(const struct fleet_hub *hub)
{
    return link_fd(hub->link);
}

short fleet_hub_poll_events(const struct fleet_hub *hub)
{
    return link_poll_events(hub->link);
}

int64_t fleet_hub_deadline(const struct fleet_hub *hub)
{
    return link_deadline(hub->link);
}

bool fleet_hub_is_up(const struct fleet_hub *hub)
{
    return hub->connected;
}

bool fleet_hub_is_settled(const struct fleet_hub *hub)
{
    return hub->connected && !hub->up_pending && !hub->dirty && hub->in_flight == 0 && !hub->parcels;
}

bool fleet_hub_is_stopped(const struct fleet_hub *hub)
{
    return link_is_idle(hub->link);
}
