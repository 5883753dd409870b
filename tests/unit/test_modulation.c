/* SPDX-License-Identifier: MIT */
/* Swing of a level against its scatter: 1 for noise, more for what swings, whatever the unit. */
#include "detect/modulation.h"

#include "detect/tuning.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint64_t state_of_noise;

/* Uniform, variance 1. */
static double noise(void)
{
    state_of_noise = state_of_noise * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ((double)(state_of_noise >> 11) / (double)(UINT64_C(1) << 53) - 0.5) * sqrt(12.0);
}

/* A level of `scale` that scatters, swings at hz, and comes up over ramp_s. */
static double ratio_of(double scale, double scatter, double depth, double hz, double ramp_s, double seconds)
{
    struct modulation m;

    modulation_init(&m);
    modulation_restart(&m);
    for (int i = 0; i < (int)(seconds * FRAMES_PER_S); i++) {
        double t = i * FRAME_S;
        double ramp = ramp_s > t ? 0.1 + 0.9 * t / ramp_s : 1;

        modulation_step(&m, scale * ramp * exp(scatter * noise() + depth * sin(2 * M_PI * hz * t)));
    }
    return modulation_ratio(&m);
}

static double mean_ratio(double scale, double scatter, double depth, double hz, double ramp_s, double seconds)
{
    double sum = 0;

    for (int i = 0; i < 50; i++)
        sum += ratio_of(scale, scatter, depth, hz, ramp_s, seconds);
    return sum / 50;
}

static void noise_is_one_however_much(void **state)
{
    static const double scatters[] = {0.05, 0.1, 0.2, 0.4};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs(mean_ratio(30, scatters[i], 0, 1, 0, 12) - 1) < 0.15);
}

static void a_cramp_swings(void **state)
{
    (void)state;
    for (double hz = 1.0; hz < 1.9; hz += 0.2) { /* Minetto 2009: 1.4 +- 0.4 */
        assert_true(mean_ratio(30, 0.15, 0.25, hz, 0, 20) > SWING_CRAMP);
        assert_true(mean_ratio(3e-6, 0.15, 0.25, hz, 0, 20) > SWING_CRAMP);
        assert_true(mean_ratio(30, 0.15, 0.25, hz, 8, 20) > SWING_CRAMP); /* comes up gradually */
    }
}

static void slow_force_and_fast_tremor_do_not(void **state)
{
    (void)state;
    assert_true(mean_ratio(30, 0.15, 0.25, 0.2, 0, 12) < SWING_CRAMP);
    assert_true(mean_ratio(30, 0.15, 0.25, 4, 0, 12) < 1);
    assert_true(mean_ratio(30, 0.15, 0, 1, 3, 12) < SWING_CRAMP); /* coming up alone is no swing */
}

static void nothing_is_said_too_early_or_of_nothing(void **state)
{
    struct modulation m;
    const double needed_s = (SWING_SKIP_FRAMES + SWING_MIN_FRAMES) * FRAME_S;

    (void)state;
    bool early = isnan(ratio_of(30, 0.1, 0.2, 1, 0, needed_s - FRAME_S / 2));
    bool known = isfinite(ratio_of(30, 0.1, 0.2, 1, 0, needed_s + FRAME_S / 2));
    assert_true(early);
    assert_true(known);
    modulation_init(&m);
    for (int i = 0; i < 200; i++)
        modulation_step(&m, i % 2 ? 0 : NAN); /* no level at all */
    bool nothing = isnan(modulation_ratio(&m));
    assert_true(nothing);
}

/* Of a hold that lasts two minutes: not even for moments does it look like a swing. */
static void noise_stays_noise_for_as_long_as_a_hold(void **state)
{
    double highest = 0;

    (void)state;
    for (int run = 0; run < 200; run++) {
        struct modulation m;

        modulation_init(&m);
        modulation_restart(&m);
        for (int i = 0; i < (int)(HOLD_S * FRAMES_PER_S); i++) {
            modulation_step(&m, 30 * exp(0.16 * noise()));
            if (i > 30 * FRAMES_PER_S)
                highest = fmax(highest, modulation_ratio(&m));
        }
    }
    assert_true(highest < SWING_HOLD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_one_however_much),
        cmocka_unit_test(a_cramp_swings),
        cmocka_unit_test(noise_stays_noise_for_as_long_as_a_hold),
        cmocka_unit_test(slow_force_and_fast_tremor_do_not),
        cmocka_unit_test(nothing_is_said_too_early_or_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
