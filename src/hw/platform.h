/* SPDX-License-Identifier: MIT */
/* Where the hardware and its time are: the kernel's, or crampsim's models. Outlives all that uses it. */
#pragma once

#include "base/clock.h"
#include "hw/gpio.h"
#include "hw/i2c_bus.h"

struct platform {
    struct clock *clock;
    struct gpio *gpio;
    struct i2c_bus *(*open_bus)(struct platform *platform, const char *path); /* as i2c_dev_new() */
};

/* The kernel's: CLOCK_MONOTONIC, libgpiod, i2c-dev. One for the whole program, made at the first call, never
   freed. NULL for ENOMEM. To be called first before threads are started. */
struct platform *platform_kernel(void);
