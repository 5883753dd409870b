/* SPDX-License-Identifier: MIT */
#include "detect/grip.h"

#include <math.h>
#include <string.h>

#define NEVER (INT64_MIN / 2)

void grip_start(struct grip *grip, const struct scene *scene, int channel, int64_t onset, double peak)
{
    *grip = (struct grip){.on = true, .channel = channel, .onset = onset, .burst = NEVER, .tilted = NEVER};
    grip->peak = peak;
    grip->usual = scene->tone[channel]->smooth;
}

static void note_motion(struct grip *grip, const struct scene *scene)
{
    grip->moving_memory_s = grip->moving_memory_s * MOVING_MEMORY + (scene->moving ? FRAME_S : 0);
    grip->gait = grip->gait || scene->gait;
    if (!scene->motion_known)
        return;
    if (grip->posture_known && imu_angle(grip->posture, scene->gravity) >= RELIEF_DEG)
        grip->tilted = scene->frame;
    /* While our motor runs a slow pull at the foot is no motion: then the posture of some seconds ago. */
    float share = scene->vibrating && grip->posture_known ? (float)(FRAME_S / RELIEF_MEMORY_S) : 1;
    for (unsigned k = 0; k < 3 && !scene->moving; k++)
        grip->posture[k] += share * (scene->gravity[k] - grip->posture[k]);
    grip->posture_known = grip->posture_known || !scene->moving;
}

/* A cramp may wander to the neighbour. */
static bool others_rest(const struct scene *scene)
{
    for (unsigned i = 0; i < scene->channel_count; i++)
        if (scene->tone[i]->usable && scene->tone[i]->running && scene->tone[i]->smooth >= CRAMP_RATIO)
            return false;
    return true;
}

void grip_step(struct grip *grip, const struct scene *scene, bool easing)
{
    const struct tone *tone = scene->tone[grip->channel];

    note_motion(grip, scene);
    if (!tone->usable)
        return;
    grip->peak = MAX(grip->peak, tone->ratio);
    if (!easing) {
        bool grown = tone->smooth >= RELIEF_BURST * grip->usual && tone->smooth >= CRAMP_RATIO;

        if (grown || scene_coactive(scene, grip->channel))
            grip->burst = scene->frame;
        grip->usual *= pow(MAX(tone->smooth, 1.0) / grip->usual, FRAME_S / USUAL_S);
    }
    bool rest = (tone->resting || tone->smooth < END_RATIO) && others_rest(scene);
    if (rest && grip->rest_s <= 0)
        grip->rest_since = scene->frame;
    grip->rest_s = rest ? grip->rest_s + FRAME_S : MAX(grip->rest_s - END_REST_DECAY * FRAME_S, 0);
}

enum relief grip_relief(const struct grip *grip)
{
    const int64_t window = (int64_t)(RELIEF_WINDOW_S * FRAMES_PER_S);
    bool motion = grip->moving_memory_s >= RELIEF_MOVING_S;
    bool tilted = grip->rest_since - grip->tilted <= window;
    bool burst = grip->rest_since - grip->burst <= window;

    if (grip->gait)
        return RELIEF_MOVEMENT;
    if (burst && (motion || tilted))
        return RELIEF_STRETCH;
    return motion ? RELIEF_MOVEMENT : RELIEF_SPONTANEOUS;
}
