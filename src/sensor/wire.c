/* SPDX-License-Identifier: MIT */
#include "sensor/wire.h"

#include "base/log.h"

#include <stdio.h>

void wire_init(struct wire *wire, struct gpio *gpio, const struct gpio_spec *spec, int64_t now_ns)
{
    *wire = (struct wire){.gpio = gpio, .spec = *spec};
    snprintf(wire->name, sizeof(wire->name), "%s", spec->name ? spec->name : "");
    snprintf(wire->label, sizeof(wire->label), "%s", spec->chip_label ? spec->chip_label : "");
    snprintf(wire->consumer, sizeof(wire->consumer), "%s", spec->consumer);
    wire->spec.name = wire->name;
    wire->spec.chip_label = wire->label;
    wire->spec.consumer = wire->consumer;
    wire->next_try_ns = wire_is_wired(wire) ? now_ns : INT64_MAX;
}

bool wire_try(struct wire *wire, int64_t now_ns)
{
    if (wire->line || now_ns < wire->next_try_ns)
        return false;
    int r = wire->gpio->ops->request(wire->gpio, &wire->spec, &wire->line);
    if (r < 0) {
        wire->line = NULL;
        wire->next_try_ns = now_ns + WIRE_RETRY_NS;
        if (r != wire->last_error)
            log_warning(LOG_BUS, "line %s (%s): %s", wire->name, wire->consumer, gpio_error_text(r));
        wire->last_error = r;
        return false;
    }
    if (wire->last_error != 0)
        log_notice(LOG_BUS, "line %s (%s) is there now", wire->name, wire->consumer);
    wire->last_error = 0;
    return true;
}

void wire_failed(struct wire *wire, int negative_errno, int64_t now_ns)
{
    log_warning(LOG_BUS, "line %s (%s) was lost: %s", wire->name, wire->consumer,
                gpio_error_text(negative_errno));
    wire_release(wire);
    wire->last_error = negative_errno;
    wire->next_try_ns = now_ns + WIRE_RETRY_NS;
}

size_t wire_read_edges(struct wire *wire, struct gpio_edge *edges, size_t max, int64_t now_ns)
{
    if (!wire->line)
        return 0;
    int r = wire->gpio->ops->read_edges(wire->gpio, wire->line, edges, max);
    if (r >= 0)
        return (size_t)r;
    wire_failed(wire, r, now_ns);
    return 0;
}

int wire_get(struct wire *wire, int64_t now_ns)
{
    if (!wire->line)
        return -1;
    int r = wire->gpio->ops->get(wire->gpio, wire->line);
    if (r >= 0)
        return r;
    wire_failed(wire, r, now_ns);
    return -1;
}

void wire_release(struct wire *wire)
{
    if (wire->line)
        wire->gpio->ops->release(wire->gpio, wire->line);
    wire->line = NULL;
}
