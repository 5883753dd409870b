/* SPDX-License-Identifier: MIT */
/*
 * GPIO lines by name. Back ends: gpio_v1.c (libgpiod 1.6), gpio_v2.c (libgpiod 2.x), and the model in
 * crampsim. A chip is never named by number; where a line name occurs on more than one chip the chip's label
 * decides.
 */
#pragma once

#include "base/macros.h"
#include "base/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gpio_edge_kind { GPIO_EDGE_NONE, GPIO_EDGE_RISING, GPIO_EDGE_FALLING, GPIO_EDGE_BOTH };

struct gpio_spec {
    const char *name;       /* "GPIO17" */
    const char *chip_label; /* "pinctrl-bcm2711"; NULL or "": any chip, if the name is unique */
    const char *consumer;   /* shown by gpioinfo: "crampd-ready0" */
    bool active_low;
    bool output; /* an output starts inactive */
    enum bias bias;
    enum gpio_edge_kind edges; /* after active_low is applied */
};

struct gpio_edge {
    int64_t t_ns;   /* CLOCK_MONOTONIC, taken in the interrupt */
    uint32_t seqno; /* per line, 1.., gaps are lost edges; 0 when the back end has none (libgpiod 1.6) */
    bool active;    /* the edge went to active */
};

#define GPIO_EDGES_MAX 256 /* most edges one read returns */

/* What is known about a line without requesting it: for probing. */
struct gpio_line_info {
    char chip[32], label[32]; /* "gpiochip0", "pinctrl-bcm2711" */
    bool used;
    char consumer[32]; /* who holds it; "" when nobody, or nobody said */
};

struct gpio;
struct gpio_line; /* opaque, of the back end */

struct gpio_ops {
    /* Requests a line. 0 and *line, or: -ENOENT no such line, -EEXIST name on several chips, -EBUSY used by
       somebody else, -EACCES, ... as the kernel gives them. */
    int (*request)(struct gpio *gpio, const struct gpio_spec *spec, struct gpio_line **line);
    void (*release)(struct gpio *gpio, struct gpio_line *line); /* outputs go inactive first; NULL is fine */
    int (*get)(struct gpio *gpio, struct gpio_line *line);      /* 0, 1 or a negative errno */
    int (*set)(struct gpio *gpio, struct gpio_line *line, bool active);
    /* Takes waiting edges without blocking: how many (0..max), or a negative errno. */
    int (*read_edges)(struct gpio *gpio, struct gpio_line *line, struct gpio_edge *edges, size_t max);
    /* Sleeps until one of the lines has edges, wake_fd is readable (-1: none) or the clock shows deadline_ns.
       Bit i of the result: lines[i] has edges; bit 31: woken; 0: deadline. Entries may be NULL. The model
       moves its virtual time here. */
    uint32_t (*wait)(struct gpio *gpio, struct gpio_line *const *lines, size_t count, int wake_fd,
                     int64_t deadline_ns);
    void (*free)(struct gpio *gpio);
    /* Describes a line without touching it: 0, or as request() (never -EBUSY). NULL: the back end cannot. */
    int (*describe)(struct gpio *gpio, const struct gpio_spec *spec, struct gpio_line_info *info);
};

#define GPIO_WOKEN BIT(31)

struct gpio {
    const struct gpio_ops *ops;
    bool has_seqno;       /* edges are numbered by the kernel */
    unsigned edge_buffer; /* edges the kernel keeps per line */
    const char *backend;  /* "libgpiod 1.6.3" */
};

/* The kernel's lines through libgpiod. NULL only for ENOMEM; a machine without GPIO fails at request(). */
struct gpio *gpio_new(void);

static inline void gpio_free(struct gpio *gpio)
{
    if (gpio)
        gpio->ops->free(gpio);
}
DEFINE_CLEANUP(struct gpio *, gpio_free);

/* Text for a request() error that says what to do: "no line named GPIO17 on any chip; `gpioinfo` lists ...".
 */
const char *gpio_error_text(int negative_errno);
