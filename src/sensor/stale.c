/* SPDX-License-Identifier: MIT */
#include "sensor/stale.h"

#include "base/macros.h"

#include <math.h>

#define SHARE_START 0.98 /* until it has been measured */
#define SHARE_GAIN  (1.0 / 256)
#define LOG_CHANCE  (-27.6) /* ln(1e-12) */

void stale_init(struct stale *stale, unsigned run_max)
{
    *stale = (struct stale){.run_max = MAX(run_max, (unsigned)STALE_RUN_MIN), .equal_share = SHARE_START};
    stale->limit = stale->run_max;
}

void stale_restart(struct stale *stale)
{
    stale->has_last = false;
    stale->run = 0;
    stale->position = 0;
    stale->equal[0] = stale->equal[1] = 0;
    stale->doubled = false;
}

static void end_window(struct stale *stale)
{
    unsigned most = MAX(stale->equal[0], stale->equal[1]);
    unsigned least = MIN(stale->equal[0], stale->equal[1]);
    double chance = MIN(stale->equal_share, 0.999);
    double limit = chance > 0 ? LOG_CHANCE / log(chance) : 0;

    /* Every second one a copy, the others mostly not. */
    stale->doubled = most >= STALE_WINDOW / 2 - 1 && least <= STALE_WINDOW / 4;
    stale->limit = limit >= stale->run_max ? stale->run_max : MAX((unsigned)limit, (unsigned)STALE_RUN_MIN);
    stale->position = 0;
    stale->equal[0] = stale->equal[1] = 0;
}

bool stale_add(struct stale *stale, int64_t code)
{
    bool equal = stale->has_last && code == stale->last;

    stale->run = equal ? stale->run + 1 : 0;
    stale->last = code;
    stale->has_last = true;
    /* A long run says nothing about chance. */
    if (stale->run <= STALE_RUN_MIN)
        stale->equal_share += ((equal ? 1.0 : 0.0) - stale->equal_share) * SHARE_GAIN;
    if (equal)
        stale->equal[stale->position % 2]++;
    if (++stale->position == STALE_WINDOW)
        end_window(stale);
    return stale->doubled || stale->run >= stale->limit;
}
