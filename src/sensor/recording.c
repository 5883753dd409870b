/* SPDX-License-Identifier: MIT */
#include "sensor/recording_private.h"

#include "sensor/recording_check.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int recording_complain(int result, char *error, size_t error_size, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(error, error_size, format, ap);
    va_end(ap);
    return result;
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
        return recording_complain(-ENOMEM, error, error_size, "%s: out of memory", path);
    r->handle = -1;
    if (edfopen_file_readonly(path, header, EDFLIB_DO_NOT_READ_ANNOTATIONS) < 0)
        return recording_complain(-EINVAL, error, error_size,
                                  "%s: its EDF header breaks the format's rules (libedf says %d)", path,
                                  header->filetype);
    r->handle = header->handle;
    result = recording_read_header(r, header, map, map_count, error, error_size);
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
            return recording_complain(-EIO, error, error_size,
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
