/* SPDX-License-Identifier: MIT */
#include "crampctl/report_figures.h"

#include "crampctl/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

struct stretch {
    double from, to;
    int night;
};

static size_t stretches(const struct report *report, const cJSON *nights, struct stretch *stretch)
{
    size_t count = 0;
    const cJSON *row;

    cJSON_ArrayForEach(row, nights)
    {
        struct stretch *s = &stretch[count];
        if (!report_seconds(row, "start", &s->from) || !report_seconds(row, "end", &s->to))
            continue;
        s->night = local_moment(s->from).night;
        count += report_night(report, s->night) != NULL;
    }
    return count;
}

/* The sensor's and its bus's; a broker that is away keeps nobody from watching. */
static int reason_of(const cJSON *fault)
{
    int source = fault_source_from_name(json_text(fault, "source", ""));

    return source == SOURCE_SENSOR || source == SOURCE_BUS
               ? fault_reason_from_name(json_text(fault, "reason", ""))
               : -1;
}

static void mark(const struct report *report, const cJSON *fault, const struct stretch *stretch, size_t count,
                 uint32_t *reasons, unsigned *times)
{
    int reason = reason_of(fault);
    double from, to = INFINITY;
    bool hit = false;

    if (reason < 0 || !report_seconds(fault, "start", &from))
        return;
    report_seconds(fault, "end", &to);
    for (size_t i = 0; i < count; i++) {
        if (to <= stretch[i].from || from >= stretch[i].to)
            continue;
        reasons[stretch[i].night - report->span.from] |= BIT(reason);
        hit = true;
    }
    times[reason] += hit;
}

/* The oldest of a full list is younger than the first night. */
static bool is_cut(const struct report *report, const cJSON *faults)
{
    const cJSON *row;
    double seconds;

    if (cJSON_GetArraySize(faults) < REPORT_ROWS_MAX)
        return false;
    cJSON_ArrayForEach(row, faults)
    {
        if (report_seconds(row, "start", &seconds) && local_moment(seconds).night < report->span.from)
            return false;
    }
    return true;
}

int report_count_faults(struct report *report, const struct report_rows *rows)
{
    _cleanup_(freep) struct stretch *stretch =
        calloc((size_t)cJSON_GetArraySize(rows->nights) + 1, sizeof(*stretch));
    _cleanup_(freep) uint32_t *reasons = calloc(report->night_count, sizeof(*reasons));
    unsigned times[fault_reason_count] = {0};
    const cJSON *row;

    if (!stretch || !reasons)
        return -ENOMEM;
    size_t count = stretches(report, rows->nights, stretch);
    cJSON_ArrayForEach(row, rows->faults)
    {
        mark(report, row, stretch, count, reasons, times);
    }
    for (int reason = 0; reason < (int)fault_reason_count; reason++) {
        report->fault[reason].times = times[reason];
        for (size_t i = 0; i < report->night_count; i++)
            report->fault[reason].nights += (reasons[i] & BIT(reason)) != 0;
    }
    report->faults_cut = is_cut(report, rows->faults);
    return 0;
}
