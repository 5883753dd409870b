/* SPDX-License-Identifier: MIT */
#include "hw/i2c_bus.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The default of one second would stall every other chip behind a stuck one. Units of 10 ms (i2c-dev.c); the
   setting is the adapter's, so it holds for every program on this bus. */
#define TIMEOUT_10MS 5
#define RETRIES      1
#define MESSAGE_MAX  8192 /* i2c-dev.c refuses more */

struct i2c_dev {
    struct i2c_bus bus;
    char *path;
    int fd; /* -1: not open */
};

static struct i2c_dev *dev_of(struct i2c_bus *bus)
{
    return (struct i2c_dev *)bus;
}

static int open_device(const char *path)
{
    unsigned long functions = 0;
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (ioctl(fd, I2C_FUNCS, &functions) < 0 || !(functions & I2C_FUNC_I2C)) {
        close(fd);
        return -EOPNOTSUPP; /* not an I2C bus at all, or one that only speaks SMBus */
    }
    /* An adapter that has no such settings still transfers. */
    (void)ioctl(fd, I2C_TIMEOUT, (unsigned long)TIMEOUT_10MS);
    (void)ioctl(fd, I2C_RETRIES, (unsigned long)RETRIES);
    return fd;
}

static int dev_transfer(struct i2c_bus *bus, uint8_t address, const void *write, size_t write_size,
                        void *read, size_t read_size)
{
    struct i2c_dev *dev = dev_of(bus);
    struct i2c_msg messages[2];
    unsigned count = 0;

    if (dev->fd < 0)
        return -ENODEV;
    if (write_size > MESSAGE_MAX || read_size > MESSAGE_MAX || write_size + read_size == 0)
        return -EINVAL;
    if (write_size > 0) /* the kernel only reads from a write message's buffer */
        messages[count++] = (struct i2c_msg){
            .addr = address, .len = (uint16_t)write_size, .buf = (uint8_t *)(uintptr_t)write};
    if (read_size > 0)
        messages[count++] =
            (struct i2c_msg){.addr = address, .flags = I2C_M_RD, .len = (uint16_t)read_size, .buf = read};

    struct i2c_rdwr_ioctl_data data = {.msgs = messages, .nmsgs = count};
    int done = ioctl(dev->fd, I2C_RDWR, &data);
    if (done < 0)
        return -errno;
    return (unsigned)done == count ? 0 : -EIO;
}

static int dev_reopen(struct i2c_bus *bus)
{
    struct i2c_dev *dev = dev_of(bus);

    if (dev->fd >= 0)
        close(dev->fd);
    dev->fd = open_device(dev->path);
    return dev->fd < 0 ? dev->fd : 0;
}

static void dev_free(struct i2c_bus *bus)
{
    struct i2c_dev *dev = dev_of(bus);

    if (dev->fd >= 0)
        close(dev->fd);
    free(dev->path);
    free(dev);
}

struct i2c_bus *i2c_dev_new(const char *path)
{
    static const struct i2c_bus_ops ops = {.transfer = dev_transfer, .reopen = dev_reopen, .free = dev_free};
    struct i2c_dev *dev = malloc(sizeof(*dev));
    char *copy = strdup(path);

    if (!dev || !copy) {
        free(dev);
        free(copy);
        return NULL;
    }
    *dev = (struct i2c_dev){.bus = {.ops = &ops, .path = copy}, .path = copy};
    dev->fd = open_device(path);
    return &dev->bus;
}
