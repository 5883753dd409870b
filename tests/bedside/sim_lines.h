/* SPDX-License-Identifier: MIT */
/* GPIO lines of the kernel's gpio-sim, made by configfs: /dev/gpiochipN as crampd sees it. */
#pragma once

#include <stdbool.h>

struct sim_lines;

/* NULL for ENOMEM. */
struct sim_lines *sim_lines_new(void);

/* Before sim_lines_start(). pull: what the line shows at first. The line's number here, or -ENOSPC. */
int sim_lines_add(struct sim_lines *lines, const char *name, bool pull);

/* Makes the chip, or takes over the one an earlier process made. 0, or a negative errno; has said what. */
int sim_lines_start(struct sim_lines *lines);

/* Drives a line from outside; a change is an edge. */
void sim_lines_pull(struct sim_lines *lines, int line, bool high);

/* What the line shows: 0, 1, or a negative errno. */
int sim_lines_value(const struct sim_lines *lines, int line);
