/* SPDX-License-Identifier: MIT */
#include "reminder/output_gpio.h"

#include <errno.h>
#include <stdlib.h>

struct output {
    struct gpio *gpio;
    struct gpio_line *line;
};

static int open_line(struct gpio *gpio, const struct gpio_spec *spec, struct output **output)
{
    struct output *o = calloc(1, sizeof(*o));
    int r;

    if (!o)
        return -ENOMEM;
    o->gpio = gpio;
    r = gpio->ops->request(gpio, spec, &o->line);
    if (r >= 0) /* an output starts inactive; say it all the same */
        r = gpio->ops->set(gpio, o->line, false);
    if (r < 0) {
        output_gpio_close(o);
        return r;
    }
    *output = o;
    return 0;
}

const char *output_gpio_led_target(const struct reminder_params *params)
{
    return params->led_line ? params->led_line : "";
}

int output_gpio_led_open(const struct reminder_params *params, struct platform *platform,
                         struct output **output)
{
    const struct gpio_spec spec = {.name = params->led_line,
                                   .chip_label = params->chip_label,
                                   .consumer = "crampd-led",
                                   .active_low = params->led_active_low,
                                   .output = true};

    return open_line(platform->gpio, &spec, output);
}

const char *output_gpio_motor_target(const struct reminder_params *params)
{
    return params->motor_line ? params->motor_line : "";
}

int output_gpio_motor_open(const struct reminder_params *params, struct platform *platform,
                           struct output **output)
{
    const struct gpio_spec spec = {.name = params->motor_line,
                                   .chip_label = params->chip_label,
                                   .consumer = "crampd-motor",
                                   .active_low = params->motor_active_low,
                                   .output = true};

    return open_line(platform->gpio, &spec, output);
}

int output_gpio_set(struct output *output, double level)
{
    return output->gpio->ops->set(output->gpio, output->line, level > 0);
}

void output_gpio_close(struct output *output)
{
    if (!output)
        return;
    output->gpio->ops->release(output->gpio, output->line);
    free(output);
}
