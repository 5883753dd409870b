/* SPDX-License-Identifier: MIT */
/*
 * struct i2c_bus: what a chip driver may do with an I2C bus. Behind it: i2c_dev (the kernel's /dev/i2c-N)
 * or the device models of crampsim. Used by one thread at a time.
 */
#pragma once

#include "base/macros.h"

#include <stddef.h>
#include <stdint.h>

struct i2c_bus;

struct i2c_bus_ops {
    /* Writes write_size bytes to `address`, then (repeated start) reads read_size bytes; either may be 0.
       At most one read, and it is last: all that the Pi 0-4 controller can do (i2c-bcm2835.c).
       0, or a negative errno as the kernel gives it. */
    int (*transfer)(struct i2c_bus *bus, uint8_t address, const void *write, size_t write_size, void *read,
                    size_t read_size);
    /* Closes and opens the bus device again: a rung of the recovery ladder. 0 or a negative errno. */
    int (*reopen)(struct i2c_bus *bus);
    void (*free)(struct i2c_bus *bus);
};

struct i2c_bus {
    const struct i2c_bus_ops *ops;
    const char *path; /* "/dev/i2c-1", for messages */
};

/* The kernel's bus. Opening may fail now and work later, so this always gives a bus (NULL only for ENOMEM)
   and transfers return -ENODEV until a reopen succeeds. Timeout per transfer 50 ms, retries 1 (adapter-wide).
 */
struct i2c_bus *i2c_dev_new(const char *path);

static inline int i2c_transfer(struct i2c_bus *bus, uint8_t address, const void *write, size_t write_size,
                               void *read, size_t read_size)
{
    return bus->ops->transfer(bus, address, write, write_size, read, read_size);
}

static inline int i2c_reopen(struct i2c_bus *bus)
{
    return bus->ops->reopen(bus);
}

static inline void i2c_bus_free(struct i2c_bus *bus)
{
    if (bus)
        bus->ops->free(bus);
}
DEFINE_CLEANUP(struct i2c_bus *, i2c_bus_free);

/* What an errno of a transfer means on any of the Pi's adapters (facts: i2c-bcm2835, i2c-designware,
 * i2c-gpio). */
enum i2c_error {
    I2C_FINE,
    I2C_ABSENT,      /* ENXIO, EREMOTEIO: nobody acknowledged the address */
    I2C_TROUBLE,     /* EAGAIN, ETIMEDOUT, EIO, EBUSY, EPROTO: wires, arbitration, stuck bus */
    I2C_UNSUPPORTED, /* EOPNOTSUPP, ENOTTY, EINVAL: the adapter cannot do this */
    I2C_NO_BUS,      /* ENODEV, ENOENT, EBADF: the bus device is not there */
    I2C_DENIED,      /* EACCES, EPERM: group membership or the unit's sandbox */
};
enum i2c_error i2c_classify(int negative_errno);
/* "no answer at the address", "bus trouble (Connection timed out)", ...: for log lines. */
const char *i2c_error_text(enum i2c_error error);
