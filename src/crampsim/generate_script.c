/* SPDX-License-Identifier: MIT */
#include "crampsim/generate.h"

#include "crampsim/edf_writer.h"
#include "crampsim/synth_class.h"
#include "sensor/edf_labels.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define START_S   INT64_C(1767306600) /* 2026-01-01 22:30:00: recordings of one seed are the same for ever */
#define SIGNALS   (EMG_CHANNELS + leg_count * 7)
#define ACC_RANGE 4
#define GYR_RANGE 1000

struct script {
    struct synth_setup setup;
    struct synth *synth;
    double duration_s;
    struct synth_event *events;
    size_t count, space;
    int error;
    const struct person *person;
    const char *profile;
};

struct script *script_new(const struct synth_setup *setup, double duration_s)
{
    struct script *script = calloc(1, sizeof(*script));

    if (!script)
        return NULL;
    script->setup = *setup;
    script->duration_s = ceil(duration_s);
    script->synth = synth_new(setup);
    if (!script->synth) {
        int error = errno;
        script_free(script);
        errno = error;
        return NULL;
    }
    return script;
}

void script_free(struct script *script)
{
    if (!script)
        return;
    synth_free(script->synth);
    free(script->events);
    free(script);
}

double script_duration(const struct script *script)
{
    return script->duration_s;
}

const struct synth_setup *script_setup(const struct script *script)
{
    return &script->setup;
}

const struct synth_event *script_event(const struct script *script, size_t index)
{
    return index < script->count ? &script->events[index] : NULL;
}

uint32_t script_channels(const struct script *script, const struct synth_event *event)
{
    return synth_event_channels(script->synth, event);
}

void script_describe(struct script *script, const struct person *person, const char *profile)
{
    script->person = person;
    script->profile = profile;
}

static int remember(struct script *script, const struct synth_event *event)
{
    if (script->count == script->space) {
        size_t space = script->space ? 2 * script->space : 64;
        struct synth_event *bigger = realloc(script->events, space * sizeof(*bigger));
        if (!bigger)
            return -ENOMEM;
        script->events = bigger;
        script->space = space;
    }
    script->events[script->count++] = *event;
    return 0;
}

int script_add(struct script *script, const struct synth_event *event)
{
    struct synth_event drawn = *event;
    int result = -EINVAL;

    if (event->class) {
        synth_draw(script->synth, &drawn);
        result = synth_add(script->synth, &drawn);
    }
    if (result == 0)
        result = remember(script, &drawn);
    if (result < 0 && script->error == 0)
        script->error = result;
    return result;
}

bool script_is_free(struct script *script, struct synth_event *event, double margin_s)
{
    synth_draw(script->synth, event);
    double start = event->start_s - event->rise_s - margin_s;
    double end = event->start_s + event->duration_s + margin_s;

    if (start < 0 || end > script->duration_s)
        return false;
    for (size_t i = 0; i < script->count; i++) {
        const struct synth_event *other = &script->events[i];
        if (!other->class->background && other->start_s - other->rise_s < end &&
            other->start_s + other->duration_s > start)
            return false;
    }
    return true;
}

static int write_truth(const struct script *script, const char *path)
{
    size_t stem = strlen(path);
    _cleanup_(freep) char *name = NULL;
    _cleanup_(freep) char *text = truth_text(script, script->person, script->profile);

    if (stem > 4 && strcmp(path + stem - 4, ".edf") == 0)
        stem -= 4;
    if (!text || asprintf(&name, "%.*s.json", (int)stem, path) < 0) {
        fprintf(stderr, "crampsim: out of memory\n");
        return 1;
    }
    FILE *file = fopen(name, "w");
    if (!file) {
        fprintf(stderr, "crampsim: %s: %s\n", name, strerror(errno));
        return 1;
    }
    int wrong = fprintf(file, "%s\n", text) < 0;
    if ((fclose(file) != 0) | wrong) {
        fprintf(stderr, "crampsim: %s: cannot be written\n", name);
        return 1;
    }
    return 0;
}

/* --- the recording --- */

struct rendering {
    struct edf_writer_signal signals[SIGNALS];
    float *samples[SIGNALS];
    unsigned count;
    float (*rows)[6];
};

static bool has_leg(const struct synth_setup *setup, enum leg leg)
{
    for (unsigned c = 0; c < setup->channel_count; c++)
        if (setup->channels[c].leg == leg)
            return true;
    return false;
}

static void add_signal(struct rendering *r, const struct edf_label *label, const char *unit, double rate,
                       double low, double high)
{
    struct edf_writer_signal *signal = &r->signals[r->count];

    *signal =
        (struct edf_writer_signal){.unit = unit, .rate = (unsigned)lround(rate), .low = low, .high = high};
    edf_label_print(label, signal->label);
    r->samples[r->count++] = calloc(signal->rate, sizeof(float));
}

static bool lay_out(struct rendering *r, const struct synth_setup *setup)
{
    for (unsigned c = 0; c < setup->channel_count; c++)
        add_signal(r,
                   &(struct edf_label){
                       .signal = EDF_EMG, .leg = setup->channels[c].leg, .muscle = setup->channels[c].muscle},
                   "uV", setup->rate_hz, -setup->clip_uv, setup->clip_uv);
    for (int leg = 0; leg < (int)leg_count; leg++) {
        if (!has_leg(setup, (enum leg)leg))
            continue;
        for (int i = 0; i < 6 && setup->imu_rate_hz > 0; i++)
            add_signal(r,
                       &(struct edf_label){
                           .signal = i < 3 ? EDF_ACC : EDF_GYRO, .leg = (enum leg)leg, .axis = i % 3},
                       i < 3 ? "g" : "deg/s", setup->imu_rate_hz, i < 3 ? -ACC_RANGE : -GYR_RANGE,
                       i < 3 ? ACC_RANGE : GYR_RANGE);
        add_signal(r, &(struct edf_label){.signal = EDF_LEAD_OFF, .leg = (enum leg)leg}, "", 10, -32768,
                   32767);
    }
    r->rows = calloc((size_t)MAX(setup->imu_rate_hz, 1), sizeof(*r->rows));
    for (unsigned i = 0; i < r->count; i++)
        if (!r->samples[i])
            return false;
    return r->rows != NULL;
}

/* Second number `second` of every signal, in the order of lay_out(). */
static int render_second(struct rendering *r, const struct script *script, unsigned second)
{
    const struct synth_setup *setup = &script->setup;
    unsigned s = setup->channel_count;
    int result = synth_emg(script->synth, r->samples, (size_t)setup->rate_hz);

    for (int leg = 0; leg < (int)leg_count && result == 0; leg++) {
        if (!has_leg(setup, (enum leg)leg))
            continue;
        if (setup->imu_rate_hz > 0) {
            size_t rows = (size_t)setup->imu_rate_hz;
            result = synth_imu(script->synth, (enum leg)leg, r->rows, rows);
            for (unsigned axis = 0; axis < 6; axis++, s++)
                for (size_t i = 0; i < rows; i++)
                    r->samples[s][i] = r->rows[i][axis];
        }
        for (unsigned i = 0; i < 10; i++)
            r->samples[s][i] = synth_lead_off(script->synth, (enum leg)leg, second + i / 10.0) ? 1 : 0;
        s++;
    }
    return result;
}

static int render(const struct script *script, struct rendering *r, const char *path)
{
    _cleanup_(edf_writer_freep) struct edf_writer *writer = NULL;
    char error[512];

    if (edf_writer_open(path, r->signals, r->count, START_S, &writer, error, sizeof(error)) < 0) {
        fprintf(stderr, "crampsim: %s\n", error);
        return 1;
    }
    int result = 0;
    for (unsigned second = 0; second < script->duration_s && result == 0; second++) {
        result = render_second(r, script, second);
        if (result == 0)
            result = edf_writer_record(writer, (const float *const *)r->samples);
    }
    for (size_t i = 0; i < script->count && result == 0; i++)
        result = edf_writer_annotate(writer, script->events[i].start_s, script->events[i].duration_s,
                                     synth_class_name(script->events[i].class));
    struct edf_writer *closing = writer;
    writer = NULL;
    int closed = edf_writer_close(closing);
    if (result == 0)
        result = closed;
    if (result < 0) {
        fprintf(stderr, "crampsim: %s: %s\n", path, strerror(-result));
        unlink(path);
    }
    return result < 0 ? 1 : 0;
}

int script_write(struct script *script, const char *path)
{
    struct rendering rendering = {.count = 0};
    int status = 1;

    if (script->error < 0)
        fprintf(stderr, "crampsim: an event cannot be placed: %s\n", strerror(-script->error));
    else if (!lay_out(&rendering, &script->setup))
        fprintf(stderr, "crampsim: out of memory\n");
    else
        status = render(script, &rendering, path);
    if (status == 0)
        status = write_truth(script, path);
    for (unsigned i = 0; i < rendering.count; i++)
        free(rendering.samples[i]);
    free(rendering.rows);
    return status;
}
