/* SPDX-License-Identifier: MIT */
/* Wiring: sources -> frames -> floor, tone, quality -> scene of a leg -> episode. */
#include "detect/detector.h"

#include "detect/baseline.h"
#include "detect/emg.h"
#include "detect/episode.h"
#include "detect/fault.h"
#include "detect/hum.h"
#include "detect/imu.h"
#include "detect/insight_leg.h"
#include "detect/placement.h"
#include "detect/quality.h"
#include "detect/scene.h"
#include "detect/wear.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define TIME_LIMIT_NS (INT64_MAX / 4) /* 73 years of uptime; beyond, a time is a bug */

struct channel {
    struct emg emg;
    struct baseline baseline;
    struct placement placement;
    struct tone tone;
    struct hum hum;
    struct quality_timers timers;
    bool contact_wired, contact_known;    /* contact is spoken of; its last word was a value */
    struct quality_timers contact_timers; /* of contact that is not known */
    int64_t block_ns;                     /* of the last block */
    double level_uv;
    uint32_t faults;
};

struct imu_channel {
    enum leg leg;
    struct imu motion;
    struct quality_timers timers;
    int64_t block_ns;
};

struct limb {
    bool present;
    int imu; /* -1 none */
    struct leg_motion motion;
    struct wear wear;
    struct scene scene;
    struct episode episode;
};

struct detector {
    struct detector_params params;
    struct fault_report report;
    unsigned channel_count, imu_count;
    struct channel channel[EMG_CHANNELS];
    struct detector_channel info[EMG_CHANNELS];
    struct imu_channel imu[IMU_SOURCES];
    struct limb limb[leg_count];
    bool started;
    int64_t origin_ns;
    int64_t frame; /* next to decide */
    int64_t empty_frames;
    uint32_t last_id;
    uint64_t dropped_blocks;
    bool vibrating;
    int64_t vibration_on_ns, vibration_off_ns;
    int64_t pulse_on_ns; /* of the last pulse of that vibration */
    int64_t total_frames, usable_frames;
    insight_sink insight; /* NULL: nobody watches */
    void *insight_context;
};

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
    limb->episode.report = (struct report){
        .sink = d->report.sink, .context = d->report.context, .leg = leg, .channels = d->info};
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

/* ---- one frame ---- */

/* What only shows against the floor. */
static void judge_quality(struct hum *hum, struct emg_frame *frame, double floor)
{
    hum_step(hum, (double)frame->hum_uv, (double)frame->level, floor);
    if (hum->sudden)
        frame->faults |= BIT(FAULT_HUM);
    if ((double)frame->hum_uv > HUM_FAULT_RATIO * floor) {
        frame->faults |= BIT(FAULT_HUM);
        frame->usable = false;
    }
    if (frame->usable && (double)frame->level < FLAT_RATIO * floor)
        frame->faults |= BIT(FAULT_FLAT);
    frame->faults = quality_causes(frame->faults);
}

/* All faults of a channel; `faults` is what its frame shows. */
static void step_faults(struct detector *d, unsigned i, uint32_t faults, int64_t end_ns)
{
    struct channel *c = &d->channel[i];
    bool away = c->contact_wired && d->limb[d->info[i].leg].wear.state == WEAR_AWAY;
    double after_s = d->params.fault_after_s;

    if (away && (faults & BIT(FAULT_LEAD_OFF)))
        faults = (faults & ~BIT(FAULT_LEAD_OFF)) | BIT(FAULT_NOT_WORN);
    c->faults = faults;
    if (away) /* told of the whole leg */
        faults &= ~BIT(FAULT_NOT_WORN);
    struct event where = fault_of_channel(&d->info[i], i, PART_EMG);
    fault_tell_changed(&d->report, &where, quality_step(&c->timers, faults, after_s, end_ns), &c->timers,
                       end_ns);
    faults = c->contact_wired && !c->contact_known ? BIT(FAULT_GAP) : 0;
    where.fault.part = PART_CONTACT;
    fault_tell_changed(&d->report, &where, quality_step(&c->contact_timers, faults, after_s, end_ns),
                       &c->contact_timers, end_ns);
}

static bool all_off(const struct detector *d, const struct scene *scene)
{
    bool wired = false;

    for (unsigned k = 0; k < scene->channel_count; k++) {
        const struct channel *c = &d->channel[scene->channel[k]];

        if (c->contact_wired && !c->emg.lead_off)
            return false;
        wired = wired || c->contact_wired;
    }
    return wired;
}

/* One fault of the leg takes the place of one for each of its electrodes, or gives it back. */
static void step_wear(struct detector *d, enum leg leg)
{
    struct limb *limb = &d->limb[leg];
    const struct scene *scene = &limb->scene;
    int64_t end_ns = d->origin_ns + (d->frame + 1) * FRAME_NS;

    if (!wear_step(&limb->wear, all_off(d, scene), scene->moving, d->frame))
        return;
    bool away = limb->wear.state == WEAR_AWAY;
    for (unsigned k = 0; k < scene->channel_count && away; k++) {
        unsigned i = (unsigned)scene->channel[k];
        struct channel *c = &d->channel[i];
        struct event where = fault_of_channel(&d->info[i], i, PART_EMG);

        if (c->contact_wired)
            fault_tell_changed(&d->report, &where, quality_withdraw(&c->timers, FAULT_LEAD_OFF), &c->timers,
                               end_ns);
    }
    fault_tell(&d->report, fault_of_leg(leg, PART_EMG), FAULT_NOT_WORN, away,
               (double)(d->frame - limb->wear.off_since) * FRAME_S, end_ns);
}

static void step_channel(struct detector *d, unsigned i, struct scene *scene, unsigned k)
{
    struct channel *c = &d->channel[i];
    const struct limb *limb = &d->limb[d->info[i].leg];
    struct emg_frame missing, frame = *emg_get_frame(&c->emg, d->frame, &missing);
    bool at_rest = episode_at_rest(&limb->episode, d->frame);
    int64_t end_ns = d->origin_ns + (d->frame + 1) * FRAME_NS;

    placement_step(&c->placement, &c->baseline, frame.faults & BIT(FAULT_LEAD_OFF),
                   limb->wear.state == WEAR_AWAY, at_rest);
    double floor = baseline_floor(&c->baseline) * emg_floor_bias(&c->emg);
    judge_quality(&c->hum, &frame, floor);
    if (frame.usable)
        baseline_observe(&c->baseline, (double)frame.level,
                         !at_rest || limb->scene.moving || limb->scene.vibrating);
    placement_compare(&c->placement, &c->baseline, d->frame);
    if (frame.faults & BIT(FAULT_FLAT))
        frame.usable = false;
    tone_step(&c->tone, &frame, floor, d->params.rise_ratio);
    scene->hum_share[k] = frame.hum_share;
    scene->hum_uv[k] = frame.hum_uv;
    scene->hum_leak[k] = c->hum.leak;
    scene->crossings_hz[k] = frame.crossings_hz;
    scene->full[k] = emg_full(&c->emg);
    scene->clipped[k] = frame.faults & BIT(FAULT_CLIPPED);
    c->level_uv = frame.usable ? (double)frame.level : NAN;
    step_faults(d, i, frame.faults, end_ns);
}

static void judge_vibration(const struct detector *d, struct scene *scene)
{
    int64_t t_ns = d->origin_ns + d->frame * FRAME_NS, end_ns = t_ns + FRAME_NS;
    int64_t tail_ns = s_to_ns(VIBRATION_TAIL_S);

    scene->vibrating = d->vibration_on_ns != TIME_UNKNOWN && end_ns > d->vibration_on_ns &&
                       (d->vibration_off_ns == TIME_UNKNOWN ? t_ns - d->pulse_on_ns < s_to_ns(VIBRATION_MAX_S)
                                                            : t_ns < d->vibration_off_ns + tail_ns);
    if (scene->vibrating)
        scene->vibrating_since = (d->vibration_on_ns - d->origin_ns) / FRAME_NS;
}

static void step_imu(struct detector *d, unsigned i)
{
    struct imu_channel *imu = &d->imu[i];
    struct imu_frame missing;
    const struct imu_frame *frame = imu_get_frame(&imu->motion, d->frame, &missing);
    int64_t end_ns = d->origin_ns + (d->frame + 1) * FRAME_NS;

    leg_motion_step(&d->limb[imu->leg].motion, frame, &d->limb[imu->leg].scene);
    struct event where = fault_of_leg(imu->leg, PART_IMU);
    uint32_t changed =
        quality_step(&imu->timers, quality_causes(frame->faults), d->params.fault_after_s, end_ns);
    fault_tell_changed(&d->report, &where, changed, &imu->timers, end_ns);
}

/* Both legs began to work at about the same time and work about as hard. */
static bool in_step(const struct scene *a, const struct scene *b)
{
    if (a->strongest < 0 || b->strongest < 0)
        return false;
    const struct tone *x = a->tone[a->strongest], *y = b->tone[b->strongest];
    int64_t apart = x->start > y->start ? x->start - y->start : y->start - x->start;
    return x->running && y->running && apart <= (int64_t)(BILATERAL_SYNC_S * FRAMES_PER_S) &&
           MIN(x->smooth, y->smooth) >= COACTIVE_SHARE * MAX(x->smooth, y->smooth);
}

static void step_episode(struct detector *d, struct limb *limb)
{
    episode_step(&limb->episode, &limb->scene);
    if (limb->episode.relearn >= 0) {
        struct channel *c = &d->channel[limb->scene.channel[limb->episode.relearn]];

        baseline_relearn(&c->baseline, c->tone.smooth * c->tone.floor / emg_floor_bias(&c->emg));
    }
    limb->episode.relearn = -1;
}

static void show_insight(const struct detector *d)
{
    struct insight insight;

    for (enum leg leg = 0; leg < leg_count; leg++)
        if (detector_get_insight(d, leg, &insight))
            d->insight(d->insight_context, &insight);
}

static void decide_frame(struct detector *d)
{
    bool seen = true;

    for (enum leg leg = 0; leg < leg_count; leg++) {
        struct scene *scene = &d->limb[leg].scene;

        scene->frame = d->frame;
        scene->motion_known = scene->moving = scene->strong = scene->gait = false;
        scene->motion_g = NAN;
        judge_vibration(d, scene);
    }
    for (unsigned i = 0; i < d->imu_count; i++)
        step_imu(d, i);
    for (enum leg leg = 0; leg < leg_count; leg++) {
        struct scene *scene = &d->limb[leg].scene;

        step_wear(d, leg);
        for (unsigned k = 0; k < scene->channel_count; k++)
            step_channel(d, (unsigned)scene->channel[k], scene, k);
        scene_choose(scene);
        seen = seen && (!d->limb[leg].present || scene->strongest >= 0);
    }
    bool both = in_step(&d->limb[LEG_LEFT].scene, &d->limb[LEG_RIGHT].scene);
    for (enum leg leg = 0; leg < leg_count; leg++) {
        d->limb[leg].scene.bilateral = both;
        if (d->limb[leg].present)
            step_episode(d, &d->limb[leg]);
    }
    d->total_frames++;
    d->usable_frames += seen;
    d->frame++;
    if (d->insight)
        show_insight(d);
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
        if (d->empty_frames > EMPTY_FRAMES) {
            /* Everything that silence can change has changed: its remaining time passes at once. */
            int64_t next = next_data(d, limit);

            d->total_frames += next - d->frame;
            d->frame = next;
            d->empty_frames = next < limit ? 0 : EMPTY_FRAMES;
            continue;
        }
        decide_frame(d);
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
