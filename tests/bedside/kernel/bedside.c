/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The virtual bedside's wiring, in the kernel: an I2C adapter (bus 1) behind the stock i2c-dev, and hands on
 * the lines of a stock gpio-sim chip. What answers at the other end are the device models of crampsim, in a
 * program outside of the machine; it is asked over a socket (wire.h). To the programs in the machine there
 * is no difference to hardware.
 *
 *     bedside.fd=N                                    on the kernel's command line: the socket
 *     echo CHIP >/sys/module/bedside/parameters/start when the gpio-sim chip of that label is there
 *
 * Asking costs no virtual time (the machine stands still meanwhile) and some 10 us of real time; a bus that a
 * user-space program serves through CUSE costs fifty times that.
 */
#include <linux/gpio/driver.h>
#include <linux/hrtimer.h>
#include <linux/i2c.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/pinctrl/pinconf-generic.h>
#include <linux/workqueue.h>
#include <os.h>

#include "bedside-wire.h"

static int fd = -1;
module_param(fd, int, 0444);

static DEFINE_MUTEX(lock); /* one question at a time */
static struct bedside_request request;
static struct bedside_reply reply;

static struct gpio_chip *lines; /* gpio-sim's; NULL: not started */
static struct gpio_chip sim;    /* what its functions were */
static u32 levels;              /* of the outputs, as told */
static struct task_struct *hand;
static s64 next_ns;

static struct i2c_adapter adapter;
static bool bus_wanted, bus_there;

static void plug(struct work_struct *work);
static DECLARE_WORK(plug_work, plug);

/* Sends the first `size` bytes of the request and takes the reply. The lock is held. */
static int ask(enum bedside_question question, size_t bytes)
{
    int error;

    request.question = question;
    request.now_ns = ktime_get_ns();
    do
        error = os_write_file(fd, &request, offsetof(struct bedside_request, bytes) + bytes);
    while (error == -EINTR);
    if (error < 0)
        return error;
    do
        error = os_read_file(fd, &reply, sizeof(reply));
    while (error == -EINTR);
    if (error < (int)offsetof(struct bedside_reply, bytes))
        return error < 0 ? error : -EPIPE;
    return 0;
}

/* What the outside does to the lines. Each edge's interrupt runs at once: else two of the same line at the
   same time would be one. */
static void pull(void)
{
    u32 i;

    for (i = 0; i < reply.edge_count; i++) {
        const struct bedside_edge *e = &reply.edges[i];
        enum pin_config_param param = e->level ? PIN_CONFIG_BIAS_PULL_UP : PIN_CONFIG_BIAS_PULL_DOWN;

        lines->set_config(lines, e->line, pinconf_to_config_packed(param, 1));
        local_bh_disable();
        local_bh_enable();
    }
}

/* The rest of what an answer says. The lock is held. */
static void follow(void)
{
    pull();
    if (reply.bus != bus_wanted) {
        bus_wanted = reply.bus;
        schedule_work(&plug_work);
    }
    if (next_ns != reply.next_ns) {
        WRITE_ONCE(next_ns, reply.next_ns);
        if (hand && hand != current)
            wake_up_process(hand);
    }
}

static int run_hand(void *unused)
{
    for (;;) {
        ktime_t until;

        set_current_state(TASK_INTERRUPTIBLE);
        until = ns_to_ktime(READ_ONCE(next_ns));
        if (ktime_get_ns() < READ_ONCE(next_ns)) {
            schedule_hrtimeout(&until, HRTIMER_MODE_ABS);
            __set_current_state(TASK_RUNNING);
            continue;
        }
        __set_current_state(TASK_RUNNING);
        mutex_lock(&lock);
        if (ask(BEDSIDE_TIME, 0) == 0)
            follow();
        else
            next_ns = S64_MAX; /* nobody is there any more */
        mutex_unlock(&lock);
    }
    return 0;
}

/* Puts the messages into the request; how many bytes are written, or a negative errno. */
static int pack(const struct i2c_msg *messages, int count)
{
    size_t written = 0, read = 0;
    int i;

    if (count > BEDSIDE_MESSAGES)
        return -EOPNOTSUPP;
    for (i = 0; i < count; i++) {
        bool reads = messages[i].flags & I2C_M_RD;

        request.messages[i] = (struct bedside_message){
            .address = messages[i].addr, .read = reads, .size = messages[i].len};
        if (written + messages[i].len > BEDSIDE_BYTES || read + messages[i].len > BEDSIDE_BYTES)
            return -EOPNOTSUPP;
        if (!reads) {
            memcpy(request.bytes + written, messages[i].buf, messages[i].len);
            written += messages[i].len;
        } else {
            read += messages[i].len;
        }
    }
    request.message_count = count;
    return written;
}

static void unpack(struct i2c_msg *messages, int count)
{
    size_t from = 0;
    int i;

    for (i = 0; i < count; i++) {
        if (!(messages[i].flags & I2C_M_RD))
            continue;
        memcpy(messages[i].buf, reply.bytes + from, messages[i].len);
        from += messages[i].len;
    }
}

static int transfer(struct i2c_adapter *adap, struct i2c_msg *messages, int count)
{
    int result;

    mutex_lock(&lock);
    result = bus_wanted ? pack(messages, count) : -ENODEV;
    if (result >= 0)
        result = ask(BEDSIDE_TRANSFER, result);
    if (result >= 0) {
        result = reply.result;
        if (result >= 0)
            unpack(messages, count);
        follow();
    }
    mutex_unlock(&lock);
    if (result == -ETIMEDOUT) /* the adapter's hardware waits for a stuck bus this long */
        schedule_timeout_uninterruptible(adap->timeout);
    return result < 0 ? result : count;
}

static u32 functionality(struct i2c_adapter *adap)
{
    return I2C_FUNC_I2C;
}

static const struct i2c_algorithm algorithm = {.master_xfer = transfer, .functionality = functionality};

/* The bus comes and goes with its connector. i2c_del_adapter() waits until nobody has the node open. */
static void plug(struct work_struct *work)
{
    if (bus_wanted == bus_there)
        return;
    if (bus_there) {
        i2c_del_adapter(&adapter);
        bus_there = false;
    } else {
        memset(&adapter, 0, sizeof(adapter));
        adapter.owner = THIS_MODULE;
        adapter.algo = &algorithm;
        adapter.nr = 1;
        adapter.retries = 1;
        strscpy(adapter.name, "bedside", sizeof(adapter.name));
        bus_there = i2c_add_numbered_adapter(&adapter) == 0;
    }
    if (bus_wanted != bus_there)
        schedule_work(&plug_work);
}

/* What the daemon does to a line. */
static void tell(unsigned int line, int level)
{
    mutex_lock(&lock);
    if (!!(levels & BIT(line)) != !!level) {
        levels ^= BIT(line);
        request.line = line;
        request.level = !!level;
        if (ask(BEDSIDE_OUTPUT, 0) == 0)
            follow();
    }
    mutex_unlock(&lock);
}

static void set(struct gpio_chip *chip, unsigned int line, int level)
{
    sim.set(chip, line, level);
    tell(line, level);
}

static void set_multiple(struct gpio_chip *chip, unsigned long *mask, unsigned long *bits)
{
    unsigned int line;

    sim.set_multiple(chip, mask, bits);
    for_each_set_bit(line, mask, chip->ngpio)
        tell(line, test_bit(line, bits));
}

static int direction_output(struct gpio_chip *chip, unsigned int line, int level)
{
    int error = sim.direction_output(chip, line, level);

    if (!error)
        tell(line, level);
    return error;
}

/* A line nobody holds floats to where its pull is, and what hangs on it with it. */
static void let_go(struct gpio_chip *chip, unsigned int line)
{
    sim.free(chip, line);
    if (levels & BIT(line))
        tell(line, sim.get(chip, line));
}

static int has_label(struct gpio_chip *chip, void *label)
{
    return !strcmp(chip->label, label);
}

static int start(const char *value, const struct kernel_param *param)
{
    char label[32];
    struct gpio_chip *chip;
    int error;

    strscpy(label, value, sizeof(label));
    chip = gpiochip_find(strim(label), has_label);
    if (!chip || chip->ngpio != BEDSIDE_LINES)
        return -ENODEV;
    if (lines)
        return -EALREADY;
    sim = *chip;
    chip->set = set;
    chip->set_multiple = set_multiple;
    chip->direction_output = direction_output;
    chip->free = let_go;
    mutex_lock(&lock);
    lines = chip;
    error = ask(BEDSIDE_START, 0);
    if (!error)
        follow();
    mutex_unlock(&lock);
    if (error)
        return error;
    flush_work(&plug_work);
    hand = kthread_run(run_hand, NULL, "bedside");
    if (IS_ERR(hand))
        return PTR_ERR(hand);
    sched_set_fifo(hand); /* the leg waits for nobody */
    return 0;
}

static const struct kernel_param_ops start_ops = {.set = start};
module_param_cb(start, &start_ops, NULL, 0200);
