/* SPDX-License-Identifier: MIT */
/* Any bytes as a recording: an error of one sentence with the file's name, or blocks that keep the rules. */
#include "fuzz.h"

#include "sensor/recording.h"

#include <math.h>

static void check_description(const struct recording *recording)
{
    PROMISE(recording_emg_count(recording) >= 1 && recording_emg_count(recording) <= EMG_CHANNELS);
    PROMISE(recording_imu_count(recording) <= IMU_SOURCES);
    PROMISE(recording_duration_s(recording) >= 0);
    for (unsigned i = 0; i < recording_emg_count(recording); i++) {
        const struct recording_emg *emg = recording_emg(recording, i);
        PROMISE(emg->rate_hz >= RECORDING_RATE_MIN && emg->rate_hz <= RECORDING_RATE_MAX);
        PROMISE((unsigned)emg->leg < leg_count && (unsigned)emg->muscle < muscle_count);
    }
}

static void check_block(const struct recording *recording, const struct block *block)
{
    PROMISE(block->kind <= BLOCK_CONTACT);
    PROMISE(block->count * block->width <= BLOCK_VALUES);
    PROMISE(block->count > 0 && block->period_ns > 0);
    PROMISE(block->source <
            (block->kind == BLOCK_IMU ? recording_imu_count(recording) : recording_emg_count(recording)));
    PROMISE(block->t_ns >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct recording *recording = NULL;
    char path[32], error[512] = "";
    static struct block block;
    int fd = fuzz_file(data, size, path);
    int result = recording_open(path, NULL, 0, &recording, error, sizeof(error));

    if (result < 0) {
        PROMISE(recording == NULL);
        PROMISE(fuzz_is_sentence(error) && strstr(error, path));
    } else {
        check_description(recording);
        /* The data fits in the input, so a small number of blocks holds it all. */
        for (size_t blocks = 0; (result = recording_next(recording, &block, error, sizeof(error))) > 0;
             blocks++) {
            PROMISE(blocks <= size + 16);
            check_block(recording, &block);
        }
        PROMISE(result == 0 || (fuzz_is_sentence(error) && strstr(error, path)));
    }
    recording_close(recording);
    close(fd);
    return 0;
}
