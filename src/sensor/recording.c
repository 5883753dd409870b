/* SPDX-License-Identifier: MIT */
#include "sensor/recording.h"

#include "sensor/edf_labels.h"
#include "sensor/recording_check.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <edflib.h>

#define SIGNALS_MAX (EMG_CHANNELS + IMU_SOURCES * 6 + leg_count)
#define CHUNK_S                                                                                              \
    1 /* this much of every signal is read at a time; blocks are in order of time to within it               \
       */

/* One signal of the file that means something to crampd. */
struct signal {
    int index; /* libedf's */
    struct edf_label label;
    double scale, offset; /* physical = digital * scale + offset */
    double rate_hz;
    int64_t total, next; /* samples in the file, read so far */
    float *chunk;
    unsigned chunk_size, chunk_count;
};

/* What becomes one kind of block: an EMG signal, the axes of an IMU, a leg's contact for one EMG channel. */
struct stream {
    enum block_kind kind;
    uint8_t source, width;
    const struct signal *axes[6];
    int64_t first; /* index in the recording of the chunk's first sample */
    unsigned cursor;
};

struct recording {
    char *path;
    int handle;
    int64_t start_s;
    double duration_s;
    struct signal signals[SIGNALS_MAX];
    unsigned signal_count;
    struct recording_emg emg[EMG_CHANNELS];
    unsigned emg_count;
    struct recording_imu imu[IMU_SOURCES];
    unsigned imu_count;
    struct stream streams[2 * EMG_CHANNELS + IMU_SOURCES];
    unsigned stream_count;
    unsigned current; /* stream being emptied */
    int64_t chunk_number;
    int *raw;
};

_printf_(4, 5) static int complain(int result, char *error, size_t error_size, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(error, error_size, format, ap);
    va_end(ap);
    return result;
}

/* Factor from a physical dimension to the one crampd uses; 0 for an unknown one. */
static double dimension_factor(enum edf_signal signal, const char *dimension)
{
    static const struct {
        enum edf_signal signal;
        const char *dimension;
        double factor;
    } known[] = {
        {EDF_EMG, "uV", 1},
        {EDF_EMG, "mV", 1e3},
        {EDF_EMG, "V", 1e6},
        {EDF_EMG, "nV", 1e-3},
        {EDF_EMG, "\xb5V", 1},
        {EDF_EMG, "\xc2\xb5V", 1},
        {EDF_ACC, "g", 1},
        {EDF_ACC, "mg", 1e-3},
        {EDF_ACC, "m/s2", 1 / 9.80665},
        {EDF_ACC, "m/s^2", 1 / 9.80665},
        {EDF_GYRO, "deg/s", 1},
        {EDF_GYRO, "dps", 1},
        {EDF_GYRO, "rad/s", 57.29577951308232},
    };

    if (signal == EDF_LEAD_OFF)
        return 1;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        size_t length = strlen(known[i].dimension);
        if (known[i].signal == signal && strncmp(dimension, known[i].dimension, length) == 0 &&
            strspn(dimension + length, " ") == strlen(dimension + length))
            return known[i].factor;
    }
    return 0;
}

static bool find_meaning(const char *label, const struct recording_params *map, size_t map_count,
                         struct edf_label *meaning)
{
    for (size_t i = 0; i < map_count; i++) {
        size_t length = strlen(map[i].label);
        if (length && strncmp(label, map[i].label, length) == 0 &&
            strspn(label + length, " ") == strlen(label + length)) {
            *meaning = (struct edf_label){.signal = EDF_EMG, .leg = map[i].leg, .muscle = map[i].muscle};
            return true;
        }
    }
    return edf_label_parse(label, meaning);
}

static int take_signal(struct recording *r, const struct edf_hdr_struct *header, int index,
                       const struct edf_label *label, char *error, size_t error_size)
{
    const struct edf_param_struct *p = &header->signalparam[index];
    struct signal *s = &r->signals[r->signal_count];
    double record_s = (double)header->datarecord_duration / (double)EDFLIB_TIME_DIMENSION;
    double factor = dimension_factor(label->signal, p->physdimension);

    if (r->signal_count == SIGNALS_MAX)
        return complain(-EINVAL, error, error_size, "%s: has more than the %d signals that crampd can use",
                        r->path, (int)SIGNALS_MAX);
    if (factor == 0)
        return complain(-EINVAL, error, error_size,
                        "%s: signal \"%s\" is in \"%s\", which is not a unit crampd knows for it (%s)",
                        r->path, p->label, p->physdimension,
                        label->signal == EDF_EMG ? "uV, mV, V" : "g, mg, m/s2, deg/s, rad/s");
    *s = (struct signal){.index = index, .label = *label, .total = p->smp_in_file};
    s->scale = (p->phys_max - p->phys_min) / (p->dig_max - p->dig_min) * factor;
    s->offset = p->phys_min * factor - p->dig_min * s->scale;
    s->rate_hz = p->smp_in_datarecord / record_s;
    double least = label->signal == EDF_EMG ? RECORDING_RATE_MIN : label->signal == EDF_LEAD_OFF ? 0.1 : 5;
    if (!(s->rate_hz >= least && s->rate_hz <= RECORDING_RATE_MAX))
        return complain(-EINVAL, error, error_size,
                        "%s: signal \"%s\" has %g samples a second; crampd can use %g to %g", r->path,
                        p->label, s->rate_hz, least, RECORDING_RATE_MAX);
    s->chunk_size = (unsigned)ceil(s->rate_hz * CHUNK_S) + 1;
    s->chunk = calloc(s->chunk_size, sizeof(*s->chunk));
    r->signal_count++;
    if (!s->chunk)
        return complain(-ENOMEM, error, error_size, "%s: out of memory", r->path);
    if (label->signal == EDF_EMG) {
        if (r->emg_count == EMG_CHANNELS)
            return complain(-EINVAL, error, error_size, "%s: has more than %d EMG signals", r->path,
                            EMG_CHANNELS);
        r->emg[r->emg_count++] = (struct recording_emg){
            .leg = label->leg,
            .muscle = label->muscle,
            .rate_hz = s->rate_hz,
            .clip_uv = fmin(fabs(p->phys_max), fabs(p->phys_min)) * factor,
        };
    }
    return 0;
}

static const struct signal *find_signal(const struct recording *r, enum edf_signal signal, enum leg leg,
                                        int axis)
{
    for (unsigned i = 0; i < r->signal_count; i++) {
        const struct edf_label *label = &r->signals[i].label;
        if (label->signal == signal && label->leg == leg && label->axis == axis)
            return &r->signals[i];
    }
    return NULL;
}

static struct stream *add_stream(struct recording *r, enum block_kind kind, unsigned source, unsigned width)
{
    struct stream *stream = &r->streams[r->stream_count++];
    *stream = (struct stream){.kind = kind, .source = (uint8_t)source, .width = (uint8_t)width};
    return stream;
}

/* An IMU needs its three accelerations at one rate; rotation is taken along when it is whole and of that
 * rate. */
static int add_imu(struct recording *r, enum leg leg, char *error, size_t error_size)
{
    const struct signal *axes[6];
    unsigned acc = 0, gyro = 0;

    for (int i = 0; i < 6; i++) {
        axes[i] = find_signal(r, i < 3 ? EDF_ACC : EDF_GYRO, leg, i % 3);
        acc += i < 3 && axes[i] && axes[0] && axes[i]->rate_hz == axes[0]->rate_hz;
        gyro += i >= 3 && axes[i] && axes[0] && axes[i]->rate_hz == axes[0]->rate_hz;
    }
    if (!axes[0] && !axes[1] && !axes[2])
        return 0;
    if (acc < 3)
        return complain(-EINVAL, error, error_size,
                        "%s: the %s leg's acceleration needs all of Acc X, Y and Z at the same rate", r->path,
                        leg_name(leg));
    struct stream *stream = add_stream(r, BLOCK_IMU, r->imu_count, gyro == 3 ? 6 : 3);
    memcpy(stream->axes, axes, sizeof(axes));
    r->imu[r->imu_count++] =
        (struct recording_imu){.leg = leg, .rate_hz = axes[0]->rate_hz, .gyro = gyro == 3};
    return 0;
}

static int add_streams(struct recording *r, char *error, size_t error_size)
{
    /* Contact first, then motion, then EMG: within a chunk the detector knows the circumstances before the
     * signal. */
    for (unsigned i = 0; i < r->emg_count; i++) {
        const struct signal *contact = find_signal(r, EDF_LEAD_OFF, r->emg[i].leg, 0);
        if (contact)
            add_stream(r, BLOCK_CONTACT, i, 1)->axes[0] = contact;
    }
    for (int leg = 0; leg < (int)leg_count; leg++) {
        int result = add_imu(r, (enum leg)leg, error, error_size);
        if (result < 0)
            return result;
    }
    for (unsigned i = 0, channel = 0; i < r->signal_count; i++)
        if (r->signals[i].label.signal == EDF_EMG)
            add_stream(r, BLOCK_EMG, channel++, 1)->axes[0] = &r->signals[i];
    r->current = r->stream_count; /* nothing read yet */
    return 0;
}

static int read_header(struct recording *r, const struct edf_hdr_struct *header,
                       const struct recording_params *map, size_t map_count, char *error, size_t error_size)
{
    char seen[256] = "";
    size_t longest = 0;

    for (int i = 0; i < header->edfsignals; i++) {
        struct edf_label label;
        size_t length = strlen(seen);
        snprintf(seen + length, sizeof(seen) - length, "%s\"%.*s\"", i ? ", " : "",
                 (int)(strcspn(header->signalparam[i].label, "\n")), header->signalparam[i].label);
        if (!find_meaning(header->signalparam[i].label, map, map_count, &label))
            continue;
        int result = take_signal(r, header, i, &label, error, error_size);
        if (result < 0)
            return result;
        longest = MAX(longest, r->signals[r->signal_count - 1].chunk_size);
    }
    if (r->emg_count == 0)
        return complain(-EINVAL, error, error_size,
                        "%s: has no EMG signal that crampd knows; its labels are %s; crampd's are \"EMG "
                        "Gastroc-L\" and the like, "
                        "others are named in the settings (group recording)",
                        r->path, seen);
    r->raw = calloc(longest, sizeof(*r->raw));
    if (!r->raw)
        return complain(-ENOMEM, error, error_size, "%s: out of memory", r->path);
    r->duration_s = (double)header->file_duration / (double)EDFLIB_TIME_DIMENSION;
    struct tm tm = {.tm_year = header->startdate_year - 1900,
                    .tm_mon = header->startdate_month - 1,
                    .tm_mday = header->startdate_day,
                    .tm_hour = header->starttime_hour,
                    .tm_min = header->starttime_minute,
                    .tm_sec = header->starttime_second};
    r->start_s = timegm(&tm);
    return add_streams(r, error, error_size);
}

int recording_open(const char *path, const struct recording_params *map, size_t map_count,
                   struct recording **recording, char *error, size_t error_size)
{
    /* libedf's header struct is a quarter of a megabyte: not for the stack. */
    _cleanup_(freep) struct edf_hdr_struct *header = calloc(1, sizeof(*header));
    _cleanup_(recording_closep) struct recording *r = calloc(1, sizeof(*r));
    int result = recording_check(path, error, error_size);

    if (result < 0)
        return result;
    if (!header || !r || !(r->path = strdup(path)))
        return complain(-ENOMEM, error, error_size, "%s: out of memory", path);
    r->handle = -1;
    if (edfopen_file_readonly(path, header, EDFLIB_DO_NOT_READ_ANNOTATIONS) < 0)
        return complain(-EINVAL, error, error_size,
                        "%s: its EDF header breaks the format's rules (libedf says %d)", path,
                        header->filetype);
    r->handle = header->handle;
    result = read_header(r, header, map, map_count, error, error_size);
    if (result < 0)
        return result;
    *recording = r;
    r = NULL;
    return 0;
}

void recording_close(struct recording *r)
{
    if (!r)
        return;
    if (r->path && r->handle >= 0)
        edfclose_file(r->handle);
    for (unsigned i = 0; i < r->signal_count; i++)
        free(r->signals[i].chunk);
    free(r->raw);
    free(r->path);
    free(r);
}

static int read_chunk(struct recording *r, char *error, size_t error_size)
{
    int64_t second = r->chunk_number * CHUNK_S;

    for (unsigned i = 0; i < r->signal_count; i++) {
        struct signal *s = &r->signals[i];
        int64_t end = MIN((int64_t)llround((double)(second + CHUNK_S) * s->rate_hz), s->total);
        s->chunk_count = (unsigned)MAX(end - s->next, (int64_t)0);
        if (s->chunk_count == 0)
            continue;
        int got = edfread_digital_samples(r->handle, s->index, (int)s->chunk_count, r->raw);
        if (got != (int)s->chunk_count)
            return complain(-EIO, error, error_size,
                            "%s: cannot be read on at second %lld; is the medium failing?", r->path,
                            (long long)second);
        for (unsigned k = 0; k < s->chunk_count; k++)
            s->chunk[k] = (float)(r->raw[k] * s->scale + s->offset);
        s->next = end;
    }
    for (unsigned i = 0; i < r->stream_count; i++) {
        const struct signal *s = r->streams[i].axes[0];
        r->streams[i].first = s->next - s->chunk_count;
        r->streams[i].cursor = 0;
    }
    r->chunk_number++;
    r->current = 0;
    return 0;
}

static void fill_block(struct stream *stream, struct block *block)
{
    const struct signal *s = stream->axes[0];
    unsigned count = MIN(s->chunk_count - stream->cursor, (unsigned)(BLOCK_VALUES / stream->width));

    block->kind = (uint8_t)stream->kind;
    block->source = stream->source;
    block->width = stream->width;
    block->pad = 0;
    block->count = (uint16_t)count;
    block->lost = 0;
    block->faults = 0;
    block->period_ns = 1e9 / s->rate_hz;
    block->t_ns = llround((double)(stream->first + stream->cursor) * 1e9 / s->rate_hz);
    if (stream->width == 1)
        memcpy(block->v, s->chunk + stream->cursor, count * sizeof(*block->v));
    else
        for (unsigned k = 0; k < count; k++)
            for (unsigned axis = 0; axis < stream->width; axis++)
                block->v[k * stream->width + axis] = stream->axes[axis]->chunk[stream->cursor + k];
    stream->cursor += count;
}

int recording_next(struct recording *r, struct block *block, char *error, size_t error_size)
{
    for (;;) {
        while (r->current < r->stream_count) {
            struct stream *stream = &r->streams[r->current];
            if (stream->cursor < stream->axes[0]->chunk_count) {
                fill_block(stream, block);
                return 1;
            }
            r->current++;
        }
        if ((double)(r->chunk_number * CHUNK_S) >= r->duration_s)
            return 0;
        int result = read_chunk(r, error, error_size);
        if (result < 0)
            return result;
    }
}

unsigned recording_emg_count(const struct recording *r)
{
    return r->emg_count;
}

const struct recording_emg *recording_emg(const struct recording *r, unsigned channel)
{
    return &r->emg[channel];
}

unsigned recording_imu_count(const struct recording *r)
{
    return r->imu_count;
}

const struct recording_imu *recording_imu(const struct recording *r, unsigned imu)
{
    return &r->imu[imu];
}

double recording_duration_s(const struct recording *r)
{
    return r->duration_s;
}

int64_t recording_start_s(const struct recording *r)
{
    return r->start_s;
}
