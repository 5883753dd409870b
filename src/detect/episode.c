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

#include <math.h>
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

static double seconds(int64_t count)
{
    return (double)count * FRAME_S;
}

static int64_t time_of(const struct episode *e, int64_t frame)
{
    return e->origin_ns + frame * FRAME_NS;
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

/* ---- events out ---- */

static struct event new_event(struct episode *e, enum event_kind kind, const struct scene *scene, int channel,
                              int64_t frame)
{
    struct event event = {.kind = kind, .episode = e->id, .has_site = true, .leg = e->leg};

    event.t_ns = time_of(e, frame + 1); /* a frame is decided at its end */
    event.channel = scene->channel[channel];
    event.muscle = e->channels[event.channel].muscle;
    return event;
}

static double confidence(const struct episode *e, const struct scene *scene, const struct tone *tone,
                         enum cramp_reason reason)
{
    double c = 0.6; /* a score of what could be checked, not a probability */

    if (scene->motion_known && tone->moved_s <= 0)
        c += 0.1;
    if (scene->channel_count > 1)
        c += 0.1; /* another muscle was watched and did not work along, or time would not have counted */
    if (reason == CRAMP_RISE || reason == CRAMP_RECURRENCE)
        c += 0.1;
    if (tone->smooth >= 2 * CRAMP_RATIO)
        c += 0.08;
    if (tone->moved_s >= MOVED_MIN_S || e->suspicion.lost_s > 0)
        c -= 0.15;
    return c;
}

static void emit_start(struct episode *e, const struct scene *scene, int channel, enum event_kind kind,
                       enum cramp_reason reason)
{
    const struct tone *tone = scene->tone[channel];
    struct event event = new_event(e, kind, scene, channel, scene->frame);

    event.cramp.onset_ns = time_of(e, kind == EVENT_CRAMP_START ? e->onset : tone->start);
    event.cramp.rise_ns = e->rise >= 0 ? time_of(e, e->rise) : TIME_UNKNOWN;
    event.cramp.confidence = confidence(e, scene, tone, reason);
    event.cramp.ratio = tone->smooth;
    event.cramp.reason = reason;
    e->sink(e->context, &event);
}

static void emit_end(struct episode *e, const struct scene *scene, enum relief relief, int64_t end)
{
    struct event event = new_event(e, EVENT_CRAMP_END, scene, e->focus, scene->frame);

    event.end.onset_ns = time_of(e, e->onset);
    event.end.duration_s = MAX(seconds(end - e->onset), FRAME_S);
    event.end.peak_ratio = e->peak;
    event.end.relief = relief;
    e->sink(e->context, &event);
    e->cramping = false;
    e->last_cramp = end;
    e->rise = -1;
    e->id = 0;
}

/* ---- suspicion ---- */

static void open_suspicion(struct episode *e, const struct scene *scene, int channel)
{
    const struct tone *tone = scene->tone[channel];
    int64_t start = tone->running ? MIN(tone->start, scene->frame) : scene->frame;

    if (e->suspecting)
        return;
    e->suspecting = true;
    e->id = ++*e->last_id;
    e->rest_s = 0;
    e->suspicion = (struct suspicion){.start = start, .last_active = scene->frame, .channel = channel};
    e->suspicion.began_vibrating = scene->vibrating && start >= scene->vibrating_since - SMOOTH_FRAMES;
    for (unsigned i = 0; i < PERIODIC_MIN - 1; i++) {
        int64_t gap = (i ? e->movement[i - 1] : start) - e->movement[i];

        if (gap < frames(PERIODIC_NEAR_S) || gap > frames(PERIODIC_FAR_S))
            break;
        e->suspicion.series++;
    }
    e->posture_known = e->gravity_count > 0;
    if (e->posture_known)
        memcpy(e->posture,
               e->gravity[e->gravity_count >= ANCHOR_FRAMES ? e->gravity_count % ANCHOR_FRAMES : 0],
               sizeof(e->posture));
    memcpy(e->still, e->posture, sizeof(e->still));
}

static void close_suspicion(struct episode *e, const struct scene *scene)
{
    struct suspicion *s = &e->suspicion;
    struct event event = new_event(e, EVENT_DISMISSED, scene, s->channel, scene->frame);

    if (!e->suspecting)
        return;
    s->bursts = scene->tone[s->channel]->bursts;
    event.dismissed.reason = gates_explain(s);
    event.dismissed.start_ns = time_of(e, s->start);
    event.dismissed.duration_s = suspicion_duration_s(s);
    event.dismissed.peak_ratio = s->peak;
    e->sink(e->context, &event);
    if (event.dismissed.reason == DISMISS_LEG_MOVEMENT ||
        event.dismissed.reason == DISMISS_PERIODIC_LEG_MOVEMENT) {
        memmove(e->movement + 1, e->movement, sizeof(e->movement) - sizeof(e->movement[0]));
        e->movement[0] = s->start;
    }
    e->suspecting = false;
    e->rise = -1;
    e->id = 0;
}

static bool active(const struct episode *e, const struct tone *tone)
{
    return tone->running || tone->ratio >= e->params->onset_ratio ||
           tone->peak >= SHORT_RATIO * e->params->onset_ratio;
}

static bool triggers(const struct episode *e, const struct tone *tone)
{
    return tone->ratio >= e->params->onset_ratio || tone->peak >= SHORT_RATIO * e->params->onset_ratio;
}

static void note_posture(struct episode *e, const struct scene *scene)
{
    if (!scene->motion_known || !e->posture_known)
        return;
    e->suspicion.posture_deg = imu_angle(e->posture, scene->gravity);
    e->suspicion.posture_peak_deg = MAX(e->suspicion.posture_peak_deg, e->suspicion.posture_deg);
}

/* One frame more of the open suspicion. */
static void note(struct episode *e, const struct scene *scene)
{
    struct suspicion *s = &e->suspicion;
    const struct tone *tone;
    bool any = false;

    note_posture(e, scene);
    if (scene->strongest < 0) {
        s->lost_s += FRAME_S;
        return;
    }
    tone = scene->tone[scene->strongest];
    for (unsigned i = 0; i < scene->channel_count; i++) {
        const struct tone *t = scene->tone[i];

        any = any || (t->usable && active(e, t));
        if (t->usable && t->peak > s->strength) {
            s->strength = t->peak;
            s->channel = (int)i;
        }
    }
    s->peak = MAX(s->peak, tone->ratio);
    if (tone->running)
        s->longest_run_s = MAX(s->longest_run_s, seconds(scene->frame - tone->start + 1));
    e->rest_s = any ? 0 : e->rest_s + FRAME_S;
    s->moving_s += scene->moving ? FRAME_S : 0;
    s->strong_s += scene->strong ? FRAME_S : 0;
    s->gait_s += scene->gait ? FRAME_S : 0;
    if (!any)
        return;
    s->last_active = scene->frame;
    s->active_s += FRAME_S;
    s->coactive_s += scene_coactive(scene, scene->strongest) ? FRAME_S : 0;
    s->bilateral_s += scene->bilateral ? FRAME_S : 0;
    s->hum_s += (double)scene->hum_share[scene->strongest] >= MAINS_SHARE_FRAME ? FRAME_S : 0;
    s->vibrating_s += scene->vibrating ? FRAME_S : 0;
    s->crossings += (double)scene->crossings_hz[scene->strongest] * FRAME_S;
    s->full = scene->full[scene->strongest];
}

/* ---- evidence ---- */

static void note_surge(struct episode *e, struct tone *tone, int64_t frame, double weight)
{
    bool strong = tone->smooth >= MAX(CRAMP_RATIO, RISE_SURGE * tone->rise_level);
    bool slow = frame - tone->start > frames(RAMP_MAX_S) || e->rise >= 0;

    if (tone->surge < 0) {
        if (strong && slow && tone->rise_level > 0) {
            tone->surge = frame - SMOOTH_FRAMES / 2;
            tone->surge_s = 0;
        } else {
            double a = tone->rise_level > 0 ? FRAME_S / RISE_LEVEL_S : 1;
            tone->rise_level += a * (tone->smooth - tone->rise_level);
        }
        return;
    }
    if (tone->smooth >= MAX(CRAMP_RATIO, RISE_SURGE * tone->rise_level) * CRAMP_KEEP)
        tone->surge_s += weight * FRAME_S;
    else if ((tone->surge_s -= FRAME_S) < -SURGE_LOST_S)
        tone->surge = -1;
}

static void note_evidence(struct episode *e, const struct scene *scene, int channel)
{
    struct tone *tone = scene->tone[channel];
    double weight = gates_weight(scene, channel);

    if (!tone->usable || !tone->running)
        return;
    if (scene->moving)
        tone->moved_s += FRAME_S;
    /* Another posture, however slowly reached: what was before belongs to the change. */
    if (e->suspecting && e->posture_known && scene->motion_known &&
        imu_angle(e->still, scene->gravity) >= POSTURE_STILL_DEG) {
        memcpy(e->still, scene->gravity, sizeof(e->still));
        tone->evidence_s = tone->above_s = tone->surge_s = 0;
        tone->moved_s = MAX(tone->moved_s, MOVED_MIN_S);
    }
    tone->evidence_s += weight * FRAME_S;
    if (tone->smooth >= CRAMP_RATIO * CRAMP_KEEP)
        tone->above_s += weight * FRAME_S;
    if (tone->smooth >= e->params->rise_ratio)
        tone->risen_s += weight * FRAME_S;
    if (scene->frame - tone->start <= EARLY_FRAMES)
        tone->early = tone->smooth;
    note_surge(e, tone, scene->frame, weight);
}

/* In the hour after a cramp less is asked, of something that came up gradually outside a movement series. */
static bool recurs(const struct episode *e, const struct tone *tone, int64_t frame)
{
    return frame - e->last_cramp < frames(RECURRENCE_S) && tone->early < GRADUAL_SHARE * tone->smooth &&
           tone->moved_s <= 0 && frame - e->movement[1] > frames(PERIODIC_FAR_S);
}

/* Is the evidence of this channel complete? */
static bool decided(const struct episode *e, const struct tone *tone, int64_t frame,
                    enum cramp_reason *reason)
{
    bool quick_ramp = tone->reached >= 0 &&
                      (tone->reached - tone->start <= frames(RAMP_MAX_S) || tone->moved_s >= MOVED_MIN_S);

    if (!tone->usable || !tone->running || tone->smooth < RISE_WEAK_RATIO)
        return false;
    *reason = tone->moved_s >= MOVED_MIN_S ? CRAMP_AFTER_MOVEMENT : CRAMP_SUSTAINED;
    if (tone->surge >= 0 && tone->surge_s >= e->params->decide_fast_s) {
        *reason = CRAMP_RISE;
        return true;
    }
    if (tone->evidence_s >= RISE_MAX_S || tone->above_s >= RISE_LINGER_S)
        return true;
    if (!quick_ramp || tone->smooth < CRAMP_KEEP * CRAMP_RATIO || tone->above_s < ABOVE_MIN_S)
        return false;
    if (tone->evidence_s >= e->params->decide_s)
        return true;
    if (tone->evidence_s >= e->params->decide_fast_s && recurs(e, tone, frame)) {
        *reason = CRAMP_RECURRENCE;
        return true;
    }
    return false;
}

static bool rises(const struct tone *tone)
{
    return tone->usable && tone->running && tone->reached < 0 && tone->risen_s >= RISE_MIN_S;
}

/* A raised level that never became a cramp nor left: the floor is higher now. */
static bool new_floor(const struct tone *tone)
{
    return tone->usable && tone->running && tone->evidence_s >= RISE_MAX_S && tone->smooth < RISE_WEAK_RATIO;
}

/* ---- cramp ---- */

static void note_cramp(struct episode *e, const struct scene *scene)
{
    const struct tone *tone = scene->tone[e->focus];
    bool rest;

    e->moving_memory_s = e->moving_memory_s * MOVING_MEMORY + (scene->moving ? FRAME_S : 0);
    e->gait = e->gait || scene->gait;
    if (scene->motion_known && e->posture_known && imu_angle(e->posture, scene->gravity) >= RELIEF_DEG)
        e->tilted = scene->frame;
    if (scene->motion_known && !scene->moving) {
        memcpy(e->posture, scene->gravity, sizeof(e->posture));
        e->posture_known = true;
    }
    if (!tone->usable)
        return;
    e->peak = MAX(e->peak, tone->ratio);
    if (e->state == EPISODE_CRAMP) {
        double grown = RELIEF_BURST * e->usual;

        if ((tone->smooth >= grown && tone->smooth >= CRAMP_RATIO) || scene_coactive(scene, e->focus))
            e->burst = scene->frame;
        e->usual *= pow(MAX(tone->smooth, 1.0) / e->usual, FRAME_S / USUAL_S);
    }
    rest = tone->resting || tone->smooth < END_RATIO;
    /* It may have wandered to the neighbour. */
    for (unsigned i = 0; i < scene->channel_count && rest; i++)
        rest = !(scene->tone[i]->usable && scene->tone[i]->running && scene->tone[i]->smooth >= CRAMP_RATIO);
    if (rest && e->rest_s <= 0)
        e->rest_since = scene->frame;
    e->rest_s = rest ? e->rest_s + FRAME_S : MAX(e->rest_s - END_REST_DECAY * FRAME_S, 0);
}

static enum relief judge_relief(const struct episode *e)
{
    bool motion = e->moving_memory_s >= RELIEF_MOVING_S;
    bool tilted = e->rest_since - e->tilted <= frames(RELIEF_WINDOW_S);
    bool burst = e->rest_since - e->burst <= frames(RELIEF_WINDOW_S);

    if (e->gait)
        return RELIEF_MOVEMENT;
    if (burst && (motion || tilted))
        return RELIEF_STRETCH;
    return motion ? RELIEF_MOVEMENT : RELIEF_SPONTANEOUS;
}

static void start_cramp(struct episode *e, const struct scene *scene, int channel, enum cramp_reason reason)
{
    const struct tone *tone = scene->tone[channel];

    e->focus = channel;
    e->onset = reason == CRAMP_RISE ? tone->surge : tone->start;
    if (reason == CRAMP_RISE && e->rise < 0)
        e->rise = tone->start;
    emit_start(e, scene, channel, EVENT_CRAMP_START, reason);
    e->suspecting = false;
    e->cramping = true;
    e->peak = e->suspicion.peak;
    e->usual = tone->smooth;
    e->rest_s = 0;
    e->burst = e->tilted = NEVER;
    e->moving_memory_s = 0;
    e->gait = false;
    go(e, EPISODE_CRAMP, scene->frame);
}

static void end_cramp(struct episode *e, const struct scene *scene, enum relief relief, int64_t end)
{
    emit_end(e, scene, relief, end);
    go(e, EPISODE_REFRACTORY, scene->frame);
}

/* ---- one function per state ---- */

static void enter_blind(struct episode *e, int64_t frame)
{
    e->before = e->state;
    e->back_frames = 0;
    go(e, EPISODE_BLIND, frame);
}

static void announce(struct episode *e, const struct scene *scene)
{
    open_suspicion(e, scene, scene->strongest);
    e->suspicion.announced = true;
    e->rise = scene->tone[scene->strongest]->start;
    emit_start(e, scene, scene->strongest, EVENT_TENSION_RISE, CRAMP_RISE);
    go(e, EPISODE_RISING, scene->frame);
}

static void in_quiet(struct episode *e, const struct scene *scene, enum step_event event)
{
    switch (event) {
    case STEP_ACTIVE:
        open_suspicion(e, scene, scene->strongest);
        note(e, scene);
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
        close_suspicion(e, scene);
        go(e, EPISODE_QUIET, scene->frame);
        break;
    case STEP_LOST: enter_blind(e, scene->frame); break;
    case STEP_CRAMP: /* by the dispatcher */
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
        close_suspicion(e, scene);
        go(e, EPISODE_QUIET, scene->frame);
        break;
    case STEP_RISE: announce(e, scene); break;
    case STEP_LOST: enter_blind(e, scene->frame); break;
    case STEP_CRAMP: /* by the dispatcher */
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
    case STEP_OVER: end_cramp(e, scene, judge_relief(e), e->rest_since); break;
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
    case STEP_OVER: end_cramp(e, scene, judge_relief(e), e->rest_since); break;
    case STEP_TIMEOUT:
        e->rest_since = e->since;
        end_cramp(e, scene, judge_relief(e), e->since);
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

static void in_blind(struct episode *e, const struct scene *scene, enum step_event event)
{
    switch (event) {
    case STEP_BACK:
        if (e->cramping && scene->tone[e->focus]->smooth < END_RATIO)
            end_cramp(e, scene, RELIEF_UNKNOWN, e->since);
        else
            go(e, e->before == EPISODE_REFRACTORY ? EPISODE_QUIET : e->before, scene->frame);
        break;
    case STEP_TIMEOUT:
        if (e->cramping)
            emit_end(e, scene, RELIEF_UNKNOWN, e->since);
        if (e->suspecting)
            close_suspicion(e, scene);
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

static bool cramp_decided(const struct episode *e, const struct scene *scene, int *channel,
                          enum cramp_reason *reason)
{
    *channel = -1;
    for (unsigned i = 0; i < scene->channel_count; i++) {
        const struct tone *tone = scene->tone[i];
        enum cramp_reason why;

        if (decided(e, tone, scene->frame, &why) &&
            (*channel < 0 || tone->smooth > scene->tone[*channel]->smooth)) {
            *channel = (int)i;
            *reason = why;
        }
    }
    return *channel >= 0;
}

static enum step_event judge_activity(struct episode *e, const struct scene *scene)
{
    const struct tone *strongest = scene->tone[scene->strongest];
    const struct suspicion *s = &e->suspicion;

    if (e->suspecting && new_floor(scene->tone[s->channel])) {
        e->suspicion.new_floor = true;
        e->relearn = s->channel;
        scene->tone[s->channel]->running = false;
        return STEP_OVER;
    }
    if (e->suspecting && e->rest_s >= SUSPECT_REST_S)
        return STEP_OVER;
    if (e->suspecting && !strongest->running && scene->frame - s->start > frames(SUSPECT_MAX_S))
        return STEP_OVER;
    if (e->rise < 0 && rises(strongest))
        return STEP_RISE;
    for (unsigned i = 0; i < scene->channel_count; i++)
        if (scene->tone[i]->usable && triggers(e, scene->tone[i]))
            return STEP_ACTIVE;
    return STEP_REST;
}

static enum step_event judge_cramp(const struct episode *e, const struct scene *scene)
{
    const struct tone *tone = scene->tone[e->focus];

    if (e->rest_s >= END_REST_S)
        return STEP_OVER;
    if (!tone->usable)
        return STEP_LOST;
    if (e->state == EPISODE_CRAMP)
        return tone->smooth < EASE_SHARE * e->usual ? STEP_EASE : STEP_REST;
    if (tone->smooth >= GRIP_SHARE * e->usual)
        return STEP_GRIP;
    return scene->frame - e->since > frames(EASE_MAX_S) && tone->smooth < CRAMP_RATIO ? STEP_TIMEOUT
                                                                                      : STEP_REST;
}

static enum step_event judge_blind(struct episode *e, const struct scene *scene)
{
    bool usable = e->cramping ? scene->tone[e->focus]->usable : scene->strongest >= 0;
    double patience_s = e->cramping ? BLIND_CRAMP_S : BLIND_SUSPECT_S;

    e->back_frames = usable ? e->back_frames + 1 : 0;
    if (e->back_frames >= BACK_FRAMES)
        return STEP_BACK;
    if ((e->cramping || e->suspecting) && !usable && scene->frame - e->since >= frames(patience_s))
        return STEP_TIMEOUT;
    return STEP_REST;
}

static enum step_event judge(struct episode *e, const struct scene *scene)
{
    if (e->state == EPISODE_BLIND)
        return judge_blind(e, scene);
    if (scene->strongest < 0)
        return STEP_LOST;
    if (e->cramping)
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

void episode_step(struct episode *e, struct scene *scene)
{
    enum cramp_reason reason;
    int channel;

    if (e->suspecting)
        note(e, scene);
    for (unsigned i = 0; i < scene->channel_count; i++)
        note_evidence(e, scene, (int)i);
    if (e->cramping)
        note_cramp(e, scene);
    if ((e->state == EPISODE_SUSPECT || e->state == EPISODE_RISING) &&
        cramp_decided(e, scene, &channel, &reason))
        start_cramp(e, scene, channel, reason);
    else
        dispatch(e, scene, judge(e, scene));
    remember_posture(e, scene);
    if (e->suspecting || e->cramping || e->state == EPISODE_REFRACTORY)
        e->busy = scene->frame;
    else
        for (unsigned i = 0; i < scene->channel_count; i++)
            if (!scene->tone[i]->in_burst)
                tone_reset_bursts(scene->tone[i]);
}

void episode_finish(struct episode *e, const struct scene *scene)
{
    if (e->cramping)
        emit_end(e, scene, RELIEF_UNKNOWN, e->rest_s > 0 ? e->rest_since : scene->frame);
    if (e->suspecting)
        close_suspicion(e, scene);
    go(e, EPISODE_QUIET, scene->frame);
}

bool episode_at_rest(const struct episode *e, int64_t frame)
{
    return frame - e->busy > frames(FREEZE_S);
}
