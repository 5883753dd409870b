/* SPDX-License-Identifier: MIT */
/*
 * States and what moves between them:
 *
 * QUIET       rest. Activity opens a suspicion -> SUSPECT; a slow still elevation of 8 s is announced ->
 * RISING. RISING      announced. The surge of the cramp itself -> CRAMP (fast); rest -> dismissed -> QUIET.
 * SUSPECT     activity is being judged. Enough unexplained unbroken time -> CRAMP; a slow elevation ->
 * RISING; rest for 3.5 s -> one dismissal with its reason -> QUIET. CRAMP       weakens -> EASING; rest for 5
 * s -> end -> REFRACTORY. EASING      comes back -> CRAMP; rest -> end -> REFRACTORY; raised tone for a
 * minute -> end. REFRACTORY  ten seconds in which twitching and rubbing still belong to the cramp; then
 * QUIET. What goes on after that becomes a suspicion with its true onset. BLIND       no usable signal. A
 * cramp waits up to two minutes for it and goes on or ends with relief unknown; a suspicion waits 5 s and is
 * dismissed as artefact; from rest: until signal is back.
 */
#include "detect/episode.h"

#include "detect/gates.h"

#include <string.h>

enum step_event {
    STEP_REST,   /* nothing in particular */
    STEP_ACTIVE, /* activity */
    STEP_RISE,   /* a slow still elevation has lasted long enough */
    STEP_CRAMP,  /* the evidence is complete */
    STEP_OVER,   /* the suspicion, or the cramp, has come to rest */
    STEP_EASE,   /* the cramp weakens */
    STEP_GRIP,   /* the cramp is back */
    STEP_LOST,   /* no usable signal */
    STEP_BACK,   /* usable again, and for long enough to be believed */
    STEP_TIMEOUT,
};

#define NEVER (INT64_MIN / 2)

static int64_t frames(double s)
{
    return (int64_t)(s * FRAMES_PER_S + 0.5);
}

void episode_init(struct episode *e)
{
    e->state = EPISODE_QUIET;
    e->rise = -1;
    e->relearn = -1;
    e->last_cramp = e->busy = NEVER;
    for (unsigned i = 0; i < PERIODIC_MIN; i++)
        e->movement[i] = NEVER;
}

static void go(struct episode *e, enum episode_state state, int64_t frame)
{
    if (e->state != state)
        e->since = frame;
    e->state = state;
}

/* ---- what the transitions do ---- */

/* Leg movements before one that starts at this frame, at the spacing of a periodic series. */
static unsigned series_before(const struct episode *e, int64_t start)
{
    unsigned n = 0;

    for (; n < PERIODIC_MIN - 1; n++) {
        int64_t gap = (n ? e->movement[n - 1] : start) - e->movement[n];

        if (gap < frames(PERIODIC_NEAR_S) || gap > frames(PERIODIC_FAR_S))
            break;
    }
    return n;
}

static void open_suspicion(struct episode *e, const struct scene *scene)
{
    const float *before = NULL;

    if (e->suspicion.open)
        return;
    if (e->gravity_count > 0)
        before = e->gravity[e->gravity_count >= ANCHOR_FRAMES ? e->gravity_count % ANCHOR_FRAMES : 0];
    e->report.episode = ++*e->last_id;
    suspicion_open(&e->suspicion, scene, scene->strongest, before);
    e->suspicion.series = series_before(e, e->suspicion.start);
    if (before)
        memcpy(e->still, before, sizeof(e->still));
}

static void dismiss(struct episode *e, const struct scene *scene)
{
    struct suspicion *s = &e->suspicion;

    if (!s->open)
        return;
    s->bursts = scene->tone[s->channel]->bursts;
    enum dismiss_reason reason = gates_explain(s);
    report_dismissed(&e->report, scene, s, reason);
    if (reason == DISMISS_LEG_MOVEMENT || reason == DISMISS_PERIODIC_LEG_MOVEMENT) {
        memmove(e->movement + 1, e->movement, sizeof(e->movement) - sizeof(e->movement[0]));
        e->movement[0] = s->start;
    }
    s->open = false;
    e->rise = -1;
    e->report.episode = 0;
}

static void announce(struct episode *e, const struct scene *scene)
{
    open_suspicion(e, scene);
    e->suspicion.announced = true;
    e->rise = scene->tone[scene->strongest]->start;
    report_start(&e->report, EVENT_TENSION_RISE, scene, scene->strongest, e->rise, e->rise, CRAMP_RISE,
                 e->suspicion.lost_s > 0);
    go(e, EPISODE_RISING, scene->frame);
}

static void start_cramp(struct episode *e, const struct scene *scene)
{
    const struct tone *tone = scene->tone[e->candidate];
    int64_t onset = e->reason == CRAMP_RISE ? tone->surge : evidence_onset(tone);

    if (e->reason == CRAMP_RISE && e->rise < 0)
        e->rise = tone->start;
    report_start(&e->report, EVENT_CRAMP_START, scene, e->candidate, onset, e->rise, e->reason,
                 e->suspicion.lost_s > 0);
    grip_start(&e->grip, scene, e->candidate, onset, e->suspicion.peak);
    e->suspicion.open = false;
    go(e, EPISODE_CRAMP, scene->frame);
}

static void end_cramp(struct episode *e, const struct scene *scene, enum relief relief, int64_t end)
{
    report_end(&e->report, scene, &e->grip, end, relief);
    scene->tone[e->grip.channel]->spent = scene->tone[e->grip.channel]->running;
    e->grip.on = false;
    e->last_cramp = end;
    e->rise = -1;
    e->report.episode = 0;
    go(e, EPISODE_REFRACTORY, scene->frame);
}

static void enter_blind(struct episode *e, int64_t frame)
{
    e->before = e->state;
    e->back_frames = 0;
    go(e, EPISODE_BLIND, frame);
}

/* ---- one function per state ---- */

static void in_quiet(struct episode *e, const struct scene *scene, enum step_event event)
{
    switch (event) {
    case STEP_ACTIVE:
        open_suspicion(e, scene);
        suspicion_note(&e->suspicion, scene, e->params->onset_ratio);
        go(e, EPISODE_SUSPECT, scene->frame);
        break;
    case STEP_RISE: announce(e, scene); break;
    case STEP_LOST: enter_blind(e, scene->frame); break;
    case STEP_CRAMP:
    case STEP_REST:
    case STEP_OVER:
    case STEP_EASE:
    case STEP_GRIP:
    case STEP_BACK:
    case STEP_TIMEOUT: break;
    }
}

static void in_rising(struct episode *e, const struct scene *scene, enum step_event event)
{
    switch (event) {
    case STEP_OVER:
        dismiss(e, scene);
        go(e, EPISODE_QUIET, scene->frame);
        break;
    case STEP_CRAMP: start_cramp(e, scene); break;
    case STEP_LOST: enter_blind(e, scene->frame); break;
    case STEP_REST:
    case STEP_ACTIVE:
    case STEP_RISE:
    case STEP_EASE:
    case STEP_GRIP:
    case STEP_BACK:
    case STEP_TIMEOUT: break;
    }
}

static void in_suspect(struct episode *e, const struct scene *scene, enum step_event event)
{
    switch (event) {
    case STEP_OVER:
        dismiss(e, scene);
        go(e, EPISODE_QUIET, scene->frame);
        break;
    case STEP_RISE: announce(e, scene); break;
    case STEP_CRAMP: start_cramp(e, scene); break;
    case STEP_LOST: enter_blind(e, scene->frame); break;
    case STEP_REST:
    case STEP_ACTIVE:
    case STEP_EASE:
    case STEP_GRIP:
    case STEP_BACK:
    case STEP_TIMEOUT: break;
    }
}

static void in_cramp(struct episode *e, const struct scene *scene, enum step_event event)
{
    switch (event) {
    case STEP_EASE: go(e, EPISODE_EASING, scene->frame); break;
    case STEP_OVER: end_cramp(e, scene, grip_relief(&e->grip), e->grip.rest_since); break;
    case STEP_LOST: enter_blind(e, scene->frame); break;
    case STEP_REST:
    case STEP_ACTIVE:
    case STEP_RISE:
    case STEP_CRAMP:
    case STEP_GRIP:
    case STEP_BACK:
    case STEP_TIMEOUT: break;
    }
}

static void in_easing(struct episode *e, const struct scene *scene, enum step_event event)
{
    switch (event) {
    case STEP_GRIP: go(e, EPISODE_CRAMP, scene->frame); break;
    case STEP_OVER: end_cramp(e, scene, grip_relief(&e->grip), e->grip.rest_since); break;
    case STEP_TIMEOUT:
        e->grip.rest_since = e->since;
        end_cramp(e, scene, grip_relief(&e->grip), e->since);
        break;
    case STEP_LOST: enter_blind(e, scene->frame); break;
    case STEP_REST:
    case STEP_ACTIVE:
    case STEP_RISE:
    case STEP_CRAMP:
    case STEP_EASE:
    case STEP_BACK: break;
    }
}

static void in_refractory(struct episode *e, const struct scene *scene, enum step_event event)
{
    switch (event) {
    case STEP_TIMEOUT: go(e, EPISODE_QUIET, scene->frame); break;
    case STEP_LOST: enter_blind(e, scene->frame); break;
    case STEP_REST:
    case STEP_ACTIVE:
    case STEP_RISE:
    case STEP_CRAMP:
    case STEP_OVER:
    case STEP_EASE:
    case STEP_GRIP:
    case STEP_BACK: break;
    }
}

/* The end of what is open was not seen. The state stays. */
static void lose(struct episode *e, const struct scene *scene, int64_t frame)
{
    enum episode_state state = e->state;
    int64_t since = e->since;

    if (e->grip.on)
        end_cramp(e, scene, RELIEF_UNKNOWN, frame);
    dismiss(e, scene);
    e->state = state;
    e->since = since;
}

static void in_blind(struct episode *e, const struct scene *scene, enum step_event event)
{
    switch (event) {
    case STEP_BACK:
        if (e->grip.on && scene->tone[e->grip.channel]->smooth < END_RATIO)
            end_cramp(e, scene, RELIEF_UNKNOWN, e->since);
        else
            go(e, e->before == EPISODE_REFRACTORY ? EPISODE_QUIET : e->before, scene->frame);
        break;
    case STEP_TIMEOUT:
        lose(e, scene, e->since);
        e->before = EPISODE_QUIET;
        break;
    case STEP_REST:
    case STEP_ACTIVE:
    case STEP_RISE:
    case STEP_CRAMP:
    case STEP_OVER:
    case STEP_EASE:
    case STEP_GRIP:
    case STEP_LOST: break;
    }
}

/* ---- what this frame says ---- */

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
            scene->tone[i]->running = false;
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

static enum step_event judge(struct episode *e, const struct scene *scene)
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

static void dispatch(struct episode *e, const struct scene *scene, enum step_event event)
{
    switch (e->state) {
    case EPISODE_QUIET: in_quiet(e, scene, event); break;
    case EPISODE_RISING: in_rising(e, scene, event); break;
    case EPISODE_SUSPECT: in_suspect(e, scene, event); break;
    case EPISODE_CRAMP: in_cramp(e, scene, event); break;
    case EPISODE_EASING: in_easing(e, scene, event); break;
    case EPISODE_REFRACTORY: in_refractory(e, scene, event); break;
    case EPISODE_BLIND: in_blind(e, scene, event); break;
    case episode_state_count: break;
    }
}

static void remember_posture(struct episode *e, const struct scene *scene)
{
    if (!scene->motion_known)
        return;
    memcpy(e->gravity[e->gravity_count % ANCHOR_FRAMES], scene->gravity, sizeof(e->gravity[0]));
    e->gravity_count++;
    if (e->gravity_count >= 2 * ANCHOR_FRAMES)
        e->gravity_count -= ANCHOR_FRAMES;
}

/* One frame more for the evidence of every channel. */
static void note_evidence(struct episode *e, struct scene *scene)
{
    bool tilted = e->suspicion.open && e->suspicion.posture_known && scene->motion_known &&
                  imu_angle(e->still, scene->gravity) >= POSTURE_STILL_DEG;

    if (tilted)
        memcpy(e->still, scene->gravity, sizeof(e->still));
    for (unsigned i = 0; i < scene->channel_count; i++)
        evidence_step(scene, (int)i, e->params, e->rise >= 0, tilted);
}

void episode_step(struct episode *e, struct scene *scene)
{
    if (e->suspicion.open)
        suspicion_note(&e->suspicion, scene, e->params->onset_ratio);
    note_evidence(e, scene);
    if (e->grip.on)
        grip_step(&e->grip, scene, e->state != EPISODE_CRAMP);
    dispatch(e, scene, judge(e, scene));
    remember_posture(e, scene);
    if (e->suspicion.open || e->grip.on || e->state == EPISODE_REFRACTORY)
        e->busy = scene->frame;
    else
        for (unsigned i = 0; i < scene->channel_count; i++)
            if (!scene->tone[i]->in_burst)
                tone_reset_bursts(scene->tone[i]);
}

void episode_finish(struct episode *e, const struct scene *scene)
{
    lose(e, scene, e->grip.rest_s > 0 ? e->grip.rest_since : scene->frame);
    go(e, EPISODE_QUIET, scene->frame);
}

bool episode_at_rest(const struct episode *e, int64_t frame)
{
    return frame - e->busy > frames(FREEZE_S);
}
