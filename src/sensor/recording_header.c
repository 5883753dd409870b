/* SPDX-License-Identifier: MIT */
#include "sensor/recording_private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

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
        return recording_complain(-EINVAL, error, error_size,
                                  "%s: has more than the %d signals that crampd can use", r->path,
                                  (int)SIGNALS_MAX);
    if (factor == 0)
        return recording_complain(
            -EINVAL, error, error_size,
            "%s: signal \"%s\" is in \"%s\", which is not a unit crampd knows for it (%s)", r->path, p->label,
            p->physdimension, label->signal == EDF_EMG ? "uV, mV, V" : "g, mg, m/s2, deg/s, rad/s");
    *s = (struct signal){.index = index, .label = *label, .total = p->smp_in_file};
    s->scale = (p->phys_max - p->phys_min) / (p->dig_max - p->dig_min) * factor;
    s->offset = p->phys_min * factor - p->dig_min * s->scale;
    s->rate_hz = p->smp_in_datarecord / record_s;
    double least = label->signal == EDF_EMG ? RECORDING_RATE_MIN : label->signal == EDF_LEAD_OFF ? 0.1 : 5;
    if (!(s->rate_hz >= least && s->rate_hz <= RECORDING_RATE_MAX))
        return recording_complain(-EINVAL, error, error_size,
                                  "%s: signal \"%s\" has %g samples a second; crampd can use %g to %g",
                                  r->path, p->label, s->rate_hz, least, RECORDING_RATE_MAX);
    s->chunk_size = (unsigned)ceil(s->rate_hz * CHUNK_S) + 1;
    s->chunk = calloc(s->chunk_size, sizeof(*s->chunk));
    r->signal_count++;
    if (!s->chunk)
        return recording_complain(-ENOMEM, error, error_size, "%s: out of memory", r->path);
    if (label->signal == EDF_EMG) {
        if (r->emg_count == EMG_CHANNELS)
            return recording_complain(-EINVAL, error, error_size, "%s: has more than %d EMG signals", r->path,
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
        return recording_complain(
            -EINVAL, error, error_size,
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

int recording_read_header(struct recording *r, const struct edf_hdr_struct *header,
                          const struct recording_params *map, size_t map_count, char *error,
                          size_t error_size)
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
        return recording_complain(
            -EINVAL, error, error_size,
            "%s: has no EMG signal that crampd knows; its labels are %s; crampd's are \"EMG "
            "Gastroc-L\" and the like, "
            "others are named in the settings (group recording)",
            r->path, seen);
    r->raw = calloc(MAX(longest, (size_t)1), sizeof(*r->raw));
    if (!r->raw)
        return recording_complain(-ENOMEM, error, error_size, "%s: out of memory", r->path);
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
