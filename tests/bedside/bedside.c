/* SPDX-License-Identifier: MIT */
/*
 * The bedside's hardware as real kernel interfaces: gpio-sim lines and a CUSE /dev/i2c-1, behind which the
 * device models of crampsim play a recording. Runs as root inside the virtual machine, beside an unmodified
 * crampd; takes the command line of `crampsim play`.
 *
 * The world's time is CLOCK_MONOTONIC of this machine: second 0 of the recording is the moment it was
 * switched on. The world's lines are passed on to gpio-sim's `pull`; what crampd drives is read from `value`
 * and written to standard output, one "seconds line level" a change.
 */
#include "config/settings.h"
#include "crampsim/play_layout.h"
#include "crampsim/play_options.h"
#include "crampsim/world_private.h"
#include "i2c_node.h"
#include "sim_lines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LOOK_NS (20 * NSEC_PER_MSEC) /* at output lines and at the button; the shortest pulse is 50 ms */

struct bedside {
    struct play_options options;
    struct settings *settings;
    struct playback *playback;
    struct play_layout layout;
    struct world *world;
    struct sim_lines *lines;
    int wake_fd;

    struct gpio_line *inputs[WORLD_LINES]; /* as the world's client; driven by it */
    int input_sim[WORLD_LINES];            /* their gpio-sim lines */
    size_t input_count;
    int button;
    bool pressed;
    int outputs[2], levels[2];
    const char *output_names[2];
};

static bool is_name(const char *name)
{
    return name && *name;
}

/* Requests a line of the world, to hear of every change, and makes its twin in the kernel. */
static int relay(struct bedside *b, const char *name)
{
    struct gpio *gpio = world_platform(b->world)->gpio;
    const struct gpio_spec spec = {.name = name, .consumer = "bedside", .edges = GPIO_EDGE_BOTH};
    int error;

    if (!is_name(name))
        return 0;
    error = gpio->ops->request(gpio, &spec, &b->inputs[b->input_count]);
    if (error < 0)
        return error;
    b->input_sim[b->input_count] =
        sim_lines_add(b->lines, name, gpio->ops->get(gpio, b->inputs[b->input_count]) > 0);
    return b->input_sim[b->input_count++];
}

static int add_output(struct bedside *b, size_t i, const char *name)
{
    b->output_names[i] = name;
    b->levels[i] = -1;
    b->outputs[i] = is_name(name) ? sim_lines_add(b->lines, name, false) : -1;
    return 0;
}

static int wire_lines(struct bedside *b)
{
    const struct sensor_params *sensor = &b->settings->sensor;
    int error = 0;

    for (int i = 0; i < sensor->emg_count && error >= 0; i++) {
        error = relay(b, sensor->emg[i].ready_line);
        if (error >= 0)
            error = relay(b, sensor->emg[i].lead_off_plus);
        if (error >= 0)
            error = relay(b, sensor->emg[i].lead_off_minus);
    }
    for (int i = 0; i < sensor->imu_count && error >= 0; i++)
        error = relay(b, sensor->imu[i].interrupt_line);
    if (error < 0)
        return error;
    b->button = is_name(sensor->button_line)
                    ? sim_lines_add(b->lines, sensor->button_line, sensor->button_active_low)
                    : -1;
    add_output(b, 0, b->settings->reminder.led_line);
    add_output(b, 1, b->settings->reminder.motor_line);
    return sim_lines_start(b->lines);
}

/* The recording's channel for each of the settings' ones; unlike play_lay_out() it changes no settings,
   because crampd has read them from the same file. */
static int match_channels(struct bedside *b)
{
    const struct recording *recording = playback_recording(b->playback);
    const struct sensor_params *sensor = &b->settings->sensor;

    for (int i = 0; i < sensor->emg_count; i++) {
        b->layout.emg[i] = -1;
        for (unsigned c = 0; c < recording_emg_count(recording); c++)
            if (recording_emg(recording, c)->leg == sensor->emg[i].leg &&
                recording_emg(recording, c)->muscle == sensor->emg[i].muscle)
                b->layout.emg[i] = (int)c;
        if (b->layout.emg[i] < 0) {
            fprintf(stderr, "bedside: the recording has no channel for emg %d of the settings\n", i);
            return -EINVAL;
        }
    }
    for (int i = 0; i < sensor->imu_count; i++)
        b->layout.imu[i] = 0;
    return 0;
}

static int add_faults(struct bedside *b, const int adc[EMG_CHANNELS], const int imu[IMU_SOURCES])
{
    for (unsigned i = 0; i < b->options.fault_count; i++) {
        const struct play_fault *f = &b->options.faults[i];
        int device = f->device == PLAY_ADC ? adc[f->number] : f->device == PLAY_IMU ? imu[f->number] : -1;
        int error = f->device != PLAY_ALL && device < 0
                        ? -EINVAL
                        : world_add_fault(b->world, f->fault, device, f->start_s, f->end_s, f->amount);

        if (error < 0) {
            fprintf(stderr, "bedside: --fault %s: no such device or time\n", f->text);
            return error;
        }
    }
    return 0;
}

/* Lets the world's time be this machine's, from now on. */
static void set_world_clock(struct world *world)
{
    pthread_mutex_lock(&world->lock);
    world_run(world, clock_now(clock_monotonic()), NULL, 0);
    world->anchor_real_ns = world->anchor_ns = 0;
    world->slack_real_ns = 1; /* every edge at its time: the kernel stamps them when they are made */
    pthread_mutex_unlock(&world->lock);
}

static int build(struct bedside *b)
{
    int adc[EMG_CHANNELS], imu[IMU_SOURCES], error;
    char text[512];

    memset(adc, -1, sizeof(adc));
    memset(imu, -1, sizeof(imu));
    if (settings_load(b->options.config, stderr, &b->settings) < 0)
        return -EINVAL;
    error = playback_open(b->options.file, NULL, 0, &b->playback, text, sizeof(text));
    if (error < 0) {
        fprintf(stderr, "bedside: %s\n", text);
        return error;
    }
    b->world = world_new(1.0, 0);
    b->lines = sim_lines_new();
    b->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!b->world || !b->lines || b->wake_fd < 0)
        return -ENOMEM;
    error = match_channels(b);
    if (error == 0)
        error = play_build_world(b->world, b->settings, &b->layout, b->playback, adc, imu);
    if (error == 0)
        error = add_faults(b, adc, imu);
    set_world_clock(b->world);
    return error < 0 ? error : wire_lines(b);
}

static void press_button(struct bedside *b, int64_t t_ns)
{
    bool pressed = false;

    for (unsigned i = 0; i < b->options.press_count; i++)
        pressed |=
            t_ns >= s_to_ns(b->options.press_s[i]) && t_ns < s_to_ns(b->options.press_s[i] + PLAY_PRESS_S);
    if (b->button < 0 || pressed == b->pressed)
        return;
    b->pressed = pressed;
    sim_lines_pull(b->lines, b->button, pressed != b->settings->sensor.button_active_low);
    printf("%.3f button %d\n", ns_to_s(t_ns), pressed);
    fflush(stdout);
}

static void look_at_outputs(struct bedside *b, int64_t t_ns)
{
    for (size_t i = 0; i < ARRAY_SIZE(b->outputs); i++) {
        int level = b->outputs[i] < 0 ? -1 : sim_lines_value(b->lines, b->outputs[i]);

        if (level < 0 || level == b->levels[i])
            continue;
        b->levels[i] = level;
        printf("%.3f %s %d\n", ns_to_s(t_ns), b->output_names[i], level);
        fflush(stdout);
    }
}

static void pass_edges_on(struct bedside *b, uint32_t ready)
{
    struct gpio *gpio = world_platform(b->world)->gpio;
    struct gpio_edge edges[GPIO_EDGES_MAX];

    for (size_t i = 0; i < b->input_count; i++) {
        int count = ready & BIT(i) ? gpio->ops->read_edges(gpio, b->inputs[i], edges, ARRAY_SIZE(edges)) : 0;

        for (int e = 0; e < count; e++)
            sim_lines_pull(b->lines, b->input_sim[i], edges[e].active);
    }
}

static void *run_world(void *context)
{
    struct bedside *b = context;
    struct gpio *gpio = world_platform(b->world)->gpio;
    int64_t look_ns = clock_now(clock_monotonic());

    prctl(PR_SET_TIMERSLACK, 1UL);
    for (;;) {
        uint32_t ready = gpio->ops->wait(gpio, b->inputs, b->input_count, b->wake_fd, look_ns);
        int64_t now_ns = clock_now(clock_monotonic());
        uint64_t wakes;

        if (ready & GPIO_WOKEN)
            (void)!read(b->wake_fd, &wakes, sizeof(wakes));
        pass_edges_on(b, ready);
        if (now_ns < look_ns)
            continue;
        look_ns = now_ns + LOOK_NS;
        press_button(b, now_ns);
        look_at_outputs(b, now_ns);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct bedside b = {0};
    int status = play_options_parse(argc, argv, &b.options);
    pthread_t thread;

    if (status >= 0)
        return status;
    if (!b.options.config) {
        fprintf(stderr, "bedside: --config is missing: the wiring is that of the settings\n");
        return 2;
    }
    status = build(&b);
    if (status < 0) {
        fprintf(stderr, "bedside: cannot build it: %s\n", strerror(-status));
        return 1;
    }
    if (pthread_create(&thread, NULL, run_world, &b) != 0)
        return 1;
    return i2c_node_serve(world_platform(b.world), b.settings->sensor.bus, b.wake_fd);
}
