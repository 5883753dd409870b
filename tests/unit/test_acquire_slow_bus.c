/* SPDX-License-Identifier: MIT */
/*
 * The models' bus takes no time; a real one does: 70 us for a sample at 400 kHz, 280 us at 100 kHz. Here a
 * private fake makes every transfer last, and numbers its conversions, so that a sample that was given
 * another conversion's time is found out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log.h"
#include "sensor/acquire.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

#define PERIOD_NS INT64_C(1162790) /* 860 Hz */
#define CODES     20000
#define FIRST     2000 /* codes stay clear of the rails */

struct fake_adc {
    int64_t phase_ns; /* conversion k ends at phase + k * period */
    int64_t told_ns;  /* edges up to here were handed out */
    uint16_t registers[4];
    uint8_t pointer;
};

struct fake {
    struct platform platform;
    struct gpio gpio;
    struct clock clock;
    struct i2c_bus bus;
    _Atomic int64_t now_ns;
    int64_t bit_ns, end_ns;
    struct fake_adc adc[2];
    bool taken[2];
    bool over;
    sem_t ended;
};

static struct fake *fake; /* one at a time: the interfaces give their own pointers back */

static int64_t fake_now(_unused_ struct clock *clock)
{
    return fake->now_ns;
}

static int64_t conversion_at(const struct fake_adc *adc, int64_t t_ns)
{
    return (t_ns - adc->phase_ns) / PERIOD_NS;
}

static int fake_transfer(_unused_ struct i2c_bus *bus, uint8_t address, const void *write, size_t write_size,
                         void *read, size_t read_size)
{
    struct fake_adc *adc = &fake->adc[address & 1];
    const uint8_t *w = write;
    uint8_t *r = read;
    uint16_t value;

    /* Nine bits a byte, an address byte for each direction. */
    size_t bytes = write_size + read_size + (write_size > 0) + (read_size > 0);
    if (write_size > 0)
        adc->pointer = w[0];
    if (write_size == 3)
        adc->registers[adc->pointer] = (uint16_t)(w[1] << 8 | w[2]);
    /* The register is read when its address has been sent. */
    fake->now_ns += (int64_t)(bytes - read_size) * 9 * fake->bit_ns;
    value = adc->registers[adc->pointer];
    if (adc->pointer == 0)
        value = (uint16_t)(FIRST + conversion_at(adc, fake->now_ns) % CODES);
    fake->now_ns += (int64_t)read_size * 9 * fake->bit_ns;
    if (read_size == 2) {
        r[0] = (uint8_t)(value >> 8);
        r[1] = (uint8_t)value;
    }
    return 0;
}

static int fake_request(_unused_ struct gpio *gpio, const struct gpio_spec *spec, struct gpio_line **line)
{
    int i = strcmp(spec->name, "B") == 0;

    fake->taken[i] = true;
    fake->adc[i].told_ns = fake->now_ns;
    *line = (struct gpio_line *)&fake->adc[i];
    return 0;
}

static void fake_release(_unused_ struct gpio *gpio, _unused_ struct gpio_line *line)
{
}

static int64_t next_edge(const struct fake_adc *adc)
{
    return adc->phase_ns + (conversion_at(adc, adc->told_ns) + 1) * PERIOD_NS;
}

static int fake_read_edges(_unused_ struct gpio *gpio, struct gpio_line *line, struct gpio_edge *edges,
                           size_t max)
{
    struct fake_adc *adc = (struct fake_adc *)line;
    size_t count = 0;

    while (count < max && next_edge(adc) <= fake->now_ns) {
        adc->told_ns = next_edge(adc);
        edges[count++] = (struct gpio_edge){.t_ns = adc->told_ns, .active = true};
    }
    return (int)count;
}

static uint32_t fake_wait(_unused_ struct gpio *gpio, struct gpio_line *const *lines, size_t count,
                          int wake_fd, int64_t deadline_ns)
{
    int64_t until_ns = deadline_ns;
    uint32_t ready = 0;

    if (fake->now_ns >= fake->end_ns) {
        struct pollfd fd = {.fd = wake_fd, .events = POLLIN};
        if (!fake->over)
            sem_post(&fake->ended);
        fake->over = true;
        poll(&fd, 1, -1);
        return GPIO_WOKEN;
    }
    for (size_t i = 0; i < count; i++)
        if (lines[i])
            until_ns = MIN(until_ns, next_edge((struct fake_adc *)lines[i]));
    if (until_ns > fake->now_ns)
        fake->now_ns = until_ns;
    for (size_t i = 0; i < count; i++)
        if (lines[i] && next_edge((struct fake_adc *)lines[i]) <= fake->now_ns)
            ready |= BIT(i);
    return ready;
}

static const struct gpio_ops gpio_ops = {
    .request = fake_request, .release = fake_release, .read_edges = fake_read_edges, .wait = fake_wait};

static int fake_reopen(_unused_ struct i2c_bus *bus)
{
    return 0;
}

static void fake_bus_free(_unused_ struct i2c_bus *bus)
{
}

static struct i2c_bus *fake_open(_unused_ struct platform *platform, _unused_ const char *path)
{
    static const struct i2c_bus_ops ops = {
        .transfer = fake_transfer, .reopen = fake_reopen, .free = fake_bus_free};

    fake->bus = (struct i2c_bus){&ops, "/dev/i2c-slow"};
    return &fake->bus;
}

static struct emg_params channel(int i)
{
    return (struct emg_params){.input = EMG_INPUT_RAW,
                               .chip = ADC_ADS1115,
                               .address = 0x48 + i,
                               .rate_hz = 860,
                               .adc_range_v = 4.096,
                               .gain = 125, /* a code is a microvolt */
                               .reference_v = 1.65,
                               .ready_line = i ? "B" : "A",
                               .lead_off_plus = "",
                               .lead_off_minus = ""};
}

struct outcome {
    uint64_t samples, lost, wrong, untold; /* untold: lost since the last sample */
    uint32_t faults;
    int64_t first_ns, last_ns;
};

static void take(struct outcome *outcomes, const struct block *block)
{
    struct outcome *outcome = &outcomes[block->source];

    if (block->t_ns < 1001 * NSEC_PER_SEC) /* until both are set up */
        return;
    outcome->samples += block->count;
    outcome->untold += outcome->first_ns ? block->lost : 0;
    outcome->faults |= block->faults;
    if (block->count > 0) {
        outcome->lost += outcome->untold;
        outcome->untold = 0;
    }
    for (unsigned i = 0; i < block->count; i++) {
        /* Each code is its conversion's number, so its time must be that conversion's end. */
        int64_t t_ns = block_time(block, i);
        int64_t k = conversion_at(&fake->adc[block->source], t_ns + PERIOD_NS / 2);
        double code = (double)block->v[i] + 13200;
        outcome->wrong += fabs(code - (double)(FIRST + k % CODES)) > 0.5;
        if (!outcome->first_ns)
            outcome->first_ns = t_ns;
        outcome->last_ns = t_ns;
    }
}

/* Two converters on one bus of that speed for ten seconds. */
static void run(int bits_per_s, struct outcome *outcomes)
{
    struct sensor_params params = {.bus = "/dev/i2c-slow",
                                   .chip_label = "",
                                   .emg_count = 2,
                                   .emg = {channel(0), channel(1)},
                                   .button_line = "",
                                   .lead_off_debounce_s = 0.25,
                                   .button_debounce_s = 0.03,
                                   .retry_max_s = 2};
    struct ring *ring = ring_new(4096, sizeof(struct block));
    struct block block;

    fake = calloc(1, sizeof(*fake));
    fake->bit_ns = NSEC_PER_SEC / bits_per_s;
    fake->now_ns = 1000 * NSEC_PER_SEC;
    fake->end_ns = 1010 * NSEC_PER_SEC;
    fake->adc[0].phase_ns = 0;
    fake->adc[1].phase_ns = PERIOD_NS / 50; /* nearly together: the worst for the second */
    fake->clock = (struct clock){.now = fake_now, .speed = 1000};
    fake->gpio = (struct gpio){.ops = &gpio_ops, .edge_buffer = 16, .backend = "fake"};
    fake->platform = (struct platform){.clock = &fake->clock, .gpio = &fake->gpio, .open_bus = fake_open};
    sem_init(&fake->ended, 0, 0);
    struct acquire *acquire = acquire_new(&params, &fake->platform, ring);
    assert_non_null(acquire);
    assert_int_equal(acquire_start(acquire), 0);
    while (sem_wait(&fake->ended) < 0)
        ;
    acquire_free(acquire);
    memset(outcomes, 0, 2 * sizeof(*outcomes));
    while (ring_get(ring, &block))
        take(outcomes, &block);
    ring_free(ring);
    sem_destroy(&fake->ended);
    free(fake);
}

static void a_fast_enough_bus_loses_nothing(void **state)
{
    (void)state;
    static const int speeds[] = {400000, 250000, 100000, 90000};

    for (size_t s = 0; s < ARRAY_SIZE(speeds); s++) {
        struct outcome outcomes[2];

        run(speeds[s], outcomes);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(outcomes[i].faults, 0);
            assert_int_equal(outcomes[i].lost, 0);
            assert_int_equal(outcomes[i].wrong, 0);
            assert_true(outcomes[i].samples > 7700);
        }
    }
}

static void a_slow_bus_loses_and_counts_but_never_misdates(void **state)
{
    (void)state;
    static const int speeds[] = {62500, 50000, 40000, 30000};
    uint64_t lost = 0;

    for (size_t s = 0; s < ARRAY_SIZE(speeds); s++) {
        struct outcome outcomes[2];

        run(speeds[s], outcomes);
        for (int i = 0; i < 2; i++) {
            double all = (double)(outcomes[i].samples + outcomes[i].lost);
            double span = (double)(outcomes[i].last_ns - outcomes[i].first_ns) / (double)PERIOD_NS + 1;

            assert_int_equal(outcomes[i].wrong, 0);
            if (outcomes[i].lost > 0)
                assert_true(outcomes[i].faults & BIT(FAULT_GAP));
            if (outcomes[i].samples > 0)
                assert_true(fabs(all - span) < 0.5);
            lost += outcomes[i].lost;
        }
    }
    assert_true(lost > 1000);
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fast_enough_bus_loses_nothing),
        cmocka_unit_test(a_slow_bus_loses_and_counts_but_never_misdates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
