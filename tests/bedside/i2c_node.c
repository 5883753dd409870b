/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 31
#include "i2c_node.h"

#include <cuse_lowlevel.h>
#include <errno.h>
#include <fuse_opt.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#define TIMEOUT_NS                                                                                           \
    (50 * NSEC_PER_MSEC) /* what a hanging transfer takes; crampd asks for it by I2C_TIMEOUT                 \
                          */
#define BUFFER 65536

struct i2c_node {
    struct i2c_bus *bus;
    int wake_fd;
};

/* An I2C_RDWR whose nested pointers have been followed. */
struct request {
    struct i2c_rdwr_ioctl_data head;
    struct i2c_msg messages[I2C_RDWR_IOCTL_MAX_MSGS];
    const uint8_t *written; /* bytes of the write messages, one after the other */
    size_t written_size, read_size;
};

static void node_open(fuse_req_t req, struct fuse_file_info *info)
{
    fuse_reply_open(req, info);
}

static void reply_functions(fuse_req_t req, void *arg, size_t out_size)
{
    const unsigned long functions = I2C_FUNC_I2C;
    struct iovec iov = {arg, sizeof(functions)};

    if (out_size < sizeof(functions))
        fuse_reply_ioctl_retry(req, NULL, 0, &iov, 1);
    else
        fuse_reply_ioctl(req, 0, &functions, sizeof(functions));
}

/* Asks the kernel for the buffers of all messages. */
static void ask_for_buffers(fuse_req_t req, void *arg, const struct request *r)
{
    struct iovec in[2 + I2C_RDWR_IOCTL_MAX_MSGS] = {{arg, sizeof(r->head)},
                                                    {r->head.msgs, r->head.nmsgs * sizeof(struct i2c_msg)}};
    struct iovec out[I2C_RDWR_IOCTL_MAX_MSGS];
    size_t in_count = 2, out_count = 0;

    for (unsigned i = 0; i < r->head.nmsgs; i++) {
        const struct i2c_msg *m = &r->messages[i];
        struct iovec iov = {m->buf, m->len};

        if (m->len == 0)
            continue;
        if (m->flags & I2C_M_RD)
            out[out_count++] = iov;
        else
            in[in_count++] = iov;
    }
    fuse_reply_ioctl_retry(req, in, in_count, out, out_count);
}

/* Whether all has arrived; if not, has asked for more or refused. */
static bool follow_pointers(fuse_req_t req, void *arg, struct request *r, const uint8_t *in, size_t in_size,
                            size_t out_size)
{
    struct iovec iov[2] = {{arg, sizeof(r->head)}};
    size_t table;

    if (in_size < sizeof(r->head)) {
        fuse_reply_ioctl_retry(req, iov, 1, NULL, 0);
        return false;
    }
    memcpy(&r->head, in, sizeof(r->head));
    if (r->head.nmsgs == 0 || r->head.nmsgs > I2C_RDWR_IOCTL_MAX_MSGS) {
        fuse_reply_err(req, EINVAL);
        return false;
    }
    table = r->head.nmsgs * sizeof(struct i2c_msg);
    if (in_size < sizeof(r->head) + table) {
        iov[1] = (struct iovec){r->head.msgs, table};
        fuse_reply_ioctl_retry(req, iov, 2, NULL, 0);
        return false;
    }
    memcpy(r->messages, in + sizeof(r->head), table);
    for (unsigned i = 0; i < r->head.nmsgs; i++)
        *(r->messages[i].flags & I2C_M_RD ? &r->read_size : &r->written_size) += r->messages[i].len;
    if (in_size < sizeof(r->head) + table + r->written_size || out_size < r->read_size) {
        ask_for_buffers(req, arg, r);
        return false;
    }
    r->written = in + sizeof(r->head) + table;
    return true;
}

/* A write and the read after it of the same chip are one transfer with a repeated start. */
static int transfer(struct i2c_node *node, const struct request *r, uint8_t *out)
{
    const uint8_t *written = r->written;

    for (unsigned i = 0; i < r->head.nmsgs; i++) {
        const struct i2c_msg *m = &r->messages[i], *next = i + 1 < r->head.nmsgs ? m + 1 : NULL;
        const struct i2c_msg *write = m->flags & I2C_M_RD ? NULL : m;
        const struct i2c_msg *read = !write                                                      ? m
                                     : next && (next->flags & I2C_M_RD) && next->addr == m->addr ? next
                                                                                                 : NULL;
        int error = i2c_transfer(node->bus, (uint8_t)m->addr, write ? written : NULL, write ? write->len : 0,
                                 read ? out : NULL, read ? read->len : 0);

        if (error < 0)
            return error;
        written += write ? write->len : 0;
        out += read ? read->len : 0;
        i += write && read;
    }
    return (int)r->head.nmsgs;
}

static void reply_transfer(fuse_req_t req, struct i2c_node *node, const struct request *r)
{
    static uint8_t out[BUFFER];
    int result = r->read_size > sizeof(out) ? -EINVAL : transfer(node, r, out);

    if (r->written_size > 1)
        eventfd_write(node->wake_fd, 1);
    if (result == -ETIMEDOUT)
        nanosleep(&(struct timespec){.tv_nsec = TIMEOUT_NS}, NULL);
    if (result < 0)
        fuse_reply_err(req, -result);
    else
        fuse_reply_ioctl(req, result, out, r->read_size);
}

static void node_ioctl(fuse_req_t req, int command, void *arg, struct fuse_file_info *info, unsigned flags,
                       const void *in, size_t in_size, size_t out_size)
{
    struct i2c_node *node = fuse_req_userdata(req);
    struct request r = {.written = NULL};

    (void)info;
    if (flags & FUSE_IOCTL_COMPAT) {
        fuse_reply_err(req, ENOSYS);
        return;
    }
    switch ((unsigned)command) {
    case I2C_FUNCS: reply_functions(req, arg, out_size); break;
    case I2C_SLAVE:
    case I2C_SLAVE_FORCE:
    case I2C_TIMEOUT:
    case I2C_RETRIES: fuse_reply_ioctl(req, 0, NULL, 0); break;
    case I2C_RDWR:
        if (follow_pointers(req, arg, &r, in, in_size, out_size))
            reply_transfer(req, node, &r);
        break;
    default: fuse_reply_err(req, ENOTTY);
    }
}

int i2c_node_serve(struct platform *platform, const char *path, int wake_fd)
{
    char name[64];
    const char *names[] = {name};
    char *arguments[] = {"bedside", "-f", "-s"};
    const struct cuse_info info = {.dev_major = I2C_NODE_MAJOR,
                                   .dev_minor = I2C_NODE_MINOR,
                                   .dev_info_argc = 1,
                                   .dev_info_argv = names,
                                   .flags = CUSE_UNRESTRICTED_IOCTL};
    const struct cuse_lowlevel_ops ops = {.open = node_open, .ioctl = node_ioctl};
    struct i2c_node node = {.bus = platform->open_bus(platform, path), .wake_fd = wake_fd};

    if (!node.bus)
        return 1;
    snprintf(name, sizeof(name), "DEVNAME=%.50s", strncmp(path, "/dev/", 5) ? path : path + 5);
    return cuse_lowlevel_main(3, arguments, &info, &ops, &node);
}
