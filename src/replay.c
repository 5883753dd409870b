/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include "base/log.h"
#include "guidance.h"
#include "publish/payload.h"
#include "replay_publish.h"
#include "replay_run.h"
#include "sensor/recording.h"

#include <errno.h>
#include <string.h>

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
    static const struct replay_ops ops = {.tell = print_event};
    struct output output = {.lines = out};
    char error[512] = "";

    if (recording_open(path, settings->sensor.recording, (size_t)settings->sensor.recording_count, &recording,
                       error, sizeof(error)) < 0) {
        log_error(LOG_CRAMPD, "%s", error);
        return EXIT_FAILURE;
    }
    if (publish)
        guidance_begin(settings->language);
    if (publish && !(publisher = replay_publisher_new(&settings->mqtt, recording_start_s(recording))))
        return EXIT_FAILURE;
    output.publisher = publisher;
    if (replay_run(recording, settings, &ops, &output, error, sizeof(error)) < 0) {
        log_error(LOG_CRAMPD, "%s", error);
        return EXIT_FAILURE;
    }
    if (fflush(out) != 0 || ferror(out)) {
        log_error(LOG_CRAMPD, "standard output: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    return published(&output) ? EXIT_SUCCESS : EXIT_FAILURE;
}
