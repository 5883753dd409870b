/* SPDX-License-Identifier: MIT */
/* The world's insides, shared by world*.c. Everything below expects the lock to be held, unless told. */
#pragma once

#include "base/block.h"
#include "crampsim/world.h"

#include <pthread.h>
#include <stdatomic.h>

#define WORLD_DEVICES    (EMG_CHANNELS + IMU_SOURCES + 4)
#define WORLD_BUSES      4
#define WORLD_LINES      48
#define WORLD_FAULTS     64
#define WORLD_EDGES      1024 /* libgpiod 2.x: largest event buffer */
#define WORLD_EDGES_V1   16   /* kernel's FIFO of the first character-device interface */
#define WORLD_POLL_NS    (5 * NSEC_PER_MSEC)
#define WORLD_TIMEOUT_NS (50 * NSEC_PER_MSEC) /* a hanging transfer, as i2c_dev sets it up */

struct world_line {
    char *name;
    bool is_output; /* world_add_output: crampd drives it */
    bool has_signal;
    struct world_signal signal;
    bool high;
    bool requested;
    bool active_low, output;
    enum gpio_edge_kind edges;
    unsigned first, used;
    uint32_t seqno;
    struct gpio_edge queue[WORLD_EDGES];
};

struct world_device {
    struct world *world;
    struct model *model;
    int bus; /* index */
    int address;
    struct world_line *line; /* NULL: not wired */
    struct world_signal signal;
    double gain, reference_v, rate_error, noise_uv;
    int pin;
    uint32_t faults; /* BIT(enum world_fault) active now */
    double amounts[world_fault_count];
};

struct world_span {
    enum world_fault fault;
    int device; /* -1: all */
    int64_t start_ns, end_ns, next_ns;
    double amount;
    bool active;
};

struct world_bus_wire {
    char *path;
    uint32_t faults;     /* of addresses nobody lives at */
    unsigned generation; /* raised when the bus device goes away: old handles are dead then */
    bool gone;
};

struct world_gpio_back_end {
    struct gpio gpio;
    struct world *world;
};

struct world_clock {
    struct clock clock;
    struct world *world;
};

struct world_platform {
    struct platform platform;
    struct world *world;
};

struct world {
    pthread_mutex_t lock;
    struct world_platform platform;
    struct world_clock clock;
    struct world_gpio_back_end gpio;
    unsigned edge_slots;

    _Atomic int64_t now_ns;
    int64_t start_ns;
    double speed;
    int64_t anchor_real_ns, anchor_ns; /* the pace is kept from here */
    int64_t slack_real_ns;             /* what happens sooner than this is not slept for */
    int64_t poll_ns, poll_step_ns;     /* next look at the input signals, and how often */
    int64_t stalled_until_ns;
    int64_t waited_ns; /* when the last wait began */
    unsigned spins;    /* waits in a row that began at one time */
    uint64_t random;

    struct world_device devices[WORLD_DEVICES];
    int device_count;
    struct world_bus_wire buses[WORLD_BUSES];
    int bus_count;
    struct world_line *lines[WORLD_LINES];
    int line_count;
    struct world_span spans[WORLD_FAULTS];
    int span_count;

    void (*pace)(void *context);
    void *pace_context;
    void (*output_changed)(void *context, const char *line, bool high, int64_t t_ns);
    void *output_context;
};

/* 0 <= x < 1 */
double world_random(struct world *world);
uint64_t world_random_bits(struct world *world);

/* world_time.c: moves time to t_ns at most, or to the first event that makes one of the lines ready. */
void world_run(struct world *world, int64_t t_ns, struct gpio_line *const *lines, size_t count);
uint32_t world_wait(struct gpio *gpio, struct gpio_line *const *lines, size_t count, int wake_fd,
                    int64_t deadline_ns);

/* world_gpio.c */
void world_gpio_init(struct world *world);
struct world_line *world_find_line(struct world *world, const char *name);
/* The line as the outside finds or makes it; NULL with errno. */
struct world_line *world_have_line(struct world *world, const char *name);
/* The level is `high` from t_ns on. silent: no edge reaches the kernel. */
void world_line_level(struct world *world, struct world_line *line, bool high, int64_t t_ns, bool silent);
uint32_t world_ready_lines(struct gpio_line *const *lines, size_t count);

/* world_bus.c */
int world_have_bus(struct world *world, const char *path);
struct i2c_bus *world_open_bus(struct platform *platform, const char *path); /* takes the lock */
/* Does what the chip does by itself until t_ns and passes its pin on to the line. */
void world_device_run(struct world_device *device, int64_t t_ns);

/* world_fault.c */
int64_t world_next_fault(const struct world *world);
void world_run_faults(struct world *world, int64_t t_ns);
