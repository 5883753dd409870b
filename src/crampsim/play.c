/* SPDX-License-Identifier: MIT */
/*
 * `crampsim play`: a second main around the hub. The hub runs unchanged on the world's platform: chip models
 * that play a recording through drivers and acquire thread, in virtual time.
 */
#include "crampsim/play_layout.h"
#include "crampsim/play_options.h"
#include "crampsim/subcommand.h"
#include "hub.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG     64 /* blocks the hub may be behind before time waits for it */
#define PATIENCE_MS 50 /* but never longer than this at a time: the hub may be stopping */
#define TAIL_NS     NSEC_PER_SEC

struct play {
    const struct play_options *options;
    struct playback *playback;
    struct play_layout layout;
    struct world *world;
    struct hub *hub;
    int64_t end_ns;
    bool ended;
    char state_directory[64]; /* made here, removed at the end; "" = the settings' own */
};

static void nap_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * NSEC_PER_MSEC}, NULL);
}

/* On the acquire thread, before time moves. */
static void pace(void *context)
{
    struct play *play = context;
    int64_t now_ns = world_now(play->world);

    if (now_ns >= play->end_ns && !play->ended) {
        play->ended = true;
        if (playback_error(play->playback))
            fprintf(stderr, "crampsim play: %s\n", playback_error(play->playback));
        if (play->options->linger) {
            puts("{\"end\":true}");
            fflush(stdout);
        } else {
            hub_quit(play->hub);
        }
    }
    for (int i = 0; i < PATIENCE_MS && hub_backlog(play->hub) > BACKLOG; i++)
        nap_ms(1);
    if (play->ended)
        nap_ms(20); /* the evening is over: time all but stands still */
}

static void trace_line(void *context, const char *line, bool high, int64_t t_ns)
{
    (void)context;
    printf("{\"line\":\"%s\",\"high\":%s,\"t\":%.3f}\n", line, high ? "true" : "false", ns_to_s(t_ns));
    fflush(stdout);
}

/* The electrical level of the button's line. */
static void read_button(void *context, int64_t t_ns, double *values, unsigned count)
{
    const struct play *play = context;
    const struct play_options *o = play->options;
    bool pressed = false;

    (void)count;
    for (unsigned i = 0; i < o->press_count; i++)
        pressed |= t_ns >= s_to_ns(o->press_s[i]) && t_ns < s_to_ns(o->press_s[i] + PLAY_PRESS_S);
    values[0] = pressed != o->button_active_low;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void play_done(struct play *play)
{
    hub_free(play->hub);
    world_free(play->world);
    playback_free(play->playback);
    if (*play->state_directory)
        nftw(play->state_directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* Without a file of settings nothing of this machine's own crampd may be touched. */
static int keep_apart(struct play *play, struct settings *settings)
{
    const char *tmp = getenv("TMPDIR");

    settings->mqtt.enabled = false;
    settings->control.bus = BUS_OFF;
    settings->policy.night_always = true;
    snprintf(play->state_directory, sizeof(play->state_directory), "%.40s/crampsim-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(play->state_directory)) {
        int error = errno;

        fprintf(stderr, "crampsim play: cannot make %s: %s\n", play->state_directory, strerror(error));
        *play->state_directory = '\0';
        return -error;
    }
    settings->store.directory = play->state_directory;
    return 0;
}

static struct settings *load_settings(struct play *play)
{
    struct settings *settings = NULL;

    if (play->options->config)
        return settings_load(play->options->config, stderr, &settings) < 0 ? NULL : settings;
    settings = settings_new();
    if (!settings || keep_apart(play, settings) < 0) {
        settings_free(settings);
        return NULL;
    }
    return settings;
}

static int add_faults(struct play *play, const int adc[EMG_CHANNELS], const int imu[IMU_SOURCES])
{
    for (unsigned i = 0; i < play->options->fault_count; i++) {
        const struct play_fault *f = &play->options->faults[i];
        int device = f->device == PLAY_ADC ? adc[f->number] : f->device == PLAY_IMU ? imu[f->number] : -1;

        if ((f->device != PLAY_ALL && device < 0) ||
            world_add_fault(play->world, f->fault, device, f->start_s, f->end_s, f->amount) < 0) {
            fprintf(stderr,
                    "crampsim play: --fault %s: this recording has no such device, or its time or "
                    "amount makes no sense\n",
                    f->text);
            return -EINVAL;
        }
    }
    return 0;
}

static void tell_layout(const struct play *play, const struct settings *settings)
{
    if (play->layout.from_recording && play->options->config) {
        fprintf(stderr, "crampsim play: wired as the recording is, not as the settings say:");
        for (int i = 0; i < settings->sensor.emg_count; i++)
            fprintf(stderr, "%s %s %s", i ? "," : "", leg_name(settings->sensor.emg[i].leg),
                    muscle_name(settings->sensor.emg[i].muscle));
        fputc('\n', stderr);
    }
    if (play->layout.left_out > 0)
        fprintf(stderr, "crampsim play: %u EMG channels of the recording are not played (%d are)\n",
                play->layout.left_out, settings->sensor.emg_count);
}

static int build(struct play *play, struct settings *settings)
{
    struct sensor_params *sensor = &settings->sensor;
    int adc[EMG_CHANNELS], imu[IMU_SOURCES], error;

    memset(adc, -1, sizeof(adc));
    memset(imu, -1, sizeof(imu));
    play_lay_out(settings, playback_recording(play->playback), &play->layout);
    tell_layout(play, settings);
    play->world = world_new(play->options->speed, 0);
    if (!play->world)
        return -errno;
    world_set_gpio(play->world, play->options->gpio);
    play->end_ns = s_to_ns(recording_duration_s(playback_recording(play->playback))) + TAIL_NS;
    world_set_pace(play->world, pace, play);
    if (play->options->trace_lines)
        world_watch_outputs(play->world, trace_line, play);
    error = play_build_world(play->world, settings, &play->layout, play->playback, adc, imu);
    if (error == 0 && *sensor->button_line)
        error = world_add_input(play->world, sensor->button_line, (struct world_signal){read_button, play});
    if (error < 0) {
        fprintf(stderr, "crampsim play: cannot wire the models as the settings say: %s\n", strerror(-error));
        return error;
    }
    return add_faults(play, adc, imu);
}

static int play_through(struct play *play, struct play_options *options)
{
    const struct hub_options hub_options = {.config_path = options->config};
    struct settings *settings = load_settings(play);
    char error[512];

    if (!settings)
        return 1;
    options->button_active_low = settings->sensor.button_active_low;
    if (playback_open(options->file, settings->sensor.recording, (size_t)settings->sensor.recording_count,
                      &play->playback, error, sizeof(error)) < 0) {
        fprintf(stderr, "crampsim play: %s\n", error);
        settings_free(settings);
        return 1;
    }
    if (build(play, settings) < 0) {
        settings_free(settings);
        return 1;
    }
    play->hub = hub_new(settings, world_platform(play->world), &hub_options);
    if (!play->hub) {
        fprintf(stderr, "crampsim play: the hub cannot start: %s\n", strerror(errno));
        return 1;
    }
    return hub_run(play->hub);
}

static int run_play(int argc, char **argv)
{
    struct play_options options;
    struct play play = {.options = &options};
    int status = play_options_parse(argc, argv, &options);

    if (status >= 0)
        return status;
    status = play_through(&play, &options);
    play_done(&play);
    return status;
}

const struct subcommand subcommand_play = {
    .name = "play",
    .arguments = "FILE.edf [OPTION...]",
    .help = "play a recording to the hub through device models, drivers and acquire thread",
    .run = run_play,
};
