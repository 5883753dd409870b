/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/macros.h"
#include "sensor/contact.h"

#include <math.h>

/* Looks from `from_s` to `to_s` at a level that toggles at `hz` (0: constant); the last answer. */
static bool look(struct contact *contact, double from_s, double to_s, bool level, double hz)
{
    bool off = true;

    for (double t_s = from_s; t_s < to_s; t_s += CONTACT_POLL_NS / 1e9)
        off = contact_look(contact, hz > 0 ? sin(2 * M_PI * hz * t_s) > 0 : level, s_to_ns(t_s));
    return off;
}

static void unknown_electrodes_are_off_until_shown_otherwise(void **state)
{
    (void)state;
    struct contact contact;

    contact_init(&contact, 0.25);
    assert_true(look(&contact, 0, 0.2, false, 0));
    assert_false(look(&contact, 0.2, 0.5, false, 0));
}

static void a_glitch_is_not_an_electrode(void **state)
{
    (void)state;
    struct contact contact;

    contact_init(&contact, 0.25);
    look(&contact, 0, 1, false, 0);
    assert_false(look(&contact, 1, 1.03, true, 0));
    assert_false(look(&contact, 1.03, 2, false, 0));
    assert_true(look(&contact, 2, 2.4, true, 0));
    /* Off, and a single look at "on" does not bring it back. */
    assert_true(look(&contact, 2.4, 2.41, false, 0));
    assert_true(look(&contact, 2.41, 3, true, 0));
    assert_false(look(&contact, 3, 3.5, false, 0));
}

static void humming_electrodes_are_off_at_either_mains(void **state)
{
    (void)state;
    static const double mains_hz[] = {49.9, 50, 50.1, 59.9, 60, 60.1, 100, 120};

    for (size_t i = 0; i < ARRAY_SIZE(mains_hz); i++) {
        struct contact contact;

        contact_init(&contact, 0.25);
        look(&contact, 0, 1, false, 0);
        assert_true(look(&contact, 1, 1.6, false, mains_hz[i]));
        for (double t_s = 1.6; t_s < 10; t_s += 0.1)
            assert_true(look(&contact, t_s, t_s + 0.1, false, mains_hz[i]));
        assert_false(look(&contact, 10, 10.6, false, 0));
    }
}

static void a_press_counts_when_it_has_settled(void **state)
{
    (void)state;
    struct button button;
    const int64_t ms = NSEC_PER_MSEC;

    button_init(&button, 0.03, 0);
    assert_false(button_look(&button, false, TIME_UNKNOWN, 0));
    assert_true(button_due(&button) == INT64_MAX);
    /* Bounces for 10 ms. */
    assert_false(button_look(&button, true, 100 * ms, 100 * ms));
    assert_true(button_due(&button) == 130 * ms);
    assert_false(button_look(&button, false, 105 * ms, 105 * ms));
    assert_false(button_look(&button, true, 110 * ms, 110 * ms));
    assert_false(button_look(&button, true, TIME_UNKNOWN, 130 * ms));
    assert_true(button_due(&button) == 140 * ms);
    assert_true(button_look(&button, true, TIME_UNKNOWN, 140 * ms));
    assert_true(button.pressed);
    assert_false(button_look(&button, true, TIME_UNKNOWN, 150 * ms));
    assert_true(button_due(&button) == INT64_MAX);
    /* An edge at which the level is seen unchanged is a bounce: it starts the wait anew. */
    assert_false(button_look(&button, false, 200 * ms, 200 * ms));
    assert_false(button_look(&button, false, 225 * ms, 226 * ms));
    assert_false(button_look(&button, false, TIME_UNKNOWN, 250 * ms));
    assert_true(button_look(&button, false, TIME_UNKNOWN, 255 * ms));
    assert_false(button.pressed);
}

static void without_edges_the_level_alone_is_enough(void **state)
{
    (void)state;
    struct button button;

    button_init(&button, 0.03, 0);
    assert_false(button_look(&button, true, TIME_UNKNOWN, NSEC_PER_SEC));
    assert_true(button_look(&button, true, TIME_UNKNOWN, NSEC_PER_SEC + 30 * NSEC_PER_MSEC));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_electrodes_are_off_until_shown_otherwise),
        cmocka_unit_test(a_glitch_is_not_an_electrode),
        cmocka_unit_test(humming_electrodes_are_off_at_either_mains),
        cmocka_unit_test(a_press_counts_when_it_has_settled),
        cmocka_unit_test(without_edges_the_level_alone_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
