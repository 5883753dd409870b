/* SPDX-License-Identifier: MIT */
/*
 * One disk, two that find fault with it: the thread (what a write ran into) and the stall timer (that the
 * thread has not come back). The loop is told one fault, which ends when both are content. Pure.
 *
 *   The thread's reason is the better one and replaces a stall's; a stall on top of it is not told, nor is
 * the next stall of a disk that stays slow. Either may end first; while the other goes on the fault stands.
 */
#pragma once

#include "store/store.h"

enum disk_fault_finder { FOUND_BY_THREAD, FOUND_BY_TIMER, DISK_FAULT_FINDERS };

struct disk_fault {
    bool found[DISK_FAULT_FINDERS];
    bool told;
    enum fault_reason reason; /* told */
    bool holds;               /* comes next: the new fault behind the end of the old one */
    struct store_notice held;
};

/* notice: a STORE_FAULT or STORE_RECOVERED of that finder. True: *notice is to be told now, maybe as another
   one; ask disk_fault_held() afterwards. False: it is not news, its text has been freed. */
bool disk_fault_hears(struct disk_fault *fault, enum disk_fault_finder finder, struct store_notice *notice);
bool disk_fault_held(struct disk_fault *fault, struct store_notice *notice);
void disk_fault_done(struct disk_fault *fault);
