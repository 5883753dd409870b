/* SPDX-License-Identifier: MIT */
#include "crampctl/explain_track.h"

#include <math.h>
#include <stdlib.h>

/* Half an hour at first. */
#define ROOM_FIRST 18000

static bool has_line(const struct track *track, int line)
{
    int k = line >= LINE_FLOOR ? line - LINE_FLOOR : line - LINE_RATIO;

    return line < LINE_RATIO || k < (int)track->channel_count;
}

static void grow(struct track *track, int64_t count)
{
    int64_t room = MAX(track->room, ROOM_FIRST);

    while (room < count)
        room *= 2;
    if (room == track->room)
        return;
    for (int i = 0; i < TRACK_LINES; i++) {
        if (!has_line(track, i))
            continue;
        float *line = reallocarray(track->line[i], (size_t)room, sizeof(*line));
        if (!line) {
            track->failed = true;
            return;
        }
        track->line[i] = line;
    }
    track->room = room;
}

static void add_run(struct track *track, int which, int64_t from, int64_t to, uint32_t value)
{
    struct runs *runs = &track->runs[which];
    struct run *last = runs->count ? &runs->run[runs->count - 1] : NULL;

    if (value == 0)
        return;
    if (last && last->to == from && last->value == value) {
        last->to = to;
        return;
    }
    if (!runs->run || runs->count == runs->room) {
        size_t room = runs->room ? 2 * runs->room : 64;
        struct run *run = reallocarray(runs->run, room, sizeof(*run));
        if (!run) {
            track->failed = true;
            return;
        }
        runs->run = run;
        runs->room = room;
    }
    runs->run[runs->count++] = (struct run){from, to, value};
}

/* The detector passes over long silence at once: nothing is known of it. */
static void pass_over(struct track *track, int64_t until)
{
    grow(track, until);
    if (track->failed || until <= track->count)
        return;
    for (int i = 0; i < TRACK_LINES; i++)
        for (int64_t f = track->count; has_line(track, i) && f < until; f++)
            track->line[i][f] = NAN;
    add_run(track, RUNS_UNSEEN, track->count, until, UNSEEN_ALWAYS | UNSEEN_NO_FRAMES);
    add_run(track, RUNS_STATE, track->count, until, EPISODE_BLIND);
    track->count = until;
}

/* The channel that is nearest to a decision; NULL: nothing is judged. */
static const struct insight_channel *nearest(const struct insight *in)
{
    const struct insight_channel *best = NULL;

    for (unsigned k = 0; k < in->channel_count; k++) {
        const struct insight_channel *c = &in->channel[k];

        if (c->needed_s > 0 && (!best || c->evidence_s / c->needed_s > best->evidence_s / best->needed_s))
            best = c;
    }
    return best;
}

static uint32_t unseen(const struct insight *in)
{
    uint32_t value = UNSEEN_ALWAYS;
    bool floor = false;

    if (in->strongest >= 0)
        return 0;
    for (unsigned k = 0; k < in->channel_count; k++) {
        value |= in->channel[k].faults;
        floor = floor || in->channel[k].floor_uv > 0;
    }
    return floor ? value : value | UNSEEN_NO_FLOOR;
}

static void add_lines(struct track *track, const struct insight *in)
{
    const struct insight_channel *judged = nearest(in);
    int64_t f = in->frame;

    track->line[LINE_EVIDENCE][f] = judged ? (float)judged->evidence_s : 0;
    track->line[LINE_NEEDED][f] = judged ? (float)judged->needed_s : 0;
    track->line[LINE_MOTION][f] = (float)in->motion_g;
    track->line[LINE_POSTURE][f] = (float)in->posture_deg;
    for (unsigned k = 0; k < in->channel_count; k++) {
        track->line[LINE_RATIO + (int)k][f] = (float)in->channel[k].ratio;
        track->line[LINE_FLOOR + (int)k][f] = (float)in->channel[k].floor_uv;
    }
}

static void add_runs(struct track *track, const struct insight *in)
{
    const struct insight_channel *judged = nearest(in);
    int gate = judged ? judged->gate : -1;
    int64_t f = in->frame;

    for (unsigned k = 0; k < in->channel_count; k++)
        add_run(track, RUNS_FAULTS + (int)k, f, f + 1, in->channel[k].faults);
    add_run(track, RUNS_STATE, f, f + 1, in->state); /* QUIET is 0: no run */
    add_run(track, RUNS_GATE, f, f + 1, (uint32_t)(gate + 1));
    add_run(track, RUNS_UNSEEN, f, f + 1, unseen(in));
    add_run(track, RUNS_MOVING, f, f + 1, in->moving);
    add_run(track, RUNS_MOTOR, f, f + 1, in->vibrating);
    add_run(track, RUNS_BOTH, f, f + 1, in->bilateral);
}

void track_add(struct track *track, const struct insight *in)
{
    if (track->failed || in->frame < track->count)
        return;
    if (track->count == 0) {
        track->leg = in->leg;
        track->origin_ns = in->t_ns - (in->frame + 1) * (NSEC_PER_SEC / 10);
        track->channel_count = in->channel_count;
        for (unsigned k = 0; k < in->channel_count; k++)
            track->channel[k] = in->channel[k].channel;
    }
    pass_over(track, in->frame);
    grow(track, in->frame + 1);
    if (track->failed)
        return;
    track->has_motion = track->has_motion || in->motion_known;
    add_lines(track, in);
    add_runs(track, in);
    track->count = in->frame + 1;
}

void track_clear(struct track *track)
{
    for (int i = 0; i < TRACK_LINES; i++)
        free(track->line[i]);
    for (int i = 0; i < TRACK_RUNS; i++)
        free(track->runs[i].run);
    *track = (struct track){0};
}

bool track_range(const struct track *track, int line, int64_t from, int64_t to, float *low, float *high)
{
    bool any = false;

    for (int64_t f = MAX(from, 0); f < MIN(to, track->count); f++) {
        float v = track->line[line][f];

        if (isnan(v))
            continue;
        *low = any ? MIN(*low, v) : v;
        *high = any ? MAX(*high, v) : v;
        any = true;
    }
    return any;
}

int64_t track_time(const struct track *track, int which, uint32_t value, int64_t from, int64_t to)
{
    const struct runs *runs = &track->runs[which];
    int64_t sum = 0;

    for (size_t i = 0; i < runs->count; i++)
        if (value == 0 || runs->run[i].value == value)
            sum += MAX(0, MIN(to, runs->run[i].to) - MAX(from, runs->run[i].from));
    return sum;
}

int64_t track_frame_at(double t_s)
{
    return (int64_t)floor(t_s * 10 + 1e-6);
}
