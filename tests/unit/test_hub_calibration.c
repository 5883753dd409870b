/* SPDX-License-Identifier: MIT */
/* What the hub keeps of calibrations: when they were made, and when the diary has to hear of them. The
   detector and the store are stood in for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hub_private.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define OFFSET_NS (INT64_C(1767306600) * NSEC_PER_SEC) /* the boot began at 2026-01-01T22:30:00Z */
#define BOOT      "0123456789abcdef0123456789abcdef"

static struct {
    struct detector_personal personal[EMG_CHANNELS];
    struct detector_calibration calibration;
    unsigned writes; /* to the diary */
    double rest_uv;  /* last written */
    int64_t now_ns;
} world;

struct detector *__wrap_pipeline_detector(struct pipeline *pipeline);
void __wrap_detector_set_personal(struct detector *detector, unsigned channel,
                                  const struct detector_personal *personal);
struct detector_personal __wrap_detector_get_personal(const struct detector *detector, unsigned channel);
void __wrap_detector_get_calibration(const struct detector *detector,
                                     struct detector_calibration *calibration);
void __wrap_store_set_calibration(struct store *store, enum leg leg, enum muscle muscle, double rest_uv,
                                  double firm_uv, int64_t t_ns, const struct stamp *stamp);

struct detector *__wrap_pipeline_detector(_unused_ struct pipeline *pipeline)
{
    return NULL;
}

void __wrap_detector_set_personal(_unused_ struct detector *detector, unsigned channel,
                                  const struct detector_personal *personal)
{
    world.personal[channel] = *personal;
}

struct detector_personal __wrap_detector_get_personal(_unused_ const struct detector *detector,
                                                      unsigned channel)
{
    return world.personal[channel];
}

void __wrap_detector_get_calibration(_unused_ const struct detector *detector,
                                     struct detector_calibration *calibration)
{
    *calibration = world.calibration;
}

void __wrap_store_set_calibration(_unused_ struct store *store, enum leg leg, enum muscle muscle,
                                  double rest_uv, _unused_ double firm_uv, int64_t t_ns,
                                  _unused_ const struct stamp *stamp)
{
    assert_int_equal(leg, LEG_LEFT);
    assert_int_equal(muscle, MUSCLE_GASTROCNEMIUS);
    assert_int_equal(t_ns, world.now_ns);
    world.writes++;
    world.rest_uv = rest_uv;
}

static int64_t now(_unused_ struct clock *clock)
{
    return world.now_ns;
}

static struct clock clock_by_hand = {.now = now, .speed = 1};
static struct platform platform = {.clock = &clock_by_hand};
static struct settings settings;

/* One electrode pair; the clock was not right yet. */
static int new_hub(void **state)
{
    struct hub *hub = calloc(1, sizeof(*hub));

    assert_non_null(hub);
    memset(&world, 0, sizeof(world));
    for (int i = 0; i < EMG_CHANNELS; i++)
        world.personal[i] = (struct detector_personal){(double)NAN, (double)NAN};
    world.now_ns = 60 * NSEC_PER_SEC;
    settings = (struct settings){.sensor.emg_count = 1};
    settings.sensor.emg[0].leg = LEG_LEFT;
    settings.sensor.emg[0].muscle = MUSCLE_GASTROCNEMIUS;
    hub->first_settings = hub->settings = &settings;
    hub->platform = &platform;
    hub->wall_offset_ns = 5 * NSEC_PER_SEC;
    snprintf(hub->boot_id, sizeof(hub->boot_id), BOOT);
    *state = hub;
    return 0;
}

static int free_hub(void **state)
{
    free(*state);
    return 0;
}

static void clock_becomes_right(struct hub *hub)
{
    world.now_ns += 3600 * NSEC_PER_SEC;
    hub->wall_offset_ns = OFFSET_NS;
    hub->clock_synced = true;
    hub_date_calibrations(hub);
}

/* The detector has just finished one. */
static void calibrate(struct hub *hub)
{
    world.personal[0] = (struct detector_personal){3, 150};
    world.calibration.done++;
    world.calibration.leg = LEG_LEFT;
    hub_follow_calibration(hub);
}

/* The diary tells what it has. */
static void restore(struct hub *hub, const char *boot_id, int64_t wall_us)
{
    char text[64];
    struct store_notice notice = {.kind = STORE_CALIBRATION,
                                  .has_site = true,
                                  .leg = LEG_LEFT,
                                  .muscle = MUSCLE_GASTROCNEMIUS,
                                  .rest_uv = 3,
                                  .firm_uv = 150,
                                  .wall_us = wall_us,
                                  .t_ns = 30 * NSEC_PER_SEC,
                                  .text = text};

    snprintf(text, sizeof(text), "%s", boot_id);
    hub_restore_calibration(hub, &notice);
}

static void assert_at(const struct hub *hub, const char *at)
{
    cJSON *shown = hub_calibration(hub, 0);
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(shown, "at");

    assert_non_null(found);
    if (at)
        assert_string_equal(cJSON_GetStringValue(found), at);
    else
        assert_true(cJSON_IsNull(found));
    cJSON_Delete(shown);
}

static void what_was_made_before_the_clock_was_right_is_dated_afterwards(void **state)
{
    struct hub *hub = *state;

    calibrate(hub);
    assert_int_equal(world.writes, 1);
    assert_at(hub, NULL);
    clock_becomes_right(hub);
    assert_at(hub, "2026-01-01T22:31:00.000Z");
    hub->wall_offset_ns += 7 * NSEC_PER_SEC; /* a dated one stays, as in the diary */
    hub_date_calibrations(hub);
    assert_at(hub, "2026-01-01T22:31:00.000Z");
    calibrate(hub); /* once more */
    assert_at(hub, "2026-01-01T23:31:07.000Z");
}

static void so_is_what_an_earlier_run_of_the_same_boot_made(void **state)
{
    struct hub *hub = *state;

    restore(hub, BOOT, 0);
    assert_at(hub, NULL);
    clock_becomes_right(hub);
    assert_at(hub, "2026-01-01T22:30:30.000Z");
    assert_int_equal(world.writes, 0);
}

static void what_another_boot_made_is_as_the_diary_says(void **state)
{
    struct hub *hub = *state;

    restore(hub, "another", 0);
    clock_becomes_right(hub);
    assert_at(hub, NULL); /* nobody will ever know */
    restore(hub, "another", OFFSET_NS / 1000);
    assert_at(hub, "2026-01-01T22:30:00.000Z");
}

static void the_diary_need_not_forget_what_it_never_knew(void **state)
{
    struct hub *hub = *state;

    hub_forget_calibration(hub, 0);
    assert_int_equal(world.writes, 0);
    calibrate(hub);
    hub_forget_calibration(hub, 0);
    assert_int_equal(world.writes, 2);
    assert_true(isnan(world.rest_uv) && isnan(world.personal[0].rest_uv));
    hub_forget_calibration(hub, 0);
    assert_int_equal(world.writes, 2);
}

static void what_the_diary_tells_too_late_is_forgotten_there_too(void **state)
{
    struct hub *hub = *state;

    hub_forget_calibration(hub, 0);
    restore(hub, "another", OFFSET_NS / 1000);
    assert_true(isnan(world.personal[0].rest_uv));
    assert_true(world.writes == 1 && isnan(world.rest_uv));
}

static void a_new_one_is_not_overwritten_by_what_the_diary_tells_late(void **state)
{
    struct hub *hub = *state;

    calibrate(hub);
    world.personal[0].rest_uv = 4;
    restore(hub, "another", OFFSET_NS / 1000);
    assert_true(world.personal[0].rest_uv == 4);
    assert_true(world.writes == 1 && world.rest_uv == 3);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, new_hub, free_hub)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(what_was_made_before_the_clock_was_right_is_dated_afterwards),
        ROW(so_is_what_an_earlier_run_of_the_same_boot_made),
        ROW(what_another_boot_made_is_as_the_diary_says),
        ROW(the_diary_need_not_forget_what_it_never_knew),
        ROW(what_the_diary_tells_too_late_is_forgotten_there_too),
        ROW(a_new_one_is_not_overwritten_by_what_the_diary_tells_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
