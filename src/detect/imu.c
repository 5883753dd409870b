/* SPDX-License-Identifier: MIT */
#include "detect/imu.h"

#include "base/macros.h"
#include "base/names.h"

#include <math.h>
#include <string.h>

#define FRAME_NS       (NSEC_PER_SEC / FRAMES_PER_S)
#define GRID_MARGIN_NS NSEC_PER_USEC
#define UNUSABLE       (BIT(FAULT_STALE) | BIT(FAULT_BUS) | BIT(FAULT_FLAT))
#define VALUE_MAX_G    64.0f /* no IMU measures more */

void imu_init(struct imu *motion)
{
    memset(motion, 0, sizeof(*motion));
    for (unsigned i = 0; i < FRAME_RING; i++)
        motion->ring[i].index = -1;
}

void imu_start(struct imu *motion, int64_t origin_ns)
{
    motion->started = true;
    motion->origin_ns = origin_ns;
}

static void prime(struct imu *motion, const float a[3])
{
    for (unsigned k = 0; k < 3; k++)
        motion->fast[k] = motion->posture[k] = (double)a[k];
    motion->primed = true;
}

/* fast, slow: how much of a new value the two averages take. */
static void add_sample(struct imu *motion, const float a[3], double fast, double slow)
{
    double squares = 0;

    if (!(fabsf(a[0]) <= VALUE_MAX_G && fabsf(a[1]) <= VALUE_MAX_G && fabsf(a[2]) <= VALUE_MAX_G))
        return;
    if (!motion->primed)
        prime(motion, a);
    for (unsigned k = 0; k < 3; k++) {
        double v = (double)a[k], near = motion->fast[k], far = motion->posture[k];

        near += fast * (v - near);
        far += slow * (v - far);
        squares += (v - near) * (v - near);
        motion->fast[k] = near;
        motion->posture[k] = far;
    }
    motion->sum += squares;
    motion->count++;
}

static void finish_frame(struct imu *motion)
{
    struct imu_frame *frame = &motion->ring[(uint64_t)motion->frame % FRAME_RING];
    double expected = motion->period_ns > 0 ? (double)FRAME_NS / motion->period_ns : 0;
    double length = sqrt(motion->posture[0] * motion->posture[0] + motion->posture[1] * motion->posture[1] +
                         motion->posture[2] * motion->posture[2]);
    bool enough = motion->count > 0 && motion->count >= GOOD_SHARE_MIN * expected - 1;

    *frame = (struct imu_frame){.index = motion->frame, .faults = motion->faults};
    if (!enough)
        frame->faults |= BIT(FAULT_GAP);
    frame->usable = enough && !(frame->faults & UNUSABLE) && length > 0;
    if (motion->count)
        frame->motion_g = (float)sqrt(motion->sum / motion->count);
    for (unsigned k = 0; k < 3 && length > 0; k++)
        frame->gravity[k] = (float)(motion->posture[k] / length);
    motion->frame++;
    motion->count = 0;
    motion->sum = 0;
    motion->faults = motion->standing;
}

void imu_close_until(struct imu *motion, int64_t frame)
{
    if (!motion->started || motion->frame >= frame)
        return;
    finish_frame(motion);
    if (motion->frame < frame) {
        motion->frame = frame;
        motion->primed = false;
    }
}

bool imu_push(struct imu *motion, const struct block *block, unsigned *position)
{
    if (*position == 0) {
        if (block->period_ns >= PERIOD_MIN_NS && block->period_ns <= 1e9 / IMU_RATE_MIN_HZ)
            motion->period_ns = block->period_ns;
        motion->standing = block->faults;
        motion->faults |= block->faults;
    }
    if (block->count == 0 || motion->period_ns <= 0 || block->width < 3) {
        imu_close_until(motion, (block->t_ns + GRID_MARGIN_NS - motion->origin_ns) / FRAME_NS);
        return false;
    }
    double period_s = motion->period_ns / 1e9;
    double fast = period_s / (period_s + MOTION_FAST_S), slow = period_s / (period_s + POSTURE_S);
    int64_t end_ns = motion->origin_ns + (motion->frame + 1) * FRAME_NS - GRID_MARGIN_NS;
    const float *values = block->v + (size_t)*position * block->width;
    for (unsigned i = *position; i < block->count; i++, values += block->width) {
        int64_t t_ns = block->t_ns + (int64_t)(motion->period_ns * (double)i);

        if (t_ns >= end_ns) {
            *position = i;
            imu_close_until(motion, (t_ns + GRID_MARGIN_NS - motion->origin_ns) / FRAME_NS);
            return true;
        }
        add_sample(motion, values, fast, slow);
    }
    return false;
}

const struct imu_frame *imu_get_frame(const struct imu *motion, int64_t frame, struct imu_frame *missing)
{
    const struct imu_frame *slot = &motion->ring[(uint64_t)frame % FRAME_RING];

    if (slot->index == frame)
        return slot;
    *missing = (struct imu_frame){.index = frame, .faults = motion->standing | BIT(FAULT_GAP)};
    return missing;
}

double imu_angle(const float a[3], const float b[3])
{
    double dot = (double)a[0] * (double)b[0] + (double)a[1] * (double)b[1] + (double)a[2] * (double)b[2];

    return acos(MAX(-1.0, MIN(1.0, dot))) * 180.0 / M_PI;
}
