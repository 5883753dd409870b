/* SPDX-License-Identifier: MIT */
/* Wiring: sources -> frames -> floor, tone, quality -> scene of a leg -> episode. */
#include "detect/detector_private.h"

#include "detect/insight_leg.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define TIME_LIMIT_NS (INT64_MAX / 4) /* 73 years of uptime; beyond, a time is a bug */

static bool channels_valid(const struct detector_channel *channels, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if ((unsigned)channels[i].leg >= leg_count || (unsigned)channels[i].muscle >= muscle_count)
            return false;
    return true;
}

static void init_limb(struct detector *d, enum leg leg)
{
    struct limb *limb = &d->limb[leg];

    limb->imu = -1;
    limb->episode.params = &d->params;
    limb->episode.last_id = &d->last_id;
    limb->episode.report = (struct report){.sink = d->report.sink,
                                           .context = d->report.context,
                                           .leg = leg,
                                           .channels = d->info,
                                           .personal = d->personal};
    leg_motion_init(&limb->motion);
    episode_init(&limb->episode);
    for (unsigned i = 0; i < d->channel_count; i++)
        if (d->info[i].leg == leg) {
            unsigned k = limb->scene.channel_count++;

            limb->present = true;
            limb->scene.tone[k] = &d->channel[i].tone;
            limb->scene.channel[k] = (int)i;
            limb->scene.muscle[k] = d->info[i].muscle;
        }
}

struct detector *detector_new(const struct detector_params *params, const struct detector_channel *channels,
                              unsigned channel_count, const struct detector_imu *imus, unsigned imu_count,
                              event_sink sink, void *context)
{
    struct detector *d;

    if (channel_count == 0 || channel_count > EMG_CHANNELS || imu_count > IMU_SOURCES || !sink ||
        !channels_valid(channels, channel_count)) {
        errno = EINVAL;
        return NULL;
    }
    d = calloc(1, sizeof(*d));
    if (!d)
        return NULL;
    d->report = (struct fault_report){.sink = sink, .context = context};
    d->channel_count = channel_count;
    d->imu_count = imu_count;
    d->vibration_on_ns = d->vibration_off_ns = d->pulse_on_ns = TIME_UNKNOWN;
    for (unsigned i = 0; i < channel_count; i++) {
        struct channel *c = &d->channel[i];

        d->info[i] = channels[i];
        emg_init(&c->emg, &channels[i], params->mains_hz);
        baseline_init(&c->baseline);
        tone_init(&c->tone);
        c->level_uv = NAN;
        d->personal[i] = (struct detector_personal){NAN, NAN};
        c->block_ns = TIME_UNKNOWN;
    }
    for (enum leg leg = 0; leg < leg_count; leg++)
        init_limb(d, leg);
    for (unsigned i = 0; i < imu_count; i++) {
        d->imu[i].leg = imus[i].leg;
        d->imu[i].block_ns = TIME_UNKNOWN;
        imu_init(&d->imu[i].motion);
        if ((unsigned)imus[i].leg < leg_count)
            d->limb[imus[i].leg].imu = (int)i;
    }
    detector_set_params(d, params);
    return d;
}

void detector_free(struct detector *detector)
{
    free(detector);
}

void detector_set_params(struct detector *d, const struct detector_params *params)
{
    d->params = *params;
    d->params.fault_after_s = MAX(FRAME_S, MIN(params->fault_after_s, FAULT_AFTER_MAX_S));
    for (unsigned i = 0; i < d->channel_count; i++)
        emg_set_mains(&d->channel[i].emg, params->mains_hz);
}

/* The grid begins at the first thing anybody says. */
static void start(struct detector *d, int64_t t_ns)
{
    d->started = true;
    d->origin_ns = t_ns;
    for (unsigned i = 0; i < d->channel_count; i++)
        emg_start(&d->channel[i].emg, t_ns);
    for (unsigned i = 0; i < d->imu_count; i++)
        imu_start(&d->imu[i].motion, t_ns);
    for (enum leg leg = 0; leg < leg_count; leg++)
        d->limb[leg].episode.report.origin_ns = t_ns;
}

/* ---- when to decide ---- */

/* First frame from d->frame on for which any source has something; `limit` if none before it. */
static int64_t next_data(const struct detector *d, int64_t limit)
{
    int64_t next = limit;

    for (unsigned k = 0; k < FRAME_RING; k++) {
        for (unsigned i = 0; i < d->channel_count; i++)
            if (d->channel[i].emg.ring[k].index >= d->frame)
                next = MIN(next, d->channel[i].emg.ring[k].index);
        for (unsigned i = 0; i < d->imu_count; i++)
            if (d->imu[i].motion.ring[k].index >= d->frame)
                next = MIN(next, d->imu[i].motion.ring[k].index);
    }
    return next;
}

static bool empty(const struct detector *d)
{
    uint64_t slot = (uint64_t)d->frame % FRAME_RING;

    for (unsigned i = 0; i < d->channel_count; i++)
        if (d->channel[i].emg.ring[slot].index == d->frame)
            return false;
    for (unsigned i = 0; i < d->imu_count; i++)
        if (d->imu[i].motion.ring[slot].index == d->frame)
            return false;
    return true;
}

static void decide_until(struct detector *d, int64_t limit)
{
    while (d->frame < limit) {
        d->empty_frames = empty(d) ? d->empty_frames + 1 : 0;
        if (d->empty_frames > EMPTY_FRAMES && !calibration_running(&d->calibration)) {
            /* Everything that silence can change has changed: its remaining time passes at once. */
            int64_t next = next_data(d, limit);

            d->total_frames += next - d->frame;
            d->frame = next;
            d->empty_frames = next < limit ? 0 : EMPTY_FRAMES;
            continue;
        }
        detector_decide_frame(d);
    }
}

/* Frames that every source has passed; or that the fastest would push out of its ring. */
static void decide_ready(struct detector *d)
{
    int64_t slowest = INT64_MAX, fastest = 0;

    for (unsigned i = 0; i < d->channel_count; i++) {
        slowest = MIN(slowest, d->channel[i].emg.frame);
        fastest = MAX(fastest, d->channel[i].emg.frame);
    }
    for (unsigned i = 0; i < d->imu_count; i++) {
        slowest = MIN(slowest, d->imu[i].motion.frame);
        fastest = MAX(fastest, d->imu[i].motion.frame);
    }
    if (slowest < fastest - (FRAME_RING - 1)) {
        slowest = fastest - (FRAME_RING - 1);
        for (unsigned i = 0; i < d->channel_count; i++)
            emg_close_until(&d->channel[i].emg, slowest);
        for (unsigned i = 0; i < d->imu_count; i++)
            imu_close_until(&d->imu[i].motion, slowest);
    }
    decide_until(d, slowest);
}

static void close_until(struct detector *d, int64_t frame)
{
    for (unsigned i = 0; i < d->channel_count; i++)
        emg_close_until(&d->channel[i].emg, frame);
    for (unsigned i = 0; i < d->imu_count; i++)
        imu_close_until(&d->imu[i].motion, frame);
    decide_ready(d);
}

/* ---- in ---- */

static bool block_valid(const struct detector *d, const struct block *b)
{
    unsigned sources = b->kind == BLOCK_IMU ? d->imu_count : d->channel_count;
    unsigned width_min = b->kind == BLOCK_IMU ? 3 : 1;

    return b->kind <= BLOCK_CONTACT && b->source < sources && b->t_ns > -TIME_LIMIT_NS &&
           b->t_ns < TIME_LIMIT_NS &&
           (b->count == 0 || (b->width >= width_min && b->count * b->width <= BLOCK_VALUES)) &&
           (!d->started || b->t_ns >= d->origin_ns);
}

static bool in_order(int64_t *last_ns, const struct block *b)
{
    if (*last_ns != TIME_UNKNOWN && b->t_ns < *last_ns)
        return false;
    *last_ns = b->t_ns;
    return true;
}

static void push_contact(struct detector *d, const struct block *b)
{
    int64_t frame = (b->t_ns - d->origin_ns) / FRAME_NS;
    struct channel *c = &d->channel[b->source];

    c->contact_wired = true;
    c->contact_known = false;
    for (unsigned i = 0; i < b->count; i++) {
        c->contact_known = isfinite(b->v[i * b->width]);
        if (c->contact_known)
            emg_contact(&c->emg, b->v[i * b->width] > 0.5F, frame);
    }
}

void detector_push(struct detector *d, const struct block *block)
{
    unsigned position = 0;

    if (block->kind == BLOCK_BUTTON)
        return;
    if (!block_valid(d, block)) {
        d->dropped_blocks++;
        return;
    }
    if (!d->started)
        start(d, block->t_ns);
    if (block->kind == BLOCK_CONTACT) {
        push_contact(d, block);
    } else if (block->kind == BLOCK_EMG) {
        if (!in_order(&d->channel[block->source].block_ns, block)) {
            d->dropped_blocks++;
            return;
        }
        while (emg_push(&d->channel[block->source].emg, block, &position))
            decide_ready(d);
    } else {
        if (!in_order(&d->imu[block->source].block_ns, block)) {
            d->dropped_blocks++;
            return;
        }
        while (imu_push(&d->imu[block->source].motion, block, &position))
            decide_ready(d);
    }
    decide_ready(d);
}

void detector_advance(struct detector *d, int64_t t_ns)
{
    if (t_ns <= -TIME_LIMIT_NS || t_ns >= TIME_LIMIT_NS)
        return;
    if (!d->started)
        start(d, t_ns);
    if (t_ns > d->origin_ns)
        close_until(d, (t_ns - d->origin_ns) / FRAME_NS);
}

void detector_set_vibration(struct detector *d, bool vibrating, int64_t t_ns)
{
    if (vibrating && !d->vibrating) {
        /* Pulses of one reminder are one vibration. */
        bool again =
            d->vibration_off_ns != TIME_UNKNOWN && t_ns - d->vibration_off_ns < s_to_ns(FRAME_RING * FRAME_S);

        if (!again)
            d->vibration_on_ns = t_ns;
        d->pulse_on_ns = t_ns;
        d->vibration_off_ns = TIME_UNKNOWN;
    } else if (!vibrating && d->vibrating) {
        d->vibration_off_ns = t_ns;
    }
    d->vibrating = vibrating;
}

void detector_finish(struct detector *d)
{
    int64_t last = d->frame;

    if (!d->started)
        return;
    for (unsigned i = 0; i < d->channel_count; i++)
        last = MAX(last, d->channel[i].emg.frame + (d->channel[i].emg.count > 0));
    for (unsigned i = 0; i < d->imu_count; i++)
        last = MAX(last, d->imu[i].motion.frame + (d->imu[i].motion.count > 0));
    close_until(d, last);
    for (enum leg leg = 0; leg < leg_count; leg++)
        if (d->limb[leg].present)
            episode_finish(&d->limb[leg].episode, &d->limb[leg].scene);
}

/* ---- out ---- */

double detector_get_rest(const struct detector *d, unsigned channel)
{
    const struct baseline *baseline = &d->channel[channel].baseline;

    return baseline_settled(baseline) ? baseline_floor(baseline) : NAN;
}

void detector_set_rest(struct detector *d, unsigned channel, double rest_uv)
{
    baseline_resume(&d->channel[channel].baseline, rest_uv);
}

bool detector_get_placement(const struct detector *d, unsigned channel, struct detector_placement *out)
{
    if (channel >= d->channel_count || d->channel[channel].placement.changes == 0)
        return false;
    const struct channel *c = &d->channel[channel];
    double bias = emg_floor_bias(&c->emg);

    *out = (struct detector_placement){.changes = c->placement.changes,
                                       .t_ns = d->origin_ns + (c->placement.frame + 1) * FRAME_NS,
                                       .before_uv = c->placement.old_uv * bias,
                                       .after_uv = c->placement.new_uv * bias};
    return true;
}

void detector_get_view(const struct detector *d, unsigned channel, struct detector_view *view)
{
    *view = (struct detector_view){.level_uv = NAN, .floor_uv = NAN, .motion_g = NAN};
    if (channel >= d->channel_count)
        return;
    const struct channel *c = &d->channel[channel];
    const struct limb *limb = &d->limb[d->info[channel].leg];

    view->level_uv = c->level_uv;
    view->floor_uv = baseline_floor(&c->baseline) * emg_floor_bias(&c->emg);
    view->motion_g = limb->scene.motion_g;
    view->state = c->tone.usable ? limb->episode.state : EPISODE_BLIND;
    view->faults = c->faults;
    view->declared_faults = c->timers.declared | c->contact_timers.declared;
    if (c->contact_wired && limb->wear.state == WEAR_AWAY)
        view->declared_faults |= BIT(FAULT_NOT_WORN);
    view->rate_hz = c->emg.period_ns > 0 ? 1e9 / c->emg.period_ns : 0;
    view->dropped_blocks = d->dropped_blocks;
    view->reduced = !emg_full(&c->emg);
}

bool detector_get_insight(const struct detector *d, enum leg leg, struct insight *insight)
{
    const struct limb *limb = &d->limb[leg];

    if (!limb->present || d->total_frames == 0)
        return false;
    insight_fill(insight, &limb->scene, &limb->motion, &limb->episode);
    for (unsigned k = 0; k < insight->channel_count; k++) {
        struct insight_channel *out = &insight->channel[k];
        const struct channel *c = &d->channel[out->channel];

        out->level_uv = c->level_uv;
        out->contact = c->contact_wired && c->contact_known ? !c->emg.lead_off : -1;
        out->faults = c->faults;
    }
    return true;
}

void detector_set_insight(struct detector *d, insight_sink sink, void *context)
{
    d->insight = sink;
    d->insight_context = context;
}

void detector_get_coverage(const struct detector *d, double *total_s, double *usable_s)
{
    *total_s = (double)d->total_frames * FRAME_S;
    *usable_s = (double)d->usable_frames * FRAME_S;
}
