/* SPDX-License-Identifier: MIT */
#include "detect/insight_leg.h"

#include "detect/gates.h"

#include <math.h>

static void fill_channel(struct insight_channel *out, const struct scene *scene, unsigned k,
                         const struct episode *episode)
{
    const struct tone *tone = scene->tone[k];
    const struct gate *gate = tone->usable && tone->running ? gates_firing(scene, (int)k) : NULL;

    out->channel = scene->channel[k];
    out->usable = tone->usable;
    out->running = tone->usable && tone->running;
    out->level_uv = NAN;
    out->floor_uv = tone->floor > 0 ? tone->floor : (double)NAN;
    out->ratio = tone->usable ? tone->ratio : (double)NAN;
    out->smooth = tone->usable ? tone->smooth : (double)NAN;
    out->evidence_s = 0;
    out->needed_s = NAN;
    out->gate = gate ? (int)gate->reason : -1;
    if (episode->suspicion.open && out->running) {
        const struct evidence_past past = episode_past(episode, scene);

        evidence_progress(tone, scene->frame, episode->params, &past, &out->evidence_s, &out->needed_s);
    }
}

void insight_fill(struct insight *out, const struct scene *scene, const struct leg_motion *motion,
                  const struct episode *episode)
{
    *out = (struct insight){.leg = episode->report.leg,
                            .frame = scene->frame,
                            .t_ns = episode->report.origin_ns + (scene->frame + 1) * FRAME_NS,
                            .state = episode->state,
                            .channel_count = scene->channel_count,
                            .strongest = scene->strongest,
                            .motion_known = scene->motion_known,
                            .moving = scene->moving,
                            .motion_g = scene->motion_g,
                            .posture_deg = NAN,
                            .vibrating = scene->vibrating,
                            .bilateral = scene->bilateral,
                            .suspicion = episode->suspicion.open,
                            .suspect_frame = episode->suspicion.start};
    if (scene->motion_known && motion->rest_known)
        out->posture_deg = imu_angle(motion->rest_gravity, scene->gravity);
    for (unsigned k = 0; k < scene->channel_count; k++)
        fill_channel(&out->channel[k], scene, k, episode);
}
