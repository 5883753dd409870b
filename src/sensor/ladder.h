/* SPDX-License-Identifier: MIT */
/*
 * The recovery ladder of one chip: what to try next when it stops working. Pure: time is an argument, the
 * caller does the trying and tells how it went.
 *
 *   WORKING --fail--> RETRY --3 fails--> REINIT --fail--> REOPEN --fail--> FAULT --back-off--> REOPEN ...
 *
 * - An answer brings every rung back to WORKING.
 * - A chip that fails again soon after a rung helped goes on one rung higher: a chip that answers only to be
 *   re-initialised is not well.
 * - A chip that lost its configuration (power-on reset) skips the retries; a bus that is not there skips to
 *   REOPEN.
 * - The back-off starts at LADDER_BACKOFF_NS, doubles up to the given longest, and starts anew once the chip
 *   has worked for LADDER_STABLE_NS.
 */
#pragma once

#include "base/macros.h"

#include <stdbool.h>

#define LADDER_RETRIES    3
#define LADDER_RETRY_NS   (10 * NSEC_PER_MSEC)
#define LADDER_BACKOFF_NS (500 * NSEC_PER_MSEC)
#define LADDER_STABLE_NS  (2 * NSEC_PER_SEC)

#define LADDER_STATE_WORDS(X)                                                                                \
    X(LADDER_WORKING, "working")                                                                             \
    X(LADDER_RETRY, "retry")                                                                                 \
    X(LADDER_REINIT, "reinit")                                                                               \
    X(LADDER_REOPEN, "reopen")                                                                               \
    X(LADDER_FAULT, "fault")

#define LADDER_EVENT_WORDS(X)                                                                                \
    X(LADDER_OK, "ok")         /* the chip answered as it should */                                          \
    X(LADDER_FAIL, "fail")     /* it did not */                                                              \
    X(LADDER_RESET, "reset")   /* it answers, but has forgotten its configuration */                         \
    X(LADDER_NO_BUS, "no_bus") /* there is no bus to ask on */                                               \
    X(LADDER_TIMER, "timer")   /* the back-off is over */

#define LADDER_ENUMERATOR(value, word) value,
enum ladder_state { LADDER_STATE_WORDS(LADDER_ENUMERATOR) ladder_state_count };
enum ladder_event { LADDER_EVENT_WORDS(LADDER_ENUMERATOR) ladder_event_count };
#undef LADDER_ENUMERATOR
const char *ladder_state_name(enum ladder_state state);
const char *ladder_event_name(enum ladder_event event);

struct ladder {
    enum ladder_state state;
    enum ladder_state helped; /* the rung that last brought it back to work */
    int64_t due_ns;           /* when to try next; INT64_MAX: a try is under way, or nothing to try */
    int64_t working_since_ns;
    int64_t backoff_ns, backoff_max_ns;
    unsigned retries;
    bool declared; /* FAULT was reached and not yet left by an answer */
};

/* A chip nobody has talked to yet: REINIT is due now. */
void ladder_init(struct ladder *ladder, int64_t now_ns, double retry_max_s);

/* Tells what happened; the state afterwards. */
enum ladder_state ladder_event(struct ladder *ladder, enum ladder_event event, int64_t now_ns);

/* The rung to try now (RETRY: ask again; REINIT: configure anew; REOPEN: reopen the bus, then configure), and
   marks it as under way; LADDER_WORKING: nothing is due. Every try must end in a ladder_event(). */
enum ladder_state ladder_take(struct ladder *ladder, int64_t now_ns);
