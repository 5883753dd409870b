/* SPDX-License-Identifier: MIT */
/*
 * The cases:
 *
 *   a cramp, nothing held                    start; relief stops it
 *   a tension rise, if wanted                light start; becomes a cramp: a new start replaces it
 *   a second cramp while one is reminded of  goes on until both are over
 *   somebody acknowledges                    stop; silent until these episodes are over
 *   nobody does, the cap is reached          stop; again after a pause, repeat_max times, while it lasts
 *   snoozed, muted, morning (the holds)      stop; again when the last hold goes, if the cramp still lasts
 *   a test, a blind sensor                   a short signal; a cramp takes its place
 *
 * With no hold on, PLAN_IDLE means that no cramp wants a reminder: every case ends in settle().
 */
#include "policy/plan.h"

enum plan_event {
    PLAN_RAISED,       /* a new concern, or a tension rise turned cramp */
    PLAN_EASED,        /* an episode is over */
    PLAN_ACKNOWLEDGED, /* somebody knows */
    PLAN_HELD,         /* no reminders from now on */
    PLAN_RELEASED,     /* reminders again */
    PLAN_TESTED,
    PLAN_FAULTED,
    PLAN_TIMEOUT,
};

void plan_init(struct plan *plan, const struct policy_params *params, event_sink sink, void *context)
{
    *plan = (struct plan){
        .params = params,
        .sink = sink,
        .context = context,
        .state = PLAN_IDLE,
        .fault_signal_ns = TIME_UNKNOWN,
    };
}

void plan_fill(const struct plan *plan, struct event *event)
{
    const struct concern *subject = &plan->subject;

    event->reminder.occasion = plan->occasion;
    if (plan->state == PLAN_IDLE || plan->state == PLAN_WAITING) {
        subject = concern_newest_cramp(&plan->concerns);
        event->reminder.occasion = OCCASION_CRAMP;
    }
    event->channel = -1;
    if (!subject || !subject->episode)
        return;
    event->episode = subject->episode;
    event->has_site = subject->has_site;
    event->leg = subject->leg;
    event->muscle = subject->muscle;
    event->channel = subject->channel;
}

static void start(struct plan *plan, enum plan_state state, enum occasion occasion,
                  const struct concern *subject, int64_t t_ns)
{
    struct event event = {.kind = EVENT_REMINDER_START, .t_ns = t_ns};

    plan->state = state;
    plan->occasion = occasion;
    plan->subject = subject ? *subject : (struct concern){.channel = -1};
    plan->since_ns = t_ns;
    plan_fill(plan, &event);
    plan->sink(plan->context, &event);
}

static void stop(struct plan *plan, enum stop_reason reason, int64_t t_ns)
{
    struct event event = {.kind = EVENT_REMINDER_STOP, .t_ns = t_ns};

    plan_fill(plan, &event);
    event.reminder.stop_reason = reason;
    plan->state = PLAN_IDLE;
    concern_set_exhausted(&plan->concerns, false, true); /* a light reminder comes once */
    plan->sink(plan->context, &event);
}

/* Starts the reminder that is wanted, if it may run and is not the one that runs. */
static void settle(struct plan *plan, int64_t t_ns)
{
    const struct concern *wanting = concern_wanting(&plan->concerns);
    enum occasion occasion;

    if (!wanting || plan->holds)
        return;
    occasion = wanting->is_cramp ? OCCASION_CRAMP : OCCASION_TENSION;
    if (plan->state == PLAN_REMINDING && plan->occasion <= occasion)
        return;
    start(plan, PLAN_REMINDING, occasion, wanting, t_ns);
}
_Static_assert(OCCASION_CRAMP < OCCASION_TENSION, "the graver occasion comes first");

static void handle_idle(struct plan *plan, enum plan_event event, int64_t t_ns)
{
    switch (event) {
    case PLAN_RAISED:
    case PLAN_RELEASED:
        plan->repeats = 0;
        settle(plan, t_ns);
        break;
    case PLAN_TESTED: start(plan, PLAN_SIGNALLING, OCCASION_TEST, NULL, t_ns); break;
    case PLAN_FAULTED:
        plan->fault_signal_ns = t_ns;
        start(plan, PLAN_SIGNALLING, OCCASION_FAULT, NULL, t_ns);
        break;
    case PLAN_EASED:
    case PLAN_ACKNOWLEDGED:
    case PLAN_HELD:
    case PLAN_TIMEOUT: break;
    }
}

static void cap_reached(struct plan *plan, int64_t t_ns)
{
    stop(plan, STOP_CAP, t_ns);
    if (!concern_wanting(&plan->concerns))
        return;
    if (plan->repeats < plan->params->repeat_max) {
        plan->state = PLAN_WAITING;
        plan->since_ns = t_ns;
    } else {
        concern_set_exhausted(&plan->concerns, true, true);
    }
}

/* A tension rise does not keep the reminder of a cramp going. */
static bool still_wanted(const struct plan *plan)
{
    const struct concern *wanting = concern_wanting(&plan->concerns);

    return wanting && (wanting->is_cramp || plan->occasion == OCCASION_TENSION);
}

static void handle_reminding(struct plan *plan, enum plan_event event, int64_t t_ns)
{
    switch (event) {
    case PLAN_RAISED:
        plan->repeats = 0;
        settle(plan, t_ns);
        break;
    case PLAN_EASED:
        if (!still_wanted(plan))
            stop(plan, STOP_RELIEF, t_ns);
        break;
    case PLAN_ACKNOWLEDGED: stop(plan, STOP_ACKNOWLEDGED, t_ns); break;
    case PLAN_HELD: stop(plan, plan->hold_reason, t_ns); break;
    case PLAN_TIMEOUT: cap_reached(plan, t_ns); break;
    case PLAN_RELEASED:
    case PLAN_TESTED:
    case PLAN_FAULTED: break;
    }
}

static void handle_waiting(struct plan *plan, enum plan_event event, int64_t t_ns)
{
    switch (event) {
    case PLAN_RAISED:
        plan->repeats = 0;
        settle(plan, t_ns);
        break;
    case PLAN_TESTED:
    case PLAN_TIMEOUT:
        plan->repeats++;
        settle(plan, t_ns);
        break;
    case PLAN_EASED:
        if (!still_wanted(plan))
            plan->state = PLAN_IDLE;
        break;
    case PLAN_ACKNOWLEDGED:
    case PLAN_HELD: plan->state = PLAN_IDLE; break;
    case PLAN_RELEASED:
    case PLAN_FAULTED: break;
    }
}

static void handle_signalling(struct plan *plan, enum plan_event event, int64_t t_ns)
{
    switch (event) {
    case PLAN_RAISED:
    case PLAN_RELEASED:
        plan->repeats = 0;
        settle(plan, t_ns);
        break;
    case PLAN_ACKNOWLEDGED: stop(plan, STOP_ACKNOWLEDGED, t_ns); break;
    case PLAN_HELD:
        /* a test is wanted in the morning too; a fault is not hidden by a mute */
        if (plan->occasion == OCCASION_TEST && plan->hold_reason != STOP_NIGHT_OVER)
            stop(plan, plan->hold_reason, t_ns);
        break;
    case PLAN_TESTED:
        if (plan->occasion != OCCASION_TEST)
            start(plan, PLAN_SIGNALLING, OCCASION_TEST, NULL, t_ns);
        break;
    case PLAN_TIMEOUT: stop(plan, STOP_CAP, t_ns); break;
    case PLAN_EASED:
    case PLAN_FAULTED: break;
    }
}

static void handle(struct plan *plan, enum plan_event event, int64_t t_ns)
{
    switch (plan->state) {
    case PLAN_IDLE: handle_idle(plan, event, t_ns); break;
    case PLAN_REMINDING: handle_reminding(plan, event, t_ns); break;
    case PLAN_WAITING: handle_waiting(plan, event, t_ns); break;
    case PLAN_SIGNALLING: handle_signalling(plan, event, t_ns); break;
    }
}

/* A light reminder is for now or never: it does not wait for a hold to go. */
static bool may_remind_lightly(const struct plan *plan)
{
    return plan->params->remind_tension && !plan->holds &&
           (plan->state == PLAN_IDLE || plan->state == PLAN_SIGNALLING);
}

void plan_raise(struct plan *plan, const struct event *event)
{
    struct concern *concern = concern_note(&plan->concerns, event);

    if (!concern->is_cramp && !may_remind_lightly(plan))
        concern->exhausted = true;
    if (!concern->acknowledged && !concern->exhausted)
        handle(plan, PLAN_RAISED, event->t_ns);
}

void plan_ease(struct plan *plan, uint32_t episode, int64_t t_ns)
{
    if (concern_drop(&plan->concerns, episode))
        handle(plan, PLAN_EASED, t_ns);
}

bool plan_has_subject(const struct plan *plan)
{
    return plan->state != PLAN_IDLE || concern_newest_cramp(&plan->concerns) != NULL;
}

void plan_acknowledge(struct plan *plan, int64_t t_ns)
{
    concern_set_acknowledged(&plan->concerns, true);
    handle(plan, PLAN_ACKNOWLEDGED, t_ns);
}

void plan_renew(struct plan *plan)
{
    concern_set_acknowledged(&plan->concerns, false);
    concern_set_exhausted(&plan->concerns, true, false);
    concern_set_exhausted(&plan->concerns, false, true);
}

void plan_hold(struct plan *plan, enum plan_hold hold, enum stop_reason why, int64_t t_ns)
{
    plan->holds |= hold;
    plan->hold_reason = why;
    handle(plan, PLAN_HELD, t_ns);
}

void plan_release(struct plan *plan, enum plan_hold hold, int64_t t_ns)
{
    if (!(plan->holds & hold))
        return;
    plan->holds &= ~(unsigned)hold;
    if (!plan->holds)
        handle(plan, PLAN_RELEASED, t_ns);
}

void plan_test(struct plan *plan, int64_t t_ns)
{
    handle(plan, PLAN_TESTED, t_ns);
}

void plan_fault(struct plan *plan, int64_t t_ns)
{
    if (plan->fault_signal_ns == TIME_UNKNOWN || ns_to_s(t_ns - plan->fault_signal_ns) >= PLAN_FAULT_PAUSE_S)
        handle(plan, PLAN_FAULTED, t_ns);
}

int64_t plan_deadline(const struct plan *plan)
{
    double limit_s = 0;

    switch (plan->state) {
    case PLAN_IDLE: return TIME_UNKNOWN;
    case PLAN_REMINDING: limit_s = plan->params->cap_s; break;
    case PLAN_WAITING: limit_s = plan->params->repeat_s; break;
    case PLAN_SIGNALLING:
        limit_s = plan->occasion == OCCASION_TEST ? PLAN_TEST_S : PLAN_FAULT_S;
        limit_s = MIN(limit_s, plan->params->cap_s);
        break;
    }
    return plan->since_ns + s_to_ns(MAX(limit_s, PLAN_SHORTEST_S));
}

void plan_tick(struct plan *plan, int64_t t_ns)
{
    int64_t deadline = plan_deadline(plan);

    if (deadline != TIME_UNKNOWN && t_ns >= deadline)
        handle(plan, PLAN_TIMEOUT, t_ns);
}

void plan_finish(struct plan *plan, int64_t t_ns)
{
    if (plan->state == PLAN_REMINDING || plan->state == PLAN_SIGNALLING)
        stop(plan, STOP_SHUTDOWN, t_ns);
    plan->state = PLAN_IDLE;
}
