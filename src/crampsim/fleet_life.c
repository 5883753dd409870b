/* SPDX-License-Identifier: MIT */
/* A hub's night turned into events and states. */
#include "build_config.h"
#include "crampsim/fleet_hub_private.h"
#include "crampsim/synth_random.h"
#include "publish/home_assistant.h"
#include "publish/payload.h"
#include "publish/preference.h"
#include "publish/states.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define BOOTED_S        3600.0 /* on the hub's monotonic clock, when its first night began */
#define TONIGHT_EVERY_S 300.0  /* as the daemon's */
#define LEG             LEG_LEFT
#define MUSCLE          MUSCLE_GASTROCNEMIUS

static int64_t monotonic_ns(double hub_s)
{
    return s_to_ns(BOOTED_S + hub_s);
}

static struct stamp stamp_at(const struct fleet_hub *hub, double hub_s)
{
    struct stamp stamp = {.wall_us = hub->world->wall_us + (int64_t)((hub_s - hub->life.offset_s) * 1e6),
                          .clock_synced = true};

    memcpy(stamp.boot_id, hub->life.boot_id, sizeof(stamp.boot_id));
    return stamp;
}

static void mark(struct fleet_hub *hub, enum fleet_topic topic)
{
    hub->dirty |= BIT(topic);
}

/* Where counts, last cramp and faults come from: the events, as in the daemon. */
static void remember(struct fleet_hub *hub, const struct event *event)
{
    struct fleet_life *life = &hub->life;
    struct night_counts *counts = &life->counts;

    switch (event->kind) {
    case EVENT_TENSION_RISE: counts->tension_rises++; break;
    case EVENT_DISMISSED: counts->dismissed[event->dismissed.reason]++; break;
    case EVENT_CRAMP_START: counts->cramps++; break;
    case EVENT_CRAMP_END:
        counts->longest_cramp_s = MAX(counts->longest_cramp_s, event->end.duration_s);
        break;
    case EVENT_REMINDER_START: counts->reminders++; break;
    case EVENT_FAULT: counts->faults++; break;
    default: break;
    }
    if (event->kind == EVENT_REMINDER_START || event->kind == EVENT_REMINDER_STOP) {
        life->occasion = event->reminder.occasion;
        life->reminding = event->kind == EVENT_REMINDER_START && life->occasion == OCCASION_CRAMP;
    }
    if (event->kind == EVENT_CRAMP_START || event->kind == EVENT_CRAMP_END) {
        life->last_cramp = *event;
        mark(hub, FLEET_LAST_CRAMP);
    }
    if (event->kind == EVENT_FAULT || event->kind == EVENT_FAULT_CLEARED) {
        life->fault = *event;
        mark(hub, FLEET_FAULT);
        mark(hub, FLEET_SENSOR_STATUS);
    }
}

static void fill_details(const struct fleet_hub *hub, const struct fleet_step *step, struct event *event)
{
    double duration_s = (double)step->duration_s, ratio = (double)step->ratio;
    int64_t start_ns = event->t_ns - s_to_ns(duration_s);

    switch (event->kind) {
    case EVENT_TENSION_RISE:
    case EVENT_CRAMP_START:
        event->cramp.onset_ns = event->t_ns - 10 * NSEC_PER_SEC;
        event->cramp.rise_ns = event->t_ns - 20 * NSEC_PER_SEC;
        event->cramp.confidence = 0.9;
        event->cramp.ratio = ratio;
        event->cramp.reason = (enum cramp_reason)step->word;
        break;
    case EVENT_CRAMP_END:
        event->end.onset_ns = start_ns;
        event->end.duration_s = duration_s;
        event->end.peak_ratio = ratio;
        event->end.peak_percent = (double)NAN;
        event->end.relief = (enum relief)step->word;
        break;
    case EVENT_DISMISSED:
        event->dismissed.start_ns = start_ns;
        event->dismissed.duration_s = duration_s;
        event->dismissed.peak_ratio = ratio;
        event->dismissed.reason = (enum dismiss_reason)step->word;
        break;
    case EVENT_FAULT:
    case EVENT_FAULT_CLEARED:
        event->fault.source = SOURCE_SENSOR;
        event->fault.reason = (enum fault_reason)step->word;
        event->fault.duration_s = duration_s;
        break;
    case EVENT_REMINDER_START:
    case EVENT_REMINDER_STOP:
        event->reminder.occasion =
            event->kind == EVENT_REMINDER_START ? (enum occasion)step->word : hub->life.occasion;
        event->reminder.stop_reason = (enum stop_reason)step->word; /* of a stop */
        break;
    default: event->night = hub->life.counts; break;
    }
}

static struct event event_of(struct fleet_hub *hub, const struct fleet_step *step, double hub_s)
{
    struct event event = {.kind = (enum event_kind)step->event,
                          .t_ns = monotonic_ns(hub_s),
                          .seq = ++hub->life.seq,
                          .episode = step->episode,
                          .has_site = true,
                          .leg = LEG,
                          .muscle = MUSCLE,
                          .channel = 0};

    if (event.kind == EVENT_REMINDER_START || event.kind == EVENT_REMINDER_STOP ||
        event.kind == EVENT_NIGHT_SUMMARY)
        event.has_site = false;
    snprintf(event.id, sizeof(event.id), "%.8s-%.4s-8000-8000-%04x%08x", hub->life.boot_id,
             hub->life.boot_id + 8, hub->life.number & 0xffff, step->episode);
    fill_details(hub, step, &event);
    return event;
}

static void count_time(struct fleet_life *life)
{
    life->counts.start_ns = monotonic_ns(life->night_s);
    life->counts.end_ns = monotonic_ns(life->now_s);
    life->counts.watched_s = life->now_s - life->night_s;
    life->counts.usable_s = life->counts.watched_s;
}

/* Silent: what was before the fleet began. */
static void take_step(struct fleet_hub *hub, const struct fleet_step *step, bool silent)
{
    struct fleet_life *life = &hub->life;

    life->now_s = life->night_s + (double)step->t_s;
    life->site = (enum episode_state)step->state;
    mark(hub, FLEET_STATE);
    if (step->event == FLEET_NO_EVENT)
        return;
    count_time(life);
    struct event event = event_of(hub, step, life->now_s);
    remember(hub, &event);
    life->tonight_s = life->now_s;
    mark(hub, FLEET_TONIGHT);
    struct stamp stamp = stamp_at(hub, life->now_s);
    if (!silent)
        fleet_hub_send_event(hub, payload_event_text(&event, 0, &stamp));
}

/* False for ENOMEM: then the night has no steps. */
static bool begin_night(struct fleet_hub *hub, unsigned number)
{
    struct fleet_life *life = &hub->life;

    fleet_night_clear(&life->night);
    life->number = number;
    life->next = 0;
    life->night_s = number * FLEET_NIGHT_S;
    life->counts = (struct night_counts){.cramps = 0};
    return fleet_night_draw(&life->night, hub->world->seed, hub->number, number) == 0;
}

static void live_until(struct fleet_hub *hub, double hub_s, bool silent)
{
    struct fleet_life *life = &hub->life;

    for (;;) {
        if (life->next == life->night.count && !begin_night(hub, life->number + 1))
            break;
        const struct fleet_step *step = &life->night.steps[life->next];
        if (life->night_s + (double)step->t_s > hub_s)
            break;
        life->next++;
        take_step(hub, step, silent);
    }
    life->now_s = hub_s;
    count_time(life);
    if (life->now_s - life->tonight_s >= TONIGHT_EVERY_S) {
        life->tonight_s = life->now_s;
        mark(hub, FLEET_TONIGHT);
    }
}

double fleet_hub_play(struct fleet_hub *hub, double t_s)
{
    struct fleet_life *life = &hub->life;

    live_until(hub, t_s + life->offset_s, false);
    double next_s = life->tonight_s + TONIGHT_EVERY_S;
    if (life->next < life->night.count)
        next_s = MIN(next_s, life->night_s + (double)life->night.steps[life->next].t_s);
    return next_s - life->offset_s;
}

int fleet_life_begin(struct fleet_hub *hub)
{
    struct rng rng = rng_fork(hub->world->seed, UINT64_C(0xf1ee7) + hub->number);

    snprintf(hub->life.boot_id, sizeof(hub->life.boot_id), "%016llx%016llx",
             (unsigned long long)rng_next(&rng), (unsigned long long)rng_next(&rng));
    hub->life.offset_s = rng_between(&rng, 0, FLEET_NIGHT_S);
    hub->life.fault.kind = EVENT_FAULT_CLEARED;
    if (!begin_night(hub, 0))
        return -ENOMEM;
    live_until(hub, hub->life.offset_s, true);
    /* `tonight` may be due any moment of its five minutes. */
    hub->life.tonight_s = MAX(hub->life.tonight_s, hub->life.now_s - rng_between(&rng, 0, TONIGHT_EVERY_S));
    return 0;
}

static char *discovery(const struct fleet_hub *hub, bool of_leg)
{
    const struct ha_site site = {LEG, MUSCLE};
    struct ha_device devices[2];

    if (ha_devices(&hub->params, CRAMPD_VERSION, &site, 1, devices) < 0)
        return NULL;
    char *text = devices[of_leg].payload;
    devices[of_leg].payload = NULL;
    ha_devices_free(devices);
    return text;
}

static char *last_cramp(const struct fleet_hub *hub)
{
    const struct event *event = &hub->life.last_cramp;
    bool over = event->kind == EVENT_CRAMP_END;

    if (!event->id[0])
        return states_last_cramp(NULL);
    double onset_s = ns_to_s(over ? event->end.onset_ns : event->cramp.onset_ns) - BOOTED_S;
    struct last_cramp cramp = {.leg = LEG,
                               .muscle = MUSCLE,
                               .id = event->id,
                               .started_us = stamp_at(hub, onset_s).wall_us,
                               .clock_synced = true,
                               .over = over};
    if (over) {
        cramp.duration_s = event->end.duration_s;
        cramp.peak_ratio = event->end.peak_ratio;
        cramp.relief = event->end.relief;
    }
    return states_last_cramp(&cramp);
}

static char *fault_or_status(const struct fleet_hub *hub, bool status)
{
    const struct event *event = &hub->life.fault;
    const struct state_site site = {LEG, MUSCLE, hub->life.site};
    struct active_fault fault = {.source = SOURCE_SENSOR,
                                 .reason = event->fault.reason,
                                 .has_site = true,
                                 .leg = LEG,
                                 .muscle = MUSCLE,
                                 .since_us = stamp_at(hub, ns_to_s(event->t_ns) - BOOTED_S).wall_us};
    unsigned count = event->kind == EVENT_FAULT;
    char text[SENSOR_STATUS_SIZE];

    if (!status)
        return states_fault(&fault, count, true);
    states_sensor_status(text, &fault, count, &site, 1, true);
    return strdup(text);
}

static char *info(const struct fleet_hub *hub)
{
    const struct state_site site = {LEG, MUSCLE, hub->life.site};
    const struct hub_info info = {.version = CRAMPD_VERSION,
                                  .boot_id = hub->life.boot_id,
                                  .started_us = stamp_at(hub, 0).wall_us,
                                  .sites = &site,
                                  .site_count = 1};

    return states_info(&info);
}

/* crampd.conf's defaults: nobody has changed anything. */
static char *settings_text(void)
{
    static const int defaults[preference_count] = {[PREFERENCE_REMINDER_STRENGTH] = 100,
                                                   [PREFERENCE_NIGHT_START] = 21 * 60,
                                                   [PREFERENCE_NIGHT_END] = 9 * 60};
    cJSON *object = cJSON_CreateObject();

    for (int i = 0; i < (int)preference_count; i++)
        cJSON_AddItemToObject(object, preference_name((enum preference)i),
                              preference_json((enum preference)i, defaults[i]));
    cJSON_AddArrayToObject(object, "changed");
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

char *fleet_life_payload(const struct fleet_hub *hub, enum fleet_topic topic)
{
    const struct fleet_life *life = &hub->life;
    const struct state_site site = {LEG, MUSCLE, life->site};
    const struct state_view view = {.sites = &site,
                                    .site_count = 1,
                                    .night = true,
                                    .reminding = life->reminding,
                                    .occasion = life->occasion,
                                    .muted_until_us = WALL_UNKNOWN,
                                    .snoozed_until_us = WALL_UNKNOWN};

    switch (topic) {
    case FLEET_TONIGHT: return states_tonight(&life->counts);
    case FLEET_STATE: return states_state(&view);
    case FLEET_LAST_CRAMP: return last_cramp(hub);
    case FLEET_FAULT: return fault_or_status(hub, false);
    case FLEET_SENSOR_STATUS: return fault_or_status(hub, true);
    case FLEET_SETTINGS: return settings_text();
    case FLEET_CALIBRATION: return strdup("{\"phase\":\"none\",\"hindrance\":null}");
    case FLEET_INFO: return info(hub);
    case FLEET_STATUS:
        return strdup(availability_name(hub->leaving ? AVAILABILITY_OFFLINE : AVAILABILITY_ONLINE));
    case FLEET_DISCOVERY: return discovery(hub, false);
    case FLEET_DISCOVERY_LEG: return discovery(hub, true);
    case FLEET_EVENTS:
    case FLEET_HISTORY:
    case FLEET_TOPICS: break;
    }
    return NULL;
}
