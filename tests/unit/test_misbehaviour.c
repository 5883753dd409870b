/* SPDX-License-Identifier: MIT */
/*
 * Everything the models can do wrong, against the real drivers and the acquire thread, in virtual time. For
 * every row: the named fault is in the blocks within the time given, no sample without a fault differs from
 * what was there to be measured, samples delivered and lost add up to what the chip converted, the others
 * carry on, and when it is over all is well again by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log.h"
#include "sensor_rig.h"

#include <stdio.h>

#define FAULT_START_S 5.0
#define RECOVERED_S   5.0 /* after the end of the fault; the rig's longest back-off is 2 s */
#define TAIL_S        6.0
#define RATE_HZ       860.0
#define IMU_HZ        100.0

enum target { ON_BUS = -1, ON_ADC, ON_IMU };

struct row {
    const char *name;
    enum world_fault fault;
    enum target target;
    double amount, length_s;
    uint32_t adc_faults, imu_faults; /* all of these must be seen; 0: no fault may be seen */
    double notice_s;                 /* within this time after the start */
    double blind_s;                  /* time after the start in which wrong samples may still pass */
    bool others_suffer;              /* what stands on the same bus loses samples, too */
};

#define B(fault) BIT(FAULT_##fault)

static const struct row rows[] = {
    {"cable out", WORLD_NACK, ON_ADC, 0, 10, B(BUS), 0, 0.5, 0, false},
    {"IMU's cable out", WORLD_NACK, ON_IMU, 0, 10, 0, B(BUS), 0.5, 0, false},
    {"all cables out", WORLD_NACK, ON_BUS, 0, 10, B(BUS), B(BUS), 0.5, 0, true},
    {"a short wink of the plug", WORLD_NACK, ON_ADC, 0, 0.05, B(GAP), 0, 0.5, 0, false},
    {"SDA stuck by a converter", WORLD_HANG, ON_ADC, 0, 10, B(BUS), 0, 1, 0, true},
    {"SDA stuck by the IMU", WORLD_HANG, ON_IMU, 0, 10, 0, B(BUS), 1, 0, true},
    {"SDA stuck", WORLD_HANG, ON_BUS, 0, 10, B(BUS), B(BUS), 1.5, 0, true},
    {"arbitration lost", WORLD_ARBITRATION, ON_ADC, 0.5, 10, B(BUS), 0, 0.5, 0, false},
    {"IMU loses arbitration", WORLD_ARBITRATION, ON_IMU, 0.5, 10, 0, B(BUS), 0.5, 0, false},
    {"arbitration hardly ever won", WORLD_ARBITRATION, ON_BUS, 0.9, 10, B(BUS), B(BUS), 0.5, 0, true},
    {"register stuck", WORLD_STUCK, ON_ADC, 0, 10, B(STALE), 0, 0.3, 0.1, false},
    {"IMU stuck", WORLD_STUCK, ON_IMU, 0, 10, 0, B(STALE), 1, 0.8, false},
    {"conversions doubled", WORLD_REPEAT, ON_ADC, 0, 10, B(STALE), 0, 0.5, 0.3, false},
    {"IMU's frames doubled", WORLD_REPEAT, ON_IMU, 0, 10, 0, B(STALE), 2, 1.6, false},
    {"edges lost", WORLD_LOST_EDGES, ON_ADC, 0.3, 10, B(GAP), 0, 0.3, 0, false},
    {"most edges lost", WORLD_LOST_EDGES, ON_ADC, 0.9, 10, B(GAP), 0, 0.3, 0, false},
    {"edge storm", WORLD_EDGE_STORM, ON_ADC, 5000, 10, B(RATE), 0, 0.3, 0.06, false},
    {"wild edge storm", WORLD_EDGE_STORM, ON_ADC, 40000, 10, B(RATE), 0, 0.3, 0.06, false},
    {"ready wire broken", WORLD_NO_EDGES, ON_ADC, 0, 10, B(GAP), 0, 0.5, 0, false},
    {"oscillator off as the datasheet allows", WORLD_RATE, ON_ADC, 0.08, 10, 0, 0, 0, 0, false},
    {"oscillator far off", WORLD_RATE, ON_ADC, 0.25, 10, B(RATE), 0, 0.5, 0, false},
    {"IMU's oscillator far off", WORLD_RATE, ON_IMU, 0.25, 20, 0, B(RATE), 9, 10, false},
    {"FIFO ran over", WORLD_FIFO_OVERFLOW, ON_IMU, 0, 10, 0, B(GAP), 0.5, 0, false},
    {"converter reset", WORLD_RESET, ON_ADC, 0, 10, B(GAP), 0, 0.5, 0, false},
    {"IMU reset", WORLD_RESET, ON_IMU, 0, 10, 0, B(BUS), 0.5, 0, false},
    {"all reset", WORLD_RESET, ON_BUS, 0, 10, B(GAP), B(BUS), 0.5, 0, false},
    {"bus device gone", WORLD_NO_BUS, ON_BUS, 0, 10, B(BUS), B(BUS), 0.5, 0, true},
    {"rubbish from a converter", WORLD_GARBAGE, ON_ADC, 0, 10, B(BUS), 0, 0.5, 0, false},
    {"rubbish from the IMU", WORLD_GARBAGE, ON_IMU, 0, 10, 0, B(BUS), 0.5, 0, false},
    {"rubbish from everybody", WORLD_GARBAGE, ON_BUS, 0, 10, B(BUS), B(BUS), 0.5, 0, true},
    {"thread not scheduled", WORLD_STALL, ON_BUS, 0, 0.5, B(GAP), 0, 1, 0, true},
    {"thread not scheduled for long", WORLD_STALL, ON_BUS, 0, 3, B(GAP), B(GAP), 4, 0, true},
};

/* What one source delivered, in the phases of a row: before, during (and recovering), after. */
struct seen {
    uint32_t before, during, after; /* faults */
    double noticed_s;               /* when the faults looked for had all been seen */
    double silent_s;                /* longest time that no block speaks of */
    uint64_t samples, lost, after_samples, after_lost;
    double wrong; /* of samples without a fault: largest difference from what was there */
    double wrong_s;
    unsigned backwards;
    int64_t last_ns;
};

struct watch {
    const struct row *row;
    struct rig *rig;
    struct seen adc[2], imu;
};

static void check_value(const struct watch *watch, struct seen *seen, const struct block *block, unsigned i)
{
    double edge_s = ns_to_s(block_time(block, i) - RIG_START_NS);
    double blind_s = edge_s - FAULT_START_S, error;

    if (blind_s >= 0 && blind_s < watch->row->blind_s)
        return;
    if (block->kind == BLOCK_EMG)
        error =
            fabs((double)block->v[i] - rig_uv(edge_s - block->period_ns / 2e9, block->source)) / RIG_LSB_UV;
    else
        error = fabs((double)block->v[i * 6 + 2] - rig_motion(edge_s, 2)) / 0.01;
    if (error > seen->wrong) {
        seen->wrong = error;
        seen->wrong_s = edge_s;
    }
}

static void take(void *context, const struct block *block)
{
    struct watch *watch = context;
    const struct row *row = watch->row;
    bool is_imu = block->kind == BLOCK_IMU;
    struct seen *seen = is_imu ? &watch->imu : &watch->adc[block->source];
    double t_s = ns_to_s(block->t_ns - RIG_START_NS),
           put_s = ns_to_s(world_now(watch->rig->world) - RIG_START_NS);
    double over_s = FAULT_START_S + row->length_s + RECOVERED_S;
    uint32_t wanted = is_imu ? row->imu_faults : row->adc_faults;

    seen->samples += block->count;
    seen->lost += block->lost;
    if (seen->last_ns != 0 && block->t_ns <= seen->last_ns)
        seen->backwards++;
    seen->silent_s = fmax(seen->silent_s, t_s - (seen->last_ns ? ns_to_s(seen->last_ns - RIG_START_NS) : 0));
    seen->last_ns = block->count > 0 ? block_time(block, block->count - 1U) : block->t_ns;
    if (t_s > 1 && put_s < FAULT_START_S)
        seen->before |= block->faults;
    if (put_s >= FAULT_START_S && t_s < over_s) {
        seen->during |= block->faults;
        if (seen->noticed_s == 0 && (seen->during & wanted) == wanted)
            seen->noticed_s = put_s;
    }
    if (t_s >= over_s) {
        seen->after |= block->faults;
        seen->after_samples += block->count;
        seen->after_lost += block->lost;
    }
    for (unsigned i = 0; i < block->count && block->faults == 0 && t_s > 1; i++)
        check_value(watch, seen, block, i);
}

static bool fine(const char *name, const char *what, bool ok, double figure)
{
    if (!ok)
        fprintf(stderr, "%s: %s (%g)\n", name, what, figure);
    return ok;
}

static bool judge(const char *name, const struct row *row, const struct seen *seen, uint32_t wanted,
                  bool is_imu, double rate_hz, double run_s)
{
    double share = (double)(seen->samples + seen->lost) / (rate_hz * run_s);
    bool stalled = row->fault == WORLD_STALL, ok = true;
    bool changes = row->fault == WORLD_RATE || row->fault == WORLD_EDGE_STORM;
    /* Where the rate jumps, a sample's time is off by a third of a period until that is known. */
    double allowed = row->fault == WORLD_RATE ? 6 : 1.1;
    bool all_blind = row->target == ON_BUS && (row->adc_faults & row->imu_faults & B(BUS));
    double silent_s = all_blind                  ? ACQUIRE_BLIND_S + 0.1
                      : row->fault == WORLD_HANG ? 0.5
                                                 : ACQUIRE_BLOCK_MAX_S;

    ok &= fine(name, "faults before anything happened", seen->before == 0, seen->before);
    if (wanted) {
        ok &= fine(name, "the fault was not named", (seen->during & wanted) == wanted, seen->during);
        ok &= fine(name, "noticed late", seen->noticed_s - FAULT_START_S <= row->notice_s,
                   seen->noticed_s - FAULT_START_S);
    } else if (!row->others_suffer) {
        ok &= fine(name, "a fault without a cause", seen->during == 0, seen->during);
        ok &= fine(name, "lost without a cause", is_imu || seen->lost == 0, (double)seen->lost);
    }
    ok &= fine(name, "a wrong sample passed as good, in LSB", seen->wrong <= allowed, seen->wrong);
    if (seen->wrong > allowed)
        fprintf(stderr, "    at %.4f s\n", seen->wrong_s);
    ok &= fine(name, "still a fault after it was over", seen->after == 0, seen->after);
    ok &= fine(name, "still losing after it was over", seen->after_lost == 0, (double)seen->after_lost);
    ok &=
        fine(name, "samples after it was over",
             fabs((double)seen->after_samples / (rate_hz * TAIL_S) - 1) < 0.01, (double)seen->after_samples);
    ok &= fine(name, "delivered and lost do not add up", changes || fabs(share - 1) < (is_imu ? 0.02 : 0.005),
               share);
    ok &= fine(name, "blocks that go back in time", seen->backwards == 0, seen->backwards);
    ok &= fine(name, "silent for long", stalled || seen->silent_s <= silent_s, seen->silent_s);
    return ok;
}

static bool run_row(const struct row *row, enum world_gpio flavour)
{
    struct sensor_params params = rig_params(ADC_ADS1115, 860);
    struct watch *watch = calloc(1, sizeof(*watch));
    double run_s = FAULT_START_S + row->length_s + RECOVERED_S + TAIL_S;
    bool other_adc = row->target == ON_BUS, ok;
    char name[96];

    watch->row = row;
    watch->rig = rig_new(&params, (double[]){0, 0}, 0, take, watch);
    world_set_gpio(watch->rig->world, flavour);
    int device = row->target == ON_ADC ? watch->rig->adc[0] : row->target == ON_IMU ? watch->rig->imu : -1;
    assert_int_equal(world_add_fault(watch->rig->world, row->fault, device, FAULT_START_S,
                                     FAULT_START_S + row->length_s, row->amount),
                     0);
    assert_int_equal(rig_run(watch->rig, run_s), 0);
    const char *version = flavour == WORLD_GPIO_V1 ? "v1" : "v2";
    snprintf(name, sizeof(name), "%s (%s), the converter", row->name, version);
    ok = judge(name, row, &watch->adc[0], row->adc_faults, false, RATE_HZ, run_s);
    snprintf(name, sizeof(name), "%s (%s), the other converter", row->name, version);
    ok &= judge(name, row, &watch->adc[1], other_adc ? row->adc_faults : 0, false, RATE_HZ, run_s);
    snprintf(name, sizeof(name), "%s (%s), the IMU", row->name, version);
    ok &= judge(name, row, &watch->imu, row->imu_faults, true, IMU_HZ, run_s);
    rig_close(watch->rig);
    free(watch);
    return ok;
}

static void run_all(enum world_gpio flavour)
{
    unsigned failed = 0;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        failed += run_row(&rows[i], flavour) ? 0 : 1;
    assert_int_equal(failed, 0);
}

static void every_misbehaviour_is_named_and_ends_v2(void **state)
{
    (void)state;
    run_all(WORLD_GPIO_V2);
}

static void every_misbehaviour_is_named_and_ends_v1(void **state)
{
    (void)state;
    run_all(WORLD_GPIO_V1);
}

/* A new word in the models without a row here would be a fault nobody has tried. */
static void every_fault_of_the_models_has_a_row(void **state)
{
    (void)state;
    for (int fault = 0; fault < world_fault_count; fault++) {
        bool found = false;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
            found |= (int)rows[i].fault == fault;
        if (!found)
            fprintf(stderr, "no row for %s\n", world_fault_name((enum world_fault)fault));
        assert_true(found);
    }
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_of_the_models_has_a_row),
        cmocka_unit_test(every_misbehaviour_is_named_and_ends_v2),
        cmocka_unit_test(every_misbehaviour_is_named_and_ends_v1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
