/* SPDX-License-Identifier: MIT */
/* The retained states and the announcements below crampd/<hub>. */
#include "build_config.h"
#include "hub_private.h"
#include "publish/home_assistant.h"
#include "publish/states.h"

#include <errno.h>
#include <string.h>

/* Watched and usable seconds change all the time; that alone is worth a message this often. */
#define TONIGHT_EVERY_NS (300 * NSEC_PER_SEC)

static bool is_same(const struct active_fault *fault, const struct event *event)
{
    return fault->source == event->fault.source && fault->reason == event->fault.reason &&
           fault->part == event->fault.part && fault->channel == event->channel &&
           fault->has_site == event->has_site && fault->has_leg == event->has_leg &&
           (!(event->has_site || event->has_leg) || fault->leg == event->leg);
}

void hub_note_fault(struct hub *hub, const struct event *event)
{
    struct active_fault *faults = hub->active;
    unsigned i = 0;

    while (i < hub->active_count && !is_same(&faults[i], event))
        i++;
    if (event->kind == EVENT_FAULT_CLEARED && i < hub->active_count) {
        faults[i] = faults[--hub->active_count];
        hub->active_since_ns[i] = hub->active_since_ns[hub->active_count];
    }
    if (event->kind == EVENT_FAULT && i == hub->active_count && i < ARRAY_SIZE(hub->active)) {
        hub->active_since_ns[hub->active_count] = event->t_ns;
        faults[hub->active_count++] = (struct active_fault){.source = event->fault.source,
                                                            .reason = event->fault.reason,
                                                            .part = event->fault.part,
                                                            .channel = event->channel,
                                                            .has_site = event->has_site,
                                                            .has_leg = event->has_leg,
                                                            .leg = event->leg,
                                                            .muscle = event->muscle};
    }
}

bool hub_fault_declared(const struct hub *hub)
{
    for (unsigned i = 0; i < hub->active_count; i++)
        if (hub->active[i].source == SOURCE_SENSOR || hub->active[i].source == SOURCE_BUS)
            return true;
    return false;
}

/* Sends `text` (heap, taken over) unless it is what was sent last. */
static void send_if_new(struct hub *hub, enum hub_topic slot, const char *topic, char *text)
{
    if (!text || (hub->sent[slot] && strcmp(hub->sent[slot], text) == 0) ||
        !mqtt_publish_state(hub->mqtt, topic, text)) {
        free(text);
        return;
    }
    free(hub->sent[slot]);
    hub->sent[slot] = text;
}

static int64_t wall_us(const struct hub *hub, int64_t t_ns)
{
    return t_ns == TIME_UNKNOWN || !hub->clock_synced ? WALL_UNKNOWN : hub_stamp(hub, t_ns).wall_us;
}

static void send_state(struct hub *hub)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    struct state_site sites[EMG_CHANNELS];
    struct policy_view policy;
    enum episode_state overall = EPISODE_QUIET;

    policy_get_view(pipeline_policy(hub->pipeline), &policy);
    for (int i = 0; i < sensor->emg_count; i++) {
        struct detector_view view;
        detector_get_view(pipeline_detector(hub->pipeline), (unsigned)i, &view);
        sites[i] = (struct state_site){
            .leg = sensor->emg[i].leg, .muscle = sensor->emg[i].muscle, .state = view.state};
        if (view.state != EPISODE_BLIND && !hub->leg_seen)
            hub->leg_seen = hub->states_dirty = true;
        if (view.state == EPISODE_CRAMP || overall == EPISODE_QUIET)
            overall = view.state;
    }
    struct state_view state = {.sites = sites,
                               .site_count = (unsigned)sensor->emg_count,
                               .night = policy.night,
                               .reminding = policy.reminding,
                               .occasion = policy.occasion,
                               .muted = policy.muted,
                               .muted_until_us =
                                   policy.muted ? wall_us(hub, policy.muted_until_ns) : WALL_UNKNOWN,
                               .snoozed_until_us = wall_us(hub, policy.snoozed_until_ns)};
    bus_state_changed(hub->bus, episode_state_name(overall), policy.reminding, policy.muted);
    if (!hub->mqtt)
        return;
    send_if_new(hub, TOPIC_SLOT_STATE, TOPIC_STATE, states_state(&state));
    int64_t now = clock_now(hub->platform->clock);
    if (hub->states_dirty || now - hub->tonight_sent_ns >= TONIGHT_EVERY_NS) {
        hub->tonight_sent_ns = now;
        send_if_new(hub, TOPIC_SLOT_TONIGHT, TOPIC_TONIGHT, states_tonight(&policy.tonight));
    }
}

static void send_last_cramp(struct hub *hub)
{
    const struct event *event = &hub->last_cramp;
    bool over = event->kind == EVENT_CRAMP_END;

    if (!event->id[0])
        return; /* none that anybody remembers: what the broker keeps of the last one stays true */
    struct last_cramp cramp = {.leg = event->leg,
                               .muscle = event->muscle,
                               .id = event->id,
                               .started_us = wall_us(hub, over ? event->end.onset_ns : event->cramp.onset_ns),
                               .clock_synced = hub->clock_synced,
                               .over = over};
    if (hub->last_cramp_wall_us > 0) {
        cramp.started_us = hub->last_cramp_wall_us;
        cramp.clock_synced = true;
    }
    if (over) {
        cramp.duration_s = event->end.duration_s;
        cramp.peak_ratio = event->end.peak_ratio;
        cramp.relief = event->end.relief;
    }
    send_if_new(hub, TOPIC_SLOT_LAST_CRAMP, TOPIC_LAST_CRAMP, states_last_cramp(&cramp));
}

void hub_publish_faults(struct hub *hub)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    struct state_site sites[EMG_CHANNELS];
    char status[SENSOR_STATUS_SIZE];

    if (!hub->mqtt)
        return;
    for (int i = 0; i < sensor->emg_count; i++)
        sites[i] = (struct state_site){.leg = sensor->emg[i].leg, .muscle = sensor->emg[i].muscle};

    /* Dated now, not when they began: the clock may have become right since. */
    for (unsigned i = 0; i < hub->active_count; i++)
        hub->active[i].since_us = wall_us(hub, hub->active_since_ns[i]);
    states_sensor_status(status, hub->active, hub->active_count, sites, (unsigned)sensor->emg_count,
                         hub->leg_seen);
    send_if_new(hub, TOPIC_SLOT_SENSOR_STATUS, TOPIC_SENSOR_STATUS, strdup(status));
    send_if_new(hub, TOPIC_SLOT_FAULT, TOPIC_FAULT,
                states_fault(hub->active, hub->active_count, hub->leg_seen));
}

static void send_info(struct hub *hub)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    struct state_site sites[EMG_CHANNELS];
    struct hub_info info = {.version = CRAMPD_VERSION,
                            .boot_id = hub->boot_id,
                            .started_us = wall_us(hub, hub->started_ns),
                            .sites = sites,
                            .site_count = (unsigned)sensor->emg_count};

    for (int i = 0; i < sensor->emg_count; i++)
        sites[i] = (struct state_site){.leg = sensor->emg[i].leg, .muscle = sensor->emg[i].muscle};
    send_if_new(hub, TOPIC_SLOT_INFO, TOPIC_INFO, states_info(&info));
}

void hub_publish_states(struct hub *hub)
{
    send_state(hub);
    if (!hub->mqtt)
        return;
    send_if_new(hub, TOPIC_SLOT_CALIBRATION, TOPIC_CALIBRATION, hub_calibration_state(hub));
    if (hub->states_dirty) {
        send_info(hub);
        send_last_cramp(hub);
        if (hub->preferences.known)
            send_if_new(hub, TOPIC_SLOT_SETTINGS, TOPIC_SETTINGS, hub_preferences_text(hub));
        hub_publish_faults(hub);
        hub->states_dirty = false;
    }
}

void hub_publish_discovery(struct hub *hub)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    struct ha_site sites[EMG_CHANNELS];
    struct ha_device devices[2];

    if (!hub->mqtt || !hub->settings->mqtt.discovery)
        return;
    for (int i = 0; i < sensor->emg_count; i++)
        sites[i] = (struct ha_site){.leg = sensor->emg[i].leg, .muscle = sensor->emg[i].muscle};
    if (ha_devices(&hub->settings->mqtt, CRAMPD_VERSION, sites, (unsigned)sensor->emg_count, devices) < 0)
        return;
    for (int i = 0; i < 2; i++)
        mqtt_publish_discovery(hub->mqtt, devices[i].topic, devices[i].payload);
    ha_devices_free(devices);
}
