/* SPDX-License-Identifier: MIT */
#include "store/disk_fault.h"

#include <stdlib.h>

static bool hears_fault(struct disk_fault *fault, enum disk_fault_finder finder, struct store_notice *notice)
{
    bool changes = fault->told && fault->reason != notice->reason;
    bool again = finder == FOUND_BY_TIMER && fault->found[FOUND_BY_TIMER];

    fault->found[finder] = true;
    if (again || (finder == FOUND_BY_TIMER && fault->found[FOUND_BY_THREAD])) {
        free(notice->text);
        return false;
    }
    if (changes) {
        fault->holds = true;
        fault->held = *notice;
        *notice = (struct store_notice){.kind = STORE_RECOVERED, .reason = fault->reason};
        fault->reason = fault->held.reason;
        return true;
    }
    fault->told = true;
    fault->reason = notice->reason;
    return true;
}

static bool hears_end(struct disk_fault *fault, enum disk_fault_finder finder, struct store_notice *notice)
{
    fault->found[finder] = false;
    if (!fault->told || fault->found[FOUND_BY_THREAD] || fault->found[FOUND_BY_TIMER]) {
        free(notice->text);
        return false;
    }
    fault->told = false;
    notice->reason = fault->reason;
    return true;
}

bool disk_fault_hears(struct disk_fault *fault, enum disk_fault_finder finder, struct store_notice *notice)
{
    return notice->kind == STORE_FAULT ? hears_fault(fault, finder, notice)
                                       : hears_end(fault, finder, notice);
}

bool disk_fault_held(struct disk_fault *fault, struct store_notice *notice)
{
    if (!fault->holds)
        return false;
    fault->holds = false;
    *notice = fault->held;
    return true;
}

void disk_fault_done(struct disk_fault *fault)
{
    if (fault->holds)
        free(fault->held.text);
    fault->holds = false;
}
