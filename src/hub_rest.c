/* SPDX-License-Identifier: MIT */
/*
 * The legs' resting levels outlive a restart in a file of $RUNTIME_DIRECTORY: memory, not the card. A run
 * that begins while a cramp goes on (after a crash, an upgrade) would else learn the cramp as rest and see
 * nothing. One line a channel: CLOCK_MONOTONIC ns, leg, muscle, uV. Without the directory there is no such
 * memory.
 */
#include "hub_private.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEEP_EVERY_NS (10 * NSEC_PER_SEC)
/* Long enough for a crash loop or an upgrade; later the electrodes may sit elsewhere. */
#define KEEP_FOR_NS (900 * NSEC_PER_SEC)

static void take_line(struct hub *hub, const char *line, int64_t now_ns)
{
    const struct sensor_params *sensor = &hub->settings->sensor;
    char leg[16], muscle[32];
    long long t_ns;
    double uv;

    if (sscanf(line, "%lld %15s %31s %lf", &t_ns, leg, muscle, &uv) != 4 || t_ns > now_ns ||
        now_ns - t_ns > KEEP_FOR_NS)
        return;
    for (int i = 0; i < sensor->emg_count; i++)
        if (!strcmp(leg, leg_name(sensor->emg[i].leg)) && !strcmp(muscle, muscle_name(sensor->emg[i].muscle)))
            detector_set_rest(pipeline_detector(hub->pipeline), (unsigned)i, uv);
}

void hub_resume_rest(struct hub *hub)
{
    const char *directory = getenv("RUNTIME_DIRECTORY");
    int64_t now_ns = clock_now(hub->platform->clock);
    char path[PATH_MAX], text[1024];

    /* A simulated bed has a time of its own. */
    if (!directory || hub->platform->clock != clock_monotonic() ||
        snprintf(path, sizeof(path), "%s/rest", directory) >= (int)sizeof(path))
        return;
    hub->rest_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    ssize_t size = hub->rest_fd < 0 ? -1 : pread(hub->rest_fd, text, sizeof(text) - 1, 0);
    if (size <= 0)
        return;
    text[size] = '\0';
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
        take_line(hub, line, now_ns);
}

void hub_keep_rest(struct hub *hub, int64_t now_ns)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    char text[1024];
    size_t used = 0;

    if (hub->rest_fd < 0 || now_ns < hub->next_rest_ns)
        return;
    hub->next_rest_ns = now_ns + KEEP_EVERY_NS;
    for (int i = 0; i < sensor->emg_count; i++) {
        double uv = detector_get_rest(pipeline_detector(hub->pipeline), (unsigned)i);
        if (isfinite(uv))
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%lld %s %s %.6g\n", (long long)now_ns,
                                     leg_name(sensor->emg[i].leg), muscle_name(sensor->emg[i].muscle), uv);
    }
    /* Not sure yet: what an earlier run knew stays as long as it is young enough. */
    if (used > 0 &&
        (pwrite(hub->rest_fd, text, used, 0) != (ssize_t)used || ftruncate(hub->rest_fd, (off_t)used) < 0))
        log_debug(LOG_CRAMPD, "the resting levels could not be kept for the next start");
}
