/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include "base/macros.h"

#include <stdio.h>
#include <stdlib.h>

#define KEPT      4096                  /* a second of two converters at 860 samples/s */
#define BEFORE_NS (300 * NSEC_PER_MSEC) /* what is written: so much before the output's edge ... */
#define AFTER_NS  (50 * NSEC_PER_MSEC)  /* ... and so much after it */
#define LATE_NS   (5 * NSEC_PER_MSEC)

enum what { WHAT_EDGE, WHAT_READ, WHAT_OUTPUT };

struct entry {
    int64_t t_ns, model_ns;
    enum what what;
    unsigned a, b, c;
};

static struct {
    FILE *file;
    struct entry kept[KEPT];
    uint64_t count;
    int64_t due_ns;  /* 0: nothing to write */
    int64_t late_ns; /* when it was said */
} trace;

void trace_open(void)
{
    const char *path = getenv("BEDSIDE_TRACE");

    trace.file = path ? fopen(path, "ae") : NULL;
}

static void keep(struct entry entry)
{
    if (trace.file)
        trace.kept[trace.count++ % KEPT] = entry;
}

void trace_edge(int64_t now_ns, unsigned line, bool level, int64_t model_ns)
{
    keep((struct entry){now_ns, model_ns, WHAT_EDGE, line, level, 0});
    if (trace.file && now_ns - model_ns > LATE_NS && now_ns - trace.late_ns > LATE_NS) {
        fprintf(trace.file, "%.6f late %.1f\n", ns_to_s(now_ns), ns_to_s(now_ns - model_ns) * 1e3);
        trace.late_ns = now_ns;
    }
}

void trace_read(int64_t now_ns, unsigned address, unsigned reg, unsigned bytes)
{
    keep((struct entry){now_ns, 0, WHAT_READ, address, reg, bytes});
}

void trace_output(int64_t now_ns, unsigned line, bool level)
{
    keep((struct entry){now_ns, 0, WHAT_OUTPUT, line, level, 0});
    if (level && trace.due_ns == 0)
        trace.due_ns = now_ns + AFTER_NS;
}

static void write_entry(const struct entry *e)
{
    double t = ns_to_s(e->t_ns);

    switch (e->what) {
    case WHAT_EDGE: fprintf(trace.file, "%.6f edge %u %u %.6f\n", t, e->a, e->b, ns_to_s(e->model_ns)); break;
    case WHAT_READ: fprintf(trace.file, "%.6f read %u %u %u\n", t, e->a, e->b, e->c); break;
    case WHAT_OUTPUT: fprintf(trace.file, "%.6f output %u %u\n", t, e->a, e->b); break;
    }
}

void trace_settle(int64_t now_ns)
{
    if (trace.due_ns == 0 || now_ns < trace.due_ns)
        return;
    for (uint64_t i = trace.count > KEPT ? trace.count - KEPT : 0; i < trace.count; i++)
        if (trace.kept[i % KEPT].t_ns >= trace.due_ns - AFTER_NS - BEFORE_NS)
            write_entry(&trace.kept[i % KEPT]);
    fflush(trace.file);
    trace.due_ns = 0;
}
