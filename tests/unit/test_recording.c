/* SPDX-License-Identifier: MIT */
/* The reader on files that this test writes byte by byte, so that it does not trust the library it tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "build_config.h"
#include "sensor/edf_labels.h"
#include "sensor/recording.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORDS 3

struct column {
    const char *label, *dimension;
    double physical; /* +- this */
    int samples;     /* per record of one second */
};

struct draft {
    char path[64];
    const char *reserved, *records;
    int cut; /* bytes missing at the end */
};

static void field(FILE *f, size_t width, const char *text)
{
    fprintf(f, "%-*.*s", (int)width, (int)width, text);
}

static void number(FILE *f, size_t width, double value)
{
    char text[32];
    snprintf(text, sizeof(text), "%g", value);
    field(f, width, text);
}

static void put16(FILE *f, int value)
{
    fputc(value & 0xff, f);
    fputc((value >> 8) & 0xff, f);
}

/* Sample k of column c is (k + 100 c) digital; with +-3276.8 physical and 16 bits, a tenth of that. */
static void write_file(struct draft *d, const struct column *columns, int count)
{
    strcpy(d->path, "/tmp/crampd-test-XXXXXX");
    int fd = mkstemp(d->path);
    FILE *f = fdopen(fd, "w");

    assert_non_null(f);
    field(f, 8, "0");
    field(f, 80, "X X X X");
    field(f, 80, "Startdate 21-NOV-2026 X X X");
    field(f, 16, "21.11.2622.30.00");
    number(f, 8, 256.0 * (count + 1));
    field(f, 44, d->reserved ? d->reserved : "");
    field(f, 8, d->records ? d->records : "3");
    field(f, 8, "1");
    number(f, 4, count);
    for (int i = 0; i < count; i++)
        field(f, 16, columns[i].label);
    for (int i = 0; i < count; i++)
        field(f, 80, "");
    for (int i = 0; i < count; i++)
        field(f, 8, columns[i].dimension);
    for (int i = 0; i < count; i++)
        number(f, 8, -columns[i].physical);
    for (int i = 0; i < count; i++)
        number(f, 8, columns[i].physical);
    for (int i = 0; i < count; i++)
        field(f, 8, "-32768");
    for (int i = 0; i < count; i++)
        field(f, 8, "32767");
    for (int i = 0; i < count; i++)
        field(f, 80, "");
    for (int i = 0; i < count; i++)
        number(f, 8, columns[i].samples);
    for (int i = 0; i < count; i++)
        field(f, 32, "");
    for (int r = 0; r < RECORDS; r++)
        for (int i = 0; i < count; i++)
            for (int k = 0; k < columns[i].samples; k++)
                put16(f, r * columns[i].samples + k + 100 * i);
    long size = ftell(f);
    fflush(f);
    assert_int_equal(ftruncate(fd, size - d->cut), 0);
    fclose(f);
}

static void refused(struct draft d, const struct column *columns, int count, const char *because)
{
    struct recording *recording = NULL;
    char error[512] = "";

    write_file(&d, columns, count);
    assert_true(recording_open(d.path, NULL, 0, &recording, error, sizeof(error)) < 0);
    unlink(d.path);
    if (!strstr(error, because) || !strstr(error, d.path))
        fail_msg("\"%s\" does not say \"%s\" of %s", error, because, d.path);
}

static const struct column whole[] = {
    {"EMG Gastroc-L", "uV", 3276.8, 200},
    {"Acc X-L", "g", 4, 50},
    {"Acc Y-L", "g", 4, 50},
    {"Acc Z-L", "g", 4, 50},
    {"LeadOff-L", "", 32768, 1},
    {"EEG Fpz-Cz", "uV", 100, 100},
};

static void every_sample_comes_once_at_its_time(void **state)
{
    (void)state;
    struct draft d = {0};
    struct recording *recording = NULL;
    struct block block;
    char error[512] = "";
    int samples[4] = {0}, result;

    write_file(&d, whole, (int)ARRAY_SIZE(whole));
    assert_int_equal(recording_open(d.path, NULL, 0, &recording, error, sizeof(error)), 0);
    unlink(d.path);
    assert_int_equal(recording_emg_count(recording), 1);
    assert_int_equal(recording_imu_count(recording), 1);
    assert_float_equal(recording_duration_s(recording), 3, 1e-9);
    assert_float_equal(recording_emg(recording, 0)->rate_hz, 200, 1e-9);
    while ((result = recording_next(recording, &block, error, sizeof(error))) > 0) {
        double rate = block.kind == BLOCK_EMG ? 200 : block.kind == BLOCK_IMU ? 50 : 1;
        int first = samples[block.kind];
        assert_true(llabs(block.t_ns - llround(first * 1e9 / rate)) <= 1);
        assert_int_equal(block.width, block.kind == BLOCK_IMU ? 3 : 1);
        for (int k = 0; k < block.count; k++) {
            float v = block.v[k * block.width];
            if (block.kind == BLOCK_EMG)
                assert_float_equal(v, (float)(first + k) * 0.1f, 0.06f);
            if (block.kind == BLOCK_IMU)
                assert_float_equal(v, (float)(first + k + 100) * 8.0f / 65535, 1e-4f);
        }
        samples[block.kind] += block.count;
    }
    assert_int_equal(result, 0);
    assert_int_equal(samples[BLOCK_EMG], 600);
    assert_int_equal(samples[BLOCK_IMU], 150);
    assert_int_equal(samples[BLOCK_CONTACT], 3);
    recording_close(recording);
}

static void bad_files_are_told_apart(void **state)
{
    (void)state;
    const struct column no_emg[] = {{"EEG Fpz-Cz", "uV", 100, 100}};
    const struct column half_imu[] = {{"EMG Soleus-R", "uV", 100, 200}, {"Acc X-R", "g", 4, 50}};
    const struct column slow[] = {{"EMG Soleus-R", "uV", 100, 20}};
    const struct column unit[] = {{"EMG Soleus-R", "furlong", 100, 200}};

    refused((struct draft){.cut = 7}, whole, 6, "truncated");
    refused((struct draft){.records = "-1"}, whole, 6, "never closed");
    refused((struct draft){.records = "0"}, whole, 6, "no data record");
    refused((struct draft){.records = "many"}, whole, 6, "not a number");
    refused((struct draft){.reserved = "EDF+D"}, whole, 6, "discontinuous");
    refused((struct draft){0}, no_emg, 1, "EEG Fpz-Cz");
    refused((struct draft){0}, half_imu, 2, "Acc X, Y and Z");
    refused((struct draft){0}, slow, 1, "20 samples a second");
    refused((struct draft){0}, unit, 1, "furlong");
}

static void other_labels_can_be_named(void **state)
{
    (void)state;
    const struct column strange[] = {{"Beinchen", "mV", 3.2768, 200}};
    const struct recording_params map[] = {{"Beinchen", LEG_RIGHT, MUSCLE_SOLEUS}};
    struct draft d = {0};
    struct recording *recording = NULL;
    struct block block;
    char error[512] = "";

    write_file(&d, strange, 1);
    assert_int_equal(recording_open(d.path, map, 1, &recording, error, sizeof(error)), 0);
    unlink(d.path);
    assert_int_equal(recording_emg(recording, 0)->muscle, MUSCLE_SOLEUS);
    assert_int_equal(recording_next(recording, &block, error, sizeof(error)), 1);
    assert_float_equal(block.v[10], 1.0, 0.06); /* mV became uV */
    recording_close(recording);
}

static void labels_are_read_as_they_are_written(void **state)
{
    (void)state;
    struct edf_label label;
    char text[17];

    for (int muscle = 0; muscle < (int)muscle_count; muscle++) {
        struct edf_label emg = {.signal = EDF_EMG, .leg = LEG_RIGHT, .muscle = (enum muscle)muscle};
        edf_label_print(&emg, text);
        assert_true(edf_label_parse(text, &label));
        assert_memory_equal(&label, &emg, sizeof(emg));
    }
    assert_true(edf_label_parse("EMG RAT         ", &label));
    assert_int_equal(label.muscle, MUSCLE_TIBIALIS);
    assert_false(edf_label_parse("EMG Gastroc", &label));
    assert_false(edf_label_parse("", &label));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_comes_once_at_its_time),
        cmocka_unit_test(bad_files_are_told_apart),
        cmocka_unit_test(other_labels_can_be_named),
        cmocka_unit_test(labels_are_read_as_they_are_written),
    };
    return HAVE_EDF ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
}
