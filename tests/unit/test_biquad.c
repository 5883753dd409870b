/* SPDX-License-Identifier: MIT */
/* Filters: Butterworth and notch against what the textbook says, and redesign under way. */
#include "detect/biquad.h"

#include "base/macros.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT 20000

static double values[COUNT];

/* Gain of a cascade at a frequency, measured on a sine after it has settled. */
static double gain_at(struct biquad *sections, unsigned count, double hz, double rate)
{
    unsigned whole = (unsigned)(floor(COUNT / 2 * hz / rate) * rate / hz); /* periods */
    double in = 0, out = 0;

    for (unsigned s = 0; s < count; s++)
        biquad_settle(&sections[s], 0);
    for (unsigned i = 0; i < COUNT; i++)
        values[i] = sin(2 * M_PI * hz * i / rate);
    for (unsigned s = 0; s < count; s++)
        biquad_run(&sections[s], values, COUNT);
    for (unsigned i = COUNT - whole; i < COUNT; i++) {
        in += pow(sin(2 * M_PI * hz * i / rate), 2);
        out += values[i] * values[i];
    }
    return sqrt(out / in);
}

static void butterworth_is_butterworth(void **state)
{
    static const double rates[] = {250, 860, 1000, 4000};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rates); i++)
        for (unsigned order = 2; order <= 6; order += 2) {
            struct biquad s[3] = {{0}};
            double k = tan(M_PI * 20 / rates[i]);

            /* |H| = 1 / sqrt(1 + (tan corner / tan f)^2n), the bilinear image of the analogue filter. */
            biquad_highpass(s, order, 20, rates[i]);
            for (double hz = 5; hz < rates[i] * 0.45; hz *= 1.7)
                assert_true(fabs(gain_at(s, order / 2, hz, rates[i]) -
                                 1 / sqrt(1 + pow(k / tan(M_PI * hz / rates[i]), 2 * order))) < 2e-3);
            k = tan(M_PI * 80 / rates[i]);
            biquad_lowpass(s, order, 80, rates[i]);
            for (double hz = 5; hz < rates[i] * 0.45; hz *= 1.7)
                assert_true(fabs(gain_at(s, order / 2, hz, rates[i]) -
                                 1 / sqrt(1 + pow(tan(M_PI * hz / rates[i]) / k, 2 * order))) < 2e-3);
        }
}

static void notch_takes_one_frequency(void **state)
{
    struct biquad notch = {0};

    (void)state;
    biquad_notch(&notch, 50, 2, 860);
    assert_true(gain_at(&notch, 1, 50, 860) < 1e-3);
    assert_true(fabs(gain_at(&notch, 1, 49, 860) - M_SQRT1_2) < 0.02);
    assert_true(gain_at(&notch, 1, 40, 860) > 0.98);
    assert_true(gain_at(&notch, 1, 120, 860) > 0.99);
}

static void settled_means_no_transient(void **state)
{
    struct biquad s[2] = {{0}};

    (void)state;
    biquad_highpass(s, 4, 20, 1000);
    for (unsigned i = 0; i < 1000; i++)
        values[i] = 1650;
    double v = biquad_settle(&s[0], 1650);
    biquad_settle(&s[1], v);
    biquad_run(&s[0], values, 1000);
    biquad_run(&s[1], values, 1000);
    for (unsigned i = 0; i < 1000; i++)
        assert_true(fabs(values[i]) < 1e-6);
}

/* Runs of odd and even length must not differ from one run. */
static void length_of_runs_does_not_matter(void **state)
{
    struct biquad a = {0}, b = {0};
    double one[101], other[101];

    (void)state;
    biquad_notch(&a, 50, 2, 860);
    b = a;
    for (unsigned i = 0; i < 101; i++)
        one[i] = other[i] = (double)((i * 7919) % 101);
    biquad_run(&a, one, 101);
    for (unsigned i = 0, n = 1; i < 101; i += n, n = n % 5 + 1)
        biquad_run(&b, other + i, MIN(n, 101 - i));
    assert_memory_equal(one, other, sizeof(one));
}

/* Side by side is the same as one after the other but for single precision, whatever the lengths of the runs:
   here at the rate where that shows most, with muscle of 10 uV in a movement of 5 mV. */
static void side_by_side_is_one_after_the_other(void **state)
{
    static float side[COUNT];

    (void)state;
    for (unsigned n = 1; n <= BIQUAD_CASCADE; n++) {
        struct biquad row[BIQUAD_CASCADE] = {{0}}, copy[BIQUAD_CASCADE], *sections[BIQUAD_CASCADE];
        double worst = 0;

        biquad_highpass(row, 4, 20, 4000);
        biquad_lowpass(row + 2, 2, 450, 4000);
        biquad_notch(row + 3, 50, 2, 4000);
        memcpy(copy, row, sizeof(copy));
        for (unsigned k = 0; k < n; k++)
            sections[k] = &copy[k];
        for (unsigned i = 0; i < COUNT; i++)
            values[i] = side[i] = (float)(5000 * sin(i * 0.01) + 10 * sin(i * 0.3));
        for (unsigned i = 0, count = 0; i < COUNT; i += count, count = (count + 1) % 23) {
            count = MIN(count, COUNT - i);
            biquad_run_cascade(sections, n, side + i, count);
        }
        for (unsigned k = 0; k < n; k++)
            biquad_run(&row[k], values, COUNT);
        for (unsigned i = 0; i < COUNT; i++)
            worst = fmax(worst, fabs(values[i] - (double)side[i]));
        if (!(worst < 5000 * 5e-5))
            fail_msg("%u sections: %g uV off", n, worst);
    }
}

/* The rate estimate moves by 2 %: a sine goes on as if nothing had happened, on 1.65 V of offset. */
static void redesign_under_way_is_not_heard(void **state)
{
    struct biquad s[3] = {{0}};
    double v = 1.65e6, peak = 0;

    (void)state;
    biquad_highpass(s, 4, 20, 860);
    biquad_lowpass(s + 2, 2, 387, 860);
    for (unsigned k = 0; k < 3; k++)
        v = biquad_settle(&s[k], v);
    for (unsigned i = 0; i < COUNT; i++)
        values[i] = 1.65e6 + 10 * sin(2 * M_PI * 100 * i / 860);
    for (unsigned from = 0; from < COUNT; from += 100) {
        if (from == COUNT / 2) {
            biquad_highpass(s, 4, 20, 877);
            biquad_lowpass(s + 2, 2, 394, 877);
        }
        for (unsigned k = 0; k < 3; k++)
            biquad_run(&s[k], values + from, 100);
    }
    for (unsigned i = COUNT / 2; i < COUNT; i++)
        peak = fmax(peak, fabs(values[i]));
    assert_true(peak > 9 && peak < 11.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(butterworth_is_butterworth),
        cmocka_unit_test(notch_takes_one_frequency),
        cmocka_unit_test(settled_means_no_transient),
        cmocka_unit_test(length_of_runs_does_not_matter),
        cmocka_unit_test(side_by_side_is_one_after_the_other),
        cmocka_unit_test(redesign_under_way_is_not_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
