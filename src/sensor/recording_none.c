/* SPDX-License-Identifier: MIT */
/* The reader of recordings in a build without libedf: says so. */
#include "sensor/recording.h"

#include <errno.h>
#include <stdio.h>

int recording_open(const char *path, const struct recording_params *map, size_t map_count,
                   struct recording **recording, char *error, size_t error_size)
{
    (void)map, (void)map_count, (void)recording;
    snprintf(error, error_size, "%s: this crampd was built without libedf and cannot read recordings", path);
    return -ENOTSUP;
}

void recording_close(struct recording *recording)
{
    (void)recording;
}

unsigned recording_emg_count(const struct recording *recording)
{
    (void)recording;
    return 0;
}

const struct recording_emg *recording_emg(const struct recording *recording, unsigned channel)
{
    (void)recording, (void)channel;
    return NULL;
}

unsigned recording_imu_count(const struct recording *recording)
{
    (void)recording;
    return 0;
}

const struct recording_imu *recording_imu(const struct recording *recording, unsigned imu)
{
    (void)recording, (void)imu;
    return NULL;
}

double recording_duration_s(const struct recording *recording)
{
    (void)recording;
    return 0;
}

int64_t recording_start_s(const struct recording *recording)
{
    (void)recording;
    return 0;
}

int recording_next(struct recording *recording, struct block *block, char *error, size_t error_size)
{
    (void)recording, (void)block;
    snprintf(error, error_size, "this crampd was built without libedf and cannot read recordings");
    return -ENOTSUP;
}
