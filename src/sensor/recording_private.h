/* SPDX-License-Identifier: MIT */
/* What the files of the recording share: recording.c (opening, and its samples as blocks), recording_header.c
   (what its header says of them). */
#pragma once

#include "base/macros.h"
#include "sensor/edf_labels.h"
#include "sensor/recording.h"

#include <edflib.h>

#define SIGNALS_MAX (EMG_CHANNELS + IMU_SOURCES * 6 + leg_count)
#define CHUNK_S                                                                                              \
    1 /* this much of every signal is read at a time; blocks are in order of time to within it               \
       */

/* One signal of the file that means something to crampd. */
struct signal {
    int index; /* libedf's */
    struct edf_label label;
    double scale, offset; /* physical = digital * scale + offset */
    double rate_hz;
    int64_t total, next; /* samples in the file, read so far */
    float *chunk;
    unsigned chunk_size, chunk_count;
};

/* What becomes one kind of block: an EMG signal, the axes of an IMU, a leg's contact for one EMG channel. */
struct stream {
    enum block_kind kind;
    uint8_t source, width;
    const struct signal *axes[6];
    int64_t first; /* index in the recording of the chunk's first sample */
    unsigned cursor;
};

struct recording {
    char *path;
    int handle;
    int64_t start_s;
    double duration_s;
    struct signal signals[SIGNALS_MAX];
    unsigned signal_count;
    struct recording_emg emg[EMG_CHANNELS];
    unsigned emg_count;
    struct recording_imu imu[IMU_SOURCES];
    unsigned imu_count;
    struct stream streams[2 * EMG_CHANNELS + IMU_SOURCES];
    unsigned stream_count;
    unsigned current; /* stream being emptied */
    int64_t chunk_number;
    int *raw;
};

/* Writes why; returns result. */
_printf_(4, 5) int recording_complain(int result, char *error, size_t error_size, const char *format, ...);

/* recording_header.c: signals, streams and times out of an open file's header. Negative errno, with why. */
int recording_read_header(struct recording *recording, const struct edf_hdr_struct *header,
                          const struct recording_params *map, size_t map_count, char *error,
                          size_t error_size);
