/* SPDX-License-Identifier: MIT */
#include "detect/suspicion.h"

#include <string.h>

bool suspicion_triggers(const struct tone *tone, double onset_ratio)
{
    return tone->usable && (tone->ratio >= onset_ratio || tone->peak >= SHORT_RATIO * onset_ratio);
}

void suspicion_open(struct suspicion *s, const struct scene *scene, int channel, const float before[3])
{
    const struct tone *tone = scene->tone[channel];
    int64_t start = tone->running ? MIN(tone->start, scene->frame) : scene->frame;

    *s = (struct suspicion){.open = true, .start = start, .last_active = scene->frame, .channel = channel};
    s->began_vibrating = scene->vibrating && start >= scene->vibrating_since - SMOOTH_FRAMES;
    s->posture_known = before != NULL;
    if (before)
        memcpy(s->before, before, sizeof(s->before));
}

static void note_posture(struct suspicion *s, const struct scene *scene)
{
    if (!scene->motion_known || !s->posture_known)
        return;
    s->posture_deg = imu_angle(s->before, scene->gravity);
    s->posture_peak_deg = MAX(s->posture_peak_deg, s->posture_deg);
}

/* Is any channel active; and which is the loudest. */
static bool note_channels(struct suspicion *s, const struct scene *scene, double onset_ratio)
{
    bool any = false;

    for (unsigned i = 0; i < scene->channel_count; i++) {
        const struct tone *tone = scene->tone[i];

        if (!tone->usable)
            continue;
        any = any || tone->running || suspicion_triggers(tone, onset_ratio);
        if (tone->peak > s->loudest) {
            s->loudest = tone->peak;
            s->channel = (int)i;
        }
        s->peak = MAX(s->peak, tone->ratio);
        if (tone->running)
            s->longest_run_s = MAX(s->longest_run_s, (double)(scene->frame - tone->start + 1) * FRAME_S);
    }
    return any;
}

void suspicion_note(struct suspicion *s, const struct scene *scene, double onset_ratio)
{
    int strongest = scene->strongest;

    note_posture(s, scene);
    if (strongest < 0) {
        s->lost_s += FRAME_S;
        return;
    }
    const struct tone *tone = scene->tone[strongest];
    double hum_uv = (double)scene->hum_uv[strongest];
    bool any = note_channels(s, scene, onset_ratio);

    s->peak_uv = MAX(s->peak_uv, tone->ratio * tone->floor);
    s->hum_low_uv = s->active_s > 0 ? MIN(s->hum_low_uv, hum_uv) : hum_uv;
    s->hum_high_uv = MAX(s->hum_high_uv, hum_uv);
    s->rest_s = any ? 0 : s->rest_s + FRAME_S;
    s->moving_s += scene->moving ? FRAME_S : 0;
    s->strong_s += scene->strong ? FRAME_S : 0;
    s->gait_s += scene->gait ? FRAME_S : 0;
    if (!any)
        return;
    s->last_active = scene->frame;
    s->active_s += FRAME_S;
    s->coactive_s += scene_coactive(scene, strongest) ? FRAME_S : 0;
    s->bilateral_s += scene->bilateral ? FRAME_S : 0;
    s->hum_s += scene_hums(scene, strongest) ? FRAME_S : 0;
    s->clipped_s += scene->clipped[strongest] ? FRAME_S : 0;
    s->vibrating_s += scene->vibrating ? FRAME_S : 0;
    s->crossings += (double)scene->crossings_hz[strongest] * FRAME_S;
    s->full = scene->full[strongest];
}

/* Short things are timed by their 20 ms parts: smoothing makes runs out of them. */
double suspicion_duration_s(const struct suspicion *s)
{
    if (s->bursts.count > 0 && s->longest_run_s < 2 * JERK_MAX_S)
        return (double)(s->bursts.last - s->bursts.first) * FRAME_S +
               s->bursts.parts * SUB_S / s->bursts.count;
    return (double)(s->last_active - s->start + 1) * FRAME_S;
}
