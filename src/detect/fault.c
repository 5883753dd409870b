/* SPDX-License-Identifier: MIT */
#include "detect/fault.h"

#include "base/macros.h"

struct event fault_of_channel(const struct detector_channel *info, unsigned channel, enum fault_part part)
{
    struct event where = {
        .channel = (int)channel, .has_site = true, .leg = info->leg, .muscle = info->muscle};

    where.fault.part = part;
    return where;
}

struct event fault_of_leg(enum leg leg, enum fault_part part)
{
    struct event where = {.channel = -1, .has_leg = true, .leg = leg};

    where.fault.part = part;
    return where;
}

void fault_tell(const struct fault_report *report, struct event where, enum fault_reason reason, bool present,
                double duration_s, int64_t t_ns)
{
    where.kind = present ? EVENT_FAULT : EVENT_FAULT_CLEARED;
    where.t_ns = t_ns;
    where.fault.source = reason == FAULT_BUS ? SOURCE_BUS : SOURCE_SENSOR;
    where.fault.reason = reason;
    where.fault.duration_s = present ? 0 : duration_s;
    report->sink(report->context, &where);
}

void fault_tell_changed(const struct fault_report *report, const struct event *where, uint32_t changed,
                        const struct quality_timers *timers, int64_t t_ns)
{
    for (unsigned r = 0; r < QUALITY_REASONS && changed; r++)
        if (changed & BIT(r))
            fault_tell(report, *where, r, timers->declared & BIT(r),
                       ns_to_s(t_ns - timers->reason[r].since_ns), t_ns);
}
