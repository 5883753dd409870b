/* SPDX-License-Identifier: MIT */
/* The world's making: devices, lines and the platform they are reached through. */
#include "crampsim/model_adc.h"
#include "crampsim/model_mpu6050.h"
#include "crampsim/world_private.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define SUPPLY_V      3.3                   /* of the front end, unless its reference asks for more */
#define FREE_SPEED    1000.0                /* what the clock says of a world without a pace */
#define SLACK_REAL_NS (500 * NSEC_PER_USEC) /* sleeping for less costs more than it paces */

/* splitmix64 (Steele, Lea, Flood 2014) */
uint64_t world_random_bits(struct world *world)
{
    uint64_t z = (world->random += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double world_random(struct world *world)
{
    return (double)(world_random_bits(world) >> 11) * 0x1p-53;
}

int64_t world_now(struct world *world)
{
    return atomic_load_explicit(&world->now_ns, memory_order_relaxed);
}

static int64_t clock_world_now(struct clock *clock)
{
    return world_now(((struct world_clock *)clock)->world);
}

struct world *world_new(double speed, int64_t start_ns)
{
    struct world *world = calloc(1, sizeof(*world));

    if (!world)
        return NULL;
    pthread_mutex_init(&world->lock, NULL);
    atomic_init(&world->now_ns, start_ns);
    world->start_ns = world->anchor_ns = world->poll_ns = start_ns;
    world->stalled_until_ns = start_ns;
    world->poll_step_ns = WORLD_POLL_NS;
    world->anchor_real_ns = clock_now(clock_monotonic());
    world->speed = speed > 0 ? speed : 0;
    world->slack_real_ns = SLACK_REAL_NS;
    world->random = UINT64_C(0x6372616d7073696d);
    world->clock.clock = (struct clock){.now = clock_world_now, .speed = speed > 0 ? speed : FREE_SPEED};
    world->clock.world = world;
    world->gpio.world = world;
    world_gpio_init(world);
    world->platform.world = world;
    world->platform.platform = (struct platform){
        .clock = &world->clock.clock, .gpio = &world->gpio.gpio, .open_bus = world_open_bus};
    return world;
}

void world_free(struct world *world)
{
    if (!world)
        return;
    for (int i = 0; i < world->device_count; i++)
        model_free(world->devices[i].model);
    for (int i = 0; i < world->bus_count; i++)
        free(world->buses[i].path);
    for (int i = 0; i < world->line_count; i++) {
        free(world->lines[i]->name);
        free(world->lines[i]);
    }
    pthread_mutex_destroy(&world->lock);
    free(world);
}

struct platform *world_platform(struct world *world)
{
    return &world->platform.platform;
}

void world_set_pace(struct world *world, void (*pace)(void *context), void *context)
{
    world->pace = pace;
    world->pace_context = context;
}

/* The front end: electrode microvolts to volts at the ADC's pins. Its amplifier ends at its rails; unused
   pins lie at the reference. */
static void read_pins(void *context, int64_t t_ns, double *volts, unsigned count)
{
    struct world_device *device = context;
    double supply = fmax(SUPPLY_V, 2.0 * device->reference_v);
    double uv = NAN;

    device->signal.read(device->signal.context, t_ns - device->world->start_ns, &uv, 1);
    if (device->noise_uv > 0) /* a triangular distribution is near enough to a bell */
        uv += device->noise_uv * sqrt(6) * (world_random(device->world) - world_random(device->world));
    for (unsigned i = 0; i < count; i++)
        volts[i] = device->reference_v;
    if (device->pin >= 0 && (unsigned)device->pin < count)
        volts[device->pin] =
            isnan(uv) ? supply : fmin(fmax(device->reference_v + uv * 1e-6 * device->gain, 0.0), supply);
}

static void read_motion(void *context, int64_t t_ns, double *values, unsigned count)
{
    struct world_device *device = context;

    device->signal.read(device->signal.context, t_ns - device->world->start_ns, values, count);
}

/* The next free device on bus and line, or a negative errno. The caller sets the model. */
static int add_device(struct world *world, const char *bus, int address, const char *line,
                      const struct world_device *form)
{
    struct world_device *device = &world->devices[world->device_count];
    int wire = world_have_bus(world, bus);

    if (wire < 0)
        return wire;
    if (world->device_count == WORLD_DEVICES)
        return -ENOSPC;
    for (int i = 0; i < world->device_count; i++)
        if (world->devices[i].bus == wire && world->devices[i].address == address)
            return -EEXIST;
    *device = *form;
    device->world = world;
    device->bus = wire;
    device->address = address;
    if (line && *line && !(device->line = world_have_line(world, line)))
        return -errno;
    return world->device_count;
}

static int finish_device(struct world *world, struct model *model)
{
    struct world_device *device = &world->devices[world->device_count];

    if (!model)
        return -errno;
    model->rate_error = device->rate_error;
    device->model = model;
    if (device->line)
        device->line->high = model_pin(model);
    return world->device_count++;
}

int world_add_adc(struct world *world, const struct world_adc *adc)
{
    const struct world_device form = {
        .signal = adc->uv,
        .gain = adc->gain,
        .reference_v = adc->reference_v,
        .rate_error = adc->true_rate_error,
        .noise_uv = adc->noise_uv,
        .pin = adc->pin,
    };
    int index;

    pthread_mutex_lock(&world->lock);
    index = add_device(world, adc->bus, adc->address, adc->ready_line, &form);
    if (index >= 0) {
        struct world_signal pins = {read_pins, &world->devices[index]};

        index = finish_device(world, model_adc_new(adc->chip, pins, world_now(world)));
    }
    pthread_mutex_unlock(&world->lock);
    return index;
}

int world_add_imu(struct world *world, const struct world_imu *imu)
{
    const struct world_device form = {.signal = imu->motion, .rate_error = imu->true_rate_error};
    int index;

    if (imu->chip != IMU_MPU6050)
        return -EINVAL;
    pthread_mutex_lock(&world->lock);
    index = add_device(world, imu->bus, imu->address, imu->interrupt_line, &form);
    if (index >= 0) {
        struct world_signal motion = {read_motion, &world->devices[index]};

        index = finish_device(world, model_mpu6050_new(motion, world_now(world)));
    }
    pthread_mutex_unlock(&world->lock);
    return index;
}
