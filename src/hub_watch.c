/* SPDX-License-Identifier: MIT */
/* What the hub looks after once a second: wall clock, outputs, night's figures, watchdog. */
#include "hub_private.h"

#include <systemd/sd-daemon.h>

#define OUTPUT_RETRY_NS (60 * NSEC_PER_SEC)
/* Each time wakes systemd, for years; a sixth of the unit's WatchdogSec= is often enough. */
#define FEED_EVERY_NS (5 * NSEC_PER_SEC)

static void follow_wall_clock(struct hub *hub, int64_t now_ns)
{
    if (hub->platform->clock != clock_monotonic())
        return; /* a simulation's evening has the wall time it began with */
    int64_t offset = clock_wall_offset();
    bool synced = clock_is_synced();
    bool stepped = llabs(offset - hub->wall_offset_ns) > NSEC_PER_SEC / 2;

    if (stepped)
        log_notice(LOG_CLOCK, "wall clock moved by %+.1f s; nothing that is running is moved by it",
                   ns_to_s(offset - hub->wall_offset_ns));
    if (synced && (stepped || !hub->clock_synced))
        store_redate(hub->store, hub->boot_id, offset / 1000);
    bool became_right = synced && (stepped || !hub->clock_synced);
    hub->wall_offset_ns = offset;
    hub->clock_synced = synced;
    if (became_right) {
        hub_correct_mute(hub, now_ns);
        hub_date_calibrations(hub);
        hub->states_dirty = true; /* their times can be told now */
    }
    hub_own_fault(hub, OWN_CLOCK, !synced, FAULT_NOT_SYNCED, now_ns);
}

/* So that a power cut costs the diary one batch of the night's figures, not the night. */
static void keep_night(struct hub *hub)
{
    struct policy_view view;

    policy_get_view(pipeline_policy(hub->pipeline), &view);
    if (!view.night || view.tonight.end_ns == TIME_UNKNOWN)
        return;
    struct stamp stamp = hub_stamp(hub, view.tonight.end_ns);
    store_night_progress(hub->store, &view.tonight, &stamp);
}

/* A reminder that cannot remind looks just like a quiet night: so it is a fault, and the lines are tried
 * again. */
static void follow_outputs(struct hub *hub, int64_t now_ns)
{
    struct reminder_view view;

    if (now_ns >= hub->next_output_retry_ns) {
        reminder_retry(hub->reminder);
        hub->next_output_retry_ns = now_ns + OUTPUT_RETRY_NS;
    }
    reminder_get_view(hub->reminder, &view);
    hub_own_fault(hub, OWN_OUTPUT, view.missing > 0, FAULT_OUTPUT, now_ns);
}

/* Fed by progress, not by being alive: the acquiring thread goes round, and samples have come or it has been
   said that they do not. Without the first a hung thread would be a declared fault for ever, and nobody would
   start it again. */
static void feed_watchdog(struct hub *hub)
{
    int64_t now_ns = clock_now(clock_monotonic()); /* systemd's, whatever the platform's says */
    struct acquire_status status;

    if (now_ns < hub->next_feed_ns)
        return;
    acquire_get_status(hub->acquire, &status);
    if (status.rounds == hub->watchdog_rounds ||
        (status.samples == hub->watchdog_samples && !hub_fault_declared(hub)))
        return;
    hub->watchdog_rounds = status.rounds;
    hub->watchdog_samples = status.samples;
    hub->next_feed_ns = now_ns + FEED_EVERY_NS;
    sd_notify(0, "WATCHDOG=1");
}

void hub_watch(struct hub *hub, int64_t now_ns)
{
    follow_wall_clock(hub, now_ns);
    hub_link_tick(hub, now_ns);
    follow_outputs(hub, now_ns);
    feed_watchdog(hub);
    hub_publish_states(hub);
    keep_night(hub);
    hub_follow_calibration(hub);
    hub_note_placement(hub);
    hub_keep_rest(hub, now_ns);
}
