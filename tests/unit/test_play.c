/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "build_config.h"
#include "config/settings.h"
#include "crampsim/edf_writer.h"
#include "crampsim/play_layout.h"
#include "crampsim/play_options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SECONDS 20
#define TONE_HZ 80.0

static char directory[] = "/tmp/crampd-test-play-XXXXXX";
static char path[64];

/* Signals of the test recording: two EMG rates, an IMU, a contact that is off from 5 to 10 s. */
static const struct edf_writer_signal signals[] = {
    {"EMG Soleus-R", "uV", 1000, -5000, 5000},
    {"EMG TibAnt-R", "uV", 4000, -500, 500},
    {"Acc X-R", "g", 50, -4, 4},
    {"Acc Y-R", "g", 50, -4, 4},
    {"Acc Z-R", "g", 50, -4, 4},
    {"LeadOff-R", "", 10, 0, 1},
};

static double tone(double t_s)
{
    return 100 * sin(2 * M_PI * TONE_HZ * t_s);
}

static double value(unsigned signal, double t_s)
{
    switch (signal) {
    case 0:
    case 1: return tone(t_s);
    case 2: return 0.01 * t_s;
    case 4: return 1;
    case 5: return t_s >= 5 && t_s < 10;
    default: return 0;
    }
}

static int write_recording(void **state)
{
    struct edf_writer *writer;
    char error[256];
    static float samples[ARRAY_SIZE(signals)][4000];
    const float *columns[ARRAY_SIZE(signals)];

    (void)state;
    if (!HAVE_EDF)
        return 0;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/a.edf", directory);
    if (edf_writer_open(path, signals, ARRAY_SIZE(signals), 1767306600, &writer, error, sizeof(error)) < 0)
        fail_msg("%s", error);
    for (unsigned second = 0; second < SECONDS; second++) {
        for (unsigned s = 0; s < ARRAY_SIZE(signals); s++) {
            for (unsigned i = 0; i < signals[s].rate; i++)
                samples[s][i] = (float)value(s, second + (double)i / signals[s].rate);
            columns[s] = samples[s];
        }
        assert_int_equal(edf_writer_record(writer, columns), 0);
    }
    return edf_writer_close(writer);
}

static int remove_recording(void **state)
{
    (void)state;
    if (HAVE_EDF) {
        unlink(path);
        rmdir(directory);
    }
    return 0;
}

static struct playback *open_recording(void)
{
    struct playback *playback = NULL;
    char error[256];

    if (!HAVE_EDF)
        skip();
    assert_int_equal(playback_open(path, NULL, 0, &playback, error, sizeof(error)), 0);
    return playback;
}

static double look(struct world_signal signal, double t_s, unsigned column)
{
    double values[6];

    signal.read(signal.context, llround(t_s * 1e9), values, 6);
    return values[column];
}

static double look_one(struct world_signal signal, double t_s)
{
    double one;

    signal.read(signal.context, llround(t_s * 1e9), &one, 1);
    return one;
}

static void signals_show_what_was_recorded_between_samples_too(void **state)
{
    (void)state;
    _cleanup_(playback_freep) struct playback *p = open_recording();
    struct world_signal emg = playback_emg(p, 0, 1e9 / 860), imu = playback_imu(p, 0);

    for (double t = 0.05; t < SECONDS - 0.01; t += 0.0123457) {
        assert_true(fabs(look_one(emg, t) - tone(t)) < 3.0);
        if (t < SECONDS - 0.1)
            assert_true(fabs(look(imu, t, 0) - 0.01 * t) < 0.001);
        assert_true(fabs(look(imu, t, 2) - 1) < 0.001);
        assert_true(look(imu, t, 5) == 0);
    }
    assert_true(look_one(emg, SECONDS + 0.5) == 0);
    assert_null(playback_error(p));
}

static void a_recording_can_begin_anew(void **state)
{
    (void)state;
    _cleanup_(playback_freep) struct playback *p = open_recording();
    struct world_signal emg = playback_emg(p, 0, 1e9 / 860);
    double day = 86400;

    look_one(emg, 1.5);
    assert_true(look_one(emg, day) == 0);
    assert_int_equal(playback_restart(p, s_to_ns(day)), 0);
    for (double t = 0.05; t < SECONDS - 0.01; t += 0.0123457)
        assert_true(fabs(look_one(emg, day + t) - tone(t)) < 3.0);
    assert_null(playback_error(p));
}

static void finer_recordings_are_averaged_as_the_adc_does(void **state)
{
    (void)state;
    _cleanup_(playback_freep) struct playback *p = open_recording();
    struct world_signal emg = playback_emg(p, 1, 1e9 / 860);

    /* The mean over 1/860 s of a tone is the tone times sinc: 0.986 at 80 Hz. */
    for (double t = 0.05; t < 2; t += 0.0123457)
        assert_true(fabs(look_one(emg, t) - 0.986 * tone(t)) < 15.0); /* 4 or 5 samples make the mean */
}

static void contact_is_found_and_the_missing_one_is_on(void **state)
{
    (void)state;
    _cleanup_(playback_freep) struct playback *p = open_recording();
    struct world_signal contact = playback_contact(p, 0), none = playback_contact(p, 7);

    for (double t = 0.0; t < SECONDS; t += 0.37) {
        assert_true(look_one(none, t) == 0);
        assert_true(look_one(contact, t) == (t >= 5 && t < 10));
    }
}

static void any_recording_gets_its_channels(void **state)
{
    (void)state;
    _cleanup_(playback_freep) struct playback *p = open_recording();
    _cleanup_(settings_freep) struct settings *s = settings_new();
    _cleanup_(world_freep) struct world *world = world_new(0, 0);
    struct play_layout layout;
    int adc[EMG_CHANNELS], imu[IMU_SOURCES];

    play_lay_out(s, playback_recording(p), &layout);
    assert_true(layout.from_recording);
    assert_int_equal(s->sensor.emg_count, 2);
    assert_int_equal(s->sensor.emg[1].muscle, MUSCLE_TIBIALIS);
    assert_int_equal(s->sensor.emg[1].leg, LEG_RIGHT);
    assert_int_equal(s->sensor.emg[1].address, 0x49);
    assert_true(s->sensor.emg[0].adc_range_v >= 1.65 + 5000e-6 * 200); /* 5 mV must fit */
    assert_int_equal(s->sensor.imu_count, 1);
    assert_int_equal(s->sensor.imu[0].leg, LEG_RIGHT);
    assert_int_equal(play_build_world(world, s, &layout, p, adc, imu), 0);
    assert_int_equal(adc[1], 1);
    assert_int_equal(imu[0], 2);
    assert_int_equal(world_set_input(world, s->sensor.emg[0].lead_off_plus, true), 0);
}

static void matching_settings_stay(void **state)
{
    (void)state;
    _cleanup_(playback_freep) struct playback *p = open_recording();
    _cleanup_(settings_freep) struct settings *s = settings_new();
    struct play_layout layout;

    s->sensor.emg_count = 1;
    s->sensor.emg[0].leg = LEG_RIGHT;
    s->sensor.emg[0].muscle = MUSCLE_TIBIALIS;
    s->sensor.emg[0].address = 0x4b;
    s->sensor.imu_count = 1;
    s->sensor.imu[0].leg = LEG_LEFT;
    play_lay_out(s, playback_recording(p), &layout);
    assert_false(layout.from_recording);
    assert_int_equal(layout.emg[0], 1);
    assert_int_equal(layout.left_out, 1);
    assert_int_equal(s->sensor.emg[0].address, 0x4b);
    assert_int_equal(s->sensor.imu[0].chip, IMU_NONE); /* the recording has the other leg's */
}

static void options_say_what_would_be_right(void **state)
{
    (void)state;
    static const struct {
        const char *option;
        int status;
    } cases[] = {
        {"--speed=30", -1},
        {"--speed=-1", 2},
        {"--speed=fast", 2},
        {"--press=433.5", -1},
        {"--fault=nack:adc0:60-75", -1},
        {"--fault=rate:imu1:0-1e3:-0.1", -1},
        {"--fault=hang:all:60-75", -1},
        {"--fault=sharknado:adc0:60-75", 2},
        {"--fault=nack:adc9:60-75", 2},
        {"--fault=nack:adc0:75-60", 2},
        {"--fault=nack:adc0:60-75x", 2},
        {"--fault=nack:adc0:60", 2},
        {"--fault=rate:adc0:0-1:0.1x", 2},
        {"--gpio=3", 2},
        {"--no-such", 2},
    };
    struct play_options options;

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        char *argv[] = {(char *)"play", (char *)"a.edf", (char *)(uintptr_t)cases[i].option, NULL};

        optind = 0;
        if (play_options_parse(3, argv, &options) != cases[i].status)
            fail_msg("%s", cases[i].option);
    }
    char *none[] = {(char *)"play", NULL};
    optind = 0;
    assert_int_equal(play_options_parse(1, none, &options), 2);
}

static void a_faults_parts_are_read(void **state)
{
    (void)state;
    char *argv[] = {(char *)"play", (char *)"--fault", (char *)"lost_edges:imu1:1.5-2:0.25", (char *)"a.edf",
                    NULL};
    struct play_options o;

    optind = 0;
    assert_int_equal(play_options_parse(4, argv, &o), -1);
    assert_string_equal(o.file, "a.edf");
    assert_int_equal(o.fault_count, 1);
    assert_int_equal(o.faults[0].fault, WORLD_LOST_EDGES);
    assert_int_equal(o.faults[0].device, PLAY_IMU);
    assert_int_equal(o.faults[0].number, 1);
    assert_true(o.faults[0].start_s == 1.5 && o.faults[0].end_s == 2 && o.faults[0].amount == 0.25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_show_what_was_recorded_between_samples_too),
        cmocka_unit_test(a_recording_can_begin_anew),
        cmocka_unit_test(finer_recordings_are_averaged_as_the_adc_does),
        cmocka_unit_test(contact_is_found_and_the_missing_one_is_on),
        cmocka_unit_test(any_recording_gets_its_channels),
        cmocka_unit_test(matching_settings_stay),
        cmocka_unit_test(options_say_what_would_be_right),
        cmocka_unit_test(a_faults_parts_are_read),
    };
    return cmocka_run_group_tests(tests, write_recording, remove_recording);
}
