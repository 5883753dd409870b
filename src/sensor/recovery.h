/* SPDX-License-Identifier: MIT */
/*
 * A chip's ladder at work: turns what a driver returned into ladder events, reopens the bus where the ladder
 * says so, and logs: every step at debug level, one warning that names the fault when it is declared, one
 * notice when it is over.
 */
#pragma once

#include "base/log.h"
#include "hw/i2c_bus.h"
#include "sensor/ladder.h"

struct recovery {
    struct ladder ladder;
    struct i2c_bus *bus;
    char name[96];  /* "ads1115@0x48 (left gastrocnemius)" */
    int last_error; /* of the driver; 0: none since it worked */
    int64_t failing_since_ns;
    bool told; /* the warning is out */
    struct log_limit limit;
};

void recovery_init(struct recovery *recovery, struct i2c_bus *bus, int64_t now_ns, double retry_max_s);

/* How a driver's call went: 0 or its negative errno. The state of the ladder afterwards. */
enum ladder_state recovery_report(struct recovery *recovery, int result, int64_t now_ns);

/* What to do now: LADDER_RETRY (ask the chip again), LADDER_REINIT (initialise it), LADDER_WORKING (nothing).
   The bus has been reopened where that was due. */
enum ladder_state recovery_take(struct recovery *recovery, int64_t now_ns);

/* The chip may be read: it works, or is being asked again. */
static inline bool recovery_may_read(const struct recovery *recovery)
{
    return recovery->ladder.state == LADDER_WORKING || recovery->ladder.state == LADDER_RETRY;
}

/* What a driver's errno means, for log lines. */
const char *recovery_error_text(int negative_errno);
