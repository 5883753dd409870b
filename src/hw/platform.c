/* SPDX-License-Identifier: MIT */
#include "hw/platform.h"

static struct i2c_bus *open_bus(_unused_ struct platform *platform, const char *path)
{
    return i2c_dev_new(path);
}

struct platform *platform_kernel(void)
{
    static struct platform kernel = {.open_bus = open_bus};

    if (!kernel.gpio)
        kernel.gpio = gpio_new();
    kernel.clock = clock_monotonic();
    return kernel.gpio ? &kernel : NULL;
}
