/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crampsim/world.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BUS   "/dev/i2c-1"
#define START (1000 * NSEC_PER_SEC)

static void read_ramp(void *context, int64_t t_ns, double *values, unsigned count)
{
    (void)context;
    for (unsigned i = 0; i < count; i++)
        values[i] = ns_to_s(t_ns) * 10.0; /* 10 uV (or g) a second */
}

static void read_square(void *context, int64_t t_ns, double *values, unsigned count)
{
    (void)context;
    (void)count;
    values[0] = t_ns / NSEC_PER_SEC % 2 ? 1 : 0; /* high in odd seconds */
}

static const struct world_signal ramp = {read_ramp, NULL}, square = {read_square, NULL};

struct bed {
    struct world *world;
    struct gpio *gpio;
    struct i2c_bus *bus;
    struct gpio_line *ready;
};

static struct bed make_bed(enum world_gpio flavour)
{
    const struct world_adc adc = {
        .bus = BUS,
        .address = 0x48,
        .chip = ADC_ADS1115,
        .ready_line = "READY",
        .gain = 1000,
        .reference_v = 1.65,
        .pin = 0,
        .uv = ramp,
    };
    const struct world_imu imu = {.bus = BUS, .address = 0x68, .chip = IMU_MPU6050, .motion = ramp};
    const struct gpio_spec spec = {.name = "READY", .active_low = true, .edges = GPIO_EDGE_RISING};
    struct bed bed = {.world = world_new(0, START)};

    world_set_gpio(bed.world, flavour);
    assert_int_equal(world_add_adc(bed.world, &adc), 0);
    assert_int_equal(world_add_imu(bed.world, &imu), 1);
    assert_int_equal(world_add_adc(bed.world, &adc), -EEXIST);
    bed.gpio = world_platform(bed.world)->gpio;
    bed.bus = world_platform(bed.world)->open_bus(world_platform(bed.world), BUS);
    assert_int_equal(bed.gpio->ops->request(bed.gpio, &spec, &bed.ready), 0);
    return bed;
}

static void end_bed(struct bed *bed)
{
    i2c_bus_free(bed->bus);
    bed->gpio->ops->release(bed->gpio, bed->ready);
    world_free(bed->world);
}

static int set16(struct bed *bed, uint8_t reg, uint16_t value)
{
    uint8_t bytes[3] = {reg, (uint8_t)(value >> 8), (uint8_t)value};

    return i2c_transfer(bed->bus, 0x48, bytes, 3, NULL, 0);
}

/* The value of a register, or a negative errno below -32768. */
static int get16(struct bed *bed, uint8_t reg)
{
    uint8_t bytes[2];
    int error = i2c_transfer(bed->bus, 0x48, &reg, 1, bytes, 2);

    return error ? -100000 + error : (int16_t)(bytes[0] << 8 | bytes[1]);
}

static void start_860(struct bed *bed)
{
    assert_int_equal(set16(bed, 3, 0x8000), 0);
    assert_int_equal(set16(bed, 2, 0x0000), 0);
    assert_int_equal(set16(bed, 1, 0x42e0), 0); /* AIN0, 4.096 V, continuous, 860 */
}

static uint32_t wait_until(struct bed *bed, double t_s)
{
    return bed->gpio->ops->wait(bed->gpio, &bed->ready, 1, -1, START + s_to_ns(t_s));
}

static double now_s(const struct bed *bed)
{
    return ns_to_s(clock_now(world_platform(bed->world)->clock) - START);
}

/* Takes every edge until t_s. */
static unsigned take_edges(struct bed *bed, double t_s, struct gpio_edge *last)
{
    struct gpio_edge edges[GPIO_EDGES_MAX];
    unsigned n = 0;

    while (wait_until(bed, t_s) & 1) {
        int got = bed->gpio->ops->read_edges(bed->gpio, bed->ready, edges, GPIO_EDGES_MAX);

        assert_true(got > 0);
        for (int i = 0; i < got; i++) {
            assert_true(edges[i].active);
            *last = edges[i];
        }
        n += (unsigned)got;
    }
    return n;
}

static void edges_come_with_conversions_and_values_follow_the_electrode(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);
    struct gpio_edge last = {0};

    start_860(&bed);
    assert_in_range(take_edges(&bed, 10.0, &last), 8598, 8601);
    assert_int_equal(last.seqno, 8599);
    assert_true(now_s(&bed) == 10.0);
    /* 100 uV x 1000 on top of 1.65 V, in steps of 125 uV */
    assert_in_range(get16(&bed, 0), (1.65 + 0.0999) / 125e-6, (1.65 + 0.1001) / 125e-6);
    end_bed(&bed);
}

static void waiting_without_edges_ends_at_the_deadline_or_by_waking(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);
    int fd = eventfd(1, 0);

    assert_int_equal(wait_until(&bed, 3600.5), 0);
    assert_true(now_s(&bed) == 3600.5);
    assert_int_equal(wait_until(&bed, 1.0), 0); /* already past */
    assert_true(now_s(&bed) == 3600.5);
    assert_int_equal(bed.gpio->ops->wait(bed.gpio, &bed.ready, 1, fd, START + 7200 * NSEC_PER_SEC),
                     GPIO_WOKEN);
    assert_true(now_s(&bed) == 3600.5);
    close(fd);
    end_bed(&bed);
}

static void a_reader_that_spins_sees_time_pass(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);

    start_860(&bed);
    for (int i = 0; i < 1000; i++)
        wait_until(&bed, 0); /* a deadline in the past; and after a millisecond edges that nobody reads */
    assert_true(now_s(&bed) > 0.005 && now_s(&bed) < 0.011);
    end_bed(&bed);
}

static void the_kernels_queue_loses_as_its_generation_does(void **state)
{
    (void)state;
    static const struct {
        enum world_gpio flavour;
        unsigned kept;
        bool oldest_kept;
    } cases[] = {{WORLD_GPIO_V1, 16, true}, {WORLD_GPIO_V2, 1024, false}};

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct bed bed = make_bed(cases[i].flavour);
        struct gpio_edge edges[1200] = {0};
        unsigned n = 0;
        int got;

        assert_int_equal(bed.gpio->edge_buffer, cases[i].kept);
        assert_int_equal(world_add_fault(bed.world, WORLD_STALL, -1, 1.0, 3.0, 0), 0);
        start_860(&bed);
        assert_in_range(take_edges(&bed, 0.99, &edges[0]), 800, 860);
        while ((wait_until(&bed, 2.5) & 1) && now_s(&bed) < 2.9)
            assert_true(bed.gpio->ops->read_edges(bed.gpio, bed.ready, edges, 1) > 0);
        while ((got = bed.gpio->ops->read_edges(bed.gpio, bed.ready, edges + n, 1200 - n)) > 0)
            n += (unsigned)got;
        assert_true(now_s(&bed) >= 3.0);
        assert_int_equal(n, cases[i].kept);
        assert_int_equal(ns_to_s(edges[0].t_ns - START) < 1.1, cases[i].oldest_kept);
        assert_int_equal(edges[n - 1].seqno > 2500, !cases[i].oldest_kept);
        end_bed(&bed);
    }
}

static void lines_can_be_had_once_and_must_exist(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);
    struct gpio_spec spec = {.name = "READY"};
    struct gpio_line *line = NULL;

    assert_int_equal(bed.gpio->ops->request(bed.gpio, &spec, &line), -EBUSY);
    spec.name = "GPIO99";
    assert_int_equal(bed.gpio->ops->request(bed.gpio, &spec, &line), -ENOENT);
    bed.gpio->ops->release(bed.gpio, NULL);
    end_bed(&bed);
}

static void inputs_follow_their_signal_or_the_hand(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);
    const struct gpio_spec spec = {.name = "BUTTON", .active_low = true, .edges = GPIO_EDGE_BOTH};
    struct gpio_line *line;
    struct gpio_edge edges[8];

    assert_int_equal(world_add_input(bed.world, "BUTTON", square), 0);
    assert_int_equal(bed.gpio->ops->request(bed.gpio, &spec, &line), 0);
    assert_int_equal(bed.gpio->ops->get(bed.gpio, line), 1);
    assert_int_equal(bed.gpio->ops->wait(bed.gpio, &line, 1, -1, START + 9 * NSEC_PER_SEC), 1);
    assert_int_equal(bed.gpio->ops->read_edges(bed.gpio, line, edges, 8), 1);
    assert_false(edges[0].active);
    assert_true(edges[0].t_ns == START + NSEC_PER_SEC);
    assert_int_equal(bed.gpio->ops->get(bed.gpio, line), 0);
    assert_int_equal(bed.gpio->ops->wait(bed.gpio, &line, 1, -1, START + 9 * NSEC_PER_SEC), 1);
    assert_int_equal(bed.gpio->ops->read_edges(bed.gpio, line, edges, 8), 1);
    assert_true(edges[0].active);
    assert_int_equal(edges[0].seqno, 2);
    assert_int_equal(world_set_input(bed.world, "BUTTON", true), 0);
    assert_int_equal(bed.gpio->ops->read_edges(bed.gpio, line, edges, 8), 1);
    assert_int_equal(bed.gpio->ops->wait(bed.gpio, &line, 1, -1, START + 9 * NSEC_PER_SEC), 0);
    assert_int_equal(world_set_input(bed.world, "nobody", true), -ENOENT);
    bed.gpio->ops->release(bed.gpio, line);
    end_bed(&bed);
}

static void remember_change(void *context, const char *line, bool high, int64_t t_ns)
{
    char *text = context;

    snprintf(text + strlen(text), 100 - strlen(text), "%s=%d@%g ", line, high, ns_to_s(t_ns - START));
}

static void outputs_are_told_and_end_inactive(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);
    const struct gpio_spec led = {.name = "LED", .output = true, .active_low = true};
    struct gpio_line *line;
    char text[100] = "";

    assert_int_equal(world_add_output(bed.world, "LED"), 0);
    world_watch_outputs(bed.world, remember_change, text);
    assert_int_equal(world_get_output(bed.world, "LED"), 0);
    assert_int_equal(world_get_output(bed.world, "READY"), -ENOENT);
    assert_int_equal(bed.gpio->ops->request(bed.gpio, &led, &line), 0);
    wait_until(&bed, 2);
    assert_int_equal(bed.gpio->ops->set(bed.gpio, line, true), 0);
    assert_int_equal(bed.gpio->ops->set(bed.gpio, line, true), 0);
    assert_int_equal(bed.gpio->ops->get(bed.gpio, line), 1);
    assert_int_equal(world_get_output(bed.world, "LED"), 0);
    wait_until(&bed, 3);
    bed.gpio->ops->release(bed.gpio, line);
    assert_string_equal(text, "LED=1@0 LED=0@2 LED=1@3 ");
    assert_int_equal(bed.gpio->ops->set(bed.gpio, bed.ready, true), -EPERM);
    end_bed(&bed);
}

static void nobody_answers_where_nobody_lives(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);
    struct platform *platform = world_platform(bed.world);
    _cleanup_(i2c_bus_freep) struct i2c_bus *other = platform->open_bus(platform, "/dev/i2c-9");
    const uint8_t reset = 0x06;
    uint8_t byte;

    assert_int_equal(i2c_transfer(bed.bus, 0x49, NULL, 0, &byte, 1), -EREMOTEIO);
    assert_int_equal(i2c_transfer(other, 0x48, NULL, 0, &byte, 1), -ENODEV);
    assert_int_equal(i2c_reopen(other), -ENOENT);
    assert_int_equal(set16(&bed, 3, 0x1234), 0);
    assert_int_equal(i2c_transfer(bed.bus, 0, &reset, 1, NULL, 0), 0);
    assert_int_equal(get16(&bed, 3), 0x7fff);
    end_bed(&bed);
}

/* Every fault word: what the wires show before (t = 0.5), during (1.5) and after (2.5) its span 1..2. */
static void nack_takes_chip_and_edges_and_gives_back_a_reset_chip(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);
    struct gpio_edge last;

    assert_int_equal(world_add_fault(bed.world, WORLD_NACK, 0, 1, 2, 0), 0);
    start_860(&bed);
    assert_in_range(take_edges(&bed, 0.99, &last), 845, 860);
    take_edges(&bed, 1.001, &last);
    assert_int_equal(take_edges(&bed, 1.9, &last), 0);
    assert_int_equal(get16(&bed, 1), -100000 - EREMOTEIO);
    wait_until(&bed, 2.1);
    assert_int_equal(get16(&bed, 1), (int16_t)0x8583);
    end_bed(&bed);
}

static void hang_costs_the_timeout(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);

    assert_int_equal(world_add_fault(bed.world, WORLD_HANG, -1, 1, 2, 0), 0);
    wait_until(&bed, 1.5);
    assert_int_equal(get16(&bed, 1), -100000 - ETIMEDOUT);
    assert_true(fabs(now_s(&bed) - 1.55) < 1e-9);
    wait_until(&bed, 2.5);
    assert_int_equal(get16(&bed, 1), (int16_t)0x8583);
    end_bed(&bed);
}

static void arbitration_is_lost_on_a_share(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);
    unsigned lost = 0;

    assert_int_equal(world_add_fault(bed.world, WORLD_ARBITRATION, 0, 0, 2, 0.25), 0);
    wait_until(&bed, 1);
    for (int i = 0; i < 1000; i++)
        lost += get16(&bed, 1) == -100000 - EAGAIN;
    assert_in_range(lost, 200, 300);
    end_bed(&bed);
}

static void stuck_and_repeated_values_keep_their_edges(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);
    struct gpio_edge last;
    int before, changes = 0;

    assert_int_equal(world_add_fault(bed.world, WORLD_STUCK, 0, 1, 2, 0), 0);
    assert_int_equal(world_add_fault(bed.world, WORLD_REPEAT, 0, 3, 4, 0), 0);
    start_860(&bed);
    take_edges(&bed, 1.1, &last);
    before = get16(&bed, 0);
    assert_in_range(take_edges(&bed, 1.9, &last), 680, 690);
    assert_int_equal(get16(&bed, 0), before);
    take_edges(&bed, 2.1, &last);
    assert_int_not_equal(get16(&bed, 0), before);
    take_edges(&bed, 3.1, &last);
    for (int i = 0, old = 0; i < 100; i++) { /* 11.6 uV a conversion: 0.09 steps; watch half a second */
        take_edges(&bed, 3.1 + i * 0.005, &last);
        changes += get16(&bed, 0) != old;
        old = get16(&bed, 0);
    }
    assert_in_range(changes, 20, 60);
    end_bed(&bed);
}

static void ready_edges_get_lost_or_vanish_or_storm(void **state)
{
    (void)state;
    static const struct {
        enum world_fault fault;
        double amount;
        unsigned least, most;
    } cases[] = {
        {WORLD_LOST_EDGES, 0.1, 750, 800}, {WORLD_NO_EDGES, 0, 0, 0},    {WORLD_EDGE_STORM, 5000, 5500, 6200},
        {WORLD_RATE, 0.1, 940, 950},       {WORLD_RATE, -0.1, 770, 778},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct bed bed = make_bed(WORLD_GPIO_V2);
        struct gpio_edge last;
        unsigned n;

        assert_int_equal(world_add_fault(bed.world, cases[i].fault, 0, 1, 3, cases[i].amount), 0);
        start_860(&bed);
        take_edges(&bed, 1.5, &last);
        n = take_edges(&bed, 2.5, &last);
        if (n < cases[i].least || n > cases[i].most)
            fail_msg("%s: %u edges", world_fault_name(cases[i].fault), n);
        take_edges(&bed, 3.5, &last);
        assert_in_range(take_edges(&bed, 4.5, &last), 859, 861);
        end_bed(&bed);
    }
}

static int imu_get(struct bed *bed, uint8_t reg)
{
    uint8_t byte;
    int error = i2c_transfer(bed->bus, 0x68, &reg, 1, &byte, 1);

    return error ? error : byte;
}

static void imu_set(struct bed *bed, uint8_t reg, uint8_t value)
{
    uint8_t bytes[2] = {reg, value};

    assert_int_equal(i2c_transfer(bed->bus, 0x68, bytes, 2, NULL, 0), 0);
}

static void fifo_overflows_and_chips_reset_on_plan(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);
    struct gpio_edge last;

    assert_int_equal(world_add_fault(bed.world, WORLD_FIFO_OVERFLOW, 1, 1, 1, 0), 0);
    assert_int_equal(world_add_fault(bed.world, WORLD_RESET, -1, 2, 2, 0), 0);
    start_860(&bed);
    imu_set(&bed, 0x1a, 0x03);
    imu_set(&bed, 0x23, 0x08);
    imu_set(&bed, 0x19, 99);
    imu_set(&bed, 0x6a, 0x40);
    imu_set(&bed, 0x6b, 0x01);
    take_edges(&bed, 0.9, &last);
    assert_int_equal(imu_get(&bed, 0x3a) & 0x10, 0);
    take_edges(&bed, 1.1, &last);
    assert_int_equal(imu_get(&bed, 0x3a) & 0x10, 0x10);
    assert_int_equal(imu_get(&bed, 0x72), 4);
    take_edges(&bed, 2.5, &last);
    assert_int_equal(imu_get(&bed, 0x6b), 0x40);
    assert_int_equal(get16(&bed, 1), (int16_t)0x8583);
    end_bed(&bed);
}

static void a_bus_that_went_away_must_be_opened_again(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);

    assert_int_equal(world_add_fault(bed.world, WORLD_NO_BUS, 0, 1, 2, 0), 0);
    wait_until(&bed, 1.5);
    assert_int_equal(get16(&bed, 1), -100000 - ENODEV);
    assert_int_equal(i2c_reopen(bed.bus), -ENOENT);
    wait_until(&bed, 2.5);
    assert_int_equal(get16(&bed, 1), -100000 - ENODEV);
    assert_int_equal(i2c_reopen(bed.bus), 0);
    assert_int_equal(get16(&bed, 1), (int16_t)0x8583);
    end_bed(&bed);
}

static void garbage_is_anything_but_the_same_in_every_run(void **state)
{
    (void)state;
    int seen[2][16];

    for (unsigned run = 0; run < 2; run++) {
        struct bed bed = make_bed(WORLD_GPIO_V2);
        bool differs = false;

        assert_int_equal(world_add_fault(bed.world, WORLD_GARBAGE, 1, 1, 2, 0), 0);
        wait_until(&bed, 1.5);
        for (unsigned i = 0; i < 16; i++)
            differs |= (seen[run][i] = imu_get(&bed, 0x75)) != 0x68;
        assert_true(differs);
        assert_int_equal(get16(&bed, 1), (int16_t)0x8583);
        wait_until(&bed, 2.5);
        assert_int_equal(imu_get(&bed, 0x75), 0x68);
        end_bed(&bed);
    }
    assert_memory_equal(seen[0], seen[1], sizeof(seen[0]));
}

static void wrong_plans_are_refused(void **state)
{
    (void)state;
    struct bed bed = make_bed(WORLD_GPIO_V2);

    assert_int_equal(world_add_fault(bed.world, WORLD_NACK, 2, 0, 1, 0), -EINVAL);
    assert_int_equal(world_add_fault(bed.world, WORLD_NACK, 0, 2, 1, 0), -EINVAL);
    assert_int_equal(world_add_fault(bed.world, WORLD_NACK, 0, NAN, 1, 0), -EINVAL);
    assert_int_equal(world_add_fault(bed.world, WORLD_RATE, 0, 0, 1, -1), -EINVAL);
    assert_int_equal(world_add_fault(bed.world, world_fault_count, 0, 0, 1, 0), -EINVAL);
    for (int i = 0; i < world_fault_count; i++)
        assert_int_equal(world_fault_from_name(world_fault_name((enum world_fault)i)), i);
    assert_int_equal(world_fault_from_name("sharknado"), -EINVAL);
    end_bed(&bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_come_with_conversions_and_values_follow_the_electrode),
        cmocka_unit_test(waiting_without_edges_ends_at_the_deadline_or_by_waking),
        cmocka_unit_test(a_reader_that_spins_sees_time_pass),
        cmocka_unit_test(the_kernels_queue_loses_as_its_generation_does),
        cmocka_unit_test(lines_can_be_had_once_and_must_exist),
        cmocka_unit_test(inputs_follow_their_signal_or_the_hand),
        cmocka_unit_test(outputs_are_told_and_end_inactive),
        cmocka_unit_test(nobody_answers_where_nobody_lives),
        cmocka_unit_test(nack_takes_chip_and_edges_and_gives_back_a_reset_chip),
        cmocka_unit_test(hang_costs_the_timeout),
        cmocka_unit_test(arbitration_is_lost_on_a_share),
        cmocka_unit_test(stuck_and_repeated_values_keep_their_edges),
        cmocka_unit_test(ready_edges_get_lost_or_vanish_or_storm),
        cmocka_unit_test(fifo_overflows_and_chips_reset_on_plan),
        cmocka_unit_test(a_bus_that_went_away_must_be_opened_again),
        cmocka_unit_test(garbage_is_anything_but_the_same_in_every_run),
        cmocka_unit_test(wrong_plans_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
