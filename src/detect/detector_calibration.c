/* SPDX-License-Identifier: MIT */
/* A calibration with a detector around it: what a leg's frames show goes in, what it learnt comes back. */
#include "detect/detector_private.h"

#include <errno.h>
#include <math.h>

static void take_over(struct detector *d)
{
    const struct calibration *c = &d->calibration;
    const struct scene *scene = &d->limb[c->leg].scene;

    for (unsigned k = 0; k < c->channel_count; k++) {
        unsigned i = (unsigned)scene->channel[k];
        double bias = emg_floor_bias(&d->channel[i].emg), firm_uv = c->channel[k].firm_uv;

        baseline_resume(&d->channel[i].baseline, c->channel[k].rest_uv);
        d->channel[i].placement.compare = false; /* what was learnt here is of this place */
        d->personal[i] =
            (struct detector_personal){c->channel[k].rest_uv * bias, firm_uv > 0 ? firm_uv : (double)NAN};
    }
    d->calibrations_done++;
}

void detector_step_calibration(struct detector *d)
{
    const struct scene *scene = &d->limb[d->calibration.leg].scene;
    struct calibration_frame frame = {.frame = d->frame, .moving = scene->moving};

    if (!calibration_running(&d->calibration))
        return;
    for (unsigned k = 0; k < scene->channel_count; k++) {
        const struct channel *c = &d->channel[scene->channel[k]];

        frame.channel[k].usable = isfinite(c->level_uv);
        frame.channel[k].level_uv = c->level_uv;
        frame.channel[k].faults = c->faults;
    }
    calibration_step(&d->calibration, &frame);
    if (d->calibration.phase == CALIBRATION_DONE)
        take_over(d);
}

int detector_calibrate(struct detector *d, enum leg leg)
{
    if ((unsigned)leg >= leg_count || !d->limb[leg].present)
        return -ENODEV;
    if (calibration_running(&d->calibration))
        return -EALREADY;
    for (enum leg other = 0; other < leg_count; other++)
        if (d->limb[other].episode.grip.on || d->limb[other].episode.rise >= 0)
            return -EBUSY;
    calibration_begin(&d->calibration, leg, d->limb[leg].scene.channel_count);
    return 0;
}

void detector_cancel_calibration(struct detector *d)
{
    calibration_cancel(&d->calibration);
}

void detector_get_calibration(const struct detector *d, struct detector_calibration *out)
{
    const struct calibration *c = &d->calibration;

    *out = (struct detector_calibration){.phase = c->phase,
                                         .leg = c->leg,
                                         .hindrance = c->phase == CALIBRATION_NONE ? -1 : c->hindrance,
                                         .done = d->calibrations_done,
                                         .rest_s = c->rest_frames * FRAME_S,
                                         .rest_needed_s = CALIBRATION_REST_FRAMES * FRAME_S,
                                         .held_s = c->held_frames * FRAME_S,
                                         .left_s = calibration_left_s(c)};
}

void detector_set_personal(struct detector *d, unsigned channel, const struct detector_personal *personal)
{
    if (channel < d->channel_count)
        d->personal[channel] = *personal;
}

struct detector_personal detector_get_personal(const struct detector *d, unsigned channel)
{
    return channel < d->channel_count ? d->personal[channel] : (struct detector_personal){NAN, NAN};
}
