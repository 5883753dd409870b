/* SPDX-License-Identifier: MIT */
/* The list of faults that are declared now, which MQTT shows: each clearing takes its own fault away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hub_private.h"

#include <stdlib.h>

static struct event fault_of(enum fault_part part, enum leg leg, int channel)
{
    struct event event = {.kind = EVENT_FAULT,
                          .t_ns = 5 * NSEC_PER_SEC,
                          .channel = channel,
                          .has_site = channel >= 0,
                          .has_leg = channel < 0,
                          .leg = leg};

    event.fault.source = SOURCE_SENSOR;
    event.fault.reason = FAULT_GAP;
    event.fault.part = part;
    return event;
}

static void the_same_fault_in_five_places_is_five(void **state)
{
    (void)state;
    struct event faults[] = {
        fault_of(PART_IMU, LEG_LEFT, -1),    fault_of(PART_IMU, LEG_RIGHT, -1),
        fault_of(PART_CONTACT, LEG_LEFT, 0), fault_of(PART_EMG, LEG_LEFT, 0),
        fault_of(PART_EMG, LEG_LEFT, 1), /* another pair on the same muscle */
    };
    struct hub *hub = calloc(1, sizeof(*hub));

    assert_non_null(hub);
    for (unsigned i = 0; i < ARRAY_SIZE(faults); i++) {
        hub_note_fault(hub, &faults[i]);
        hub_note_fault(hub, &faults[i]); /* said twice it is still one */
        assert_int_equal(hub->active_count, i + 1);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(faults); i++) {
        struct event cleared = faults[i];

        cleared.kind = EVENT_FAULT_CLEARED;
        hub_note_fault(hub, &cleared);
        hub_note_fault(hub, &cleared);
        assert_int_equal(hub->active_count, ARRAY_SIZE(faults) - 1 - i);
        for (unsigned k = 0; k < hub->active_count; k++)
            assert_false(hub->active[k].part == faults[i].fault.part && hub->active[k].leg == faults[i].leg &&
                         hub->active[k].channel == faults[i].channel);
    }
    assert_false(hub_fault_declared(hub));
    free(hub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_fault_in_five_places_is_five),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
