/* SPDX-License-Identifier: MIT */
/*
 * A simulated bedside: virtual time, an I2C bus with register-level chip models, GPIO lines. It offers a
 * struct platform, so that drivers, acquire thread and hub run on it unchanged.
 *
 * Virtual time moves only while the acquire thread waits (gpio_ops.wait) - to the next edge or deadline - and
 * while a transfer hangs. Between, the world sleeps so that it runs at `speed` virtual seconds a real second;
 * speed 0 is as fast as `pace` allows (the platform's clock then says speed 1000, for whoever scales a timer
 * by it). A machine too slow for `speed` gets a slower world, never a jump.
 *
 * Computing costs no virtual time, but for a reader that waits in vain at the same time over and over: then a
 * wait costs 10 us.
 *
 * One thread at a time may wait; everything else may be called from any thread. All is deterministic: what
 * looks random comes from one generator with a fixed seed.
 */
#pragma once

#include "crampsim/model.h"
#include "hw/platform.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct world;

/* What an electrode pair, an IMU or a contact shows at a time is a struct world_signal (model.h); its t_ns
   counts from the world's start. Signals are read on the waiting thread, under the world's lock. */

/* start_ns: what the clock shows first. NULL with errno. */
struct world *world_new(double speed, int64_t start_ns);
void world_free(struct world *world);
DEFINE_CLEANUP(struct world *, world_free);

struct platform *world_platform(struct world *world);
int64_t world_now(struct world *world); /* as platform->clock */

/* How the kernel and its library keep edges. Call before the platform is used; V2 unless told. */
enum world_gpio {
    WORLD_GPIO_V2, /* libgpiod 2.x: 1024 edges a line, the oldest give way, numbered */
    WORLD_GPIO_V1, /* libgpiod 1.6: 16 edges a line, the newest are dropped, not numbered */
};
void world_set_gpio(struct world *world, enum world_gpio flavour);

/* Called (on the acquire thread) before time moves; may sleep: keeps a fast world from flooding its reader.
 */
void world_set_pace(struct world *world, void (*pace)(void *context), void *context);

/* ADC model on its bus with its ALERT/RDY line. uv: the signal at the electrode in microvolts, which the
   model's front end (gain, reference_v) turns into volts at input pin `pin`. true_rate_error: 0.05 =
   oscillator 5 % fast. noise_uv: RMS of the front end's own noise, at the electrode. Model index >= 0, or a
   negative errno. */
struct world_adc {
    const char *bus;
    int address;
    enum adc_chip chip;
    const char *ready_line;
    double gain, reference_v;
    int pin;
    double true_rate_error;
    double noise_uv;
    struct world_signal uv; /* 1 value */
};
int world_add_adc(struct world *world, const struct world_adc *adc);

struct world_imu {
    const char *bus;
    int address;
    enum imu_chip chip;
    const char *interrupt_line; /* "" = not wired */
    double true_rate_error;
    struct world_signal motion; /* 6 values: g, g, g, deg/s x 3 */
};
int world_add_imu(struct world *world, const struct world_imu *imu);

/* A line the outside drives (contact comparator, button). The signal gives 0 or 1 (electrical level) and is
   looked at every 5 ms. 0 or a negative errno. */
int world_add_input(struct world *world, const char *line, struct world_signal level);
/* Drives such a line by hand from now on instead of its signal. 0 or -ENOENT. */
int world_set_input(struct world *world, const char *line, bool high);
/* A line crampd drives (LED, motor). */
int world_add_output(struct world *world, const char *line);
int world_get_output(struct world *world, const char *line); /* 0, 1, -ENOENT */
/* Called at every change of an output line, on the thread that changes it, with the virtual time. */
void world_watch_outputs(struct world *world,
                         void (*changed)(void *context, const char *line, bool high, int64_t t_ns),
                         void *context);

/* Misbehaviour, each for a span of virtual time on one device (index from world_add_*) or the whole bus (-1).
 */
#define WORLD_FAULT_WORDS(X)                                                                                 \
    X(WORLD_NACK, "nack")                   /* no acknowledge: the cable is out */                           \
    X(WORLD_HANG, "hang")                   /* transfers time out: SDA stuck */                              \
    X(WORLD_ARBITRATION, "arbitration")     /* EAGAIN on a share of the transfers */                         \
    X(WORLD_STUCK, "stuck")                 /* the same value for ever, edges go on */                       \
    X(WORLD_REPEAT, "repeat")               /* every other conversion returns the one before */              \
    X(WORLD_LOST_EDGES, "lost_edges")       /* a share of the ready edges does not arrive */                 \
    X(WORLD_EDGE_STORM, "edge_storm")       /* thousands of edges a second that no conversion made */        \
    X(WORLD_NO_EDGES, "no_edges")           /* ready line broken */                                          \
    X(WORLD_RATE, "rate")                   /* oscillator off by `amount` */                                 \
    X(WORLD_FIFO_OVERFLOW, "fifo_overflow") /* the IMU's FIFO overflows as if nobody had read it */          \
    X(WORLD_RESET, "reset")                 /* power-on reset at the start of the span */                    \
    X(WORLD_NO_BUS, "no_bus")               /* the bus device is gone */                                     \
    X(WORLD_GARBAGE, "garbage")             /* random bytes */                                               \
    X(WORLD_STALL, "stall")                 /* the acquire thread is not scheduled: edges pile up */
#define WORLD_ENUMERATOR(value, word) value,
enum world_fault { WORLD_FAULT_WORDS(WORLD_ENUMERATOR) world_fault_count };
const char *world_fault_name(enum world_fault fault);
int world_fault_from_name(const char *word); /* -EINVAL */

/* start_s, end_s: virtual seconds since the world's start. amount: the share 0..1 of arbitration and lost
   edges, relative error of rate, edges a second of a storm; 0 = 0.5, 0.5, 0.1, 5000. NACK (the cable is out)
   also takes the edges, and the chip comes back with a power-on reset. 0, -EINVAL or -ENOSPC. */
int world_add_fault(struct world *world, enum world_fault fault, int device, double start_s, double end_s,
                    double amount);
