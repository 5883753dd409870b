/* SPDX-License-Identifier: MIT */
#include "replay_run.h"

#include "pipeline.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A recording's header may have any time of day, often none that is meant: it is not the bedside's clock, and
   with an unknown clock it is night (policy.h). */
#define NO_CLOCK (-1)

struct run {
    const struct replay_ops *ops;
    void *context;
};

static void no_outputs(_unused_ void *context, _unused_ const struct event *event)
{
}

static void tell(void *context, const struct event *event)
{
    const struct run *run = context;

    run->ops->tell(run->context, event);
}

static struct pipeline *new_pipeline(const struct recording *recording, const struct settings *settings,
                                     struct run *run)
{
    static const struct pipeline_ops ops = {.remind = no_outputs, .tell = tell};
    static const uint8_t run_id[16] = {0}; /* the same recording gives the same ids */
    struct detector_channel channels[EMG_CHANNELS];
    struct detector_imu imus[IMU_SOURCES];
    unsigned channel_count = recording_emg_count(recording), imu_count = recording_imu_count(recording);

    for (unsigned i = 0; i < channel_count; i++) {
        const struct recording_emg *emg = recording_emg(recording, i);
        channels[i] = (struct detector_channel){
            .leg = emg->leg, .muscle = emg->muscle, .input = EMG_INPUT_RAW, .clip_uv = emg->clip_uv};
    }
    for (unsigned i = 0; i < imu_count; i++)
        imus[i].leg = recording_imu(recording, i)->leg;
    return pipeline_new(settings, channels, channel_count, imus, imu_count, &ops, run, run_id, 1);
}

static int play(struct recording *recording, struct pipeline *pipeline, char *error, size_t error_size)
{
    struct block block;
    int64_t second = 0;
    int result;

    while ((result = recording_next(recording, &block, error, error_size)) > 0) {
        /* A block of a later second says that every source has delivered the ones before. */
        if (block.t_ns >= (second + 1) * NSEC_PER_SEC) {
            second = block.t_ns / NSEC_PER_SEC;
            pipeline_advance(pipeline, second * NSEC_PER_SEC, second * NSEC_PER_SEC, NO_CLOCK);
        }
        pipeline_push(pipeline, &block);
    }
    if (result < 0)
        return result;
    int64_t end_ns = llround(recording_duration_s(recording) * 1e9);
    pipeline_advance(pipeline, end_ns, end_ns, NO_CLOCK);
    pipeline_finish(pipeline, end_ns);
    return 0;
}

int replay_run(struct recording *recording, const struct settings *settings, const struct replay_ops *ops,
               void *context, char *error, size_t error_size)
{
    struct run run = {.ops = ops, .context = context};
    _cleanup_(pipeline_freep) struct pipeline *pipeline = new_pipeline(recording, settings, &run);

    if (!pipeline) {
        int result = -errno;
        snprintf(error, error_size, "cannot start: %s", strerror(errno));
        return result;
    }
    if (ops->insight)
        detector_set_insight(pipeline_detector(pipeline), ops->insight, context);
    return play(recording, pipeline, error, error_size);
}
