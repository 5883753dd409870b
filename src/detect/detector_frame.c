/* SPDX-License-Identifier: MIT */
/* One frame: floor, tone and quality of each channel -> scene of each leg -> its episode. */
#include "detect/detector_private.h"

#include <math.h>
#include <string.h>

/* What only shows against the floor. */
static void judge_quality(struct hum *hum, struct emg_frame *frame, double floor, double flat_uv)
{
    if (frame->usable)
        hum_step(hum, (double)frame->hum_uv, (double)frame->level, floor);
    else /* an open electrode's hum is not the leg's, and no sample is no hum either way */
        hum->sudden = hum->leak = false;
    if (hum->sudden)
        frame->faults |= BIT(FAULT_HUM);
    if ((double)frame->hum_uv > HUM_FAULT_RATIO * floor) {
        frame->faults |= BIT(FAULT_HUM);
        frame->usable = false;
    }
    if (frame->usable && (double)frame->level < flat_uv)
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
    judge_quality(&c->hum, &frame, floor, baseline_flat_uv(&c->baseline) * emg_floor_bias(&c->emg));
    bool calibrating = calibration_running(&d->calibration);
    bool frozen = !at_rest || calibrating || limb->scene.moving || limb->scene.vibrating;
    if (frame.usable)
        baseline_observe(&c->baseline, (double)frame.level, frozen);
    baseline_recognise(&c->baseline, d->personal[i].rest_uv / emg_floor_bias(&c->emg));
    if (placement_compare(&c->placement, &c->baseline, d->frame))
        d->personal[i] = (struct detector_personal){NAN, NAN};
    if (frame.faults & BIT(FAULT_FLAT))
        frame.usable = false;
    c->level_uv = frame.usable ? (double)frame.level : NAN;
    if (calibrating) /* what is asked for is nobody's cramp */
        frame.usable = false;
    tone_step(&c->tone, &frame, floor, d->params.rise_ratio);
    scene->hum_share[k] = frame.hum_share;
    scene->hum_uv[k] = frame.hum_uv;
    scene->hum_leak[k] = c->hum.leak;
    scene->crossings_hz[k] = frame.crossings_hz;
    scene->full[k] = emg_full(&c->emg);
    scene->clipped[k] = frame.faults & BIT(FAULT_CLIPPED);
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

void detector_decide_frame(struct detector *d)
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
    detector_step_calibration(d);
    d->total_frames++;
    d->usable_frames += seen;
    d->frame++;
    if (d->insight)
        show_insight(d);
}
