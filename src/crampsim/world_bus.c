/* SPDX-License-Identifier: MIT */
/* The world's I2C buses: who answers at an address, and what can go wrong on the way. */
#include "crampsim/world_private.h"

#include <errno.h>
#include <string.h>

struct world_bus {
    struct i2c_bus bus;
    struct world *world;
    int wire; /* index, or -1: there is no such bus */
    unsigned generation;
    char path[];
};

int world_have_bus(struct world *world, const char *path)
{
    for (int i = 0; i < world->bus_count; i++)
        if (!strcmp(world->buses[i].path, path))
            return i;
    if (world->bus_count == WORLD_BUSES)
        return -ENOSPC;
    world->buses[world->bus_count].path = strdup(path);
    return world->buses[world->bus_count].path ? world->bus_count++ : -ENOMEM;
}

static bool edge_arrives(struct world_device *device)
{
    if (device->faults & (BIT(WORLD_NACK) | BIT(WORLD_NO_EDGES)))
        return false;
    return !(device->faults & BIT(WORLD_LOST_EDGES)) ||
           world_random(device->world) >= device->amounts[WORLD_LOST_EDGES];
}

static void pass_pin(struct world_device *device, int64_t t_ns)
{
    bool high = model_pin(device->model);

    if (device->line && device->line->high != high)
        world_line_level(device->world, device->line, high, t_ns, !edge_arrives(device));
}

void world_device_run(struct world_device *device, int64_t t_ns)
{
    int64_t wake_ns;

    while ((wake_ns = model_next_wake(device->model)) <= t_ns) {
        model_wake(device->model);
        pass_pin(device, wake_ns);
    }
}

static struct world_device *find_device(struct world *world, int wire, uint8_t address)
{
    for (int i = 0; i < world->device_count; i++)
        if (world->devices[i].bus == wire && world->devices[i].address == address)
            return &world->devices[i];
    return NULL;
}

static int general_call(struct world *world, int wire, const uint8_t *write, size_t write_size)
{
    int error = -EREMOTEIO;

    for (int i = 0; i < world->device_count; i++) {
        struct world_device *device = &world->devices[i];

        if (device->bus != wire || (device->faults & BIT(WORLD_NACK)))
            continue;
        if (write_size > 0)
            model_general_call(device->model, world_now(world), write[0]);
        pass_pin(device, world_now(world));
        error = 0;
    }
    return error;
}

static int transfer_locked(struct world_bus *handle, uint8_t address, const uint8_t *write, size_t write_size,
                           uint8_t *read, size_t read_size)
{
    struct world *world = handle->world;
    struct world_bus_wire *wire = handle->wire < 0 ? NULL : &world->buses[handle->wire];
    struct world_device *device = wire ? find_device(world, handle->wire, address) : NULL;
    uint32_t faults = device ? device->faults : wire ? wire->faults : 0;
    int error;

    if (!wire || wire->gone || handle->generation != wire->generation)
        return -ENODEV;
    if (faults & BIT(WORLD_HANG)) {
        world_run(world, world_now(world) + WORLD_TIMEOUT_NS, NULL, 0);
        return -ETIMEDOUT;
    }
    if (device && (faults & BIT(WORLD_ARBITRATION)) &&
        world_random(world) < device->amounts[WORLD_ARBITRATION])
        return -EAGAIN;
    if (address == 0)
        return general_call(world, handle->wire, write, write_size);
    if (!device || (faults & BIT(WORLD_NACK)))
        return -EREMOTEIO;
    world_device_run(device, world_now(world));
    error = model_transfer(device->model, world_now(world), write, write_size, read, read_size);
    pass_pin(device, world_now(world));
    for (size_t i = 0; (faults & BIT(WORLD_GARBAGE)) && i < read_size; i++)
        read[i] = (uint8_t)world_random_bits(world);
    return error;
}

static int bus_transfer(struct i2c_bus *bus, uint8_t address, const void *write, size_t write_size,
                        void *read, size_t read_size)
{
    struct world_bus *handle = (struct world_bus *)bus;
    int error;

    pthread_mutex_lock(&handle->world->lock);
    error = transfer_locked(handle, address, write, write_size, read, read_size);
    pthread_mutex_unlock(&handle->world->lock);
    return error;
}

static int bus_reopen(struct i2c_bus *bus)
{
    struct world_bus *handle = (struct world_bus *)bus;
    struct world *world = handle->world;
    int error = -ENOENT;

    pthread_mutex_lock(&world->lock);
    for (int i = 0; i < world->bus_count; i++)
        if (!strcmp(world->buses[i].path, handle->path) && !world->buses[i].gone) {
            handle->wire = i;
            handle->generation = world->buses[i].generation;
            error = 0;
        }
    pthread_mutex_unlock(&world->lock);
    return error;
}

static void bus_free(struct i2c_bus *bus)
{
    free(bus);
}

static const struct i2c_bus_ops bus_ops = {.transfer = bus_transfer, .reopen = bus_reopen, .free = bus_free};

struct i2c_bus *world_open_bus(struct platform *platform, const char *path)
{
    size_t path_size = strlen(path) + 1;
    struct world_bus *handle = calloc(1, sizeof(*handle) + path_size);

    if (!handle)
        return NULL;
    memcpy(handle->path, path, path_size);
    handle->bus.ops = &bus_ops;
    handle->bus.path = handle->path;
    handle->world = ((struct world_platform *)platform)->world;
    handle->wire = -1;
    bus_reopen(&handle->bus); /* what does not work now may later */
    return &handle->bus;
}
