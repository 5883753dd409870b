/* SPDX-License-Identifier: MIT */
/*
 * What is at the other end of the virtual machine's wires: the device models of crampsim play a recording.
 * The kernel in the machine (kernel/bedside.c) asks over the socket BEDSIDE_FD what happens (kernel/wire.h).
 * Takes the command line of `crampsim play`, with --config, because the wiring is that of the settings; the
 * lines must have the names GPIO0 .. GPIO27.
 *
 * The world's time is the machine's CLOCK_MONOTONIC: second 0 of the recording is the moment it was switched
 * on. What the daemon drives goes to standard output, one "seconds line level" a change, with the time that
 * the kernel read when it changed the line.
 *
 * BEDSIDE_NIGHT_S=N: the recording begins anew every N seconds.
 */
#include "config/settings.h"
#include "crampsim/play_layout.h"
#include "crampsim/play_options.h"
#include "crampsim/world_private.h"
#include "kernel/wire.h"
#include "trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Looks at contacts and button: each costs real time, so nobody looks where nothing can happen. */
#define POLL_NS      (20 * NSEC_PER_MSEC)
#define POLL_IDLE_NS (10 * NSEC_PER_SEC)

struct edge {
    int64_t t_ns;
    uint64_t number; /* of one line, two edges may have the same time */
    unsigned line;
    bool level;
};

struct bedside {
    struct play_options options;
    struct settings *settings;
    struct playback *playback;
    struct play_layout layout;
    struct world *world;
    struct i2c_bus *bus;
    int64_t night_ns, next_night_ns; /* 0 = one night */

    struct gpio_line *inputs[WORLD_LINES]; /* the world's lines, as its client */
    unsigned numbers[WORLD_LINES];         /* GPIOn */
    size_t input_count;

    struct edge *edges; /* not yet told, by time */
    size_t edge_count, edge_room;
    uint64_t edge_number;

    struct bedside_request request;
    struct bedside_reply reply;
};

static bool is_name(const char *name)
{
    return name && *name;
}

/* Requests a line of the world, to hear of every change. 0 or a negative errno. */
static int relay(struct bedside *b, const char *name)
{
    struct gpio *gpio = world_platform(b->world)->gpio;
    const struct gpio_spec spec = {.name = name, .consumer = "bedside", .edges = GPIO_EDGE_BOTH};
    unsigned number;
    int error;

    if (!is_name(name))
        return 0;
    if (sscanf(name, "GPIO%u", &number) != 1 || number >= BEDSIDE_LINES) {
        fprintf(stderr, "bedside: %s is no line of the header\n", name);
        return -EINVAL;
    }
    error = gpio->ops->request(gpio, &spec, &b->inputs[b->input_count]);
    if (error < 0)
        return error;
    b->numbers[b->input_count++] = number;
    return 0;
}

static int64_t poll_step(const struct bedside *b)
{
    const struct sensor_params *sensor = &b->settings->sensor;
    bool anything = b->options.press_count > 0;

    for (int i = 0; i < sensor->emg_count; i++)
        anything |= is_name(sensor->emg[i].lead_off_plus) || is_name(sensor->emg[i].lead_off_minus);
    return anything ? POLL_NS : POLL_IDLE_NS;
}

static int wire_lines(struct bedside *b)
{
    const struct sensor_params *sensor = &b->settings->sensor;
    int error = relay(b, sensor->button_line);

    for (int i = 0; i < sensor->emg_count && error == 0; i++) {
        const struct emg_params *emg = &sensor->emg[i];

        if ((error = relay(b, emg->ready_line)) == 0 && (error = relay(b, emg->lead_off_plus)) == 0)
            error = relay(b, emg->lead_off_minus);
    }
    for (int i = 0; i < sensor->imu_count && error == 0; i++)
        error = relay(b, sensor->imu[i].interrupt_line);
    return error;
}

static void read_button(void *context, int64_t t_ns, double *values, unsigned count)
{
    const struct bedside *b = context;
    bool pressed = false;

    (void)count;
    for (unsigned i = 0; i < b->options.press_count; i++)
        pressed |=
            t_ns >= s_to_ns(b->options.press_s[i]) && t_ns < s_to_ns(b->options.press_s[i] + PLAY_PRESS_S);
    values[0] = pressed != b->settings->sensor.button_active_low;
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
        for (unsigned c = 0; c < recording_imu_count(recording); c++)
            if (recording_imu(recording, c)->leg == sensor->imu[i].leg)
                b->layout.imu[i] = (int)c;
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

static int open_recording(struct bedside *b)
{
    char text[512];
    int error = playback_open(b->options.file, NULL, 0, &b->playback, text, sizeof(text));

    if (error < 0)
        fprintf(stderr, "bedside: %s\n", text);
    return error;
}

static int build(struct bedside *b)
{
    int adc[EMG_CHANNELS], imu[IMU_SOURCES], error;

    memset(adc, -1, sizeof(adc));
    memset(imu, -1, sizeof(imu));
    if (settings_load(b->options.config, stderr, &b->settings) < 0)
        return -EINVAL;
    error = open_recording(b);
    if (error < 0)
        return error;
    b->world = world_new(1.0, 0);
    if (!b->world)
        return -ENOMEM;
    b->world->poll_step_ns = poll_step(b);
    error = match_channels(b);
    if (error == 0)
        error = play_build_world(b->world, b->settings, &b->layout, b->playback, adc, imu);
    if (error == 0 && is_name(b->settings->sensor.button_line))
        error =
            world_add_input(b->world, b->settings->sensor.button_line, (struct world_signal){read_button, b});
    if (error == 0)
        error = add_faults(b, adc, imu);
    if (error == 0)
        error = wire_lines(b);
    b->bus = world_platform(b->world)->open_bus(world_platform(b->world), b->settings->sensor.bus);
    return error < 0 ? error : b->bus ? 0 : -ENOMEM;
}

static int by_time(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;

    if (x->t_ns != y->t_ns)
        return x->t_ns > y->t_ns ? 1 : -1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Keeps what the world's lines have done, in order of time. */
static int gather_edges(struct bedside *b)
{
    struct gpio *gpio = world_platform(b->world)->gpio;
    struct gpio_edge edges[GPIO_EDGES_MAX];
    size_t before = b->edge_count;

    for (size_t i = 0; i < b->input_count; i++) {
        int count;

        while ((count = gpio->ops->read_edges(gpio, b->inputs[i], edges, ARRAY_SIZE(edges))) > 0) {
            if (b->edge_count + (size_t)count > b->edge_room) {
                size_t room = 2 * (b->edge_room + GPIO_EDGES_MAX);
                struct edge *grown = realloc(b->edges, room * sizeof(*grown));

                if (!grown)
                    return -ENOMEM;
                b->edges = grown;
                b->edge_room = room;
            }
            for (int e = 0; e < count; e++)
                b->edges[b->edge_count++] =
                    (struct edge){edges[e].t_ns, b->edge_number++, b->numbers[i], edges[e].active};
        }
    }
    if (b->edge_count > before && b->edge_count > 1)
        qsort(b->edges, b->edge_count, sizeof(*b->edges), by_time);
    return 0;
}

/* When a line can change next. What chips without a line do, they also do when asked later. */
static int64_t next_edge(const struct bedside *b)
{
    const struct world *world = b->world;
    int64_t next_ns = world_next_fault(world);

    for (int i = 0; i < world->line_count; i++)
        if (world->lines[i]->has_signal)
            next_ns = MIN(next_ns, world->poll_ns);

    for (int i = 0; i < world->device_count; i++) {
        int64_t wake_ns = world->devices[i].line ? model_next_wake(world->devices[i].model) : MODEL_NEVER;

        next_ns = MIN(next_ns, wake_ns);
    }
    return b->edge_count > 0 ? MIN(next_ns, b->edges[0].t_ns) : next_ns;
}

/* As many edges as are due and fit into the reply. */
static void tell_edges(struct bedside *b)
{
    struct bedside_reply *reply = &b->reply;
    size_t told = 0;

    while (told < b->edge_count && reply->edge_count < BEDSIDE_EDGES &&
           b->edges[told].t_ns <= b->request.now_ns) {
        trace_edge(b->request.now_ns, b->edges[told].line, b->edges[told].level, b->edges[told].t_ns);
        reply->edges[reply->edge_count++] =
            (struct bedside_edge){(__u16)b->edges[told].line, b->edges[told].level};
        told++;
    }
    b->edge_count -= told;
    memmove(b->edges, b->edges + told, b->edge_count * sizeof(*b->edges));
}

static void tell_levels(struct bedside *b)
{
    struct gpio *gpio = world_platform(b->world)->gpio;

    b->edge_count = 0;
    for (size_t i = 0; i < b->input_count; i++)
        b->reply.edges[b->reply.edge_count++] =
            (struct bedside_edge){(__u16)b->numbers[i], gpio->ops->get(gpio, b->inputs[i]) > 0};
}

/* A write and the read after it of the same chip are one transfer with a repeated start. How many bytes were
   read, or a negative errno. */
static int transfer(struct bedside *b)
{
    const struct bedside_request *r = &b->request;
    const uint8_t *written = r->bytes;
    uint8_t *out = b->reply.bytes;

    for (unsigned i = 0; i < r->message_count; i++) {
        const struct bedside_message *m = &r->messages[i];
        const struct bedside_message *next = i + 1 < r->message_count ? m + 1 : NULL;
        const struct bedside_message *write = m->read ? NULL : m;
        const struct bedside_message *read = m->read                                             ? m
                                             : next && next->read && next->address == m->address ? next
                                                                                                 : NULL;
        int error = i2c_transfer(b->bus, (uint8_t)m->address, write ? written : NULL, write ? write->size : 0,
                                 read ? out : NULL, read ? read->size : 0);

        if (error < 0)
            return error;
        if (read)
            trace_read(r->now_ns, m->address, write ? written[0] : 0, read->size);
        written += write ? write->size : 0;
        out += read ? read->size : 0;
        i += write && read;
    }
    return (int)(out - b->reply.bytes);
}

/* The world up to now. */
static void pass_time(struct bedside *b)
{
    for (; b->night_ns > 0 && b->request.now_ns >= b->next_night_ns; b->next_night_ns += b->night_ns) {
        world_run(b->world, b->next_night_ns, NULL, 0);
        if (playback_restart(b->playback, b->next_night_ns) < 0)
            fprintf(stderr, "bedside: no next night: %s\n", playback_error(b->playback));
    }
    world_run(b->world, b->request.now_ns, NULL, 0);
}

static void answer(struct bedside *b)
{
    struct bedside_reply *reply = &b->reply;
    size_t bytes = 0;

    reply->edge_count = 0;
    reply->result = 0;
    pass_time(b);
    reply->bus = !b->world->buses[0].gone;
    if (b->request.question == BEDSIDE_TRANSFER) {
        int got = transfer(b);

        if (got == -ENODEV && reply->bus && b->bus->ops->reopen(b->bus) == 0) /* plugged in again */
            got = transfer(b);
        reply->result = MIN(got, 0);
        bytes = got > 0 ? (size_t)got : 0;
    }
    if (b->request.question == BEDSIDE_OUTPUT) {
        printf("%.6f GPIO%u %u\n", ns_to_s(b->request.now_ns), b->request.line, b->request.level);
        trace_output(b->request.now_ns, b->request.line, b->request.level);
    }
    if (gather_edges(b) < 0)
        fprintf(stderr, "bedside: edges are lost, out of memory\n");
    if (b->request.question == BEDSIDE_START)
        tell_levels(b);
    else
        tell_edges(b);
    reply->next_ns = next_edge(b);
    (void)!send(atoi(getenv("BEDSIDE_FD")), reply, offsetof(struct bedside_reply, bytes) + bytes,
                MSG_NOSIGNAL);
    trace_settle(b->request.now_ns);
}

int main(int argc, char **argv)
{
    static struct bedside b;
    int status = play_options_parse(argc, argv, &b.options);
    const char *fd = getenv("BEDSIDE_FD"), *night = getenv("BEDSIDE_NIGHT_S");
    ssize_t got;

    if (status >= 0)
        return status;
    if (!b.options.config || !fd) {
        fprintf(stderr, "bedside: --config FILE and the socket BEDSIDE_FD are needed\n");
        return 2;
    }
    status = build(&b);
    if (status < 0) {
        fprintf(stderr, "bedside: cannot build it: %s\n", strerror(-status));
        return 1;
    }
    b.next_night_ns = b.night_ns = s_to_ns(night ? atof(night) : 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    trace_open();
    while ((got = recv(atoi(fd), &b.request, sizeof(b.request), 0)) > 0)
        if ((size_t)got >= offsetof(struct bedside_request, bytes))
            answer(&b);
    return 0;
}
