/* SPDX-License-Identifier: MIT */
#include "hub.h"

#include "guidance.h"
#include "hub_private.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <time.h>
#include <unistd.h>

/* A source is silent at most ACQUIRE_BLOCK_MAX_S; what has not come by then plus a scheduling delay is
 * missing. */
#define DELIVERY_NS   (500 * NSEC_PER_MSEC)
#define TICK_US       1000000
#define TICK_LEAST_US 20000
#define LIVE_NS       (200 * NSEC_PER_MSEC)
/* 512 blocks: three sources at twenty a second fill it in eight seconds, longer than any stall the loop may
 * have. */
#define BLOCK_SLOTS 512

static int local_minute(const struct hub *hub, int64_t now_ns)
{
    time_t wall = (time_t)((now_ns + hub->wall_offset_ns) / NSEC_PER_SEC);
    struct tm tm;

    if (!hub->clock_synced || !localtime_r(&wall, &tm))
        return -1;
    return tm.tm_hour * 60 + tm.tm_min;
}

static void follow_vibration(struct hub *hub, int64_t now_ns)
{
    bool vibrates = reminder_vibrates(hub->reminder);

    if (vibrates != hub->vibrating)
        detector_set_vibration(pipeline_detector(hub->pipeline), vibrates, now_ns);
    hub->vibrating = vibrates;
}

void hub_step(struct hub *hub)
{
    struct clock *clock = hub->platform->clock;
    /* The time first, the blocks then: what was acquired until DELIVERY_NS before `now` is in the ring by
       now, however late this loop comes to look. */
    int64_t now = clock_now(clock);
    int64_t next, reminder_next;
    struct block block;

    ring_acknowledge(hub->blocks);
    while (ring_get(hub->blocks, &block))
        pipeline_push(hub->pipeline, &block);
    next = pipeline_advance(hub->pipeline, now - DELIVERY_NS, now, local_minute(hub, now));
    reminder_next = reminder_advance(hub->reminder, now);
    follow_vibration(hub, now);
    if (next == TIME_UNKNOWN || (reminder_next != TIME_UNKNOWN && reminder_next < next))
        next = reminder_next;
    if (next == TIME_UNKNOWN) {
        sd_event_source_set_enabled(hub->timer, SD_EVENT_OFF);
        return;
    }
    uint64_t real_now;
    sd_event_now(hub->loop, CLOCK_MONOTONIC, &real_now);
    sd_event_source_set_time(hub->timer, real_now + (uint64_t)(clock_real_delay(clock, next) / 1000));
    sd_event_source_set_enabled(hub->timer, SD_EVENT_ONESHOT);
}

static int on_blocks(_unused_ sd_event_source *source, _unused_ int fd, _unused_ uint32_t revents,
                     void *userdata)
{
    struct hub *hub = userdata;

    hub_step(hub);
    if (hub->mqtt && hub->settings->mqtt.live) {
        int64_t now = clock_now(hub->platform->clock);
        if (now - hub->last_live_ns >= LIVE_NS * (int64_t)hub->platform->clock->speed) {
            hub->last_live_ns = now;
            hub_publish_live(hub);
        }
    }
    return 0;
}

static int on_timer(_unused_ sd_event_source *source, _unused_ uint64_t usec, void *userdata)
{
    hub_step(userdata);
    return 0;
}

/* A second of the hub's clock, so that a night played fast publishes what a night does; within what a machine
   may be asked for. */
static uint64_t tick_us(double speed)
{
    return speed > 1 ? (uint64_t)MAX(TICK_US / speed, TICK_LEAST_US) : TICK_US;
}

static int on_tick(sd_event_source *source, _unused_ uint64_t usec, void *userdata)
{
    struct hub *hub = userdata;
    int64_t now = clock_now(hub->platform->clock);
    uint64_t real_now;

    hub_step(hub);
    hub_watch(hub, now);
    sd_event_now(hub->loop, CLOCK_MONOTONIC, &real_now);
    uint64_t period = tick_us(hub->platform->clock->speed);
    sd_event_source_set_time(source, (real_now / period + 1) * period); /* when a blind sensor wakes, too */
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* What a reload changes at once, and what it cannot. */
static void apply_settings(struct hub *hub, struct settings *fresh)
{
    hub->settings = fresh;
    log_set_level(fresh->log_level);
    guidance_begin(fresh->language);
    pipeline_set_settings(hub->pipeline, fresh);
    hub_preferences_reload(hub);
    log_notice(
        LOG_CONFIG,
        "settings read again: detect, night, reminder, hub.log_level and hub.language are in force now; "
        "changes of wiring, MQTT, D-Bus and diary need `systemctl restart crampd`");
}

/* Wanted, and could not be set up at the start: no reload mends that. */
static bool mqtt_is_broken(const struct hub *hub)
{
    return hub->first_settings->mqtt.enabled && !hub->mqtt;
}

static int on_reload(_unused_ sd_event_source *source, _unused_ const struct signalfd_siginfo *si,
                     void *userdata)
{
    struct hub *hub = userdata;
    struct settings *fresh = NULL;
    _cleanup_(freep) char *errors = NULL;
    size_t size = 0;
    int64_t now = clock_now(hub->platform->clock);

    if (!hub->options.config_path) {
        log_notice(LOG_CONFIG, "asked to reload, but there is no settings file; nothing changes");
        return 0;
    }
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(clock_now(clock_monotonic()) / 1000));
    FILE *stream = open_memstream(&errors, &size);
    int result = stream ? settings_load(hub->options.config_path, stream, &fresh) : -ENOMEM;
    if (stream)
        fclose(stream);
    if (result == 0) {
        struct settings *old = hub->settings;
        apply_settings(hub, fresh);
        if (old != hub->first_settings)
            settings_free(old);
    } else {
        log_error(LOG_CONFIG, "%s not taken, the settings in force stay:\n%s", hub->options.config_path,
                  errors && *errors ? errors : strerror(-result));
    }
    hub_own_fault(hub, OWN_CONFIG, result != 0 || mqtt_is_broken(hub), FAULT_INVALID, now);
    sd_notify(0, "READY=1");
    return 0;
}

static int on_quit(_unused_ sd_event_source *source, _unused_ int fd, _unused_ uint32_t revents,
                   void *userdata)
{
    struct hub *hub = userdata;
    return sd_event_exit(hub->loop, EXIT_SUCCESS);
}

static int on_terminate(_unused_ sd_event_source *source, const struct signalfd_siginfo *si, void *userdata)
{
    struct hub *hub = userdata;
    log_info(LOG_CRAMPD, "stopping (%s)", si->ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
    return sd_event_exit(hub->loop, EXIT_SUCCESS);
}

static int make_loop(struct hub *hub)
{
    sigset_t mask;
    int r;

    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &mask, NULL); /* before any thread, so that every thread inherits it */
    signal(SIGPIPE, SIG_IGN);                /* OpenSSL below libmosquitto write()s to dead sockets */

    if ((r = sd_event_new(&hub->loop)) < 0 ||
        (r = sd_event_add_signal(hub->loop, NULL, SIGTERM, on_terminate, hub)) < 0 ||
        (r = sd_event_add_signal(hub->loop, NULL, SIGINT, on_terminate, hub)) < 0 ||
        (r = sd_event_add_signal(hub->loop, NULL, SIGHUP, on_reload, hub)) < 0 ||
        (r = sd_event_add_time(hub->loop, &hub->timer, CLOCK_MONOTONIC, 0, 1000, on_timer, hub)) < 0 ||
        (r = sd_event_add_time(hub->loop, NULL, CLOCK_MONOTONIC, 0, 10000, on_tick, hub)) < 0 ||
        (r = sd_event_add_io(hub->loop, NULL, hub->quit_fd, EPOLLIN, on_quit, hub)) < 0)
        return r;
    return sd_event_add_io(hub->loop, NULL, ring_fd(hub->blocks), EPOLLIN, on_blocks, hub);
}

static struct pipeline *make_pipeline(struct hub *hub)
{
    static const struct pipeline_ops ops = {.remind = hub_remind, .tell = hub_tell};
    const struct sensor_params *sensor = &hub->settings->sensor;
    struct detector_channel channels[EMG_CHANNELS];
    struct detector_imu imus[IMU_SOURCES];
    unsigned imu_count = 0;
    sd_id128_t run_id;

    for (int i = 0; i < sensor->emg_count; i++) {
        const struct emg_params *emg = &sensor->emg[i];
        /* Where the ADC's range or its supply ends, as seen at the electrode. */
        double rail_v = MIN(emg->adc_range_v - emg->reference_v, emg->reference_v);
        channels[i] = (struct detector_channel){.leg = emg->leg,
                                                .muscle = emg->muscle,
                                                .input = emg->input,
                                                .clip_uv = rail_v > 0 ? rail_v / emg->gain * 1e6 : 0};
    }
    for (int i = 0; i < sensor->imu_count; i++)
        if (sensor->imu[i].chip != IMU_NONE)
            imus[imu_count++].leg = sensor->imu[i].leg;
    if (sd_id128_randomize(&run_id) < 0)
        return NULL;
    /* (boot, seq) is unique over restarts: no run makes a million events a second. */
    return pipeline_new(hub->settings, channels, (unsigned)sensor->emg_count, imus, imu_count, &ops, hub,
                        run_id.bytes, (uint64_t)(clock_now(clock_monotonic()) / NSEC_PER_USEC));
}

static int make_parts(struct hub *hub)
{
    const struct settings *s = hub->settings;
    sd_id128_t boot;

    if (sd_id128_get_boot(&boot) >= 0)
        sd_id128_to_string(boot, hub->boot_id);
    hub->wall_offset_ns =
        clock_wall_offset() + clock_now(clock_monotonic()) - clock_now(hub->platform->clock);
    hub->started_ns = clock_now(hub->platform->clock);
    hub->clock_synced = clock_is_synced() || hub->platform->clock != clock_monotonic();
    hub->quit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    hub->blocks = ring_new(BLOCK_SLOTS, sizeof(struct block));
    if (hub->quit_fd < 0 || !hub->blocks)
        return -errno;
    /* The reminder's lines first: off before anything else can take time. */
    if (!(hub->reminder = reminder_new(&s->reminder, hub->platform)) ||
        !(hub->store = store_new(&s->store)) || !(hub->pipeline = make_pipeline(hub)) ||
        !(hub->acquire = acquire_new(&s->sensor, hub->platform, hub->blocks)))
        return -errno;
    hub_preferences_begin(hub);
    hub_resume_rest(hub);
    int result = make_loop(hub);
    if (result < 0)
        return result;
    if (s->mqtt.enabled && !(hub->mqtt = mqtt_new(&s->mqtt)))
        hub_own_fault(hub, OWN_CONFIG, true, FAULT_INVALID, clock_now(hub->platform->clock));
    /* Away until it has been reached: a resolver that never answers says nothing by itself. */
    if (hub->mqtt)
        hub_own_fault(hub, OWN_BROKER, true, FAULT_UNREACHABLE, clock_now(hub->platform->clock));
    return hub_link_attach(hub);
}

struct hub *hub_new(struct settings *settings, struct platform *platform, const struct hub_options *options)
{
    _cleanup_(hub_freep) struct hub *hub = calloc(1, sizeof(*hub));

    if (!hub) {
        settings_free(settings);
        return NULL;
    }
    hub->settings = hub->first_settings = settings;
    hub->platform = platform;
    hub->options = *options;
    hub->quit_fd = hub->rest_fd = -1;
    hub->drain.again_ns = TIME_UNKNOWN;
    hub->own[OWN_BROKER] = (struct own_fault){.source = SOURCE_BROKER, .grace_ns = 5 * NSEC_PER_SEC};
    hub->own[OWN_DISK] = (struct own_fault){.source = SOURCE_DISK};
    /* A hub without internet may never be synchronised; a quarter of an hour after boot it is worth a word.
     */
    hub->own[OWN_CLOCK] = (struct own_fault){.source = SOURCE_CLOCK, .grace_ns = 900 * NSEC_PER_SEC};
    hub->own[OWN_CONFIG] = (struct own_fault){.source = SOURCE_CONFIG};
    hub->own[OWN_OUTPUT] = (struct own_fault){.source = SOURCE_CONFIG};
    log_set_level(settings->log_level);
    guidance_begin(settings->language);
    int result = make_parts(hub);
    if (result < 0) {
        hub_free(hub);
        hub = NULL;
        errno = -result;
        return NULL;
    }
    struct hub *made = hub;
    hub = NULL;
    return made;
}

int hub_run(struct hub *hub)
{
    int result;

    if ((result = store_start(hub->store)) < 0 || (hub->mqtt && (result = mqtt_start(hub->mqtt)) < 0) ||
        (result = acquire_start(hub->acquire)) < 0) {
        log_error(LOG_CRAMPD, "cannot start a thread: %s", strerror(-result));
        return EXIT_FAILURE;
    }
    /* Rows of an earlier run of this boot may have been written before the clock was right. */
    if (hub->clock_synced && hub->platform->clock == clock_monotonic())
        store_redate(hub->store, hub->boot_id, hub->wall_offset_ns / 1000);
    sd_notify(0, "READY=1\nSTATUS=Watching");
    result = sd_event_loop(hub->loop);
    sd_notify(0, "STOPPING=1");
    if (result < 0) {
        log_error(LOG_BUG, "event loop: %s", strerror(-result));
        return EXIT_FAILURE;
    }
    return result;
}

/* In the order of the way of a sample, so that every stage can hand on what it still has. */
static void stop(struct hub *hub)
{
    struct block block;
    int64_t now = clock_now(hub->platform->clock);

    acquire_stop(hub->acquire);
    while (hub->pipeline && ring_get(hub->blocks, &block))
        pipeline_push(hub->pipeline, &block);
    if (hub->pipeline && hub->reminder && hub->store)
        pipeline_finish(hub->pipeline, now);
    reminder_free(hub->reminder);
    hub->reminder = NULL;
    if (hub->mqtt)
        mqtt_stop(hub->mqtt, 3000);
    hub_link_settle(hub);
    if (hub->store)
        store_stop(hub->store, 10000);
}

void hub_free(struct hub *hub)
{
    if (!hub)
        return;
    if (hub->acquire && hub->loop)
        stop(hub);
    acquire_free(hub->acquire);
    pipeline_free(hub->pipeline);
    reminder_free(hub->reminder);
    bus_free(hub->bus);
    mqtt_free(hub->mqtt);
    store_free(hub->store);
    ring_free(hub->blocks);
    for (int i = 0; i < TOPIC_SLOTS; i++)
        free(hub->sent[i]);
    sd_event_source_unref(hub->timer);
    sd_event_unref(hub->loop);
    if (hub->quit_fd >= 0)
        close(hub->quit_fd);
    if (hub->rest_fd >= 0)
        close(hub->rest_fd);
    if (hub->settings != hub->first_settings)
        settings_free(hub->settings);
    settings_free(hub->first_settings);
    free(hub);
}

void hub_quit(struct hub *hub)
{
    const uint64_t one = 1;
    ssize_t written = write(hub->quit_fd, &one, sizeof(one));
    (void)written;
}

size_t hub_backlog(const struct hub *hub)
{
    return ring_used(hub->blocks);
}
