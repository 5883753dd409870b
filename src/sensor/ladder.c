/* SPDX-License-Identifier: MIT */
#include "sensor/ladder.h"

#define LADDER_WORD(value, word) word,

const char *ladder_state_name(enum ladder_state state)
{
    static const char *const words[] = {LADDER_STATE_WORDS(LADDER_WORD)};
    return (unsigned)state < ladder_state_count ? words[state] : "?";
}

const char *ladder_event_name(enum ladder_event event)
{
    static const char *const words[] = {LADDER_EVENT_WORDS(LADDER_WORD)};
    return (unsigned)event < ladder_event_count ? words[event] : "?";
}

void ladder_init(struct ladder *ladder, int64_t now_ns, double retry_max_s)
{
    *ladder = (struct ladder){.state = LADDER_REINIT,
                              .helped = LADDER_WORKING,
                              .due_ns = now_ns,
                              .backoff_ns = LADDER_BACKOFF_NS,
                              .backoff_max_ns = MAX(s_to_ns(retry_max_s), LADDER_BACKOFF_NS)};
}

static void go(struct ladder *ladder, enum ladder_state state, int64_t due_ns)
{
    ladder->state = state;
    ladder->due_ns = due_ns;
}

static void go_working(struct ladder *ladder, int64_t now_ns)
{
    ladder->helped = ladder->state;
    ladder->working_since_ns = now_ns;
    ladder->retries = 0;
    ladder->declared = false;
    go(ladder, LADDER_WORKING, INT64_MAX);
}

static void go_fault(struct ladder *ladder, int64_t now_ns)
{
    ladder->declared = true;
    go(ladder, LADDER_FAULT, now_ns + ladder->backoff_ns);
    ladder->backoff_ns = MIN(2 * ladder->backoff_ns, ladder->backoff_max_ns);
}

/* The rung to begin with when a working chip fails. */
static void leave_working(struct ladder *ladder, int64_t now_ns)
{
    if (now_ns - ladder->working_since_ns >= LADDER_STABLE_NS) {
        ladder->backoff_ns = LADDER_BACKOFF_NS;
        ladder->helped = LADDER_WORKING;
    }
    switch (ladder->helped) {
    case LADDER_WORKING:
    case LADDER_RETRY:
        ladder->retries = 0;
        go(ladder, LADDER_RETRY, now_ns + LADDER_RETRY_NS);
        break;
    case LADDER_REINIT: go(ladder, LADDER_REOPEN, now_ns); break;
    case LADDER_REOPEN:
    case LADDER_FAULT: go_fault(ladder, now_ns); break;
    case ladder_state_count: break;
    }
}

static void working(struct ladder *ladder, enum ladder_event event, int64_t now_ns)
{
    switch (event) {
    case LADDER_OK:
    case LADDER_TIMER: break;
    case LADDER_FAIL: leave_working(ladder, now_ns); break;
    case LADDER_RESET:
        leave_working(ladder, now_ns);
        if (ladder->state == LADDER_RETRY)
            go(ladder, LADDER_REINIT, now_ns);
        break;
    case LADDER_NO_BUS: go(ladder, LADDER_REOPEN, now_ns); break;
    case ladder_event_count: break;
    }
}

static void retry(struct ladder *ladder, enum ladder_event event, int64_t now_ns)
{
    switch (event) {
    case LADDER_OK: go_working(ladder, now_ns); break;
    case LADDER_FAIL:
        if (++ladder->retries < LADDER_RETRIES)
            go(ladder, LADDER_RETRY, now_ns + LADDER_RETRY_NS);
        else
            go(ladder, LADDER_REINIT, now_ns);
        break;
    case LADDER_RESET: go(ladder, LADDER_REINIT, now_ns); break;
    case LADDER_NO_BUS: go(ladder, LADDER_REOPEN, now_ns); break;
    case LADDER_TIMER:
    case ladder_event_count: break;
    }
}

static void reinit(struct ladder *ladder, enum ladder_event event, int64_t now_ns)
{
    switch (event) {
    case LADDER_OK: go_working(ladder, now_ns); break;
    case LADDER_FAIL:
    case LADDER_RESET:
    case LADDER_NO_BUS: go(ladder, LADDER_REOPEN, now_ns); break;
    case LADDER_TIMER:
    case ladder_event_count: break;
    }
}

static void reopen(struct ladder *ladder, enum ladder_event event, int64_t now_ns)
{
    switch (event) {
    case LADDER_OK: go_working(ladder, now_ns); break;
    case LADDER_FAIL:
    case LADDER_RESET:
    case LADDER_NO_BUS: go_fault(ladder, now_ns); break;
    case LADDER_TIMER:
    case ladder_event_count: break;
    }
}

static void fault(struct ladder *ladder, enum ladder_event event, int64_t now_ns)
{
    switch (event) {
    case LADDER_OK: go_working(ladder, now_ns); break;
    case LADDER_TIMER: go(ladder, LADDER_REOPEN, now_ns); break;
    case LADDER_FAIL:
    case LADDER_RESET:
    case LADDER_NO_BUS:
    case ladder_event_count: break;
    }
}

enum ladder_state ladder_event(struct ladder *ladder, enum ladder_event event, int64_t now_ns)
{
    switch (ladder->state) {
    case LADDER_WORKING: working(ladder, event, now_ns); break;
    case LADDER_RETRY: retry(ladder, event, now_ns); break;
    case LADDER_REINIT: reinit(ladder, event, now_ns); break;
    case LADDER_REOPEN: reopen(ladder, event, now_ns); break;
    case LADDER_FAULT: fault(ladder, event, now_ns); break;
    case ladder_state_count: break;
    }
    return ladder->state;
}

enum ladder_state ladder_take(struct ladder *ladder, int64_t now_ns)
{
    if (now_ns < ladder->due_ns)
        return LADDER_WORKING;
    if (ladder->state == LADDER_FAULT)
        ladder_event(ladder, LADDER_TIMER, now_ns);
    ladder->due_ns = INT64_MAX;
    return ladder->state;
}
