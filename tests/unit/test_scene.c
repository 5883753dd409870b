/* SPDX-License-Identifier: MIT */
/* A leg's motion from frame to frame: how far it swings within a second. */
#include "detect/scene.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct lying {
    struct leg_motion leg;
    struct scene scene;
};

static double swing(struct lying *lying, bool usable, double deg)
{
    const struct imu_frame frame = {
        .usable = usable,
        .motion_g = 0.005F,
        .gravity = {(float)sin(deg * M_PI / 180), 0, (float)cos(deg * M_PI / 180)}};

    leg_motion_step(&lying->leg, &frame, &lying->scene);
    lying->scene.frame++;
    return lying->scene.swing_deg;
}

/* The most that is seen in so many frames in one attitude. */
static double most(struct lying *lying, unsigned frames, bool usable, double deg)
{
    double found = 0;

    while (frames-- > 0)
        found = MAX(found, swing(lying, usable, deg));
    return found;
}

static struct lying resting(void)
{
    struct lying lying = {.scene = {.frame = 0}};

    leg_motion_init(&lying.leg);
    assert_true(most(&lying, 3 * LEG_SWING_FRAMES, true, 0) < 0.1);
    return lying;
}

static void another_attitude_is_a_swing_for_a_second(void **state)
{
    struct lying lying = resting();

    (void)state;
    assert_true(fabs(most(&lying, LEG_SWING_FRAMES, true, 30) - 30) < 0.1);
    assert_true(most(&lying, 3 * LEG_SWING_FRAMES, true, 30) < 0.1);
}

/* Nobody knows how long it took. */
static void attitudes_around_a_gap_are_no_swing(void **state)
{
    (void)state;
    for (unsigned gap = 1; gap <= 5 * LEG_SWING_FRAMES; gap += 7) {
        struct lying lying = resting();

        assert_true(most(&lying, gap, false, 0) <= 0);
        assert_true(most(&lying, 3 * LEG_SWING_FRAMES, true, 30) < 0.1);
        assert_true(most(&lying, LEG_SWING_FRAMES, true, 50) > 19); /* and from there on it is seen again */
    }
}

/* Our own motor shakes the sensor. */
static void attitudes_around_a_reminder_are_no_swing(void **state)
{
    struct lying lying = resting();

    (void)state;
    lying.scene.vibrating = true;
    assert_true(most(&lying, LEG_SWING_FRAMES / 2, true, 10) <= 0);
    lying.scene.vibrating = false;
    assert_true(most(&lying, 3 * LEG_SWING_FRAMES, true, 30) < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_attitude_is_a_swing_for_a_second),
        cmocka_unit_test(attitudes_around_a_gap_are_no_swing),
        cmocka_unit_test(attitudes_around_a_reminder_are_no_swing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
