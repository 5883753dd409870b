/* SPDX-License-Identifier: MIT */
/*
 * What went over the wires shortly before the daemon turned an output on, for whoever asks how long it took.
 * A machine has some ten thousand edges and transfers a second; only the last ones before such a moment are
 * written, a line each, in order of time:
 *
 *     SECONDS edge LINE LEVEL MODEL      an input's edge was handed to the machine; MODEL: when the chip made
 * it SECONDS read ADDRESS REGISTER N    a transfer that read N bytes began SECONDS output LINE LEVEL the
 * daemon changed a line
 *
 * SECONDS is the kernel's CLOCK_MONOTONIC, read in the kernel when it asked (edge, read) or had changed the
 * line (output). The kernel's own stamp of an edge is later than SECONDS by what the answer took.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Begins to watch; where to comes from the environment: BEDSIDE_TRACE, a file. Without it nothing is kept. */
void trace_open(void);
void trace_edge(int64_t now_ns, unsigned line, bool level, int64_t model_ns);
void trace_read(int64_t now_ns, unsigned address, unsigned reg, unsigned bytes);
void trace_output(int64_t now_ns, unsigned line, bool level);
/* Writes what is due; after the answer, when nobody waits. */
void trace_settle(int64_t now_ns);
