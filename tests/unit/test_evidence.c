/* SPDX-License-Identifier: MIT */
/* What people are shown of the evidence: how far a run has come on a way that can lead to a cramp. */
#include "detect/evidence.h"

#include "detect/tuning.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define FRAME 300

/* A weak contraction out of a movement, 30 s old, of which one head alone has made 20 s: long enough, but too
   faint in the mean for that way. */
static struct tone faint_run(void)
{
    struct tone tone = {
        .usable = true, .running = true, .floor = 3, .smooth = 3.4, .mean = CRAMP_KEEP * FAINT_RATIO - 0.1};

    tone.reached = tone.surge = -1;
    tone.moved_s = MOVED_MIN_S;
    tone.evidence_s = tone.alone_s = tone.weak_s = 20;
    tone.unrest_frames = UNREST_FEW;
    tone.unrest = UNREST_CRAMP * UNREST_CRAMP;
    for (unsigned k = 0; k < RUN_MARKS; k++)
        tone.mark[k].frame = -1;
    return tone;
}

static void progress(const struct tone *tone, double *have_s, double *needed_s)
{
    const struct detector_params params = {
        .onset_ratio = 2.5, .rise_ratio = 2, .decide_s = 10, .decide_fast_s = 5};
    const struct evidence_past past = {
        .announced = true, .last_cramp = INT64_MIN / 2, .movements = INT64_MIN / 2};
    enum cramp_reason reason;

    assert_false(evidence_complete(tone, FRAME, &params, &past, &reason));
    evidence_progress(tone, FRAME, &params, &past, have_s, needed_s);
}

static void progress_is_on_a_way_that_is_not_barred(void **state)
{
    struct tone tone = faint_run();
    double have_s, needed_s;

    (void)state;
    progress(&tone, &have_s, &needed_s);
    assert_true(needed_s >= RISE_MAX_S); /* what lingers is called after so long */
    assert_true(fabs(have_s - tone.weak_s) < 1e-9);
}

static void barred_everywhere_it_is_as_much_as_needed_and_no_more(void **state)
{
    struct tone tone = faint_run();
    double have_s, needed_s;

    (void)state;
    tone.smooth = RISE_WEAK_RATIO - 0.1; /* too weak to linger */
    progress(&tone, &have_s, &needed_s);
    assert_true(needed_s > 0 && needed_s < tone.alone_s);
    assert_true(fabs(have_s - needed_s) < 1e-9);
}

static void without_a_run_there_is_none(void **state)
{
    struct tone tone = faint_run();
    double have_s = 1, needed_s = 1;

    (void)state;
    tone.running = false;
    progress(&tone, &have_s, &needed_s);
    assert_true(have_s == 0 && needed_s == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_is_on_a_way_that_is_not_barred),
        cmocka_unit_test(barred_everywhere_it_is_as_much_as_needed_and_no_more),
        cmocka_unit_test(without_a_run_there_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
