/* SPDX-License-Identifier: MIT */
/* The world's GPIO lines with the kernel's edge queues behind struct gpio. */
#include "crampsim/world_private.h"

#include <errno.h>
#include <string.h>

static struct world *world_of(struct gpio *gpio)
{
    return ((struct world_gpio_back_end *)gpio)->world;
}

static struct world_line *line_of(struct gpio_line *line)
{
    return (struct world_line *)line;
}

struct world_line *world_find_line(struct world *world, const char *name)
{
    for (int i = 0; i < world->line_count; i++)
        if (!strcmp(world->lines[i]->name, name))
            return world->lines[i];
    return NULL;
}

struct world_line *world_have_line(struct world *world, const char *name)
{
    struct world_line *line = world_find_line(world, name);

    if (line)
        return line;
    if (world->line_count == WORLD_LINES) {
        errno = ENOSPC;
        return NULL;
    }
    line = calloc(1, sizeof(*line));
    if (!line)
        return NULL;
    line->name = strdup(name);
    if (!line->name) {
        free(line);
        return NULL;
    }
    return world->lines[world->line_count++] = line;
}

/* The kernel's FIFO: the second interface gives the oldest away and goes on counting, the first one drops the
   newest and nobody learns of it (gpiolib-cdev.c). */
static void queue_edge(struct world *world, struct world_line *line, bool active, int64_t t_ns)
{
    bool numbered = world->gpio.gpio.has_seqno;
    struct gpio_edge edge = {.t_ns = t_ns, .active = active};

    line->seqno++;
    edge.seqno = numbered ? line->seqno : 0;
    if (line->used == world->edge_slots) {
        if (!numbered)
            return;
        line->first = (line->first + 1) % WORLD_EDGES;
        line->used--;
    }
    line->queue[(line->first + line->used++) % WORLD_EDGES] = edge;
}

void world_line_level(struct world *world, struct world_line *line, bool high, int64_t t_ns, bool silent)
{
    bool active = high != line->active_low;

    if (line->high == high)
        return;
    line->high = high;
    if (silent || !line->requested || line->output)
        return;
    if (line->edges == GPIO_EDGE_BOTH || line->edges == (active ? GPIO_EDGE_RISING : GPIO_EDGE_FALLING))
        queue_edge(world, line, active, t_ns);
}

uint32_t world_ready_lines(struct gpio_line *const *lines, size_t count)
{
    uint32_t ready = 0;

    for (size_t i = 0; i < count && i < 31; i++)
        if (lines[i] && line_of(lines[i])->used > 0)
            ready |= BIT(i);
    return ready;
}

/* Calls the watcher without the lock, so that it may ask the world. */
static void drive_output(struct world *world, struct world_line *line, bool high)
{
    bool changed;
    int64_t now_ns;

    pthread_mutex_lock(&world->lock);
    changed = line->high != high;
    line->high = high;
    now_ns = world_now(world);
    pthread_mutex_unlock(&world->lock);
    if (changed && world->output_changed)
        world->output_changed(world->output_context, line->name, high, now_ns);
}

static int gpio_world_request(struct gpio *gpio, const struct gpio_spec *spec, struct gpio_line **out)
{
    struct world *world = world_of(gpio);
    struct world_line *line;
    int error = 0;

    pthread_mutex_lock(&world->lock);
    line = world_find_line(world, spec->name);
    if (!line)
        error = -ENOENT;
    else if (line->requested)
        error = -EBUSY;
    else {
        line->requested = true;
        line->active_low = spec->active_low;
        line->output = spec->output;
        line->edges = spec->output ? GPIO_EDGE_NONE : spec->edges;
        line->first = line->used = 0;
        line->seqno = 0;
        *out = (struct gpio_line *)line;
    }
    pthread_mutex_unlock(&world->lock);
    if (!error && spec->output)
        drive_output(world, line, spec->active_low);
    return error;
}

static void gpio_world_release(struct gpio *gpio, struct gpio_line *handle)
{
    struct world *world = world_of(gpio);
    struct world_line *line = line_of(handle);

    if (!line)
        return;
    if (line->output)
        drive_output(world, line, line->active_low);
    pthread_mutex_lock(&world->lock);
    line->requested = line->output = line->active_low = false;
    line->first = line->used = 0;
    pthread_mutex_unlock(&world->lock);
}

static bool line_level(struct world *world, struct world_line *line)
{
    double level = 0;

    if (line->has_signal && !line->output) {
        line->signal.read(line->signal.context, world_now(world) - world->start_ns, &level, 1);
        world_line_level(world, line, level >= 0.5, world_now(world), false);
    }
    return line->high;
}

static int gpio_world_get(struct gpio *gpio, struct gpio_line *handle)
{
    struct world *world = world_of(gpio);
    struct world_line *line = line_of(handle);
    bool active;

    pthread_mutex_lock(&world->lock);
    active = line_level(world, line) != line->active_low;
    pthread_mutex_unlock(&world->lock);
    return active;
}

static int gpio_world_set(struct gpio *gpio, struct gpio_line *handle, bool active)
{
    struct world_line *line = line_of(handle);

    if (!line->output)
        return -EPERM;
    drive_output(world_of(gpio), line, active != line->active_low);
    return 0;
}

static int gpio_world_read_edges(struct gpio *gpio, struct gpio_line *handle, struct gpio_edge *edges,
                                 size_t max)
{
    struct world *world = world_of(gpio);
    struct world_line *line = line_of(handle);
    int n = 0;

    pthread_mutex_lock(&world->lock);
    for (; (size_t)n < max && n < GPIO_EDGES_MAX && line->used > 0; n++, line->used--) {
        edges[n] = line->queue[line->first];
        line->first = (line->first + 1) % WORLD_EDGES;
    }
    pthread_mutex_unlock(&world->lock);
    return n;
}

static void gpio_world_free(struct gpio *gpio)
{
    (void)gpio; /* part of the world */
}

static const struct gpio_ops gpio_ops = {
    .request = gpio_world_request,
    .release = gpio_world_release,
    .get = gpio_world_get,
    .set = gpio_world_set,
    .read_edges = gpio_world_read_edges,
    .wait = world_wait,
    .free = gpio_world_free,
};

void world_gpio_init(struct world *world)
{
    world->gpio.gpio.ops = &gpio_ops;
    world_set_gpio(world, WORLD_GPIO_V2);
}

void world_set_gpio(struct world *world, enum world_gpio flavour)
{
    bool v1 = flavour == WORLD_GPIO_V1;

    world->edge_slots = v1 ? WORLD_EDGES_V1 : WORLD_EDGES;
    world->gpio.gpio.has_seqno = !v1;
    world->gpio.gpio.edge_buffer = world->edge_slots;
    world->gpio.gpio.backend = v1 ? "models as libgpiod 1.6" : "models as libgpiod 2";
}

int world_add_input(struct world *world, const char *name, struct world_signal level)
{
    struct world_line *line;
    int error = 0;

    pthread_mutex_lock(&world->lock);
    line = world_have_line(world, name);
    if (!line) {
        error = -errno;
    } else {
        line->signal = level;
        line->has_signal = true;
        line_level(world, line);
    }
    pthread_mutex_unlock(&world->lock);
    return error;
}

int world_set_input(struct world *world, const char *name, bool high)
{
    struct world_line *line;

    pthread_mutex_lock(&world->lock);
    line = world_find_line(world, name);
    if (line) {
        line->has_signal = false;
        world_line_level(world, line, high, world_now(world), false);
    }
    pthread_mutex_unlock(&world->lock);
    return line ? 0 : -ENOENT;
}

int world_add_output(struct world *world, const char *name)
{
    struct world_line *line;
    int error = 0;

    pthread_mutex_lock(&world->lock);
    line = world_have_line(world, name);
    if (line)
        line->is_output = true;
    else
        error = -errno;
    pthread_mutex_unlock(&world->lock);
    return error;
}

int world_get_output(struct world *world, const char *name)
{
    struct world_line *line;
    int level = -ENOENT;

    pthread_mutex_lock(&world->lock);
    line = world_find_line(world, name);
    if (line && line->is_output)
        level = line->high;
    pthread_mutex_unlock(&world->lock);
    return level;
}

void world_watch_outputs(struct world *world,
                         void (*changed)(void *context, const char *line, bool high, int64_t t_ns),
                         void *context)
{
    world->output_changed = changed;
    world->output_context = context;
}
