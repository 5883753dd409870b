/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include "base/log.h"
#include "pipeline.h"
#include "publish/payload.h"
#include "replay_publish.h"
#include "sensor/recording.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* A recording's header may have any time of day, often none that is meant: it is not the bedside's clock, and
   with an unknown clock it is night (policy.h). */
#define NO_CLOCK (-1)

static void no_outputs(_unused_ void *context, _unused_ const struct event *event)
{
}

struct output {
    FILE *lines;
    struct replay_publisher *publisher; /* NULL: not asked for */
};

static void print_event(void *context, const struct event *event)
{
    struct output *output = context;
    _cleanup_(freep) char *line = payload_event_text(event, 0, NULL);

    if (line)
        fprintf(output->lines, "%s\n", line);
    if (output->publisher)
        replay_publisher_event(output->publisher, event);
}

static struct pipeline *new_pipeline(const struct recording *recording, const struct settings *settings,
                                     struct output *output)
{
    static const struct pipeline_ops ops = {.remind = no_outputs, .tell = print_event};
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
    return pipeline_new(settings, channels, channel_count, imus, imu_count, &ops, output, run_id, 1);
}

static int run(struct recording *recording, struct pipeline *pipeline, char *error, size_t error_size)
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

static bool published(struct output *output)
{
    unsigned missing = output->publisher ? replay_publisher_finish(output->publisher) : 0;

    if (missing > 0)
        log_error(LOG_BROKER, "%u events did not reach the broker", missing);
    return missing == 0;
}

int replay(const char *path, const struct settings *settings, bool publish, FILE *out)
{
    _cleanup_(recording_closep) struct recording *recording = NULL;
    _cleanup_(replay_publisher_freep) struct replay_publisher *publisher = NULL;
    _cleanup_(pipeline_freep) struct pipeline *pipeline = NULL;
    struct output output = {.lines = out};
    char error[512] = "";

    if (recording_open(path, settings->sensor.recording, (size_t)settings->sensor.recording_count, &recording,
                       error, sizeof(error)) < 0) {
        log_error(LOG_CRAMPD, "%s", error);
        return EXIT_FAILURE;
    }
    if (publish && !(publisher = replay_publisher_new(&settings->mqtt, recording_start_s(recording))))
        return EXIT_FAILURE;
    output.publisher = publisher;
    pipeline = new_pipeline(recording, settings, &output);
    if (!pipeline) {
        log_error(LOG_CRAMPD, "%s: cannot start: %s", path, strerror(errno));
        return EXIT_FAILURE;
    }
    if (run(recording, pipeline, error, sizeof(error)) < 0) {
        log_error(LOG_CRAMPD, "%s", error);
        return EXIT_FAILURE;
    }
    if (fflush(out) != 0 || ferror(out)) {
        log_error(LOG_CRAMPD, "standard output: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    return published(&output) ? EXIT_SUCCESS : EXIT_FAILURE;
}
