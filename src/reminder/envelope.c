/* SPDX-License-Identifier: MIT */
#include "reminder/envelope.h"

#include <math.h>

#define RHYTHM_SHORTEST_S 0.1 /* whatever the settings say, no buzzing and no storm of wake-ups */

static double share_at(const struct envelope *envelope, double elapsed_s)
{
    double first = fmin(fmax(envelope->first_share, 0), 1);
    double full = fmin(fmax(envelope->share, first), 1);

    if (!(envelope->ramp_s > 0) || elapsed_s >= envelope->ramp_s)
        return full;
    return first + (full - first) * elapsed_s / envelope->ramp_s;
}

struct envelope_now envelope_at(const struct envelope *envelope, double elapsed_s)
{
    double rhythm_s = fmax(envelope->rhythm_s, RHYTHM_SHORTEST_S);
    /* The instants handed out as change_s must count as reached when they are asked for: a nanosecond of
       rounding would otherwise make a wake-up that changes nothing. */
    double nudged_s = elapsed_s + 1e-6;
    double begin_s = floor(nudged_s / rhythm_s) * rhythm_s;
    struct envelope_now now = {.share = share_at(envelope, begin_s)};
    double off_s = begin_s + now.share * rhythm_s;

    if (nudged_s >= envelope->max_s)
        return (struct envelope_now){.over = true};
    now.on = nudged_s < off_s;
    now.change_s = fmin(now.on && now.share < 1 ? off_s : begin_s + rhythm_s, envelope->max_s);
    return now;
}
