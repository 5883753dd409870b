/* SPDX-License-Identifier: MIT */
/*
 * The plan: when a reminder starts and stops. It knows episodes, holds and time, and no clock, night or
 * person: policy.c tells it.
 */
#pragma once

#include "policy/concern.h"
#include "policy/policy.h"

/* Why no reminder may run now, whatever goes on. */
enum plan_hold {
    HOLD_DAY = 1 << 0,
    HOLD_MUTE = 1 << 1,
    HOLD_SNOOZE = 1 << 2,
};

enum plan_state {
    PLAN_IDLE,       /* nothing wants a reminder, or a hold is on */
    PLAN_REMINDING,  /* of a cramp or a tension rise */
    PLAN_WAITING,    /* the cap was reached, the cramp goes on: a pause before the next try */
    PLAN_SIGNALLING, /* a test, or the soft signal of a fault: short, and bound neither to night nor mute */
};

#define PLAN_TEST_S        10.0  /* long enough to feel the rise */
#define PLAN_FAULT_S       10.0  /* the soft signal */
#define PLAN_FAULT_PAUSE_S 600.0 /* a loose electrode must not blink all night */
#define PLAN_SHORTEST_S    1.0   /* no cap or pause is shorter, so that time always advances */

struct plan {
    const struct policy_params *params; /* of the owner */
    event_sink sink;
    void *context;

    enum plan_state state;
    int64_t since_ns; /* of REMINDING, WAITING, SIGNALLING */
    enum occasion occasion;
    struct concern subject; /* what the running reminder is about; episode 0: no episode */
    int repeats;            /* of the cramps that go on */
    unsigned holds;         /* enum plan_hold */
    enum stop_reason hold_reason;
    int64_t fault_signal_ns; /* the last one */
    struct concerns concerns;
};

void plan_init(struct plan *plan, const struct policy_params *params, event_sink sink, void *context);

/* A TENSION_RISE or CRAMP_START; the end of its episode. */
void plan_raise(struct plan *plan, const struct event *event);
void plan_ease(struct plan *plan, uint32_t episode, int64_t t_ns);

/* Is there anything a person could acknowledge or snooze? */
bool plan_has_subject(const struct plan *plan);
void plan_acknowledge(struct plan *plan, int64_t t_ns);

/* Everything that goes on may be reminded of once more, though acknowledged: a snooze says so. */
void plan_renew(struct plan *plan);

/* why: what the stop of a running reminder is called */
void plan_hold(struct plan *plan, enum plan_hold hold, enum stop_reason why, int64_t t_ns);
void plan_release(struct plan *plan, enum plan_hold hold, int64_t t_ns);

void plan_test(struct plan *plan, int64_t t_ns);
void plan_fault(struct plan *plan, int64_t t_ns);

/* Does what is due at t_ns. */
void plan_tick(struct plan *plan, int64_t t_ns);
int64_t plan_deadline(const struct plan *plan); /* TIME_UNKNOWN: none */

void plan_finish(struct plan *plan, int64_t t_ns);

/* Fills in what event is about: the running reminder, else the newest cramp. */
void plan_fill(const struct plan *plan, struct event *event);
