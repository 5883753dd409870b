/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crampsim/synth.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* RMS about the mean of the next `seconds` of channel c. */
static double rms_next(struct synth *synth, double rate_hz, double seconds, unsigned c)
{
    size_t n = (size_t)lround(seconds * rate_hz);
    _cleanup_(freep) float *samples = calloc(n, sizeof(*samples));
    float *out[EMG_CHANNELS] = {NULL};
    double sum = 0, power = 0;

    out[c] = samples;
    assert_int_equal(synth_emg(synth, out, n), 0);
    for (size_t i = 0; i < n; i++)
        sum += (double)samples[i];
    for (size_t i = 0; i < n; i++)
        power += ((double)samples[i] - sum / (double)n) * ((double)samples[i] - sum / (double)n);
    return sqrt(power / (double)n);
}

static struct synth_setup two_heads(void)
{
    struct synth_setup setup = synth_default_setup();

    setup.channel_count = 2;
    setup.channels[1] = (struct synth_channel){LEG_LEFT, MUSCLE_GASTROCNEMIUS_LATERAL};
    setup.mains_uv = setup.ecg_uv = setup.floor_drift_db = 0;
    return setup;
}

static struct synth *with_event(const struct synth_setup *setup, const struct synth_event *event)
{
    struct synth *synth = synth_new(setup);

    assert_non_null(synth);
    assert_int_equal(synth_add(synth, event), 0);
    return synth;
}

static void same_seed_same_samples_however_asked(void **state)
{
    (void)state;
    enum { N = 3000 };
    struct synth_setup setup = synth_default_setup();
    struct synth_event event = {.class = synth_class_find("turn"), .start_s = 1, .duration_s = 3};
    float whole[N], pieces[N];
    float rows[200][6], again[200][6];

    for (int seed = 1; seed < 4; seed++) {
        setup.seed = (uint64_t)seed;
        _cleanup_(synth_freep) struct synth *a = with_event(&setup, &event);
        _cleanup_(synth_freep) struct synth *b = with_event(&setup, &event);
        assert_int_equal(synth_emg(a, (float *[]){whole}, N), 0);
        for (size_t done = 0, n = 1; done < N; done += n, n = MIN(n * 2 % 301 + 1, N - done))
            assert_int_equal(synth_emg(b, (float *[]){pieces + done}, n), 0);
        assert_memory_equal(whole, pieces, sizeof(whole));
        assert_int_equal(synth_imu(a, LEG_LEFT, rows, 200), 0);
        assert_int_equal(synth_imu(b, LEG_LEFT, again, 77), 0);
        assert_int_equal(synth_imu(b, LEG_LEFT, again + 77, 123), 0);
        assert_memory_equal(rows, again, sizeof(rows));
    }
    setup.seed = 99;
    _cleanup_(synth_freep) struct synth *other = with_event(&setup, &event);
    assert_int_equal(synth_emg(other, (float *[]){pieces}, N), 0);
    assert_memory_not_equal(whole, pieces, sizeof(whole));
}

static void levels_are_what_was_asked_for(void **state)
{
    (void)state;
    static const double rates[] = {250, 860, 1000, 2000};

    for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
        struct synth_setup setup = two_heads();
        setup.rate_hz = rates[i];
        struct synth_event hold = {
            .class = synth_class_find("voluntary_hold"), .start_s = 10, .duration_s = 42, .level = 0.2};
        _cleanup_(synth_freep) struct synth *synth = with_event(&setup, &hold);
        rms_next(synth, rates[i], 7, 0);
        double rest = rms_next(synth, rates[i], 1, 0); /* longer, and the electrode's slow drift counts */
        assert_true(rest > 0.9 * setup.floor_uv && rest < 1.2 * setup.floor_uv);
        rms_next(synth, rates[i], 4, 0);
        double held = rms_next(synth, rates[i], 35, 0);
        assert_true(held > 0.75 * 0.2 * setup.mvc_uv && held < 1.25 * 0.2 * setup.mvc_uv);
    }
}

static void cramp_rises_stays_and_is_one_head(void **state)
{
    (void)state;
    struct synth_setup setup = two_heads();
    struct synth_event cramp = {.class = synth_class_find("cramp"),
                                .start_s = 60,
                                .duration_s = 60,
                                .level = 0.5,
                                .rise_s = 40,
                                .rise_ratio = 3,
                                .stretch = true};
    _cleanup_(synth_freep) struct synth *medial = with_event(&setup, &cramp);
    _cleanup_(synth_freep) struct synth *lateral = with_event(&setup, &cramp);

    double rest = rms_next(medial, 860, 18, 0);
    rms_next(medial, 860, 27, 0);
    double risen = rms_next(medial, 860, 12, 0);
    assert_true(risen > 2 * rest && risen < 5 * rest);
    rms_next(medial, 860, 16, 0);
    rms_next(lateral, 860, 73, 1);
    double own = 0, other = 0;
    for (int second = 73; second < 113; second++) { /* never back to rest */
        double now = rms_next(medial, 860, 1, 0);
        assert_true(now > 10 * rest);
        own += now;
        other += rms_next(lateral, 860, 1, 1);
    }
    assert_true(own > 3 * other);
    rms_next(medial, 860, 8, 0);
    assert_true(rms_next(medial, 860, 20, 0) < 2 * rest); /* broken by the stretch, a few fasciculations */
    assert_int_equal(synth_event_channels(medial, &cramp), BIT(0));
}

static void posture(struct synth *synth, unsigned rows, double mean[3])
{
    float row[1][6];

    mean[0] = mean[1] = mean[2] = 0;
    for (unsigned i = 0; i < rows; i++) {
        assert_int_equal(synth_imu(synth, LEG_LEFT, row, 1), 0);
        for (int axis = 0; axis < 3; axis++)
            mean[axis] += (double)row[0][axis] / rows;
    }
}

static void turn_changes_posture_and_a_still_movement_does_not(void **state)
{
    (void)state;
    struct synth_setup setup = synth_default_setup();
    struct synth_event turn = {
        .class = synth_class_find("turn"), .start_s = 5, .duration_s = 8, .extent = 60};
    struct synth_event still = {
        .class = synth_class_find("leg_movement"), .start_s = 5, .duration_s = 8, .still = true};
    double before[3], after[3], skipped[3];

    _cleanup_(synth_freep) struct synth *synth = with_event(&setup, &turn);
    posture(synth, 400, before);
    posture(synth, 1000, skipped);
    posture(synth, 400, after);
    double cosine = before[0] * after[0] + before[1] * after[1] + before[2] * after[2];
    assert_true(fabs(acos(cosine) * 180 / M_PI - 60) < 5);

    _cleanup_(synth_freep) struct synth *quiet = with_event(&setup, &still);
    posture(quiet, 400, before);
    posture(quiet, 800, after);
    for (int axis = 0; axis < 3; axis++)
        assert_true(fabs(before[axis] - after[axis]) < 0.005);
    assert_int_equal(synth_imu(quiet, (enum leg)7, NULL, 1), -EINVAL);
}

static void every_class_renders_at_every_rate(void **state)
{
    (void)state;
    static const double rates[] = {100, 853.7, 4000};
    const struct synth_class *class;
    float samples[2][4000], rows[100][6];

    for (size_t i = 0; (class = synth_class_at(i)); i++)
        for (size_t r = 0; r < ARRAY_SIZE(rates); r++) {
            struct synth_setup setup = two_heads();
            setup.rate_hz = rates[r];
            struct synth_event event = {.class = class, .start_s = 1, .duration_s = i % 2 ? 0.1 : 3};
            assert_ptr_equal(synth_class_find(synth_class_name(class)), class);
            assert_true(strlen(synth_class_help(class)) > 10);
            _cleanup_(synth_freep) struct synth *synth = with_event(&setup, &event);
            for (int second = 0; second < 5; second++) {
                size_t n = (size_t)rates[r];
                assert_int_equal(synth_emg(synth, (float *[]){samples[0], samples[1]}, n), 0);
                assert_int_equal(synth_imu(synth, LEG_LEFT, rows, 100), 0);
                for (size_t k = 0; k < n; k++)
                    assert_true(fabs((double)samples[0][k]) <= setup.clip_uv &&
                                fabs((double)samples[1][k]) <= setup.clip_uv); /* false for NaN too */
                for (size_t k = 0; k < 600; k++)
                    assert_true(isfinite(rows[k / 6][k % 6]));
            }
        }
    assert_null(synth_class_find("no such class"));
    assert_null(synth_class_find(NULL));
}

static void measurement_faults_look_like_faults(void **state)
{
    (void)state;
    struct synth_setup setup = two_heads();
    struct synth_event flat = {.class = synth_class_find("flat"), .start_s = 2, .duration_s = 3};
    struct synth_event off = {.class = synth_class_find("lead_off"), .start_s = 2, .duration_s = 3};
    struct synth_event hum = {.class = synth_class_find("hum"), .start_s = 2, .duration_s = 3, .extent = 100};
    _cleanup_(synth_freep) struct synth *a = with_event(&setup, &flat);
    _cleanup_(synth_freep) struct synth *b = with_event(&setup, &off);
    _cleanup_(synth_freep) struct synth *c = with_event(&setup, &hum);

    rms_next(a, 860, 3, 0);
    assert_true(rms_next(a, 860, 1, 0) == 0);
    assert_false(synth_lead_off(b, LEG_LEFT, 1.9));
    assert_true(synth_lead_off(b, LEG_LEFT, 2.1));
    assert_false(synth_lead_off(b, LEG_RIGHT, 2.1));
    assert_false(synth_lead_off(b, LEG_LEFT, 5.1));
    rms_next(c, 860, 3, 0);
    assert_true(fabs(rms_next(c, 860, 1, 0) - 100) < 5);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    struct synth_setup setup = synth_default_setup();
    float one;

    setup.rate_hz = NAN;
    assert_null(synth_new(&setup));
    assert_int_equal(errno, EINVAL);
    setup = synth_default_setup();
    setup.channel_count = 0;
    assert_null(synth_new(&setup));
    setup = synth_default_setup();
    _cleanup_(synth_freep) struct synth *synth = synth_new(&setup);
    assert_int_equal(synth_add(synth, &(struct synth_event){.class = NULL}), -EINVAL);
    struct synth_event turn = {.class = synth_class_find("turn"), .start_s = INFINITY};
    assert_int_equal(synth_add(synth, &turn), -EINVAL);
    assert_int_equal(synth_emg(synth, (float *[]){&one}, 1), 0);
    turn.start_s = 5;
    assert_int_equal(synth_add(synth, &turn), -EBUSY);
    synth_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_samples_however_asked),
        cmocka_unit_test(levels_are_what_was_asked_for),
        cmocka_unit_test(cramp_rises_stays_and_is_one_head),
        cmocka_unit_test(turn_changes_posture_and_a_still_movement_does_not),
        cmocka_unit_test(every_class_renders_at_every_rate),
        cmocka_unit_test(measurement_faults_look_like_faults),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
