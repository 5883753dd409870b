/* SPDX-License-Identifier: MIT */
/* What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput(): it runs under libFuzzer
 * (meson -Dfuzz=true, clang) and, over the committed corpus and fixed mutations of it, in every `meson test`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise of the code under test; assert() that no build switches off. */
#define PROMISE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition);                  \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* The bytes as a file in memory. path: room for its name; the descriptor is to be closed. */
static inline int fuzz_file(const uint8_t *data, size_t size, char path[32])
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    PROMISE(fd >= 0);
    PROMISE(size == 0 || write(fd, data, size) == (ssize_t)size);
    snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

/* Takes bytes off the input; zeros when it is used up. */
struct fuzz_input {
    const uint8_t *data;
    size_t size;
};

static inline void fuzz_take(struct fuzz_input *input, void *out, size_t size)
{
    size_t got = size < input->size ? size : input->size;

    memset(out, 0, size);
    if (got)
        memcpy(out, input->data, got);
    input->data += got;
    input->size -= got;
}

static inline uint8_t fuzz_byte(struct fuzz_input *input)
{
    uint8_t byte;

    fuzz_take(input, &byte, 1);
    return byte;
}

/* One line of text with something in it. */
static inline bool fuzz_is_sentence(const char *text)
{
    return text && text[0] && !strchr(text, '\n');
}
