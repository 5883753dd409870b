/* SPDX-License-Identifier: MIT */
/*
 * States and what moves between them:
 *
 * - QUIET: rest. Activity opens a suspicion -> SUSPECT; a slow still elevation is announced -> RISING.
 * - RISING: announced. The surge of the cramp itself -> CRAMP; rest -> dismissed -> QUIET.
 * - SUSPECT: activity is being judged. Enough unexplained unbroken time -> CRAMP; a slow elevation -> RISING;
 *   rest for 3.5 s -> one dismissal with its reason -> QUIET.
 * - CRAMP: weakens -> EASING; rest for 5 s -> end -> REFRACTORY.
 * - EASING: comes back -> CRAMP; rest -> end -> REFRACTORY; raised tone for a minute -> end.
 * - REFRACTORY: ten seconds in which twitching and rubbing still belong to the cramp; then QUIET. What goes
 *   on after that becomes a suspicion with its true onset.
 * - BLIND: no usable signal. A cramp waits up to two minutes for it and goes on or ends with relief unknown;
 *   a suspicion waits 5 s and is dismissed as artefact; from rest: until signal is back.
 */
#include "detect/episode.h"

#include "detect/episode_judge.h"
#include "detect/gates.h"

#include <string.h>

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
    dispatch(e, scene, episode_judge(e, scene));
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
