/* SPDX-License-Identifier: MIT */
#include "detect/scene.h"

#include <math.h>
#include <string.h>

void leg_motion_init(struct leg_motion *leg)
{
    memset(leg, 0, sizeof(*leg));
    leg->moved = INT64_MIN / 2;
}

/* Walking: in motion nearly all the time, in regular swings, and not lying as before (or very strongly). */
static bool walks(const struct leg_motion *leg, const float gravity[3])
{
    double mean = 0;
    unsigned moving = 0, swings = 0;

    if (leg->count < GAIT_WINDOW_FRAMES)
        return false;
    for (unsigned i = 0; i < GAIT_WINDOW_FRAMES; i++)
        mean += (double)leg->window[i] / GAIT_WINDOW_FRAMES;
    for (unsigned i = 0; i < GAIT_WINDOW_FRAMES; i++) {
        double a = (double)leg->window[(leg->next + i) % GAIT_WINDOW_FRAMES];
        double b = (double)leg->window[(leg->next + i + 1) % GAIT_WINDOW_FRAMES];

        moving += a >= MOTION_STILL_G;
        swings += i + 1 < GAIT_WINDOW_FRAMES && a < mean && b >= mean;
    }
    double rate = swings * FRAMES_PER_S / (double)GAIT_WINDOW_FRAMES;
    bool upright = leg->rest_known && imu_angle(leg->rest_gravity, gravity) >= POSTURE_UPRIGHT;
    return moving >= GAIT_MOVING_SHARE * GAIT_WINDOW_FRAMES && rate >= GAIT_RATE_MIN &&
           rate <= GAIT_RATE_MAX && mean >= GAIT_MOTION_G && (upright || mean >= 2 * MOTION_STRONG_G);
}

/* A cheap or badly fixed sensor shakes at rest; what counts as motion lies above that. */
static double still_limit(struct leg_motion *leg, double motion_g)
{
    leg->noise += motion_g > leg->noise ? MOTION_NOISE_UP_G : -MOTION_NOISE_DOWN_G;
    leg->noise = MAX(0, MIN(leg->noise, MOTION_NOISE_MAX_G));
    return MAX(MOTION_STILL_G, MOTION_NOISE_RATIO * leg->noise);
}

static double swing(struct leg_motion *leg, const float gravity[3])
{
    float *oldest = leg->attitude[leg->attitudes % LEG_SWING_FRAMES];
    double deg = leg->attitudes >= LEG_SWING_FRAMES ? imu_angle(oldest, gravity) : 0;

    memcpy(oldest, gravity, sizeof(leg->attitude[0]));
    if (++leg->attitudes == 2 * LEG_SWING_FRAMES)
        leg->attitudes = LEG_SWING_FRAMES;
    return deg;
}

void leg_motion_step(struct leg_motion *leg, const struct imu_frame *frame, struct scene *scene)
{
    scene->motion_known = frame && frame->usable;
    scene->motion_g = NAN;
    scene->swing_deg = 0;
    if (!scene->motion_known || scene->vibrating) /* attitudes before and after are no swing of a second */
        leg->attitudes = 0;
    if (!scene->motion_known)
        return;
    scene->motion_g = (double)frame->motion_g;
    memcpy(scene->gravity, frame->gravity, sizeof(scene->gravity));
    scene->swing_deg = scene->vibrating ? 0 : swing(leg, scene->gravity);
    leg->window[leg->next] = frame->motion_g;
    leg->next = (leg->next + 1) % GAIT_WINDOW_FRAMES;
    leg->count = MIN(leg->count + 1, GAIT_WINDOW_FRAMES);
    double limit = scene->vibrating ? MOTION_MOTOR_G : still_limit(leg, scene->motion_g);
    if (scene->motion_g >= limit)
        leg->moved = scene->frame;
    scene->moving = scene->frame - leg->moved < MOTION_HOLD_FRAMES;
    scene->strong = !scene->vibrating && scene->motion_g >= MOTION_STRONG_G;
    scene->gait = scene->moving && !scene->vibrating && walks(leg, scene->gravity);
    if (!scene->moving && !leg->rest_known) {
        memcpy(leg->rest_gravity, scene->gravity, sizeof(leg->rest_gravity));
        leg->rest_known = true;
    }
}

void scene_choose(struct scene *scene)
{
    scene->strongest = -1;
    for (unsigned i = 0; i < scene->channel_count; i++)
        if (scene->tone[i]->usable &&
            (scene->strongest < 0 || scene->tone[i]->smooth > scene->tone[scene->strongest]->smooth))
            scene->strongest = (int)i;
}

bool scene_hums(const struct scene *scene, int i)
{
    return scene->hum_leak[i] || (double)scene->hum_share[i] >= MAINS_SHARE_FRAME;
}

static double excess(const struct tone *tone)
{
    return tone->smooth > 1 ? tone->floor * sqrt(tone->smooth * tone->smooth - 1) : 0;
}

/* Triceps surae: whoever pushes, braces, or stretches the foot uses all of it. */
static bool is_calf(enum muscle muscle)
{
    return muscle == MUSCLE_GASTROCNEMIUS || muscle == MUSCLE_GASTROCNEMIUS_LATERAL ||
           muscle == MUSCLE_SOLEUS;
}

static double mean_excess(const struct tone *tone)
{
    return tone->mean > 1 ? tone->floor * sqrt(tone->mean * tone->mean - 1) : 0;
}

double scene_alone(const struct scene *scene, int i)
{
    double own = mean_excess(scene->tone[i]), most = 0;
    bool seen = false;

    for (unsigned k = 0; k < scene->channel_count; k++) {
        const struct tone *other = scene->tone[k];

        if ((int)k == i || !is_calf(scene->muscle[i]) || !is_calf(scene->muscle[k]) || !other->usable)
            continue;
        most = MAX(most, mean_excess(other));
        /* Weak activity is not compared with what an electrode shows that is noisier than it is strong. */
        seen = seen || COACTIVE_SHARE * own >= ALONE_RESOLUTION * other->floor;
    }
    if (!seen || own <= 0)
        return 0;
    if (scene->clipped[i]) /* it is stronger than it shows */
        own *= CLIPPED_GAIN;
    double share = (ALONE_NOT - most / own) / (ALONE_NOT - ALONE_SURE);
    return MAX(0, MIN(share, 1));
}

bool scene_coactive(const struct scene *scene, int i)
{
    double own = excess(scene->tone[i]);

    for (unsigned k = 0; k < scene->channel_count; k++) {
        const struct tone *other = scene->tone[k];

        if ((int)k != i && other->usable && other->running && excess(other) >= COACTIVE_SHARE * own)
            return true;
    }
    return false;
}

bool scene_shin_alone(const struct scene *scene, int i)
{
    bool calf = false;

    for (unsigned k = 0; k < scene->channel_count; k++)
        calf = calf || (is_calf(scene->muscle[k]) && scene->tone[k]->usable);
    return scene->muscle[i] == MUSCLE_TIBIALIS && calf && !scene_coactive(scene, i);
}
