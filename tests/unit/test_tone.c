/* SPDX-License-Identifier: MIT */
/* Tonic or bursting: runs, pauses, dips, peaks. */
#include "detect/tone.h"

#include "detect/tuning.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Level in multiples of the floor at a time in seconds. */
typedef double (*envelope)(double t);

/* Longest unbroken run in seconds while an envelope plays for 30 s after 10 s of rest. */
static double longest_run(envelope level, struct tone *tone)
{
    double longest = 0;

    tone_init(tone);
    for (int64_t f = 0; f < 400; f++) {
        struct emg_frame frame = {.index = f, .usable = true, .parts = FRAME_SUBS};
        double sum = 0;

        for (unsigned i = 0; i < FRAME_SUBS; i++) {
            double t = (double)f * FRAME_S + i * SUB_S - 10,
                   scatter = 1 + 0.1 * sin(i * 2.4 + (double)f * 1.7);

            frame.sub[i] = (float)(3 * scatter * (t < 0 ? 1 : level(t)));
            sum += pow((double)frame.sub[i], 2);
        }
        frame.level = (float)sqrt(sum / FRAME_SUBS);
        tone_step(tone, &frame, 3, 1.6);
        if (tone->running && f > 100)
            longest = fmax(longest, (double)(f - tone->start) * FRAME_S);
    }
    return longest;
}

static double steady(double t)
{
    return t > 0 ? 8 : 1;
}

/* 1.4 Hz, 30 % deep, never back to rest: a cramp's own. */
static double modulated(double t)
{
    return 10 * (1 + 0.3 * sin(2 * M_PI * 1.4 * t));
}

/* The same rhythm, back to rest in between: a foot tremor. */
static double tremor(double t)
{
    return fmod(t, 0.7) < 0.4 ? 10 : 1;
}

static double clonus(double t)
{
    return fmod(t, 1 / 6.0) < 0.09 ? 20 : 1;
}

/* 3.5 s of strong contraction, 0.7 s of pause that is not quite rest. */
static double repetitions(double t)
{
    return fmod(t, 4.2) < 3.5 ? 60 : 5;
}

/* Never at rest, but used: 100 % and 35 % in turn. */
static double effort(double t)
{
    return fmod(t, 2.0) < 1.3 ? 20 : 7;
}

static double peaks(double t)
{
    return fmod(t, 2.5) < 0.25 ? 40 : 6;
}

static double one_dip(double t)
{
    return t > 12 && t < 12.08 ? 1 : 10;
}

static void tonic_is_unbroken(void **state)
{
    struct tone tone;

    (void)state;
    assert_true(longest_run(steady, &tone) > 29);
    assert_true(fabs((double)tone.start * FRAME_S - 10) < 0.5);
    assert_true(fabs((double)tone.reached * FRAME_S - 10) < 0.6);
    assert_true(longest_run(modulated, &tone) > 29);
    assert_true(longest_run(one_dip, &tone) > 29);
}

static void bursts_break_the_run(void **state)
{
    struct tone tone;

    (void)state;
    assert_true(longest_run(tremor, &tone) < 1.5);
    assert_true(tone.bursts.count >= 40 && tone.bursts.count <= 46);
    assert_true(fabs(tone.bursts.parts * SUB_S / tone.bursts.count - 0.4) < 0.06);
    assert_true(longest_run(clonus, &tone) < 1.5);
    assert_true(longest_run(repetitions, &tone) < 5);
    assert_true(longest_run(effort, &tone) < 5);
    assert_true(longest_run(peaks, &tone) < 6);
}

static void unusable_frames_change_nothing(void **state)
{
    struct tone tone;
    struct emg_frame frame = {.index = 400, .usable = false, .level = NAN};

    (void)state;
    longest_run(steady, &tone);
    double smooth = tone.smooth;
    for (unsigned i = 0; i < 20; i++, frame.index++)
        tone_step(&tone, &frame, 3, 1.6);
    assert_true(tone.running && !tone.usable && tone.smooth == smooth);
    for (unsigned i = 0; i < FORGET_FRAMES; i++, frame.index++)
        tone_step(&tone, &frame, 3, 1.6);
    assert_false(tone.running);
}

static int64_t play(struct tone *tone, int64_t from, int64_t count, double ratio, bool usable)
{
    for (int64_t f = from; f < from + count; f++) {
        struct emg_frame frame = {.index = f, .usable = usable, .parts = FRAME_SUBS};

        for (unsigned i = 0; i < FRAME_SUBS; i++)
            frame.sub[i] = (float)(3 * ratio);
        frame.level = frame.sub[0];
        tone_step(tone, &frame, 3, 1.6);
    }
    return from + count;
}

/* What one head did alone outlasts a break of strong activity, less two seconds; all other evidence does not.
 */
static void a_break_does_not_cost_all_that_one_head_did(void **state)
{
    struct tone tone;

    (void)state;
    tone_init(&tone);
    int64_t f = play(&tone, play(&tone, 0, 50, 1, true), 50, 20, true);
    tone.alone_s = tone.evidence_s = 4.5;
    f = play(&tone, f, 3, 1, true); /* 0.3 s at rest */
    play(&tone, f, 2, 20, true);
    assert_true(tone.running && tone.evidence_s <= 0);
    assert_true(fabs(tone.alone_s - (4.5 - BREAK_S)) < 1e-9);
}

static void the_mean_is_forgotten_with_the_run(void **state)
{
    struct tone tone;

    (void)state;
    tone_init(&tone);
    int64_t f = play(&tone, 0, 50, 20, true);
    f = play(&tone, f, FORGET_FRAMES - 1, 1, false);
    assert_true(tone.mean > 10);
    play(&tone, f, 1, 1, false);
    assert_true(tone.mean <= 0 && !tone.running);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tonic_is_unbroken),
        cmocka_unit_test(a_break_does_not_cost_all_that_one_head_did),
        cmocka_unit_test(the_mean_is_forgotten_with_the_run),
        cmocka_unit_test(bursts_break_the_run),
        cmocka_unit_test(unusable_frames_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
