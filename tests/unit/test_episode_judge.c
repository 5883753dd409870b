/* SPDX-License-Identifier: MIT */
/* What a frame says of an activity that has become the new rest. */
#include "detect/episode_judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define FRAME 5000

/* Weak and as even as noise for a minute, on a channel whose cramp was called before and has let go. */
static struct tone settled(void)
{
    struct tone tone = {.usable = true,
                        .running = true,
                        .floor = 3,
                        .ratio = 2.5,
                        .smooth = 2.5,
                        .mean = 2.5,
                        .start = FRAME - 2 * FLOOR_SETTLED_FRAMES,
                        .reached = -1,
                        .surge = -1,
                        .spent = true,
                        .settled_frames = FLOOR_SETTLED_FRAMES,
                        .unrest_frames = UNREST_FEW};

    for (unsigned k = 0; k < RUN_MARKS; k++)
        tone.mark[k].frame = -1;
    return tone;
}

static void a_new_floor_has_no_cramp_behind_it(void **state)
{
    const struct detector_params params = {
        .onset_ratio = 2.5, .rise_ratio = 1.6, .decide_s = 10, .decide_fast_s = 5};
    struct tone tone = settled();
    struct scene scene = {.frame = FRAME, .channel_count = 1, .tone = {&tone}, .strongest = 0};
    struct episode episode = {0};

    (void)state;
    episode_init(&episode);
    episode.params = &params;
    episode.state = EPISODE_SUSPECT;
    episode.suspicion.open = true;
    episode.suspicion.start = tone.start;
    assert_int_equal(episode_judge(&episode, &scene), STEP_OVER);
    assert_int_equal(episode.relearn, 0);
    assert_true(episode.suspicion.new_floor);
    /* Rest begins here: what comes next is no rest of the cramp before, and may be as weak as any. */
    assert_false(tone.running);
    assert_false(tone.spent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_new_floor_has_no_cramp_behind_it)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
