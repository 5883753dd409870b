/* SPDX-License-Identifier: MIT */
/* Writes a recording: EDF+C, 1 s data records, the layout of DESIGN.md section 8, through libedf. */
#pragma once

#include "base/macros.h"

#include <stddef.h>
#include <stdint.h>

struct edf_writer;

struct edf_writer_signal {
    char label[17];
    const char *unit;
    unsigned rate;    /* samples in a record of one second */
    double low, high; /* physical values of the digital rails -32768 and 32767 */
};

/* Opens (and overwrites) path. start_s: seconds since 1970, written as UTC. 0 and *writer, or a negative
   errno and in error[] one sentence: -ENOTSUP when built without libedf. */
int edf_writer_open(const char *path, const struct edf_writer_signal *signals, unsigned count,
                    int64_t start_s, struct edf_writer **writer, char *error, size_t error_size);

/* One second of every signal: samples[i] has signals[i].rate values in the signal's unit; values past the
   rails are cut, NaN becomes the low rail. -EIO when the disk does not take it. */
int edf_writer_record(struct edf_writer *writer, const float *const *samples);

/* A remark at start_s from the beginning of the file, duration_s < 0: none. At most one a record fits in a
   file; kept in memory until the file is closed. Text: plain ASCII, 40 characters. */
int edf_writer_annotate(struct edf_writer *writer, double start_s, double duration_s, const char *text);

/* Completes the file; without this no reader takes it. */
int edf_writer_close(struct edf_writer *writer);
/* Closes and forgets the error: for _cleanup_. */
void edf_writer_free(struct edf_writer *writer);
DEFINE_CLEANUP(struct edf_writer *, edf_writer_free);
