/* SPDX-License-Identifier: MIT */
#include "crampsim/playback.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define KEEP_S 8 /* ring of a track; readers stay within a second of each other */
/* Blocks are in order of time to within one second. */
#define AHEAD_NS (3 * NSEC_PER_SEC)

struct track {
    struct playback *playback;
    double period_ns, window_ns;
    unsigned width;
    int64_t first, next; /* samples kept: first <= i < next */
    int64_t slots;
    float *ring;
};

struct playback {
    struct recording *recording;
    char path[512];
    const struct recording_params *map;
    size_t map_count;
    int64_t origin_ns; /* of the recording's second 0 */
    bool ended;
    int64_t read_ns; /* start of the last block read */
    char error[256];
    struct track emg[EMG_CHANNELS], contact[EMG_CHANNELS], imu[IMU_SOURCES];
};

static struct track *track_of(struct playback *p, const struct block *block)
{
    switch ((enum block_kind)block->kind) {
    case BLOCK_EMG: return block->source < EMG_CHANNELS ? &p->emg[block->source] : NULL;
    case BLOCK_CONTACT: return block->source < EMG_CHANNELS ? &p->contact[block->source] : NULL;
    case BLOCK_IMU: return block->source < IMU_SOURCES ? &p->imu[block->source] : NULL;
    case BLOCK_BUTTON: return NULL;
    }
    return NULL;
}

/* The first block tells a track's rate. False when there is no memory. */
static bool set_up(struct track *track, const struct block *block)
{
    if (track->ring)
        return true;
    track->period_ns = block->period_ns;
    track->width = block->width;
    track->slots = (int64_t)(KEEP_S * 1e9 / block->period_ns) + BLOCK_VALUES;
    track->ring = calloc((size_t)track->slots * track->width, sizeof(*track->ring));
    return track->ring != NULL;
}

static bool keep(struct playback *p, const struct block *block)
{
    struct track *track = track_of(p, block);

    if (!track || !(block->period_ns > 0))
        return true;
    if (!set_up(track, block))
        return false;
    for (unsigned i = 0; i < block->count; i++) {
        size_t at = (size_t)(track->next++ % track->slots) * track->width;

        memcpy(&track->ring[at], &block->v[i * track->width], track->width * sizeof(*track->ring));
    }
    track->first = MAX(track->first, track->next - track->slots);
    return true;
}

/* Reads on until the track knows its samples around t_ns, or the recording is past that time without any. */
static bool prepare(struct track *track, int64_t t_ns)
{
    struct playback *p = track->playback;
    int64_t until_ns = t_ns + (int64_t)track->window_ns;
    struct block block;

    while (!p->ended && p->read_ns < t_ns + AHEAD_NS) {
        int result;

        if (track->ring && (double)(track->next - 3) * track->period_ns > (double)until_ns)
            break;
        result = recording_next(p->recording, &block, p->error, sizeof(p->error));
        if (result > 0 && !keep(p, &block)) {
            snprintf(p->error, sizeof(p->error), "out of memory");
            result = 0;
        }
        p->ended = result <= 0;
        p->read_ns = p->ended ? p->read_ns : block.t_ns;
    }
    return track->next > track->first;
}

static double sample(const struct track *track, int64_t i, unsigned column)
{
    i = MAX(track->first, MIN(i, track->next - 1));
    return track->ring[(size_t)(i % track->slots) * track->width + column];
}

/* Catmull-Rom through four samples: keeps the muscle's band where a straight line would dull it. */
static double interpolate(const struct track *track, double x, unsigned column)
{
    int64_t i = (int64_t)floor(x);
    double f = x - floor(x);
    double a = sample(track, i - 1, column), b = sample(track, i, column);
    double c = sample(track, i + 1, column), d = sample(track, i + 2, column);

    return b + 0.5 * f * (c - a + f * (2 * a - 5 * b + 4 * c - d + f * (3 * (b - c) + d - a)));
}

static double mean(const struct track *track, double from, double to)
{
    int64_t first = (int64_t)ceil(from), last = (int64_t)ceil(to) - 1;
    double sum = 0;

    for (int64_t i = first; i <= last; i++)
        sum += sample(track, i, 0);
    return sum / (double)(last - first + 1);
}

static void read_emg(void *context, int64_t t_ns, double *values, unsigned count)
{
    struct track *track = context;
    double x, half;

    (void)count;
    t_ns -= track->playback->origin_ns;
    values[0] = 0;
    if (!prepare(track, t_ns))
        return;
    x = (double)t_ns / track->period_ns;
    half = track->window_ns / track->period_ns / 2;
    if (x > (double)(track->next - 1) && track->playback->ended)
        return;
    values[0] = half >= 1 ? mean(track, x - half, x + half) : interpolate(track, x, 0);
}

static void read_imu(void *context, int64_t t_ns, double *values, unsigned count)
{
    struct track *track = context;
    bool known;

    t_ns -= track->playback->origin_ns;
    known = prepare(track, t_ns);

    for (unsigned i = 0; i < count; i++)
        values[i] = known && i < track->width ? interpolate(track, (double)t_ns / track->period_ns, i) : 0;
}

static void read_contact(void *context, int64_t t_ns, double *values, unsigned count)
{
    struct track *track = context;

    (void)count;
    t_ns -= track->playback->origin_ns;
    values[0] = prepare(track, t_ns) ? sample(track, (int64_t)((double)t_ns / track->period_ns), 0) : 0;
}

int playback_open(const char *path, const struct recording_params *map, size_t map_count,
                  struct playback **playback, char *error, size_t error_size)
{
    _cleanup_(playback_freep) struct playback *p = calloc(1, sizeof(*p));
    int result;

    if (!p) {
        snprintf(error, error_size, "%s: out of memory", path);
        return -ENOMEM;
    }
    if (snprintf(p->path, sizeof(p->path), "%s", path) >= (int)sizeof(p->path)) {
        snprintf(error, error_size, "%s: the name is too long", path);
        return -ENAMETOOLONG;
    }
    p->map = map;
    p->map_count = map_count;
    result = recording_open(path, map, map_count, &p->recording, error, error_size);
    if (result < 0)
        return result;
    for (unsigned i = 0; i < EMG_CHANNELS; i++)
        p->emg[i].playback = p->contact[i].playback = p;
    for (unsigned i = 0; i < IMU_SOURCES; i++)
        p->imu[i].playback = p;
    *playback = p;
    p = NULL;
    return 0;
}

int playback_restart(struct playback *p, int64_t t_ns)
{
    struct track *const tracks[] = {p->emg, p->contact, p->imu};
    const size_t counts[] = {EMG_CHANNELS, EMG_CHANNELS, IMU_SOURCES};
    int result;

    recording_close(p->recording); /* libedf opens a file only once */
    p->recording = NULL;
    result = recording_open(p->path, p->map, p->map_count, &p->recording, p->error, sizeof(p->error));
    p->ended = result < 0;
    p->read_ns = 0;
    p->origin_ns = t_ns;
    for (size_t kind = 0; kind < ARRAY_SIZE(tracks); kind++)
        for (size_t i = 0; i < counts[kind]; i++)
            tracks[kind][i].first = tracks[kind][i].next = 0;
    return result;
}

void playback_free(struct playback *p)
{
    if (!p)
        return;
    recording_close(p->recording);
    for (unsigned i = 0; i < EMG_CHANNELS; i++) {
        free(p->emg[i].ring);
        free(p->contact[i].ring);
    }
    for (unsigned i = 0; i < IMU_SOURCES; i++)
        free(p->imu[i].ring);
    free(p);
}

const struct recording *playback_recording(const struct playback *p)
{
    return p->recording;
}

const char *playback_error(const struct playback *p)
{
    return *p->error ? p->error : NULL;
}

struct world_signal playback_emg(struct playback *p, unsigned channel, double window_ns)
{
    p->emg[channel].window_ns = window_ns;
    return (struct world_signal){read_emg, &p->emg[channel]};
}

struct world_signal playback_imu(struct playback *p, unsigned imu)
{
    return (struct world_signal){read_imu, &p->imu[imu]};
}

struct world_signal playback_contact(struct playback *p, unsigned channel)
{
    return (struct world_signal){read_contact, &p->contact[channel]};
}
