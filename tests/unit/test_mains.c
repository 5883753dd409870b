/* SPDX-License-Identifier: MIT */
/* Hum: found at 50 and 60 Hz, with a rate that is off, folded at low rates; and not found where there is
 * none. */
#include "detect/mains.h"

#include "base/macros.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t noise_state;

static double noise(void)
{
    double sum = -6;

    for (unsigned i = 0; i < 12; i++) {
        noise_state = noise_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        sum += (double)(noise_state >> 40) / 16777216.0;
    }
    return sum;
}

struct hum {
    double rate_hz, stated_hz; /* of the ADC; what the estimate says */
    double hz, uv;             /* fundamental amplitude; a third of it at 3 x, a fifth at 5 x */
    double noise_uv;
};

/* RMS after removal over the last of `frames` frames. */
static double play(struct mains *mains, const struct hum *hum, unsigned frames)
{
    float values[512];
    double sum = 0;
    unsigned n = 0, sample = 0;

    noise_state = 1;
    for (unsigned f = 0; f < frames; f++) {
        unsigned count = 0;
        double first_s = sample / hum->stated_hz - f * FRAME_S;

        for (; sample / hum->stated_hz < (f + 1) * FRAME_S - 1e-9; sample++) {
            double w = 2 * M_PI * hum->hz * sample / hum->rate_hz;

            /* The fifth of 128 samples a second folds below the band, where the high-pass takes it. */
            values[count++] =
                (float)(hum->uv * (sin(w) + sin(3 * w + 1) / 3 + (hum->rate_hz > 200 ? sin(5 * w) / 5 : 0)) +
                        hum->noise_uv * noise());
        }
        mains_observe(mains, values, count, first_s);
        mains_remove(mains, values, count);
        for (unsigned i = 0; f >= frames - 20 && i < count; i++, n++)
            sum += (double)(values[i] * values[i]);
    }
    return sqrt(sum / n);
}

static void hum_is_found_and_taken_out(void **state)
{
    static const struct hum rows[] = {
        {1000, 1000, 50, 30, 3}, {1000, 1000, 60, 30, 3},  {860, 860, 50.2, 30, 3}, {860, 864, 50, 100, 3},
        {860, 852, 59.9, 50, 3}, {250, 250, 50, 30, 3},    {128, 128, 50, 30, 3},   {475, 475, 60, 15, 3},
        {4000, 4000, 50, 30, 3}, {1000, 1000, 49.8, 8, 3},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct mains mains;

        mains_init(&mains, 0);
        mains_set_rate(&mains, rows[i].stated_hz, 20, MIN(450, 0.45 * rows[i].stated_hz));
        double rms = play(&mains, &rows[i], 150);
        assert_int_equal(mains.family, rows[i].hz > 55);
        if (fabs(mains.hum_uv - rows[i].uv * M_SQRT1_2) > 0.35 * rows[i].uv)
            fail_msg("row %u: %g uV of hum seen", (unsigned)i, mains.hum_uv);
        if (rms > 1.3 * rows[i].noise_uv)
            fail_msg("row %u: %g uV left", (unsigned)i, rms);
    }
}

static void noise_is_no_hum(void **state)
{
    static const double rates[] = {100, 250, 860, 4000};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
        struct mains mains;
        struct hum hum = {rates[i], rates[i], 50, 0, 10};

        mains_init(&mains, 0);
        mains_set_rate(&mains, rates[i], 20, MIN(450, 0.45 * rates[i]));
        double rms = play(&mains, &hum, 600);
        assert_int_equal(mains.family, -1);
        assert_true(fabs(rms - 10) < 1.5 && mains.share < 0.5);
    }
}

static void hum_that_goes_loses_its_notch(void **state)
{
    struct mains mains;
    struct hum on = {860, 860, 50, 30, 3}, off = {860, 860, 50, 0, 3};

    (void)state;
    mains_init(&mains, 0);
    mains_set_rate(&mains, 860, 20, 387);
    play(&mains, &on, 100);
    assert_int_equal(mains.family, 0);
    play(&mains, &off, MAINS_FORGET_FRAMES + 150);
    assert_int_equal(mains.family, -1);
}

static void a_setting_is_believed(void **state)
{
    struct mains mains;
    struct hum hum = {860, 860, 60, 30, 3};

    (void)state;
    mains_init(&mains, 50);
    mains_set_rate(&mains, 860, 20, 387);
    play(&mains, &hum, 100);
    assert_int_equal(mains.family, 0);
    mains_init(&mains, 60);
    mains_set_rate(&mains, 860, 20, 387);
    assert_true(play(&mains, &hum, 100) < 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hum_is_found_and_taken_out),
        cmocka_unit_test(noise_is_no_hum),
        cmocka_unit_test(hum_that_goes_loses_its_notch),
        cmocka_unit_test(a_setting_is_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
