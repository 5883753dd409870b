/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hw/i2c_bus.h"
#include "hw/platform.h"

#include <errno.h>
#include <string.h>

static void every_adapters_errno_has_a_class(void **state)
{
    (void)state;
    static const struct {
        int error;
        enum i2c_error class;
    } rows[] = {
        {0, I2C_FINE},          {ENXIO, I2C_ABSENT},       {EREMOTEIO, I2C_ABSENT},
        {EAGAIN, I2C_TROUBLE},  {ETIMEDOUT, I2C_TROUBLE},  {EIO, I2C_TROUBLE},
        {EBUSY, I2C_TROUBLE},   {EPROTO, I2C_TROUBLE},     {EOPNOTSUPP, I2C_UNSUPPORTED},
        {ENODEV, I2C_NO_BUS},   {ENOENT, I2C_NO_BUS},      {EACCES, I2C_DENIED},
        {EPERM, I2C_DENIED},    {EINVAL, I2C_UNSUPPORTED}, {ENOTTY, I2C_UNSUPPORTED},
        {ENOTCONN, I2C_NO_BUS}, {ESHUTDOWN, I2C_TROUBLE},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        assert_int_equal(i2c_classify(-rows[i].error), rows[i].class);
        assert_true(strlen(i2c_error_text(rows[i].class)) >= 4);
    }
}

static void a_bus_that_is_not_there_may_come_later(void **state)
{
    (void)state;
    uint8_t byte;
    _cleanup_(i2c_bus_freep) struct i2c_bus *bus = i2c_dev_new("/dev/no-such-i2c-bus");

    assert_non_null(bus);
    assert_string_equal(bus->path, "/dev/no-such-i2c-bus");
    assert_int_equal(i2c_transfer(bus, 0x48, NULL, 0, &byte, 1), -ENODEV);
    assert_int_equal(i2c_reopen(bus), -ENOENT);
    assert_int_equal(i2c_classify(i2c_reopen(bus)), I2C_NO_BUS);
    assert_int_equal(i2c_transfer(bus, 0x48, NULL, 0, &byte, 1), -ENODEV);
}

static void a_device_that_is_no_bus_is_told_apart(void **state)
{
    (void)state;
    uint8_t byte = 0;
    struct platform *kernel = platform_kernel();
    _cleanup_(i2c_bus_freep) struct i2c_bus *bus = kernel->open_bus(kernel, "/dev/null");

    assert_non_null(bus);
    assert_int_equal(i2c_classify(i2c_reopen(bus)), I2C_UNSUPPORTED);
    assert_int_equal(i2c_transfer(bus, 0x48, &byte, 1, NULL, 0), -ENODEV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_adapters_errno_has_a_class),
        cmocka_unit_test(a_bus_that_is_not_there_may_come_later),
        cmocka_unit_test(a_device_that_is_no_bus_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
