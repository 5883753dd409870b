/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "hw/gpio_backend.h"
#include "hw/platform.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct gpio_match line_on(const char *chip, const char *label, unsigned offset)
{
    struct gpio_match match = {.offset = offset};

    snprintf(match.info.chip, sizeof(match.info.chip), "%s", chip);
    snprintf(match.info.label, sizeof(match.info.label), "%s", label);
    return match;
}

static void a_line_is_chosen_by_name_and_a_chip_by_label(void **state)
{
    (void)state;
    struct gpio_match matches[] = {
        line_on("gpiochip0", "pinctrl-bcm2711", 17),
        line_on("gpiochip2", "expander", 3),
    };

    assert_int_equal(gpio_choose(matches, 0, NULL), -ENOENT);
    assert_int_equal(gpio_choose(matches, 1, NULL), 0);
    assert_int_equal(gpio_choose(matches, 1, ""), 0);
    assert_int_equal(gpio_choose(matches, 2, NULL), -EEXIST);
    assert_int_equal(gpio_choose(matches, 2, "expander"), 1);
    assert_int_equal(gpio_choose(matches, 2, "pinctrl-bcm2711"), 0);
    assert_int_equal(gpio_choose(matches, 2, "pinctrl-rp1"), -ENOENT);
}

static void a_chip_seen_through_a_link_is_the_same_chip(void **state)
{
    (void)state;
    /* Raspberry Pi OS makes /dev/gpiochip4 a link to gpiochip0 on a Pi 5. */
    struct gpio_match matches[] = {
        line_on("gpiochip0", "pinctrl-rp1", 17),
        line_on("gpiochip0", "pinctrl-rp1", 17),
        line_on("gpiochip0", "pinctrl-rp1", 18),
    };

    assert_int_equal(gpio_choose(matches, 2, NULL), 0);
    assert_int_equal(gpio_choose(matches, 3, NULL), -EEXIST); /* one name twice on one chip */
}

static void a_machine_without_the_line_says_so(void **state)
{
    (void)state;
    struct gpio_spec spec = {.name = "no such line of crampd's tests", .consumer = "test"};
    struct gpio_line_info info;
    struct gpio_line *line = NULL;
    struct gpio_match match;
    _cleanup_(gpio_freep) struct gpio *gpio = gpio_new();

    assert_non_null(gpio);
    int r = gpio->ops->request(gpio, &spec, &line);
    assert_true(r == -ENOENT || r == -EACCES); /* chips may be there and closed to us */
    assert_null(line);
    assert_int_equal(gpio->ops->describe(gpio, &spec, &info), r);
    gpio->ops->release(gpio, NULL);
    assert_int_equal(gpio_find("/no/such/directory", &spec, &match), -ENOENT);
}

static void files_that_are_no_chips_are_passed_over(void **state)
{
    (void)state;
    char directory[] = "/tmp/crampd-test-gpio-XXXXXX", path[64];
    struct gpio_spec spec = {.name = "GPIO17", .consumer = "test"};
    struct gpio_match match;

    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/gpiochip0", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(gpio_find(directory, &spec, &match), -ENOENT);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void edges_keep_the_kernels_time_and_number(void **state)
{
    (void)state;
    struct timespec ts = {.tv_sec = 86400 * 400, .tv_nsec = 999999999};
    struct gpio_edge v1 = gpio_edge_from_timespec(&ts, true);
    struct gpio_edge v2 = gpio_edge_from_event(UINT64_C(34560000999999999), 7, false);

    assert_true(v1.t_ns == INT64_C(34560000999999999));
    assert_true(v1.active);
    assert_int_equal(v1.seqno, 0);
    assert_true(v2.t_ns == v1.t_ns);
    assert_false(v2.active);
    assert_int_equal(v2.seqno, 7);
}

static void errors_are_never_success_and_always_say_what_to_do(void **state)
{
    (void)state;
    static const int errors[] = {0, ENOENT, EEXIST, EBUSY, EACCES, EPERM, ENODEV, ENXIO, EINVAL, EIO};

    for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
        int r = gpio_request_error(errors[i]);
        assert_true(r < 0);
        assert_true(strlen(gpio_error_text(r)) > 10);
    }
    assert_int_equal(gpio_request_error(EPERM), -EACCES);
    assert_int_equal(gpio_request_error(EBUSY), -EBUSY);
}

static void waiting_tells_which_line_and_the_wake_up(void **state)
{
    (void)state;
    int a[2], b[2];
    int64_t now = clock_now(clock_monotonic()), far = now + 60 * NSEC_PER_SEC;

    assert_int_equal(pipe(a), 0);
    assert_int_equal(pipe(b), 0);
    int fds[] = {-1, a[0]};
    assert_int_equal(gpio_wait_fds(fds, 2, b[0], now - 1), 0);
    assert_int_equal(write(a[1], "x", 1), 1);
    assert_int_equal(gpio_wait_fds(fds, 2, b[0], far), BIT(1));
    assert_int_equal(write(b[1], "x", 1), 1);
    assert_int_equal(gpio_wait_fds(fds, 2, b[0], far), BIT(1) | GPIO_WOKEN);
    assert_int_equal(gpio_wait_fds(fds, 2, -1, far), BIT(1));
    /* A chip that goes away hangs up; that must wake, too. */
    char drained;
    assert_int_equal(read(a[0], &drained, 1), 1);
    close(a[1]);
    assert_int_equal(gpio_wait_fds(fds, 2, -1, far), BIT(1));
    close(a[0]);
    close(b[0]);
    close(b[1]);
}

static void the_back_end_says_what_it_can(void **state)
{
    (void)state;
    struct platform *kernel = platform_kernel();

    assert_non_null(kernel);
    assert_ptr_equal(kernel, platform_kernel());
    assert_int_equal(kernel->gpio->edge_buffer, kernel->gpio->has_seqno ? 1024 : 16);
    assert_non_null(strstr(kernel->gpio->backend, kernel->gpio->has_seqno ? "libgpiod 2." : "libgpiod 1."));
    assert_true(clock_now(kernel->clock) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_chosen_by_name_and_a_chip_by_label),
        cmocka_unit_test(a_chip_seen_through_a_link_is_the_same_chip),
        cmocka_unit_test(a_machine_without_the_line_says_so),
        cmocka_unit_test(files_that_are_no_chips_are_passed_over),
        cmocka_unit_test(edges_keep_the_kernels_time_and_number),
        cmocka_unit_test(errors_are_never_success_and_always_say_what_to_do),
        cmocka_unit_test(waiting_tells_which_line_and_the_wake_up),
        cmocka_unit_test(the_back_end_says_what_it_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
