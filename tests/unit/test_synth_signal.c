/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crampsim/synth.h"
#include "crampsim/synth_family.h"
#include "crampsim/synth_units.h"

#include <math.h>
#include <string.h>

#define RATE 860

static struct synth_setup quiet_setup(void)
{
    struct synth_setup setup = synth_default_setup();

    setup.mains_uv = setup.ecg_uv = setup.floor_drift_db = 0;
    return setup;
}

/* `seconds` of every channel, from the start. */
static void render(const struct synth_setup *setup, const struct synth_event *event, unsigned seconds,
                   float *samples[EMG_CHANNELS])
{
    _cleanup_(synth_freep) struct synth *synth = synth_new(setup);

    assert_non_null(synth);
    if (event)
        assert_int_equal(synth_add(synth, event), 0);
    for (unsigned c = 0; c < setup->channel_count; c++)
        samples[c] = calloc(seconds * RATE, sizeof(float));
    assert_int_equal(synth_emg(synth, samples, (size_t)seconds * RATE), 0);
}

/* RMS about the mean of seconds a..b. */
static double rms(const float *samples, double a, double b)
{
    size_t first = (size_t)(a * RATE), n = (size_t)((b - a) * RATE);
    double sum = 0, power = 0;

    for (size_t i = first; i < first + n; i++) {
        sum += (double)samples[i];
        power += (double)samples[i] * (double)samples[i];
    }
    return sqrt(fmax(power / (double)n - sum / (double)n * sum / (double)n, 0));
}

/* Amplitude of one frequency. */
static double line(const float *samples, unsigned n, double hz)
{
    double re = 0, im = 0;

    for (unsigned i = 0; i < n; i++) {
        re += (double)samples[i] * cos(2 * M_PI * hz * i / RATE);
        im += (double)samples[i] * sin(2 * M_PI * hz * i / RATE);
    }
    return 2 * hypot(re, im) / n;
}

/* Rate and variation of one unit's discharges. */
static void watch_unit(enum firing firing, double cv, unsigned unit, double *rate, double *variation)
{
    struct synth_setup setup = quiet_setup();
    static struct units units;
    static struct unit_train train;
    static float samples[200];
    struct rng rng = {.state = 5};
    struct effort effort = {.firing = firing, .cv = cv, .width = 1, .level = 0.5, .mvc_uv = 250};
    double last = 0, sum = 0, squares = 0;
    unsigned count = 0;

    units_init(&units, &setup, &rng);
    memset(&train, 0, sizeof(train));
    for (unsigned ms = 0; ms < 60000; ms++) {
        double before = train.next_s[unit];
        units_fire(&units, &train, &rng, &effort, ms * 0.001, 0.001, samples, ARRAY_SIZE(samples), ms * 0.001,
                   RATE);
        if (ms < 100 || train.next_s[unit] <= before)
            continue;
        double interval = train.next_s[unit] - before;
        last = interval > 0.0101 ? interval : last; /* doublets are apart */
        if (interval > 0.0101) {
            sum += interval;
            squares += interval * interval;
            count++;
        }
    }
    *rate = count / sum;
    *variation = sqrt(squares / count - sum / count * sum / count) / (sum / count);
}

static void units_fire_as_cramps_and_voluntary_work_do(void **state)
{
    (void)state;
    double rate, variation;

    for (unsigned unit = 0; unit < 30; unit += 7) {
        watch_unit(FIRING_VOLUNTARY, 0.2, unit, &rate, &variation);
        assert_true(rate >= 8 && rate <= 35 && fabs(variation - 0.2) < 0.03);
        watch_unit(FIRING_CRAMP, 0, unit, &rate, &variation);
        assert_true(rate > 5 && rate < 26.5 && variation > 0.36 && variation < 0.54);
        watch_unit(FIRING_CRAMP_FAST, 0.3, unit, &rate, &variation);
        assert_true(rate > 36 && rate < 80);
    }
}

static void a_fast_clock_makes_the_mains_slow(void **state)
{
    (void)state;
    struct synth_setup setup = quiet_setup();
    float *samples[EMG_CHANNELS] = {NULL};

    setup.mains_uv = 20;
    setup.rate_error = 0.025;
    render(&setup, NULL, 10, samples);
    assert_true(line(samples[0], 10 * RATE, 50 / 1.025) > 20);
    assert_true(line(samples[0], 10 * RATE, 50) < 3);
    free(samples[0]);
}

static void conversions_are_missed_and_made_up_for(void **state)
{
    (void)state;
    struct synth_setup setup = quiet_setup();
    float *plain[EMG_CHANNELS] = {NULL}, *missed[EMG_CHANNELS] = {NULL};
    unsigned twice = 0, same = 0, n = 60 * RATE;

    render(&setup, NULL, 60, plain);
    setup.missed_per_h = 3600;
    render(&setup, NULL, 60, missed);
    for (unsigned i = 1; i < n; i++) {
        twice += memcmp(&missed[0][i], &missed[0][i - 1], sizeof(float)) == 0;
        same += memcmp(&missed[0][i], &plain[0][i], sizeof(float)) == 0;
    }
    assert_true(twice > 30 && twice < 90);
    assert_true(same > 0.9 * n && same < n); /* nothing is shifted for long */
    free(plain[0]);
    free(missed[0]);
}

static void a_dead_bus_repeats_the_last_values(void **state)
{
    (void)state;
    struct synth_setup setup = quiet_setup();
    struct synth_event fault = {.class = synth_class_find("bus_fault"), .start_s = 2, .duration_s = 3};
    float *samples[EMG_CHANNELS] = {NULL}, rows[600][6];

    render(&setup, &fault, 6, samples);
    assert_true(rms(samples[0], 0.5, 1.9) > 2 && rms(samples[0], 5.2, 6) > 2);
    assert_true(rms(samples[0], 2.2, 4.9) < 0.01);
    free(samples[0]);
    _cleanup_(synth_freep) struct synth *synth = synth_new(&setup);
    assert_int_equal(synth_add(synth, &fault), 0);
    assert_int_equal(synth_imu(synth, LEG_LEFT, rows, 600), 0);
    assert_memory_equal(rows[210], rows[490], sizeof(rows[0]));
    assert_memory_not_equal(rows[510], rows[490], sizeof(rows[0]));
}

static void alternating_activity_alternates(void **state)
{
    (void)state;
    struct synth_setup setup = quiet_setup();
    float *samples[EMG_CHANNELS] = {NULL};
    double both = 0, one = 0;

    setup.channel_count = 2;
    setup.channels[1] = (struct synth_channel){LEG_RIGHT, MUSCLE_GASTROCNEMIUS};
    struct synth_event event = {
        .class = synth_class_find("alternating_leg_activity"), .start_s = 1, .duration_s = 16, .level = 0.3};
    render(&setup, &event, 18, samples);
    for (double t = 1; t < 16.9; t += 0.05) {
        bool left = rms(samples[0], t, t + 0.05) > 12, right = rms(samples[1], t, t + 0.05) > 12;
        both += left && right;
        one += left != right;
    }
    assert_true(one > 30 && both < 0.2 * one);
    free(samples[0]);
    free(samples[1]);
}

static void a_cramp_beside_the_electrodes_is_small_and_slow(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 5; seed++) {
        struct synth_setup setup = quiet_setup();
        struct synth_event cramp = {.class = synth_class_find("cramp"),
                                    .start_s = 2,
                                    .duration_s = 40,
                                    .level = 0.6,
                                    .muscle = MUSCLE_GASTROCNEMIUS};
        float *near[EMG_CHANNELS] = {NULL}, *off[EMG_CHANNELS] = {NULL};
        setup.seed = seed;
        render(&setup, &cramp, 44, near);
        cramp.share = 0.25;
        cramp.kind = CRAMP_PARTLY_OFF;
        render(&setup, &cramp, 44, off);
        double loud = rms(near[0], 13, 28), soft = rms(off[0], 13, 28);
        assert_true(loud > 0.6 * 0.6 * 250 && loud < 1.5 * 0.6 * 250);
        assert_true(soft > 0.15 * loud && soft < 0.37 * loud);
        free(near[0]);
        free(off[0]);
    }
}

static void families_have_their_own_potentials(void **state)
{
    (void)state;
    /* A hold is as strong as is said, whatever the potentials look like. */
    for (size_t f = 0; synth_family_at(f); f++) {
        struct synth_setup setup = quiet_setup();
        struct synth_event hold = {
            .class = synth_class_find("voluntary_hold"), .start_s = 2, .duration_s = 30, .level = 0.2};
        float *samples[EMG_CHANNELS] = {NULL};
        setup.family = synth_family_at(f);
        setup.person = 77;
        render(&setup, &hold, 33, samples);
        double held = rms(samples[0], 5, 28);
        assert_true(held > 0.75 * 0.2 * 250 && held < 1.25 * 0.2 * 250);
        free(samples[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_fire_as_cramps_and_voluntary_work_do),
        cmocka_unit_test(a_fast_clock_makes_the_mains_slow),
        cmocka_unit_test(conversions_are_missed_and_made_up_for),
        cmocka_unit_test(a_dead_bus_repeats_the_last_values),
        cmocka_unit_test(alternating_activity_alternates),
        cmocka_unit_test(a_cramp_beside_the_electrodes_is_small_and_slow),
        cmocka_unit_test(families_have_their_own_potentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
