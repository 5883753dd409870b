/* SPDX-License-Identifier: MIT */
/* Outputs on a GPIO line: an LED, the driver transistor of a vibration motor. */
#pragma once

#include "reminder/output.h"

const char *output_gpio_led_target(const struct reminder_params *params);
int output_gpio_led_open(const struct reminder_params *params, struct platform *platform,
                         struct output **output);
const char *output_gpio_motor_target(const struct reminder_params *params);
int output_gpio_motor_open(const struct reminder_params *params, struct platform *platform,
                           struct output **output);
int output_gpio_set(struct output *output, double level);
void output_gpio_close(struct output *output);
