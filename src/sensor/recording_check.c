/* SPDX-License-Identifier: MIT */
#include "sensor/recording_check.h"

#include "base/macros.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Offsets and widths of the fixed EDF header: Kemp et al. 1992, "A simple format for exchange of digitized
   polygraphic recordings", and the EDF+ addition of 2003. */
#define HEADER_BYTES        256
#define SIGNALS_MAX         640 /* libedf's limit */
#define OFFSET_HEADER_SIZE  184
#define OFFSET_RESERVED     192
#define OFFSET_RECORDS      236
#define OFFSET_RECORD_TIME  244
#define OFFSET_SIGNAL_COUNT 252
#define SAMPLES_FIELD(n)    (HEADER_BYTES + (n) * (16 + 80 + 8 + 8 + 8 + 8 + 8 + 80))

_printf_(3, 4) static int complain(char *error, size_t error_size, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(error, error_size, format, ap);
    va_end(ap);
    return -EINVAL;
}

/* A number in an ASCII field padded with spaces. False when it is none. */
static bool field_number(const char *header, size_t offset, size_t width, double *value)
{
    char text[17] = {0}, *end;

    memcpy(text, header + offset, width);
    *value = strtod(text, &end);
    return end != text && strspn(end, " ") == strlen(end);
}

static int check_size(const char *path, const char *header, int64_t header_size, unsigned signals, bool bdf,
                      int64_t file_size, char *error, size_t error_size)
{
    double records, record_time, samples;
    int64_t record_bytes = 0;

    if (!field_number(header, OFFSET_RECORDS, 8, &records) ||
        !field_number(header, OFFSET_RECORD_TIME, 8, &record_time))
        return complain(error, error_size, "%s: the header's record count or duration is not a number", path);
    for (unsigned i = 0; i < signals; i++) {
        if (!field_number(header, SAMPLES_FIELD((size_t)signals) + (size_t)i * 8, 8, &samples) ||
            samples < 1 || samples > 10e6)
            return complain(error, error_size, "%s: signal %u has an impossible number of samples per record",
                            path, i + 1);
        record_bytes += (int64_t)samples * (bdf ? 3 : 2);
    }
    if (record_bytes == 0)
        return complain(error, error_size, "%s: has no signal", path);
    if (records < 0)
        return complain(error, error_size,
                        "%s: was never closed (record count -1): its writer died; the data of %lld whole "
                        "records are there, "
                        "but the header must be repaired first",
                        path, (long long)((file_size - header_size) / record_bytes));
    if (records < 1)
        return complain(error, error_size, "%s: contains no data record", path);
    if (!(record_time > 0) || record_time > 3600)
        return complain(error, error_size, "%s: a record of %g s makes no sense; crampd's own last 1 s", path,
                        record_time);
    if (file_size < header_size + (int64_t)records * record_bytes)
        return complain(error, error_size,
                        "%s: is truncated: the header promises %.0f records, the file has %lld", path,
                        records, (long long)((file_size - header_size) / record_bytes));
    return 0;
}

static int check_header(const char *path, const char *header, size_t got, int64_t file_size, char *error,
                        size_t error_size)
{
    bool bdf = memcmp(header,
                      "\xff"
                      "BIOSEMI",
                      8) == 0;
    double header_size, signals;

    if (file_size == 0)
        return complain(error, error_size, "%s: is empty", path);
    if (got < HEADER_BYTES)
        return complain(error, error_size, "%s: is not a recording: %lld bytes, an EDF header alone has 256",
                        path, (long long)file_size);
    if (memcmp(header, "0       ", 8) != 0 && !bdf)
        return complain(error, error_size, "%s: is not an EDF or BDF recording (it does not begin like one)",
                        path);
    if (!field_number(header, OFFSET_SIGNAL_COUNT, 4, &signals) || signals < 1 || signals > SIGNALS_MAX)
        return complain(error, error_size,
                        "%s: the header's number of signals makes no sense; is the file damaged?", path);
    if (!field_number(header, OFFSET_HEADER_SIZE, 8, &header_size) ||
        header_size != HEADER_BYTES * (signals + 1))
        return complain(error, error_size, "%s: the header's own size is wrong; is the file damaged?", path);
    if (got < (size_t)header_size)
        return complain(error, error_size, "%s: is truncated within its header", path);
    if (memcmp(header + OFFSET_RESERVED, "EDF+D", 5) == 0 ||
        memcmp(header + OFFSET_RESERVED, "BDF+D", 5) == 0)
        return complain(
            error, error_size,
            "%s: is discontinuous (EDF+D); convert it to EDF+C with the gaps filled, or cut it at its gaps",
            path);
    return check_size(path, header, (int64_t)header_size, (unsigned)signals, bdf, file_size, error,
                      error_size);
}

int recording_check(const char *path, char *error, size_t error_size)
{
    _cleanup_(freep) char *header = malloc(HEADER_BYTES * (SIGNALS_MAX + 1));
    struct stat st;
    int fd, result;

    if (!header)
        return -ENOMEM;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* nobody may write to a pipe */
    if (fd < 0 || fstat(fd, &st) < 0) {
        result = -errno;
        complain(error, error_size, "%s: cannot be read: %s", path, strerror(-result));
    } else if (!S_ISREG(st.st_mode)) {
        result = complain(error, error_size, "%s: is not a file", path);
    } else {
        ssize_t got = read(fd, header, HEADER_BYTES * (SIGNALS_MAX + 1));
        result = got < 0 ? -errno : check_header(path, header, (size_t)got, st.st_size, error, error_size);
        if (got < 0)
            complain(error, error_size, "%s: cannot be read: %s", path, strerror(-result));
    }
    if (fd >= 0)
        close(fd);
    return result;
}
