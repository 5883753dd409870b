/* SPDX-License-Identifier: MIT */
/*
 * What comes back into the loop: notices of the MQTT and store threads, calls over D-Bus.
 *
 * The outbox: an event is stored with its payload and, when connected, sent live at once. What the broker
 * acknowledges leaves the outbox. After a (re)connect everything older than the connection that is still
 * there goes to <base>/history, batch by batch, so that no event is ever new twice and none is lost.
 */
#include "hub_private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DRAIN_BATCH 64
/* An event that the broker would not take is offered again after this long. */
#define DRAIN_AGAIN_NS (30 * NSEC_PER_SEC)

void hub_drain_later(struct hub *hub)
{
    if (hub->drain.again_ns == TIME_UNKNOWN)
        hub->drain.again_ns = clock_now(hub->platform->clock) + DRAIN_AGAIN_NS;
}

static void drain_fetch(struct hub *hub, uint64_t after_token)
{
    struct drain *drain = &hub->drain;

    drain->fetch++;
    drain->batch_complete = false;
    drain->batch_count = 0;
    drain->running = store_fetch_outbox(hub->store, drain->fetch, DRAIN_BATCH, drain->below_seq, after_token);
    if (!drain->running)
        hub_drain_later(hub);
}

static void drain_begin(struct hub *hub)
{
    if (hub->drain.running || !mqtt_is_connected(hub->mqtt))
        return;
    hub->drain = (struct drain){
        .fetch = hub->drain.fetch, .below_seq = pipeline_next_seq(hub->pipeline), .again_ns = TIME_UNKNOWN};
    drain_fetch(hub, 0);
}

/* Whole batch answered and acknowledged: the next one, or done. */
static void drain_go_on(struct hub *hub)
{
    struct drain *drain = &hub->drain;

    if (!drain->running || !drain->batch_complete || drain->in_flight > 0)
        return;
    if (drain->batch_count == DRAIN_BATCH)
        drain_fetch(hub, drain->last_token);
    else
        drain->running = false;
}

static void on_outbox_row(struct hub *hub, struct store_notice *notice)
{
    struct drain *drain = &hub->drain;

    if (!drain->running || notice->fetch != drain->fetch)
        return; /* its connection is gone: the rows stay where they are */
    drain->last_token = notice->token;
    drain->batch_count++;
    if (notice->text && mqtt_publish(hub->mqtt, (int64_t)notice->token, true, notice->text))
        drain->in_flight++;
    else
        hub_drain_later(hub);
}

static void on_outbox_end(struct hub *hub, const struct store_notice *notice)
{
    if (!hub->drain.running || notice->fetch != hub->drain.fetch)
        return;
    if (notice->error)
        hub_drain_later(hub);
    hub->drain.batch_complete = true;
    drain_go_on(hub);
}

static void on_acknowledged(struct hub *hub, int64_t token, bool delivered)
{
    bool late = (uint64_t)token & STORE_TOKEN_ROW;
    unsigned *in_flight = late ? &hub->drain.in_flight : &hub->live_in_flight;

    if (*in_flight > 0)
        (*in_flight)--;
    if (delivered)
        store_delivered(hub->store, (uint64_t)token);
    else
        hub_drain_later(hub);
    drain_go_on(hub);
}

static void on_mqtt_notice(struct hub *hub, struct mqtt_notice *notice)
{
    int64_t now = clock_now(hub->platform->clock);

    if (hub->stopping && notice->kind != MQTT_ACKNOWLEDGED)
        return;
    switch (notice->kind) {
    case MQTT_CONNECTED:
        drain_begin(
            hub); /* first: the fault's end below is already a live event, and must not be history too */
        hub_own_fault(hub, OWN_BROKER, false, FAULT_UNREACHABLE, now);
        hub->states_dirty = true;
        break;
    case MQTT_DISCONNECTED:
        hub->drain = (struct drain){.fetch = hub->drain.fetch, .again_ns = TIME_UNKNOWN};
        hub->live_in_flight = 0;
        hub_own_fault(hub, OWN_BROKER, true, notice->reason, now);
        break;
    case MQTT_ACKNOWLEDGED: on_acknowledged(hub, notice->token, true); break;
    case MQTT_FAILED: on_acknowledged(hub, notice->token, false); break;
    case MQTT_COMMAND: hub_command_text(hub, notice); break;
    }
}

static int on_mqtt(_unused_ sd_event_source *source, _unused_ int fd, _unused_ uint32_t revents,
                   void *userdata)
{
    struct hub *hub = userdata;
    struct mqtt_notice notice;

    while (mqtt_next(hub->mqtt, &notice)) {
        on_mqtt_notice(hub, &notice);
        mqtt_notice_clear(&notice);
    }
    return 0;
}

/* A cramp that was going on when an earlier run died. It is told that it is over, though not when: else the
   home would believe for ever that it goes on. If it does, it is recognised anew. */
static void on_unfinished(struct hub *hub, const struct store_notice *notice, int64_t now_ns)
{
    struct event event = {.kind = EVENT_CRAMP_END,
                          .t_ns = now_ns,
                          .has_site = notice->has_site,
                          .leg = notice->leg,
                          .muscle = notice->muscle,
                          .channel = -1};

    event.end.onset_ns = TIME_UNKNOWN;
    if (notice->wall_us > 0 && hub->clock_synced)
        event.end.onset_ns = notice->wall_us * NSEC_PER_USEC - hub->wall_offset_ns;
    event.end.duration_s = event.end.peak_ratio = event.end.peak_percent = NAN;
    event.end.relief = RELIEF_UNKNOWN;
    snprintf(event.id, sizeof(event.id), "%s", notice->text ? notice->text : "");
    if (event.id[0])
        pipeline_emit(hub->pipeline, &event);
}

/* What the broker keeps of it may be gone: after a power cut both begin anew. */
static void on_last_cramp(struct hub *hub, const struct store_notice *notice)
{
    struct event event = {.kind = EVENT_CRAMP_END,
                          .t_ns = TIME_UNKNOWN,
                          .has_site = notice->has_site,
                          .leg = notice->leg,
                          .muscle = notice->muscle,
                          .channel = -1};

    event.end.onset_ns = TIME_UNKNOWN;
    event.end.duration_s = notice->duration_s;
    event.end.peak_ratio = notice->peak_ratio;
    event.end.relief = notice->relief;
    snprintf(event.id, sizeof(event.id), "%s", notice->text ? notice->text : "");
    if (!hub->last_cramp.id[0] && event.has_site)
        hub_note_cramp(hub, &event, notice->wall_us);
}

static void on_store_notice(struct hub *hub, struct store_notice *notice)
{
    int64_t now = clock_now(hub->platform->clock);

    switch (notice->kind) {
    case STORE_FAULT:
        if (notice->text)
            log_warning(LOG_DISK, "%s", notice->text);
        hub_own_fault(hub, OWN_DISK, true, notice->reason, now);
        hub->preferences.known = true;
        break;
    case STORE_RECOVERED:
        hub_own_fault(hub, OWN_DISK, false, notice->reason, now);
        hub->drain.again_ns = now; /* what could not be read when the connection came */
        break;
    case STORE_OUTBOX: on_outbox_row(hub, notice); break;
    case STORE_OUTBOX_END: on_outbox_end(hub, notice); break;
    case STORE_ANSWER: bus_reply(hub->bus, notice->token, notice->error, notice->text); break;
    case STORE_CALIBRATION: hub_restore_calibration(hub, notice); break;
    case STORE_LAST_CRAMP: on_last_cramp(hub, notice); break;
    case STORE_PREFERENCE: hub_restore_preference(hub, notice->preference, notice->value); break;
    case STORE_UNFINISHED: on_unfinished(hub, notice, now); break;
    case STORE_MUTE:
        hub->restored_mute_us = notice->wall_us;
        policy_restore_mute(pipeline_policy(hub->pipeline), notice->wall_us * 1000 - hub->wall_offset_ns,
                            now);
        break;
    }
}

static int on_store(_unused_ sd_event_source *source, _unused_ int fd, _unused_ uint32_t revents,
                    void *userdata)
{
    struct hub *hub = userdata;
    struct store_notice notice;

    while (store_next(hub->store, &notice)) {
        on_store_notice(hub, &notice);
        free(notice.text);
    }
    return 0;
}

int hub_run_command(struct hub *hub, enum command command, double seconds, enum origin origin)
{
    int result = pipeline_command(hub->pipeline, command, seconds, origin, clock_now(hub->platform->clock));

    if (result == 0)
        hub->states_dirty = true;
    hub_step(hub); /* so that a reminder that was stopped is silent now */
    return result;
}

/* A mute of an earlier run is kept in wall time. If that was wrong when it was restored, a person could be
   without reminders for hours longer than asked for. */
void hub_correct_mute(struct hub *hub, int64_t now_ns)
{
    int64_t until_ns = hub->restored_mute_us * 1000 - hub->wall_offset_ns;
    struct policy_view view;

    policy_get_view(pipeline_policy(hub->pipeline), &view);
    if (hub->restored_mute_us == 0 || !view.muted || until_ns >= view.muted_until_ns)
        return;
    if (until_ns <= now_ns)
        hub_run_command(hub, COMMAND_UNMUTE, 0, ORIGIN_POLICY);
    else
        hub_run_command(hub, COMMAND_MUTE, ns_to_s(until_ns - now_ns), ORIGIN_POLICY);
}

static char *bus_status(void *context)
{
    return hub_status_text(context);
}

static char *bus_measure(void *context)
{
    return hub_measure_text(context);
}

static char *bus_calibration(void *context)
{
    return hub_calibration_text(context);
}

static int bus_calibrate(void *context, enum bus_calibrate what, int leg)
{
    return hub_calibrate(context, what, leg);
}

static int bus_query(void *context, const char *what, unsigned limit, uint64_t token)
{
    struct hub *hub = context;
    return store_query(hub->store, what, limit, token) ? 0 : -EBUSY;
}

static char *bus_tell(void *context, const char *json)
{
    return hub_tell_text(context, json);
}

static int bus_command(void *context, enum command command, double seconds)
{
    return hub_run_command(context, command, seconds, ORIGIN_DBUS);
}

int hub_link_attach(struct hub *hub)
{
    static const struct bus_ops ops = {.status = bus_status,
                                       .measure = bus_measure,
                                       .calibration = bus_calibration,
                                       .calibrate = bus_calibrate,
                                       .query = bus_query,
                                       .tell = bus_tell,
                                       .command = bus_command};
    int r;

    if ((r = sd_event_add_io(hub->loop, NULL, store_fd(hub->store), EPOLLIN, on_store, hub)) < 0)
        return r;
    if (hub->mqtt && (r = sd_event_add_io(hub->loop, NULL, mqtt_fd(hub->mqtt), EPOLLIN, on_mqtt, hub)) < 0)
        return r;
    hub_publish_discovery(hub);
    /* Before the first connection, so that nothing an earlier run left at the broker outlives it. */
    hub_publish_faults(hub);
    hub->states_dirty = true;
    hub->bus = bus_new(&hub->settings->control, hub->loop, &ops, hub);
    return hub->bus ? 0 : -ENOMEM;
}

static void tell_own_fault(struct hub *hub, struct own_fault *fault, bool declared, int64_t now_ns)
{
    struct event event = {
        .kind = declared ? EVENT_FAULT : EVENT_FAULT_CLEARED, .t_ns = now_ns, .channel = -1};

    event.fault.source = fault->source;
    event.fault.reason = fault->reason;
    event.fault.duration_s = declared ? 0 : ns_to_s(now_ns - fault->since_ns);
    fault->declared = declared;
    pipeline_emit(hub->pipeline, &event);
    hub->states_dirty = true;
}

void hub_own_fault(struct hub *hub, int which, bool present, enum fault_reason reason, int64_t now_ns)
{
    struct own_fault *fault = &hub->own[which];
    int64_t real_ns = clock_now(clock_monotonic());

    if (present && !fault->present) {
        fault->since_ns = now_ns;
        fault->since_real_ns = real_ns;
    }
    fault->present = present;
    /* Over, or of another cause than was told (a broker that could not be reached and now refuses). */
    if (fault->declared && (!present || reason != fault->reason))
        tell_own_fault(hub, fault, false, now_ns);
    if (present)
        fault->reason = reason;
    if (present && !fault->declared && real_ns - fault->since_real_ns >= fault->grace_ns)
        tell_own_fault(hub, fault, true, now_ns);
}

void hub_link_settle(struct hub *hub)
{
    hub->stopping = true;
    if (hub->mqtt)
        on_mqtt(NULL, -1, 0, hub);
}

void hub_link_tick(struct hub *hub, int64_t now_ns)
{
    if (hub->mqtt)
        on_mqtt(NULL, -1, 0, hub);
    if (hub->store)
        on_store(NULL, -1, 0, hub);
    for (int i = 0; i < OWN_FAULTS; i++)
        hub_own_fault(hub, i, hub->own[i].present, hub->own[i].reason, now_ns);
    if (hub->mqtt && hub->drain.again_ns != TIME_UNKNOWN && now_ns >= hub->drain.again_ns &&
        !hub->drain.running && hub->live_in_flight == 0)
        drain_begin(hub);
}
