/* SPDX-License-Identifier: MIT */
#include "detect/gates.h"

static double share(double part_s, const struct suspicion *s)
{
    return s->active_s > 0 ? part_s / s->active_s : 0;
}

static double burst_mean_s(const struct suspicion *s)
{
    return s->bursts.count ? s->bursts.parts * SUB_S / s->bursts.count : 0;
}

static double burst_rate_hz(const struct suspicion *s)
{
    double span_s = (double)(s->bursts.last - s->bursts.first) * FRAME_S;

    return span_s > 0 ? (s->bursts.count - 1) / span_s : 0;
}

/* Our own motor: started before the activity did. */
static bool reminder_now(const struct scene *scene, int channel)
{
    return scene->vibrating && scene->tone[channel]->start >= scene->vibrating_since - SMOOTH_FRAMES;
}

static bool reminder(const struct suspicion *s)
{
    return s->began_vibrating && share(s->vibrating_s, s) >= REMINDER_SHARE;
}

static bool interference_now(const struct scene *scene, int channel)
{
    return scene_hums(scene, channel);
}

static bool interference(const struct suspicion *s)
{
    /* Hum that comes or goes rings in its notch. */
    bool changed =
        s->hum_high_uv - s->hum_low_uv >= HUM_CHANGE * s->peak_uv && suspicion_duration_s(s) < HUM_RING_S;

    return share(s->hum_s, s) >= HUM_SHARE_MIN || (s->peak_uv > 0 && changed);
}

/* More than muscle can make at the skin. */
static bool artefact_now(const struct scene *scene, int channel)
{
    const struct tone *tone = scene->tone[channel];

    return tone->smooth * tone->floor >= MUSCLE_MAX_UV;
}

static bool artefact(const struct suspicion *s)
{
    bool slow = s->full && s->active_s > 0 && s->crossings / s->active_s < ARTEFACT_CROSSINGS_HZ;

    return s->new_floor || slow || share(s->clipped_s, s) >= CLIPPED_TIME ||
           s->lost_s >= ARTEFACT_SHARE * (s->lost_s + s->active_s);
}

static bool gait_now(const struct scene *scene, int channel)
{
    (void)channel;
    return scene->gait;
}

static bool gait(const struct suspicion *s)
{
    return s->gait_s >= 1.0;
}

static bool moving_now(const struct scene *scene, int channel)
{
    (void)channel;
    return scene->moving;
}

static bool turn(const struct suspicion *s)
{
    return (s->moving_s >= JERK_MAX_S && s->posture_deg >= POSTURE_TURN_DEG) ||
           s->posture_peak_deg >= POSTURE_UPRIGHT || s->posture_deg >= POSTURE_STILL_DEG;
}

static bool clonic(const struct suspicion *s)
{
    if (s->bursts.count < RHYTHM_BURSTS)
        return false;
    /* Both legs in step for long, every burst back to rest. */
    bool both = share(s->bilateral_s, s) >= 0.5 && suspicion_duration_s(s) >= MOVEMENT_MAX_S;
    return burst_rate_hz(s) >= CLONIC_MIN_HZ || (both && burst_mean_s(s) < MOVEMENT_MIN_S);
}

static bool bilateral_now(const struct scene *scene, int channel)
{
    (void)channel;
    return scene->bilateral;
}

static bool bilateral_tonic(const struct suspicion *s)
{
    return share(s->bilateral_s, s) >= 0.5 && s->longest_run_s >= BILATERAL_MAX_S;
}

static bool fasciculation(const struct suspicion *s)
{
    return s->bursts.count > 0 && s->bursts.longest * SUB_S <= SPIKE_S && s->strong_s <= 0;
}

static bool myoclonus(const struct suspicion *s)
{
    return s->bursts.count > 0 && s->bursts.longest * SUB_S <= BURST_SHORT_S && s->strong_s <= 0;
}

static bool jerk(const struct suspicion *s)
{
    return s->bursts.count > 0 && s->bursts.count <= 2 && suspicion_duration_s(s) < JERK_MAX_S;
}

static bool rhythmic(const struct suspicion *s)
{
    return s->bursts.count >= RHYTHM_BURSTS && burst_rate_hz(s) >= RHYTHM_MIN_HZ &&
           s->bursts.longest * SUB_S <= RHYTHM_BURST_S;
}

static bool coactive_now(const struct scene *scene, int channel)
{
    return scene_coactive(scene, channel);
}

static bool voluntary(const struct suspicion *s)
{
    double duration_s = suspicion_duration_s(s);
    bool both = share(s->coactive_s, s) >= 0.5 && duration_s >= VOLUNTARY_S;

    /* A movement of both legs takes longer than one of one leg. */
    if (share(s->bilateral_s, s) >= 0.5 && duration_s <= BILATERAL_MAX_S)
        return false;
    return both || s->announced || s->longest_run_s >= VOLUNTARY_S ||
           suspicion_duration_s(s) > MOVEMENT_MAX_S;
}

static bool periodic(const struct suspicion *s)
{
    return s->series + 1 >= PERIODIC_MIN;
}

/* Movements in sleep lift the foot (AASM scores them on the shin for that), cramps at night are the calf's.
 */
static bool shin_now(const struct scene *scene, int channel)
{
    return scene_shin_alone(scene, channel);
}

static bool leg_movement(const struct suspicion *s)
{
    (void)s;
    return true;
}

static const struct gate gates[] = {
    {DISMISS_REMINDER, reminder_now, 0, 0, reminder},
    {DISMISS_INTERFERENCE, interference_now, 0, 0, interference},
    {DISMISS_ARTEFACT, artefact_now, 0, 0, artefact},
    {DISMISS_GAIT, gait_now, 0, 0, gait},
    {DISMISS_TURN, moving_now, 0, MOVING_ALONE_WEIGHT, turn},
    {DISMISS_CLONIC, NULL, 0, 0, clonic},
    {DISMISS_BILATERAL_TONIC, bilateral_now, HELD_WEIGHT, HELD_WEIGHT, bilateral_tonic},
    {DISMISS_FASCICULATION, NULL, 0, 0, fasciculation},
    {DISMISS_MYOCLONUS, NULL, 0, 0, myoclonus},
    {DISMISS_JERK, NULL, 0, 0, jerk},
    {DISMISS_RHYTHMIC_MOVEMENT, NULL, 0, 0, rhythmic},
    {DISMISS_VOLUNTARY, coactive_now, HELD_WEIGHT, HELD_WEIGHT, voluntary},
    {DISMISS_PERIODIC_LEG_MOVEMENT, NULL, 0, 0, periodic},
    {DISMISS_LEG_MOVEMENT, shin_now, HELD_WEIGHT, HELD_WEIGHT,
     leg_movement}, /* what is left; 0.5-10 s by the gates before */
};

const struct gate *gates_firing(const struct scene *scene, int channel)
{
    for (unsigned i = 0; i < ARRAY_SIZE(gates); i++)
        if (gates[i].now && gates[i].now(scene, channel))
            return &gates[i];
    return NULL;
}

double gates_weight(const struct scene *scene, int channel)
{
    const struct gate *gate = gates_firing(scene, channel);

    return gate ? gate->weight : 1.0;
}

double gates_weight_alone(const struct scene *scene, int channel)
{
    const struct gate *gate = gates_firing(scene, channel);
    bool slow = scene->full[channel] && (double)scene->crossings_hz[channel] < ARTEFACT_CROSSINGS_HZ;

    return gate ? (slow ? gate->weight : gate->alone) : 1.0;
}

enum dismiss_reason gates_explain(const struct suspicion *suspicion)
{
    for (unsigned i = 0; i < ARRAY_SIZE(gates); i++)
        if (gates[i].explains(suspicion))
            return gates[i].reason;
    return DISMISS_LEG_MOVEMENT;
}
