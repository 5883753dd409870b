/* SPDX-License-Identifier: MIT */
/* The order of the gates: what explains a suspicion when several could. */
#include "detect/gates.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Four seconds of one unbroken contraction. */
static struct suspicion movement(void)
{
    return (struct suspicion){
        .start = 100,
        .last_active = 139,
        .active_s = 4,
        .longest_run_s = 4,
        .full = true,
        .crossings = 4 * 220,
        .bursts = {.count = 1, .parts = 200, .longest = 200, .first = 100, .last = 100}};
}

static void assert_reason(const struct suspicion *s, enum dismiss_reason reason)
{
    assert_string_equal(dismiss_reason_name(gates_explain(s)), dismiss_reason_name(reason));
}

static void each_reason_has_its_signs(void **state)
{
    struct suspicion s = movement();

    (void)state;
    assert_reason(&s, DISMISS_LEG_MOVEMENT);
    assert_true(fabs(suspicion_duration_s(&s) - 4) < 1e-9);
    s.series = 3;
    assert_reason(&s, DISMISS_PERIODIC_LEG_MOVEMENT);
    s = movement();
    s.last_active = 189;
    s.longest_run_s = 9;
    assert_reason(&s, DISMISS_VOLUNTARY);
    s.bilateral_s = 3.9;
    assert_reason(&s, DISMISS_LEG_MOVEMENT);
    s = movement();
    s.last_active = 299;
    s.longest_run_s = 20;
    s.active_s = 20;
    s.bilateral_s = 19;
    s.crossings = 20 * 220;
    assert_reason(&s, DISMISS_BILATERAL_TONIC);
    s = movement();
    s.moving_s = 3;
    s.posture_deg = 15;
    assert_reason(&s, DISMISS_TURN);
    s.posture_deg = 2;
    assert_reason(&s, DISMISS_LEG_MOVEMENT);
    s = movement();
    s.gait_s = 2;
    s.posture_deg = 80;
    assert_reason(&s, DISMISS_GAIT);
    s = movement();
    s.crossings = 4 * 50;
    assert_reason(&s, DISMISS_ARTEFACT);
    s.full = false; /* at a low rate all muscle looks slow */
    assert_reason(&s, DISMISS_LEG_MOVEMENT);
    s = movement();
    s.lost_s = 3;
    assert_reason(&s, DISMISS_ARTEFACT);
    s.hum_s = 3;
    assert_reason(&s, DISMISS_INTERFERENCE);
    s.began_vibrating = true;
    s.vibrating_s = 4;
    assert_reason(&s, DISMISS_REMINDER);
}

static void bursts_tell_rhythm_from_twitches(void **state)
{
    struct suspicion s = movement();

    (void)state;
    s.longest_run_s = 0.5;
    /* 16 bursts of 300 ms in 10 s. */
    s.bursts = (struct tone_bursts){.count = 16, .parts = 240, .longest = 18, .first = 100, .last = 194};
    s.last_active = 199;
    assert_reason(&s, DISMISS_RHYTHMIC_MOVEMENT);
    /* 60 bursts of 100 ms in 10 s: clonus. */
    s.bursts = (struct tone_bursts){.count = 60, .parts = 300, .longest = 12, .first = 100, .last = 199};
    assert_reason(&s, DISMISS_CLONIC);
    s.bursts = (struct tone_bursts){.count = 1, .parts = 6, .longest = 6, .first = 100, .last = 100};
    assert_reason(&s, DISMISS_MYOCLONUS);
    assert_true(fabs(suspicion_duration_s(&s) - 0.12) < 1e-9);
    s.bursts.parts = s.bursts.longest = 2;
    assert_reason(&s, DISMISS_FASCICULATION);
    s.strong_s = 0.2; /* the whole leg jumped */
    assert_reason(&s, DISMISS_JERK);
}

static void weight_of_time(void **state)
{
    struct tone tone[2];
    struct scene scene = {.channel_count = 2, .tone = {&tone[0], &tone[1]}, .motion_known = true};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        tone_init(&tone[i]);
        tone[i].usable = tone[i].running = true;
        tone[i].floor = 3;
    }
    tone[0].smooth = 30;
    tone[1].smooth = 5;
    assert_true(gates_weight(&scene, 0) >= 1);
    tone[1].smooth = 20; /* both heads: braced, not cramped */
    assert_true(gates_weight(&scene, 0) < 0.1);
    tone[1].usable = false;
    assert_true(gates_weight(&scene, 0) >= 1);
    scene.moving = true;
    assert_true(gates_weight(&scene, 0) <= 0);
    scene.moving = false;
    scene.hum_share[0] = 0.9F;
    assert_true(gates_weight(&scene, 0) <= 0);
    scene.hum_share[0] = 0;
    scene.vibrating = true;
    scene.vibrating_since = 50;
    tone[0].start = 20; /* before the motor */
    assert_true(gates_weight(&scene, 0) >= 1);
    tone[0].start = 60;
    assert_true(gates_weight(&scene, 0) <= 0);
}

/* Moving the leg takes all heads: what one does alone meanwhile still counts, if it is muscle. */
static void motion_does_not_explain_one_head(void **state)
{
    struct tone tone;
    struct scene scene = {.channel_count = 1, .tone = {&tone}, .motion_known = true, .moving = true};

    (void)state;
    tone_init(&tone);
    tone.usable = tone.running = true;
    tone.floor = 3;
    tone.smooth = 30;
    scene.full[0] = true;
    scene.crossings_hz[0] = 180;
    assert_true(gates_weight(&scene, 0) <= 0);
    assert_true(gates_weight_alone(&scene, 0) > 0 && gates_weight_alone(&scene, 0) < 1);
    scene.crossings_hz[0] = 50; /* a cable that sways */
    assert_true(gates_weight_alone(&scene, 0) <= 0);
    scene.crossings_hz[0] = 180;
    scene.gait = true;
    assert_true(gates_weight_alone(&scene, 0) <= 0);
    scene.gait = scene.moving = false;
    assert_true(gates_weight_alone(&scene, 0) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_reason_has_its_signs),
        cmocka_unit_test(bursts_tell_rhythm_from_twitches),
        cmocka_unit_test(weight_of_time),
        cmocka_unit_test(motion_does_not_explain_one_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
