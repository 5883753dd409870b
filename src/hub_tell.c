/* SPDX-License-Identifier: MIT */
/*
 * Events out of the loop: the reminder at once, then MQTT, journal, D-Bus and the store. Each of them only
 * takes a copy; nobody here waits.
 */
#include "guidance.h"
#include "hub_private.h"
#include "publish/journal.h"
#include "publish/payload.h"

#include <math.h>
#include <string.h>

struct stamp hub_stamp(const struct hub *hub, int64_t t_ns)
{
    struct stamp stamp = {.wall_us = (t_ns + hub->wall_offset_ns) / 1000, .clock_synced = hub->clock_synced};

    memcpy(stamp.boot_id, hub->boot_id, sizeof(stamp.boot_id));
    return stamp;
}

void hub_remind(void *context, const struct event *event)
{
    struct hub *hub = context;

    reminder_on_event(hub->reminder, event);
    reminder_advance(hub->reminder, clock_now(hub->platform->clock));
}

void hub_note_cramp(struct hub *hub, const struct event *event, int64_t onset_wall_us)
{
    hub->last_cramp = *event;
    hub->last_cramp_wall_us = onset_wall_us;
    hub->states_dirty = true;
}

static void keep_for_states(struct hub *hub, const struct event *event)
{
    /* An end that nobody saw is of an earlier run's cramp, and older than any of this run. */
    bool seen = event->kind != EVENT_CRAMP_END || isfinite(event->end.duration_s);
    if ((event->kind == EVENT_CRAMP_START || event->kind == EVENT_CRAMP_END) &&
        (seen || !hub->last_cramp.id[0]))
        hub_note_cramp(hub, event, 0);
    if (event->kind == EVENT_FAULT || event->kind == EVENT_FAULT_CLEARED)
        hub_note_fault(hub, event);
    if (event->kind == EVENT_MUTED || event->kind == EVENT_UNMUTED) {
        struct policy_view view;
        hub->restored_mute_us = 0; /* somebody has decided anew */
        policy_get_view(pipeline_policy(hub->pipeline), &view);
        store_set_mute(hub->store, view.muted ? (view.muted_until_ns + hub->wall_offset_ns) / 1000 : 0);
    }
    hub->states_dirty = true;
}

void hub_tell(void *context, const struct event *event)
{
    struct hub *hub = context;
    struct stamp stamp = hub_stamp(hub, event->t_ns);
    _cleanup_(freep) char *payload = payload_event_guided(event, 0, &stamp, guidance_of(event));
    static struct log_limit limit = {.interval_ns = 60 * NSEC_PER_SEC, .burst = 1};

    bool sent = hub->mqtt && payload && mqtt_is_connected(hub->mqtt) &&
                mqtt_publish(hub->mqtt, (int64_t)event->seq, false, payload);
    if (sent)
        hub->live_in_flight++;
    else if (hub->mqtt && mqtt_is_connected(hub->mqtt))
        hub_drain_later(hub); /* the broker is there, but takes so little that the queue is full */
    journal_event(event, &stamp);
    if (hub->bus && payload)
        bus_event(hub->bus, payload);
    if (!store_event(hub->store, event, &stamp, hub->mqtt ? payload : NULL)) {
        hub->lost_events++;
        if (log_allowed(&limit, clock_now(clock_monotonic()), NULL))
            log_error(LOG_DISK,
                      "the diary's queue is full; %llu events not kept so far, the last one (%s) %s",
                      (unsigned long long)hub->lost_events, event_kind_name(event->kind),
                      sent ? "was told to the home" : "was told to nobody");
    }
    keep_for_states(hub, event);
}
