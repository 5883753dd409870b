/* SPDX-License-Identifier: MIT */
#include "reminder/output_gpio.h"

#include "base/macros.h"

const struct output_row output_rows[] = {
    {
        .name = "LED",
        .signals = true,
        .steadiness = 2, /* light is seen through closed lids only when it stays a little */
        .target = output_gpio_led_target,
        .open = output_gpio_led_open,
        .set = output_gpio_set,
        .close = output_gpio_close,
    },
    {
        .name = "vibration motor",
        .vibrates = true,
        .steadiness = 1,
        .target = output_gpio_motor_target,
        .open = output_gpio_motor_open,
        .set = output_gpio_set,
        .close = output_gpio_close,
    },
};
const unsigned output_row_count = ARRAY_SIZE(output_rows);
_Static_assert(ARRAY_SIZE(output_rows) <= OUTPUT_ROWS_MAX, "make OUTPUT_ROWS_MAX larger");
