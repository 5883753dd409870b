/* SPDX-License-Identifier: MIT */
/*
 * A recording (EDF, EDF+C, BDF+C; DESIGN.md section 8) as a source of blocks. Behind it libedf; this file
 * checks what libedf does not: sense of rates, labels, and says in one sentence what is wrong with a file.
 */
#pragma once

#include "base/block.h"
#include "base/macros.h"
#include "base/names.h"
#include "sensor/params.h"

#include <stdbool.h>
#include <stddef.h>

/* Rates accepted for EMG, Hz (issue of the replay contract). */
#define RECORDING_RATE_MIN 100.0
#define RECORDING_RATE_MAX 4000.0

struct recording;

struct recording_emg {
    enum leg leg;
    enum muscle muscle;
    double rate_hz;
    double clip_uv; /* magnitude of the physical range's ends; the digital rails */
};

struct recording_imu {
    enum leg leg;
    double rate_hz;
    bool gyro;
};

/* map: labels besides the known ones of sensor/edf_labels.h.
   0 and *recording, or a negative errno and in error[] one sentence naming the file: -ENOENT, -EACCES,
   -EINVAL (not EDF, truncated, discontinuous, no EMG, absurd rate ...), -ENOTSUP (built without libedf). */
int recording_open(const char *path, const struct recording_params *map, size_t map_count,
                   struct recording **recording, char *error, size_t error_size);
void recording_close(struct recording *recording);
DEFINE_CLEANUP(struct recording *, recording_close);

unsigned recording_emg_count(const struct recording *recording);
const struct recording_emg *recording_emg(const struct recording *recording, unsigned channel);
unsigned recording_imu_count(const struct recording *recording);
const struct recording_imu *recording_imu(const struct recording *recording, unsigned imu);
double recording_duration_s(const struct recording *recording);
/* Seconds since 1970 of the start as the header has it, taken as UTC. */
int64_t recording_start_s(const struct recording *recording);

/* The next block of any source, in order of time to within one second; times count from 0 at the start.
   1 a block, 0 the end, negative errno (error[] filled) when the file cannot be read on. */
int recording_next(struct recording *recording, struct block *block, char *error, size_t error_size);
