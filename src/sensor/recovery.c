/* SPDX-License-Identifier: MIT */
#include "sensor/recovery.h"

#include <errno.h>

void recovery_init(struct recovery *recovery, struct i2c_bus *bus, int64_t now_ns, double retry_max_s)
{
    ladder_init(&recovery->ladder, now_ns, retry_max_s);
    recovery->bus = bus;
    recovery->last_error = 0;
    recovery->failing_since_ns = now_ns;
    recovery->told = false;
    recovery->limit = (struct log_limit){.interval_ns = 600 * NSEC_PER_SEC, .burst = 4};
}

const char *recovery_error_text(int negative_errno)
{
    switch (negative_errno) {
    case -ECONNRESET: return "it was reset in mid-flight; is its supply or plug loose?";
    case -EBADMSG: return "it answers, but not what it should; is it another chip, or the cable too long?";
    default: return i2c_error_text(i2c_classify(negative_errno));
    }
}

static enum ladder_event event_of(int result)
{
    if (result == 0)
        return LADDER_OK;
    if (result == -ECONNRESET || result == -EBADMSG)
        return LADDER_RESET;
    switch (i2c_classify(result)) {
    case I2C_NO_BUS:
    case I2C_DENIED:
    case I2C_UNSUPPORTED: return LADDER_NO_BUS;
    case I2C_FINE:
    case I2C_ABSENT:
    case I2C_TROUBLE: break;
    }
    return LADDER_FAIL;
}

static void tell_fault(struct recovery *recovery, int64_t now_ns)
{
    unsigned held_back;

    if (recovery->told || !log_allowed(&recovery->limit, now_ns, &held_back))
        return;
    recovery->told = true;
    log_warning(i2c_classify(recovery->last_error) == I2C_ABSENT ? LOG_SENSOR : LOG_BUS, "%s on %s: %s",
                recovery->name, recovery->bus->path, recovery_error_text(recovery->last_error));
}

static void tell_recovery(struct recovery *recovery, int64_t now_ns)
{
    if (recovery->told)
        log_notice(LOG_SENSOR, "%s works again after %.1f s", recovery->name,
                   ns_to_s(now_ns - recovery->failing_since_ns));
    else if (recovery->last_error == -ECONNRESET && log_allowed(&recovery->limit, now_ns, NULL))
        log_notice(LOG_SENSOR, "%s: %s It has been set up again.", recovery->name,
                   recovery_error_text(-ECONNRESET));
    recovery->told = false;
    recovery->last_error = 0;
}

enum ladder_state recovery_report(struct recovery *recovery, int result, int64_t now_ns)
{
    enum ladder_state before = recovery->ladder.state;
    enum ladder_event event = event_of(result);

    if (before == LADDER_WORKING && event == LADDER_OK)
        return before;
    if (result != 0) {
        if (recovery->last_error == 0)
            recovery->failing_since_ns = now_ns;
        recovery->last_error = result;
    }
    enum ladder_state after = ladder_event(&recovery->ladder, event, now_ns);
    log_debug(LOG_CRAMPD, "%s: %s -> %s -> %s", recovery->name, ladder_state_name(before),
              ladder_event_name(event), ladder_state_name(after));
    if (after == LADDER_FAULT)
        tell_fault(recovery, now_ns);
    if (after == LADDER_WORKING && before != LADDER_WORKING)
        tell_recovery(recovery, now_ns);
    return after;
}

enum ladder_state recovery_take(struct recovery *recovery, int64_t now_ns)
{
    enum ladder_state rung = ladder_take(&recovery->ladder, now_ns);

    switch (rung) {
    case LADDER_WORKING:
    case LADDER_RETRY:
    case LADDER_REINIT: return rung;
    case LADDER_REOPEN:
    case LADDER_FAULT:
    case ladder_state_count: break;
    }
    int r = i2c_reopen(recovery->bus);
    if (r < 0) {
        recovery_report(recovery, i2c_classify(r) == I2C_ABSENT ? -ENODEV : r, now_ns);
        return LADDER_WORKING;
    }
    return LADDER_REINIT;
}
