/* SPDX-License-Identifier: MIT */
#include "crampsim/edf_writer.h"

#include "build_config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#if HAVE_EDF

#include <edflib.h>
#include <math.h>
#include <time.h>

#define DIGITAL_LOW  (-32768)
#define DIGITAL_HIGH 32767

struct edf_writer {
    int handle;
    unsigned count;
    struct edf_writer_signal *signals;
    short *digital; /* one signal's record */
};

static const char *reason(int result)
{
    switch (result) {
    case EDFLIB_MALLOC_ERROR: return "out of memory";
    case EDFLIB_NO_SUCH_FILE_OR_DIRECTORY: return "cannot be created there";
    case EDFLIB_MAXFILES_REACHED: return "too many recordings are open";
    case EDFLIB_FILE_ALREADY_OPENED: return "is open already";
    case EDFLIB_NUMBER_OF_SIGNALS_INVALID: return "has too many signals for EDF";
    default: return "libedf refuses to write it";
    }
}

static int set_header(int handle, const struct edf_writer_signal *signals, unsigned count, int64_t start_s)
{
    time_t start = (time_t)start_s;
    struct tm tm;
    int wrong = 0;

    gmtime_r(&start, &tm);
    wrong |= edf_set_startdatetime(handle, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                                   tm.tm_min, tm.tm_sec);
    /* The patient's fields stay empty: libedf then writes "X X X X". */
    for (int i = 0; i < (int)count; i++) {
        wrong |= edf_set_samplefrequency(handle, i, (int)signals[i].rate);
        wrong |= edf_set_physical_minimum(handle, i, signals[i].low);
        wrong |= edf_set_physical_maximum(handle, i, signals[i].high);
        wrong |= edf_set_digital_minimum(handle, i, DIGITAL_LOW);
        wrong |= edf_set_digital_maximum(handle, i, DIGITAL_HIGH);
        wrong |= edf_set_label(handle, i, signals[i].label);
        wrong |= edf_set_physical_dimension(handle, i, signals[i].unit);
    }
    return wrong ? -EINVAL : 0;
}

int edf_writer_open(const char *path, const struct edf_writer_signal *signals, unsigned count,
                    int64_t start_s, struct edf_writer **writer, char *error, size_t error_size)
{
    unsigned longest = 1;

    *writer = NULL;
    for (unsigned i = 0; i < count; i++)
        longest = MAX(longest, signals[i].rate);
    struct edf_writer *w = calloc(1, sizeof(*w));
    struct edf_writer_signal *copy = calloc(count ? count : 1, sizeof(*copy));
    short *digital = calloc(longest, sizeof(*digital));
    if (!w || !copy || !digital) {
        free(w);
        free(copy);
        free(digital);
        snprintf(error, error_size, "%s: out of memory", path);
        return -ENOMEM;
    }
    if (count)
        memcpy(copy, signals, count * sizeof(*copy));
    *w = (struct edf_writer){.handle = -1, .count = count, .signals = copy, .digital = digital};
    w->handle = edfopen_file_writeonly(path, EDFLIB_FILETYPE_EDFPLUS, (int)count);
    if (w->handle < 0) {
        snprintf(error, error_size, "%s: %s", path, reason(w->handle));
        edf_writer_free(w);
        return -EIO;
    }
    int result = set_header(w->handle, signals, count, start_s);
    if (result < 0) {
        snprintf(error, error_size, "%s: a rate, range or date does not fit into EDF", path);
        edf_writer_free(w);
        return result;
    }
    *writer = w;
    return 0;
}

int edf_writer_record(struct edf_writer *w, const float *const *samples)
{
    for (unsigned s = 0; s < w->count; s++) {
        const struct edf_writer_signal *signal = &w->signals[s];
        double scale = (DIGITAL_HIGH - DIGITAL_LOW) / (signal->high - signal->low);
        for (unsigned i = 0; i < signal->rate; i++) {
            double digital = rint(((double)samples[s][i] - signal->low) * scale + DIGITAL_LOW);
            w->digital[i] = (short)fmin(fmax(digital, DIGITAL_LOW), DIGITAL_HIGH); /* NaN: the low rail */
        }
        if (edfwrite_digital_short_samples(w->handle, w->digital))
            return -EIO;
    }
    return 0;
}

int edf_writer_annotate(struct edf_writer *w, double start_s, double duration_s, const char *text)
{
    long long duration = duration_s < 0 ? -1 : llround(duration_s * 10000);

    /* The successors that libedf 1.27 recommends do not exist in 1.23. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    return edfwrite_annotation_latin1(w->handle, llround(start_s * 10000), duration, text) ? -EINVAL : 0;
#pragma GCC diagnostic pop
}

int edf_writer_close(struct edf_writer *w)
{
    int result = w->handle >= 0 && edfclose_file(w->handle) ? -EIO : 0;

    free(w->signals);
    free(w->digital);
    free(w);
    return result;
}

#else

int edf_writer_open(const char *path, const struct edf_writer_signal *signals, unsigned count,
                    int64_t start_s, struct edf_writer **writer, char *error, size_t error_size)
{
    (void)signals;
    (void)count;
    (void)start_s;
    *writer = NULL;
    snprintf(error, error_size, "%s: this crampsim was built without libedf and cannot write recordings",
             path);
    return -ENOTSUP;
}

int edf_writer_record(struct edf_writer *w, const float *const *samples)
{
    (void)w;
    (void)samples;
    return -ENOTSUP;
}

int edf_writer_annotate(struct edf_writer *w, double start_s, double duration_s, const char *text)
{
    (void)w;
    (void)start_s;
    (void)duration_s;
    (void)text;
    return -ENOTSUP;
}

int edf_writer_close(struct edf_writer *w)
{
    (void)w;
    return -ENOTSUP;
}

#endif

void edf_writer_free(struct edf_writer *w)
{
    if (w)
        edf_writer_close(w);
}
