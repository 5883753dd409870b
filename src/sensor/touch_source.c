/* SPDX-License-Identifier: MIT */
#include "sensor/touch_source.h"

#include <stdio.h>

/* One value, or none when it is not known. */
static void put_value(struct outlet *outlet, enum block_kind kind, unsigned index, bool known, bool value,
                      int64_t now_ns)
{
    struct block block = {.kind = (uint8_t)kind, .source = (uint8_t)index, .width = 1, .t_ns = now_ns};

    if (known) {
        block.count = 1;
        block.v[0] = value;
    } else {
        block.faults = BIT(FAULT_GAP);
    }
    outlet_put(outlet, &block, now_ns);
}

static int64_t repeat_ns(const struct outlet *outlet)
{
    return outlet_repeat_ns(outlet, outlet->last_ns + SOURCE_STATEMENT_NS);
}

/* ---- electrode contact ---- */

static void init_lead(struct wire *wire, const struct source_env *env, const char *name, const char *consumer,
                      const struct sensor_params *sensor, int64_t now_ns)
{
    struct gpio_spec spec = {.name = name, .chip_label = sensor->chip_label, .consumer = consumer};

    wire_init(wire, env->platform->gpio, &spec, now_ns);
}

void contact_source_init(struct contact_source *source, struct source_env *env, unsigned index,
                         const struct emg_params *params, const struct sensor_params *sensor, int64_t now_ns)
{
    char plus[32], minus[32];

    *source = (struct contact_source){.env = env, .index = index, .outlet = {.env = env, .last_ns = now_ns}};
    snprintf(plus, sizeof(plus), "crampd-lead%u+", index);
    snprintf(minus, sizeof(minus), "crampd-lead%u-", index);
    init_lead(&source->plus, env, params->lead_off_plus, plus, sensor, now_ns);
    init_lead(&source->minus, env, params->lead_off_minus, minus, sensor, now_ns);
    contact_init(&source->contact, sensor->lead_off_debounce_s);
    source->deadline_ns = wire_is_wired(&source->plus) || wire_is_wired(&source->minus) ? now_ns : INT64_MAX;
}

/* 0, 1, or -1 for not known; a line that is not wired never says off. */
static int look(struct wire *wire, int64_t now_ns)
{
    if (!wire_is_wired(wire))
        return 0;
    wire_try(wire, now_ns);
    return wire_get(wire, now_ns);
}

void contact_source_service(struct contact_source *source, int64_t now_ns)
{
    if (now_ns < source->deadline_ns)
        return;
    int plus = look(&source->plus, now_ns), minus = look(&source->minus, now_ns);
    bool known = plus >= 0 && minus >= 0;
    bool off = known && contact_look(&source->contact, plus > 0 || minus > 0, now_ns);

    if (off != source->off || known != source->known || now_ns >= repeat_ns(&source->outlet))
        put_value(&source->outlet, BLOCK_CONTACT, source->index, known, off, now_ns);
    source->off = off;
    source->known = known;
    source->env->lead_off =
        off ? source->env->lead_off | BIT(source->index) : source->env->lead_off & ~BIT(source->index);
    /* Of an electrode before a chip that is gone nobody needs to know within milliseconds. */
    source->deadline_ns = source->env->blind ? repeat_ns(&source->outlet) : now_ns + CONTACT_POLL_NS;
}

void contact_source_finish(struct contact_source *source)
{
    wire_release(&source->plus);
    wire_release(&source->minus);
}

/* ---- button ---- */

void button_source_init(struct button_source *source, struct source_env *env,
                        const struct sensor_params *sensor, int64_t now_ns)
{
    struct gpio_spec spec = {.name = sensor->button_line,
                             .chip_label = sensor->chip_label,
                             .consumer = "crampd-button",
                             .active_low = sensor->button_active_low,
                             .bias = sensor->button_active_low ? BIAS_PULL_UP : BIAS_PULL_DOWN,
                             .edges = GPIO_EDGE_BOTH};

    *source = (struct button_source){.env = env, .outlet = {.env = env, .last_ns = now_ns}};
    wire_init(&source->wire, env->platform->gpio, &spec, now_ns);
    button_init(&source->button, sensor->button_debounce_s, now_ns);
    source->deadline_ns = wire_is_wired(&source->wire) ? now_ns : INT64_MAX;
}

void button_source_service(struct button_source *source, int64_t now_ns, bool ready)
{
    int64_t edge_ns = TIME_UNKNOWN;

    if (!ready && now_ns < source->deadline_ns)
        return;
    wire_try(&source->wire, now_ns);
    /* One read: a button that sends more than that is chattering, and the level says the rest. */
    size_t count = wire_read_edges(&source->wire, source->env->edges, GPIO_EDGES_MAX, now_ns);
    if (count > 0)
        edge_ns = source->env->edges[count - 1].t_ns;
    int level = wire_get(&source->wire, now_ns);
    bool changed = level >= 0 && button_look(&source->button, level > 0, edge_ns, now_ns);

    if (changed || now_ns >= repeat_ns(&source->outlet))
        put_value(&source->outlet, BLOCK_BUTTON, 0, level >= 0, source->button.pressed, now_ns);
    source->deadline_ns = repeat_ns(&source->outlet);
    if (level >= 0)
        source->deadline_ns = MIN(source->deadline_ns, button_due(&source->button));
}

void button_source_finish(struct button_source *source)
{
    wire_release(&source->wire);
}
