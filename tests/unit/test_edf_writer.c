/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "build_config.h"
#include "crampsim/edf_writer.h"
#include "sensor/recording.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char directory[64], file[96];

static int make_directory(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/crampd-edf-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(file, sizeof(file), "%s/x.edf", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(file);
    return rmdir(directory);
}

static const struct edf_writer_signal layout[] = {
    {.label = "EMG Gastroc-L", .unit = "uV", .rate = 200, .low = -3276.8, .high = 3276.7},
    {.label = "LeadOff-L", .unit = "", .rate = 10, .low = -32768, .high = 32767},
};

static void written_samples_are_read_back(void **state)
{
    (void)state;
    struct edf_writer *writer;
    char error[256];
    float emg[200], off[10];

    assert_int_equal(edf_writer_open(file, layout, 2, 1767306600, &writer, error, sizeof(error)), 0);
    for (int second = 0; second < 5; second++) {
        for (int i = 0; i < 200; i++)
            emg[i] = (float)(second * 200 + i);
        for (int i = 0; i < 10; i++)
            off[i] = second == 3 ? 1 : 0;
        emg[0] = 1e9F; /* past the rail */
        emg[1] = NAN;
        assert_int_equal(edf_writer_record(writer, (const float *[]){emg, off}), 0);
    }
    assert_int_equal(edf_writer_annotate(writer, 1.5, 2, "turn"), 0);
    assert_int_equal(edf_writer_close(writer), 0);

    _cleanup_(recording_closep) struct recording *recording = NULL;
    static struct block block;
    unsigned seen = 0, off_seen = 0;
    assert_int_equal(recording_open(file, NULL, 0, &recording, error, sizeof(error)), 0);
    assert_int_equal(recording_emg_count(recording), 1);
    assert_true(recording_duration_s(recording) == 5);
    assert_int_equal(recording_start_s(recording), 1767306600);
    assert_int_equal(recording_emg(recording, 0)->leg, LEG_LEFT);
    assert_true(recording_emg(recording, 0)->rate_hz == 200);
    while (recording_next(recording, &block, error, sizeof(error)) == 1) {
        for (unsigned i = 0; i < block.count && block.kind == BLOCK_EMG; i++, seen++) {
            double expected = seen % 200 == 0 ? 3276.7 : seen % 200 == 1 ? -3276.8 : seen;
            assert_true(fabs((double)block.v[i] - expected) < 0.11);
        }
        for (unsigned i = 0; i < block.count && block.kind == BLOCK_CONTACT; i++, off_seen++)
            assert_true(block.v[i] == (off_seen / 10 == 3 ? 1.0F : 0.0F));
    }
    assert_int_equal(seen, 1000);
    assert_int_equal(off_seen, 50);
}

static void header_names_nobody(void **state)
{
    (void)state;
    struct edf_writer *writer;
    char error[256], header[256];
    float emg[200] = {0}, off[10] = {0};

    assert_int_equal(edf_writer_open(file, layout, 2, 1767306600, &writer, error, sizeof(error)), 0);
    assert_int_equal(edf_writer_record(writer, (const float *[]){emg, off}), 0);
    edf_writer_free(writer);
    FILE *f = fopen(file, "r");
    assert_non_null(f);
    assert_int_equal(fread(header, 1, sizeof(header), f), sizeof(header));
    fclose(f);
    assert_memory_equal(header + 8, "X X X X ", 8);
    assert_memory_equal(header + 192, "EDF+C", 5);
    assert_memory_equal(header + 236, "1       1       3   ", 20); /* records, their length, signals */
}

static void errors_are_one_sentence_with_the_name(void **state)
{
    (void)state;
    struct edf_writer *writer;
    char error[256] = "";

    assert_true(edf_writer_open("/nowhere/at/all.edf", layout, 2, 0, &writer, error, sizeof(error)) < 0);
    assert_null(writer);
    assert_non_null(strstr(error, "/nowhere/at/all.edf"));
    edf_writer_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_samples_are_read_back),
        cmocka_unit_test(header_names_nobody),
        cmocka_unit_test(errors_are_one_sentence_with_the_name),
    };

    if (!HAVE_EDF)
        return 77;
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
