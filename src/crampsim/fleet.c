/* SPDX-License-Identifier: MIT */
/* crampsim fleet: many hubs' nights on a real broker, heard by a recorder. */
#include "base/clock.h"
#include "config/settings.h"
#include "crampsim/fleet_loop.h"
#include "crampsim/fleet_options.h"
#include "crampsim/fleet_recorder.h"
#include "crampsim/fleet_report.h"
#include "crampsim/subcommand.h"

#include <errno.h>
#include <math.h>
#include <mosquitto.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define LOOK_NS       (50 * NSEC_PER_MSEC) /* how often it is asked whether all is done */
#define SETTLE_NS     (60 * NSEC_PER_SEC)  /* patience behind the ramp, and for what is under way */
#define STORM_NS      (150 * NSEC_PER_SEC) /* the same after a storm: longest back-off twice */
#define STOP_NS       (5 * NSEC_PER_SEC)
#define FILES_A_HUB   3 /* a socket, and the library's own pair */
#define FILES_BESIDES 64

struct fleet {
    struct fleet_options options;
    struct fleet_world world;
    struct settings *settings;
    struct fleet_ledger *ledger;
    struct fleet_recorder *recorder;
    struct fleet_hub **hubs;
    struct fleet_loop *loop;
    struct fleet_report report;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = number;
}

static int64_t now_ns(void)
{
    return clock_now(clock_monotonic());
}

static double own_cpu_s(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static bool raise_limit(unsigned hubs)
{
    rlim_t needed = (rlim_t)hubs * FILES_A_HUB + FILES_BESIDES;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= needed)
        return true;
    struct rlimit wanted = {.rlim_cur = needed, .rlim_max = MAX(needed, limit.rlim_max)};
    if (setrlimit(RLIMIT_NOFILE, &wanted) == 0)
        return true;
    fprintf(
        stderr,
        "crampsim fleet: %u hubs need %lu open files, and only %lu are allowed; raise the limit (ulimit -n) "
        "or take fewer hubs\n",
        hubs, (unsigned long)needed, (unsigned long)limit.rlim_max);
    return false;
}

static int64_t wall_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static bool make_world(struct fleet *fleet)
{
    const struct fleet_options *o = &fleet->options;
    struct mqtt_params *mqtt = &fleet->world.mqtt;

    fleet->settings = settings_new();
    fleet->ledger = fleet_ledger_new(o->hubs);
    fleet->hubs = calloc(o->hubs, sizeof(struct fleet_hub *));
    if (!fleet->settings || !fleet->ledger || !fleet->hubs)
        return false;
    fleet->world = (struct fleet_world){.mqtt = fleet->settings->mqtt,
                                        .seed = o->seed,
                                        .first = o->first,
                                        .wall_us = wall_now_us(),
                                        .ledger = fleet->ledger};
    mqtt->host = o->host;
    mqtt->port = o->port;
    mqtt->protocol = o->protocol;
    mqtt->tls = o->ca_file != NULL;
    mqtt->ca_file = o->ca_file ? o->ca_file : "";
    mqtt->discovery = !o->no_discovery;
    for (unsigned i = 0; i < o->hubs; i++)
        if (!(fleet->hubs[i] = fleet_hub_new(&fleet->world, i)))
            return false;
    return true;
}

/* Until `done` or the time is over. True: done. */
static bool turn_until(struct fleet *fleet, int64_t end_ns, bool (*done)(const struct fleet *fleet))
{
    while (!interrupted) {
        int64_t look_ns = MIN(now_ns() + LOOK_NS, end_ns);
        while (now_ns() < look_ns)
            fleet_loop_turn(fleet->loop, look_ns);
        if (done && done(fleet))
            return true;
        if (look_ns == end_ns)
            break;
    }
    return false;
}

static bool all_settled(const struct fleet *fleet)
{
    return fleet_loop_count(fleet->loop, fleet_hub_is_settled) == fleet->options.hubs;
}

static bool all_delivered(const struct fleet *fleet)
{
    return all_settled(fleet) && (fleet->world.refused > 0 || fleet_ledger_is_complete(fleet->ledger));
}

static bool all_stopped(const struct fleet *fleet)
{
    return fleet_loop_count(fleet->loop, fleet_hub_is_stopped) == fleet->options.hubs;
}

static bool connect_all(struct fleet *fleet)
{
    const struct fleet_options *o = &fleet->options;
    int64_t begin_ns = now_ns();

    fleet->loop = fleet_loop_new(fleet->hubs, o->hubs, o->ramp_s);
    if (!fleet->loop) {
        fprintf(stderr, "crampsim fleet: %s\n", strerror(errno));
        return false;
    }
    bool all = turn_until(fleet, begin_ns + s_to_ns(o->ramp_s) + SETTLE_NS, all_settled);
    fleet->report.connect_s = ns_to_s(now_ns() - begin_ns);
    fleet->report.up = fleet_loop_count(fleet->loop, fleet_hub_is_up);
    if (!all && !interrupted)
        fprintf(stderr, "crampsim fleet: %u of %u hubs are connected; the last word: %s\n", fleet->report.up,
                o->hubs, fleet->world.why_down[0] ? fleet->world.why_down : "no answer yet");
    return fleet->report.up > 0 && !interrupted;
}

static void storm(struct fleet *fleet)
{
    fleet->world.cut_ns = now_ns();
    fleet_loop_each(fleet->loop, fleet_hub_cut);
}

static void measure(struct fleet *fleet)
{
    const struct fleet_options *o = &fleet->options;
    struct fleet_report *report = &fleet->report;
    int64_t begin_ns = now_ns(), end_ns = begin_ns + s_to_ns(o->duration_s);
    double cpu_s = own_cpu_s();

    report->connected = fleet_process_read(o->broker_pid);
    memset(fleet->world.messages, 0, sizeof(fleet->world.messages));
    memset(fleet->world.bytes, 0, sizeof(fleet->world.bytes));
    fleet->world.downs = 0;
    fleet->world.timing = true;
    fleet_loop_play(fleet->loop, o->speed);
    if (o->storm_s >= 0) {
        turn_until(fleet, begin_ns + s_to_ns(o->storm_s), NULL);
        storm(fleet);
    }
    turn_until(fleet, end_ns, NULL);
    fleet_loop_pause(fleet->loop);
    fleet->world.timing = false;
    report->measured_s = ns_to_s(now_ns() - begin_ns);
    report->end = fleet_process_read(o->broker_pid);
    report->own_cpu_s = own_cpu_s() - cpu_s;
    memcpy(report->messages, fleet->world.messages, sizeof(report->messages));
    memcpy(report->bytes, fleet->world.bytes, sizeof(report->bytes));
    turn_until(fleet, now_ns() + (o->storm_s >= 0 ? STORM_NS : SETTLE_NS), all_delivered);
    fleet_ledger_sum(fleet->ledger, &report->delivery);
    report->lost_connections = fleet->world.downs;
    report->back = (unsigned)fleet->world.back.count;
    report->back_p50_s = fleet_quantile_at(&fleet->world.back, 0.5);
    report->back_max_s = fleet_quantile_at(&fleet->world.back, 1);
}

static void leave(struct fleet *fleet)
{
    if (!fleet->loop)
        return;
    interrupted = 0; /* a second one ends it at once */
    fleet_loop_each(fleet->loop, fleet->options.keep ? fleet_hub_say_goodbye : fleet_hub_purge);
    turn_until(fleet, now_ns() + SETTLE_NS, all_settled);
    fleet_loop_each(fleet->loop, fleet_hub_stop);
    turn_until(fleet, now_ns() + STOP_NS, all_stopped);
}

static int verdict(const struct fleet *fleet)
{
    const struct fleet_delivery *delivery = &fleet->report.delivery;

    if (fleet->world.refused > 0)
        fprintf(stderr, "crampsim fleet: the broker refused %lu messages and subscriptions: %s\n",
                fleet->world.refused, fleet->world.why_refused);
    if (delivery->missing > 0)
        fprintf(stderr, "crampsim fleet: %lu messages have not come; the broker's log may know why\n",
                delivery->missing);
    if (delivery->twice > 0)
        fprintf(stderr, "crampsim fleet: %lu messages came twice\n", delivery->twice);
    return fleet->world.refused > 0 || delivery->missing > 0 || delivery->twice > 0 ||
           fleet->report.up < fleet->options.hubs;
}

static int say_no_broker(const struct fleet_options *o, const char *why)
{
    if (o->host[0] == '/')
        fprintf(stderr, "crampsim fleet: no broker at %s: %s\n", o->host, why);
    else
        fprintf(stderr, "crampsim fleet: no broker at %s:%d: %s\n", o->host, o->port, why);
    return 1;
}

static int run_fleet(struct fleet *fleet)
{
    const struct fleet_options *o = &fleet->options;
    const char *why;

    fleet->report.options = o;
    fleet->report.empty = fleet_process_read(o->broker_pid);
    if (o->broker_pid && !isfinite(fleet->report.empty.cpu_s)) {
        fprintf(stderr, "crampsim fleet: --broker-pid %ld: there is no such process\n", o->broker_pid);
        return 1;
    }
    if (!make_world(fleet)) {
        fprintf(stderr, "crampsim fleet: %s\n", strerror(ENOMEM));
        return 1;
    }
    fleet->recorder = fleet_recorder_start(&fleet->world.mqtt, fleet->ledger, o->first, o->hubs, &why);
    if (!fleet->recorder)
        return say_no_broker(o, why);
    bool measured = connect_all(fleet);
    if (measured)
        measure(fleet);
    leave(fleet);
    if (!measured)
        return 1;
    if (!o->json)
        fleet_report_table(&fleet->report);
    else if (!fleet_report_json(&fleet->report))
        return 1;
    return verdict(fleet);
}

static void clear_fleet(struct fleet *fleet)
{
    fleet_loop_free(fleet->loop);
    for (unsigned i = 0; fleet->hubs && i < fleet->options.hubs; i++)
        fleet_hub_free(fleet->hubs[i]);
    free(fleet->hubs);
    fleet_recorder_stop(fleet->recorder);
    fleet_ledger_free(fleet->ledger);
    fleet_quantile_clear(&fleet->world.back);
    settings_free(fleet->settings);
}

static int run(int argc, char **argv)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    struct fleet fleet = {0};
    int status = fleet_options_parse(argc, argv, &fleet.options);

    if (status >= 0)
        return status;
    if (!raise_limit(fleet.options.hubs))
        return 1;
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    mosquitto_lib_init();
    status = run_fleet(&fleet);
    clear_fleet(&fleet);
    mosquitto_lib_cleanup();
    return status;
}

const struct subcommand subcommand_fleet = {
    .name = "fleet",
    .arguments = "--hubs N [OPTION...]",
    .help = "play the messages of N hubs' nights to a real broker, and measure it",
    .run = run,
};
