/* SPDX-License-Identifier: MIT */
#include "crampsim/generate.h"

#include "crampsim/edf_writer.h"
#include "crampsim/synth_class.h"
#include "sensor/edf_labels.h"

#include <cjson/cJSON.h>
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

/* --- the truth --- */

static double to_ms(double seconds)
{
    return round(seconds * 1000) / 1000;
}

static bool add_truth(cJSON *list, const struct script *script, const struct synth_event *event)
{
    cJSON *item = cJSON_CreateObject();
    uint32_t channels = synth_event_channels(script->synth, event);

    if (!item || !cJSON_AddItemToArray(list, item))
        return false;
    cJSON_AddStringToObject(item, "class", synth_class_name(event->class));
    cJSON_AddNumberToObject(item, "start", to_ms(event->start_s));
    cJSON_AddNumberToObject(item, "end", to_ms(event->start_s + event->duration_s));
    cJSON *array = cJSON_AddArrayToObject(item, "channels");
    for (int c = 0; array && c < EMG_CHANNELS; c++)
        if (channels & BIT(c))
            cJSON_AddItemToArray(array, cJSON_CreateNumber(c));
    cJSON_AddStringToObject(item, "what", event->what ? event->what : "");
    cJSON_AddNumberToObject(item, "level", to_ms(event->level));
    if (event->class->one_muscle) {
        cJSON_AddStringToObject(item, "leg", leg_name(event->leg));
        cJSON_AddStringToObject(item, "muscle", muscle_name(event->muscle));
    }
    if (event->rise_s > 0)
        cJSON_AddNumberToObject(item, "rise", to_ms(event->start_s - event->rise_s));
    if (event->wake_s > 0)
        cJSON_AddNumberToObject(item, "wake", to_ms(event->start_s + event->wake_s));
    return true;
}

static char *truth_text(const struct script *script)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *person = cJSON_AddObjectToObject(root, "setup");
    char seed[24];

    snprintf(seed, sizeof(seed), "%llu", (unsigned long long)script->setup.seed);
    cJSON_AddNumberToObject(root, "duration", script->duration_s);
    cJSON_AddStringToObject(person, "seed", seed);
    cJSON_AddNumberToObject(person, "mvc_uv", to_ms(script->setup.mvc_uv));
    cJSON_AddNumberToObject(person, "floor_uv", to_ms(script->setup.floor_uv));
    cJSON_AddNumberToObject(person, "mains_uv", to_ms(script->setup.mains_uv));
    cJSON_AddNumberToObject(person, "ecg_uv", to_ms(script->setup.ecg_uv));
    cJSON *list = cJSON_AddArrayToObject(root, "events");
    bool whole = list != NULL;
    for (size_t i = 0; whole && i < script->count; i++)
        whole = add_truth(list, script, &script->events[i]);
    char *text = whole ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    return text;
}

static int write_truth(const struct script *script, const char *path)
{
    size_t stem = strlen(path);
    _cleanup_(freep) char *name = NULL;
    _cleanup_(freep) char *text = truth_text(script);

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
