/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log.h"
#include "sensor/wire.h"

#include <errno.h>
#include <string.h>

/* A GPIO whose answers the test sets. */
struct fake {
    struct gpio gpio;
    int request_result, read_result, get_result;
    unsigned requests, releases;
    char asked_name[32], asked_label[32], asked_consumer[32];
};

static int fake_request(struct gpio *gpio, const struct gpio_spec *spec, struct gpio_line **line)
{
    struct fake *fake = (struct fake *)gpio;

    fake->requests++;
    strncpy(fake->asked_name, spec->name, sizeof(fake->asked_name) - 1);
    strncpy(fake->asked_label, spec->chip_label, sizeof(fake->asked_label) - 1);
    strncpy(fake->asked_consumer, spec->consumer, sizeof(fake->asked_consumer) - 1);
    if (fake->request_result == 0)
        *line = (struct gpio_line *)fake;
    return fake->request_result;
}

static void fake_release(struct gpio *gpio, struct gpio_line *line)
{
    ((struct fake *)gpio)->releases += line ? 1 : 0;
}

static int fake_get(struct gpio *gpio, _unused_ struct gpio_line *line)
{
    return ((struct fake *)gpio)->get_result;
}

static int fake_read(struct gpio *gpio, _unused_ struct gpio_line *line, _unused_ struct gpio_edge *edges,
                     _unused_ size_t max)
{
    return ((struct fake *)gpio)->read_result;
}

static const struct gpio_ops ops = {
    .request = fake_request, .release = fake_release, .get = fake_get, .read_edges = fake_read};

static void a_line_is_asked_for_until_it_is_there(void **state)
{
    (void)state;
    struct fake fake = {.gpio = {.ops = &ops}, .request_result = -EBUSY};
    char name[] = "GPIO17";
    struct gpio_spec spec = {.name = name, .chip_label = NULL, .consumer = "crampd-test"};
    struct gpio_edge edge;
    struct wire wire;

    wire_init(&wire, &fake.gpio, &spec, 100);
    name[4] = '9'; /* the wire has its own copy */
    assert_true(wire_is_wired(&wire));
    assert_false(wire_try(&wire, 99));
    assert_int_equal(fake.requests, 0);
    assert_false(wire_try(&wire, 100));
    assert_int_equal(fake.requests, 1);
    assert_false(wire_try(&wire, 101)); /* not at once again */
    assert_int_equal(fake.requests, 1);
    assert_int_equal(wire_read_edges(&wire, &edge, 1, 101), 0);
    assert_int_equal(wire_get(&wire, 101), -1);
    fake.request_result = 0;
    assert_true(wire_try(&wire, 100 + WIRE_RETRY_NS));
    assert_string_equal(fake.asked_name, "GPIO17");
    assert_string_equal(fake.asked_label, "");
    assert_string_equal(fake.asked_consumer, "crampd-test");
    assert_false(wire_try(&wire, 100 + 10 * WIRE_RETRY_NS)); /* ours already */
    assert_int_equal(fake.requests, 2);
    fake.get_result = 1;
    assert_int_equal(wire_get(&wire, 200), 1);
    wire_release(&wire);
    wire_release(&wire);
    assert_int_equal(fake.releases, 1);
}

static void a_chip_that_goes_away_gives_its_line_back(void **state)
{
    (void)state;
    struct fake fake = {.gpio = {.ops = &ops}};
    struct gpio_spec spec = {.name = "GPIO17", .chip_label = "x", .consumer = "crampd-test"};
    struct gpio_edge edge;
    struct wire wire;

    wire_init(&wire, &fake.gpio, &spec, 0);
    assert_true(wire_try(&wire, 0));
    fake.read_result = -ENODEV;
    assert_int_equal(wire_read_edges(&wire, &edge, 1, 1000), 0);
    assert_int_equal(fake.releases, 1);
    assert_null(wire.line);
    assert_false(wire_try(&wire, 1001));
    assert_true(wire_try(&wire, 1000 + WIRE_RETRY_NS));
    fake.get_result = -ENODEV;
    assert_int_equal(wire_get(&wire, 2 * WIRE_RETRY_NS), -1);
    assert_int_equal(fake.releases, 2);
}

static void a_line_that_is_not_wired_is_never_asked_for(void **state)
{
    (void)state;
    struct fake fake = {.gpio = {.ops = &ops}};
    static const char *const none[] = {NULL, ""};

    for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
        struct gpio_spec spec = {.name = none[i], .consumer = "crampd-test"};
        struct wire wire;

        wire_init(&wire, &fake.gpio, &spec, 0);
        assert_false(wire_is_wired(&wire));
        assert_false(wire_try(&wire, INT64_MAX - 1));
        assert_int_equal(wire_get(&wire, 5), -1);
    }
    assert_int_equal(fake.requests, 0);
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_asked_for_until_it_is_there),
        cmocka_unit_test(a_chip_that_goes_away_gives_its_line_back),
        cmocka_unit_test(a_line_that_is_not_wired_is_never_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
