/* SPDX-License-Identifier: MIT */
#include "detect/episode_judge.h"

static int64_t frames(double s)
{
    return (int64_t)(s * FRAMES_PER_S + 0.5);
}

struct evidence_past episode_past(const struct episode *e, const struct scene *scene)
{
    return (struct evidence_past){.vouched = scene->motion_known || scene->channel_count > 1,
                                  .announced = e->rise >= 0,
                                  .last_cramp = e->last_cramp,
                                  .movements = e->movement[1]};
}

static bool cramp_decided(struct episode *e, const struct scene *scene)
{
    const struct evidence_past past = episode_past(e, scene);

    e->candidate = -1;
    for (unsigned i = 0; i < scene->channel_count; i++) {
        const struct tone *tone = scene->tone[i];
        enum cramp_reason reason;

        if (evidence_complete(tone, scene->frame, e->params, &past, &reason) &&
            (e->candidate < 0 || tone->smooth > scene->tone[e->candidate]->smooth)) {
            e->candidate = (int)i;
            e->reason = reason;
        }
    }
    return e->candidate >= 0;
}

static bool suspicion_over(struct episode *e, const struct scene *scene)
{
    struct suspicion *s = &e->suspicion;

    /* Of any channel: the loudest may have been another one's twitch. */
    for (unsigned i = 0; i < scene->channel_count && s->open; i++)
        if (evidence_new_floor(scene->tone[i], scene->frame)) {
            s->new_floor = true;
            e->relearn = (int)i;
            scene->tone[i]->running = scene->tone[i]->spent = false; /* rest has begun */
            return true;
        }
    if (s->open && s->rest_s >= SUSPECT_REST_S)
        return true;
    return s->open && !scene->tone[scene->strongest]->running &&
           scene->frame - s->start > frames(SUSPECT_MAX_S);
}

static enum step_event judge_activity(struct episode *e, const struct scene *scene)
{
    if (e->suspicion.open && cramp_decided(e, scene))
        return STEP_CRAMP;
    if (suspicion_over(e, scene))
        return STEP_OVER;
    if (e->rise < 0 && evidence_rise(scene->tone[scene->strongest]))
        return STEP_RISE;
    for (unsigned i = 0; i < scene->channel_count; i++)
        if (suspicion_triggers(scene->tone[i], e->params->onset_ratio))
            return STEP_ACTIVE;
    return STEP_REST;
}

static enum step_event judge_cramp(struct episode *e, const struct scene *scene)
{
    const struct tone *tone = scene->tone[e->grip.channel];

    if (e->grip.rest_s >= END_REST_S)
        return STEP_OVER;
    if (evidence_settled(tone)) {
        e->relearn = e->grip.channel;
        e->grip.rest_since = scene->frame;
        return STEP_OVER;
    }
    if (!tone->usable)
        return STEP_LOST;
    if (e->state == EPISODE_CRAMP)
        return tone->smooth < EASE_SHARE * e->grip.usual ? STEP_EASE : STEP_REST;
    if (tone->smooth >= GRIP_SHARE * e->grip.usual)
        return STEP_GRIP;
    return scene->frame - e->since > frames(EASE_MAX_S) && tone->smooth < CRAMP_RATIO ? STEP_TIMEOUT
                                                                                      : STEP_REST;
}

static enum step_event judge_blind(struct episode *e, const struct scene *scene)
{
    bool usable = e->grip.on ? scene->tone[e->grip.channel]->usable : scene->strongest >= 0;
    double patience_s = e->grip.on ? BLIND_CRAMP_S : BLIND_SUSPECT_S;

    e->back_frames = usable ? e->back_frames + 1 : 0;
    if (e->back_frames >= BACK_FRAMES)
        return STEP_BACK;
    if ((e->grip.on || e->suspicion.open) && !usable && scene->frame - e->since >= frames(patience_s))
        return STEP_TIMEOUT;
    return STEP_REST;
}

enum step_event episode_judge(struct episode *e, const struct scene *scene)
{
    if (e->state == EPISODE_BLIND)
        return judge_blind(e, scene);
    if (scene->strongest < 0)
        return STEP_LOST;
    if (e->grip.on)
        return judge_cramp(e, scene);
    if (e->state == EPISODE_REFRACTORY)
        return scene->frame - e->since >= frames(REFRACTORY_S) ? STEP_TIMEOUT : STEP_REST;
    return judge_activity(e, scene);
}
