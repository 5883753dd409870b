/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log.h"
#include "sensor_rig.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

/* ---- counting allocations: the linker sends every call of the program's own code here ---- */

static _Atomic bool counting;
static _Atomic unsigned allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    if (counting)
        allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    if (counting)
        allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    if (counting)
        allocations++;
    return __real_realloc(old, size);
}

/* ---- what is collected ---- */

struct tally {
    uint64_t samples[EMG_CHANNELS], lost[EMG_CHANNELS], rows, rows_lost;
    uint32_t faults[EMG_CHANNELS], imu_faults;
    int64_t first_ns[EMG_CHANNELS], last_ns[EMG_CHANNELS], imu_last_ns;
    double worst_uv, worst_g, worst_dps;
    unsigned backwards, buttons, contacts, blocks;
    unsigned imu_sources;      /* BIT(source) */
    unsigned contacts_unknown; /* blocks that say so */
    bool pressed, off;
    int64_t pressed_ns, off_ns, on_ns;
};

static void compare_emg(struct tally *tally, const struct block *block)
{
    /* Until the rate is known the times within a block are rough. */
    if (block->t_ns < RIG_START_NS + NSEC_PER_SEC)
        return;
    for (unsigned i = 0; i < block->count; i++) {
        /* The model converts the middle of the conversion's time; its edge is the end. */
        double t_s = ns_to_s(block_time(block, i) - RIG_START_NS) - block->period_ns / 2e9;
        tally->worst_uv = fmax(tally->worst_uv, fabs((double)block->v[i] - rig_uv(t_s, block->source)));
    }
}

static void compare_imu(struct tally *tally, const struct block *block)
{
    if (block->t_ns < RIG_START_NS + 20 * NSEC_PER_SEC)
        return;
    for (unsigned i = 0; i < block->count; i++)
        for (unsigned axis = 0; axis < 6; axis++) {
            double t_s = ns_to_s(block_time(block, i) - RIG_START_NS);
            double error = fabs((double)block->v[i * 6 + axis] - rig_motion(t_s, axis));
            if (axis < 3)
                tally->worst_g = fmax(tally->worst_g, error);
            else
                tally->worst_dps = fmax(tally->worst_dps, error);
        }
}

static void take_emg(struct tally *tally, const struct block *block)
{
    unsigned i = block->source;

    tally->samples[i] += block->count;
    tally->lost[i] += block->lost;
    tally->faults[i] |= block->faults;
    if (tally->last_ns[i] != 0 && block->t_ns <= tally->last_ns[i])
        tally->backwards++;
    if (tally->first_ns[i] == 0 && block->count > 0)
        tally->first_ns[i] = block->t_ns;
    tally->last_ns[i] = block->count > 0 ? block_time(block, block->count - 1U) : block->t_ns;
    compare_emg(tally, block);
}

static void take(void *context, const struct block *block)
{
    struct tally *tally = context;

    tally->blocks++;
    switch ((enum block_kind)block->kind) {
    case BLOCK_EMG: take_emg(tally, block); break;
    case BLOCK_IMU:
        tally->imu_sources |= BIT(block->source);
        tally->rows += block->count;
        if (block->t_ns > RIG_START_NS + NSEC_PER_SEC) { /* it takes a while to start */
            tally->rows_lost += block->lost;
            tally->imu_faults |= block->faults;
        }
        if (tally->imu_last_ns != 0 && block->t_ns <= tally->imu_last_ns)
            tally->backwards++;
        tally->imu_last_ns = block->count > 0 ? block_time(block, block->count - 1U) : block->t_ns;
        compare_imu(tally, block);
        break;
    case BLOCK_BUTTON:
        if (block->count > 0 && (block->v[0] > 0) != tally->pressed) {
            tally->pressed = block->v[0] > 0;
            tally->buttons++;
            if (tally->pressed)
                tally->pressed_ns = block->t_ns;
        }
        break;
    case BLOCK_CONTACT:
        tally->contacts_unknown += block->count == 0 && block->faults == BIT(FAULT_GAP);
        if (block->count > 0 && (block->v[0] > 0) != tally->off) {
            tally->off = block->v[0] > 0;
            tally->contacts++;
            *(tally->off ? &tally->off_ns : &tally->on_ns) = block->t_ns;
        }
        break;
    }
}

/* ---- tests ---- */

static void two_channels_and_an_imu_arrive_whole(enum world_gpio flavour)
{
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct tally *tally = calloc(1, sizeof(*tally));
    struct rig *rig;
    struct acquire_status status;

    rig = rig_new(&params, (double[]){0.08, -0.08}, 0.03, take, tally);
    world_set_gpio(rig->world, flavour);
    assert_int_equal(rig_run(rig, 120), 0);
    acquire_get_status(rig->acquire, &status);

    for (int i = 0; i < 2; i++) {
        double true_hz = 860 * (i ? 0.92 : 1.08);
        double span_s = ns_to_s(tally->last_ns[i] - tally->first_ns[i]);

        assert_int_equal(tally->faults[i], 0);
        assert_int_equal(tally->lost[i], 0);
        /* Every conversion from the first to the last. */
        assert_true(fabs((double)tally->samples[i] - 1 - span_s * true_hz) < 0.5);
        assert_true(span_s > 119.5);
        assert_true(fabs(status.rate_hz[i] / true_hz - 1) < 0.001);
    }
    assert_int_equal(status.samples, tally->samples[0] + tally->samples[1]);
    assert_int_equal(status.dropped, 0);
    assert_true(tally->worst_uv <= RIG_LSB_UV);
    assert_int_equal(tally->backwards, 0);

    /* The IMU: all frames, each to within its own resolution and half a period of motion. */
    assert_int_equal(tally->imu_faults, 0);
    assert_int_equal(tally->rows_lost, 0);
    assert_true(fabs((double)tally->rows - 103.0 * 120) < 103);
    assert_true(tally->worst_g < 0.01);
    assert_true(tally->worst_dps < 1.0);
    rig_close(rig);
    free(tally);
}

static void two_channels_and_an_imu_arrive_whole_v2(void **state)
{
    (void)state;
    two_channels_and_an_imu_arrive_whole(WORLD_GPIO_V2);
}

static void two_channels_and_an_imu_arrive_whole_v1(void **state)
{
    (void)state;
    two_channels_and_an_imu_arrive_whole(WORLD_GPIO_V1);
}

static void the_fast_chip_arrives_whole_too(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1015, 3300);
    struct tally *tally = calloc(1, sizeof(*tally));
    struct rig *rig;

    rig = rig_new(&params, (double[]){0.05, 0}, 0, take, tally);
    assert_int_equal(rig_run(rig, 20), 0);
    for (int i = 0; i < 2; i++) {
        double span_s = ns_to_s(tally->last_ns[i] - tally->first_ns[i]);
        assert_int_equal(tally->faults[i], 0);
        assert_int_equal(tally->lost[i], 0);
        assert_true(fabs((double)tally->samples[i] - 1 - span_s * 3300 * (i ? 1 : 1.05)) < 0.5);
    }
    assert_true(tally->worst_uv <= 16 * RIG_LSB_UV);
    rig_close(rig);
    free(tally);
}

static void a_slow_converter_is_not_called_silent(void **state)
{
    (void)state;
    static const int rates[] = {8, 16, 32, 128};

    for (size_t r = 0; r < ARRAY_SIZE(rates); r++) {
        struct sensor_params params = rig_params(ADC_ADS1115, rates[r]);
        struct tally *tally = calloc(1, sizeof(*tally));
        struct rig *rig = rig_new(&params, (double[]){-0.05, 0.05}, 0, take, tally);

        assert_int_equal(rig_run(rig, 30), 0);
        for (int i = 0; i < 2; i++) {
            double span_s = ns_to_s(tally->last_ns[i] - tally->first_ns[i]);
            assert_int_equal(tally->lost[i], 0);
            assert_int_equal(tally->faults[i] & ~BIT(FAULT_GAP), 0);
            assert_true(fabs((double)tally->samples[i] - 1 - span_s * rates[r] * (i ? 1.05 : 0.95)) < 0.5);
        }
        /* It may have nothing to say, but does not say so all the time. */
        assert_true(tally->blocks < 30 * 3 * 30);
        rig_close(rig);
        free(tally);
    }
}

static void the_interrupt_line_dates_the_frames(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 128);
    struct tally *tally = calloc(1, sizeof(*tally));
    struct rig *rig;

    params.imu[0].interrupt_line = "GPIO5";
    rig = rig_new(&params, (double[]){0, 0}, -0.04, take, tally);
    assert_int_equal(rig_run(rig, 60), 0);
    assert_int_equal(tally->imu_faults, 0);
    assert_int_equal(tally->rows_lost, 0);
    /* Times are the edges' now: a hundredth of a period of the fastest motion at most. */
    assert_true(tally->worst_g < 0.0005);
    assert_true(tally->worst_dps < 0.05);
    rig_close(rig);
    free(tally);
}

static void nothing_is_allocated_while_it_runs(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct tally *tally = calloc(1, sizeof(*tally));
    struct rig *rig;

    rig = rig_new(&params, (double[]){0, 0.02}, 0, take, tally);
    world_add_fault(rig->world, WORLD_NACK, -1, 5, 10, 0);
    world_add_fault(rig->world, WORLD_FIFO_OVERFLOW, rig->imu, 12, 14, 0);
    /* The counter itself works; volatile, or the compiler sees through it. */
    counting = true;
    void *volatile probe = malloc(16);
    free(probe);
    assert_int_equal(allocations, 1);
    counting = false;
    allocations = 0;
    assert_int_equal(rig_run(rig, 1), 0);
    counting = true;
    assert_int_equal(rig_run(rig, 20), 0);
    counting = false;
    assert_true(tally->samples[0] > 10000);
    assert_int_equal(allocations, 0);
    rig_close(rig);
    free(tally);
}

/* All day, perhaps for years: it must not wake the processor more often than somebody needs to hear of it. */
static void a_hub_without_a_sensor_says_so_and_sleeps(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct sensor_params nothing = {.bus = RIG_BUS, .chip_label = "", .button_line = ""};
    struct tally *tally = calloc(1, sizeof(*tally));
    struct rig *rig;
    struct acquire_status before, status;

    params.button_line = "GPIO22";
    rig = rig_new(&nothing, (double[]){0, 0}, 0, take, tally);
    rig->params = params;
    assert_int_equal(world_add_input(rig->world, "GPIO22", (struct world_signal){rig_read_left, NULL}), 0);
    world_set_input(rig->world, "GPIO22", false);
    assert_int_equal(rig_run(rig, 10), 0);
    acquire_get_status(rig->acquire, &before);
    unsigned said = tally->blocks;
    assert_int_equal(rig_run(rig, 20), 0);
    acquire_get_status(rig->acquire, &status);
    /* Three sources and the button, once a second together. */
    assert_in_range(tally->blocks - said, 4 * 19, 4 * 21);
    /* That, two missing lines every two seconds, and three chips asked at their back-off of two; the watchdog
       is fed by rounds. */
    assert_in_range(status.rounds - before.rounds, 20, 20 + 2 * 10 + 3 * 10 + 5);
    assert_int_equal(status.samples, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tally->samples[i], 0);
        assert_int_equal(tally->faults[i], BIT(FAULT_BUS));
        assert_int_equal(status.faults[i], BIT(FAULT_BUS));
    }
    assert_int_equal(tally->imu_faults, BIT(FAULT_BUS));
    /* The button is heard at once nevertheless. */
    int64_t pressed_ns = world_now(rig->world);
    world_set_input(rig->world, "GPIO22", true);
    assert_int_equal(rig_run(rig, 0.5), 0);
    assert_int_equal(tally->buttons, 1);
    assert_in_range(tally->pressed_ns - pressed_ns, 30 * NSEC_PER_MSEC, 150 * NSEC_PER_MSEC);
    rig_close(rig);
    free(tally);
}

/* The chips are there and convert, but the bus to them is gone: their pulses are nobody's news. */
static void a_hub_without_a_bus_sleeps_through_pulses(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct tally *tally = calloc(1, sizeof(*tally));
    struct acquire_status before, status;
    struct rig *rig = rig_new(&params, (double[]){0, 0}, 0, take, tally);

    world_add_fault(rig->world, WORLD_NO_BUS, -1, 2, 15, 0);
    assert_int_equal(rig_run(rig, 5), 0);
    acquire_get_status(rig->acquire, &before);
    assert_int_equal(rig_run(rig, 10), 0);
    acquire_get_status(rig->acquire, &status);
    assert_int_equal(status.samples, before.samples);
    assert_in_range(status.rounds - before.rounds, 10, 10 + 3 * 5 + 5);
    /* Asked again every two seconds: they are back. */
    assert_int_equal(rig_run(rig, 3), 0);
    acquire_get_status(rig->acquire, &status);
    assert_true(status.samples > before.samples + 2 * 700);
    rig_close(rig);
    free(tally);
}

static void the_button_is_debounced(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 128);
    struct tally *tally = calloc(1, sizeof(*tally));
    struct rig *rig;

    params.button_line = "GPIO22";
    params.button_active_low = true;
    rig = rig_new(&params, (double[]){0, 0}, 0, take, tally);
    assert_int_equal(world_add_input(rig->world, "GPIO22", (struct world_signal){rig_read_left, NULL}), 0);
    world_set_input(rig->world, "GPIO22", true);
    assert_int_equal(rig_run(rig, 1), 0);
    assert_int_equal(tally->buttons, 0);
    /* 20 ms are a spark. */
    world_set_input(rig->world, "GPIO22", false);
    assert_int_equal(rig_run(rig, 0.02), 0);
    world_set_input(rig->world, "GPIO22", true);
    assert_int_equal(rig_run(rig, 0.5), 0);
    assert_int_equal(tally->buttons, 0);
    int64_t pressed_ns = world_now(rig->world);
    world_set_input(rig->world, "GPIO22", false);
    assert_int_equal(rig_run(rig, 0.5), 0);
    assert_int_equal(tally->buttons, 1);
    assert_true(tally->pressed);
    assert_in_range(tally->pressed_ns - pressed_ns, 30 * NSEC_PER_MSEC, 40 * NSEC_PER_MSEC);
    world_set_input(rig->world, "GPIO22", true);
    assert_int_equal(rig_run(rig, 0.5), 0);
    assert_int_equal(tally->buttons, 2);
    assert_false(tally->pressed);
    rig_close(rig);
    free(tally);
}

/* LO+ of the left electrode: off between 5 and 10 s, toggling with the mains between 15 and 20 s. */
static void read_lead_off(void *context, int64_t t_ns, double *values, unsigned count)
{
    double t_s = ns_to_s(t_ns);

    (void)context;
    (void)count;
    values[0] = (t_s >= 5 && t_s < 10) || (t_s >= 15 && t_s < 20 && sin(2 * M_PI * 50 * t_s) > 0);
}

static void a_loose_electrode_is_off_also_when_it_hums(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct tally *tally = calloc(1, sizeof(*tally));
    struct rig *rig;

    params.emg[0].lead_off_plus = "GPIO23";
    rig = rig_new(&params, (double[]){0, 0}, 0, take, tally);
    assert_int_equal(world_add_input(rig->world, "GPIO23", (struct world_signal){read_lead_off, NULL}), 0);
    assert_int_equal(rig_run(rig, 4), 0);
    assert_false(tally->off);
    tally->faults[0] = 0;
    tally->contacts = 0;
    assert_int_equal(rig_run(rig, 8), 0);
    assert_int_equal(tally->contacts, 2);
    assert_in_range(tally->off_ns - RIG_START_NS, 5.2 * 1e9, 5.4 * 1e9);
    assert_in_range(tally->on_ns - RIG_START_NS, 10.2 * 1e9, 10.4 * 1e9);
    assert_int_equal(tally->faults[0], BIT(FAULT_LEAD_OFF));
    assert_int_equal(tally->faults[1], 0);
    assert_int_equal(rig_run(rig, 7), 0);
    assert_true(tally->off);
    assert_int_equal(tally->contacts, 3);
    assert_int_equal(rig_run(rig, 4), 0);
    assert_false(tally->off);
    assert_int_equal(tally->contacts, 4);
    rig_close(rig);
    free(tally);
}

static void contact_on_a_line_that_is_not_there_is_not_known(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct tally *tally = calloc(1, sizeof(*tally));
    struct rig *rig;

    params.emg[0].lead_off_plus = "GPIO99";
    rig = rig_new(&params, (double[]){0, 0}, 0, take, tally);
    assert_int_equal(rig_run(rig, 4), 0);
    assert_true(tally->contacts_unknown >= 4 * 4); /* said again and again: a reader may have missed one */
    assert_int_equal(tally->contacts, 0);
    assert_int_equal(tally->faults[0], 0); /* the signal is as good as it was */
    rig_close(rig);
    free(tally);
}

static void settings_the_chip_cannot_do_are_refused(void **state)
{
    (void)state;
    struct world *world = world_new(0, RIG_START_NS);
    struct ring *ring = ring_new(8, sizeof(struct block));
    struct sensor_params params = rig_params(ADC_ADS1115, 861);

    errno = 0;
    assert_null(acquire_new(&params, world_platform(world), ring));
    assert_int_equal(errno, EINVAL);
    params = rig_params(ADC_ADS1115, 860);
    params.imu[0].acc_range_g = 3;
    assert_null(acquire_new(&params, world_platform(world), ring));
    assert_int_equal(errno, EINVAL);
    params.imu[0].acc_range_g = 4;
    params.emg_count = EMG_CHANNELS + 1;
    assert_null(acquire_new(&params, world_platform(world), ring));
    assert_int_equal(errno, EINVAL);
    acquire_free(NULL);
    ring_free(ring);
    world_free(world);
}

/* The detector knows the IMUs there are; a number that counts the others too would be nobody's. */
static void an_imu_without_a_chip_has_no_number(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct tally *tally = calloc(1, sizeof(*tally));
    struct rig *rig = rig_new(&params, (double[]){0, 0}, 0, take, tally);

    rig->params.imu_count = 2;
    rig->params.imu[1] = params.imu[0];
    rig->params.imu[1].leg = LEG_RIGHT;
    rig->params.imu[0].chip = IMU_NONE;
    assert_int_equal(rig_run(rig, 4), 0);
    assert_true(tally->rows > 200);
    assert_int_equal(tally->imu_sources, BIT(0));
    rig_close(rig);
    free(tally);
}

static void a_full_ring_is_told_as_missing_samples(void **state)
{
    (void)state;
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct tally *tally = calloc(1, sizeof(*tally));
    struct rig *rig;
    struct acquire_status status;
    struct block block;
    uint64_t kept = 0, lost = 0;

    params.emg_count = 1;
    params.imu_count = 0;
    rig = rig_new(&params, (double[]){0, 0}, 0, take, tally);
    world_set_pace(rig->world, NULL, NULL); /* nobody reads */
    rig->acquire = acquire_new(&params, world_platform(rig->world), rig->ring);
    assert_int_equal(acquire_start(rig->acquire), 0);
    do {
        acquire_get_status(rig->acquire, &status);
    } while (status.dropped < 100);
    acquire_stop(rig->acquire);
    while (ring_get(rig->ring, &block)) {
        kept += block.count;
        lost += block.lost;
    }
    assert_int_equal(lost, 0);
    acquire_get_status(rig->acquire, &status);
    uint64_t missing = status.samples - kept;
    assert_true(missing > 100 * 40);
    /* The reader is back: the first thing it hears is how much it missed. */
    world_set_pace(rig->world, rig_pace, rig);
    assert_int_equal(rig_run(rig, 1), 0);
    assert_true(tally->lost[0] >= missing);
    assert_true(tally->faults[0] & BIT(FAULT_GAP));
    rig_close(rig);
    free(tally);
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_channels_and_an_imu_arrive_whole_v2),
        cmocka_unit_test(two_channels_and_an_imu_arrive_whole_v1),
        cmocka_unit_test(the_fast_chip_arrives_whole_too),
        cmocka_unit_test(a_slow_converter_is_not_called_silent),
        cmocka_unit_test(the_interrupt_line_dates_the_frames),
        cmocka_unit_test(nothing_is_allocated_while_it_runs),
        cmocka_unit_test(a_hub_without_a_sensor_says_so_and_sleeps),
        cmocka_unit_test(a_hub_without_a_bus_sleeps_through_pulses),
        cmocka_unit_test(the_button_is_debounced),
        cmocka_unit_test(a_loose_electrode_is_off_also_when_it_hums),
        cmocka_unit_test(contact_on_a_line_that_is_not_there_is_not_known),
        cmocka_unit_test(settings_the_chip_cannot_do_are_refused),
        cmocka_unit_test(an_imu_without_a_chip_has_no_number),
        cmocka_unit_test(a_full_ring_is_told_as_missing_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
