/* SPDX-License-Identifier: MIT */
#include "policy/policy.h"

#include "policy/night.h"
#include "policy/plan.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Local time is asked for again at least this often: morning comes at most so much late. */
#define LOOK_AGAIN_S 60.0

/* A snooze is short; a long one is a mute, and is told so. */
#define SNOOZE_MAX_S 7200.0

struct policy {
    struct policy_params params;
    event_sink sink;
    void *context;
    struct night night;
    struct plan plan;
    int64_t muted_until_ns, snoozed_until_ns; /* TIME_UNKNOWN: not */
};

static void emit(void *context, const struct event *event)
{
    struct policy *policy = context;

    night_on_event(&policy->night, event);
    policy->sink(policy->context, event);
}

struct policy *policy_new(const struct policy_params *params, event_sink sink, void *context)
{
    struct policy *policy = calloc(1, sizeof(*policy));

    if (!policy)
        return NULL;
    policy->params = *params;
    policy->sink = sink;
    policy->context = context;
    policy->muted_until_ns = policy->snoozed_until_ns = TIME_UNKNOWN;
    night_init(&policy->night);
    plan_init(&policy->plan, &policy->params, emit, policy);
    return policy;
}

void policy_free(struct policy *policy)
{
    free(policy);
}

void policy_set_params(struct policy *policy, const struct policy_params *params)
{
    policy->params = *params;
}

/* ACKNOWLEDGED, SNOOZED, MUTED, UNMUTED */
static void tell(struct policy *policy, enum event_kind kind, enum origin origin, double for_s, int64_t t_ns)
{
    struct event event = {.kind = kind, .t_ns = t_ns};

    plan_fill(&policy->plan, &event);
    event.reminder.origin = origin;
    event.reminder.for_s = for_s;
    emit(policy, &event);
}

static void unmute(struct policy *policy, enum origin origin, int64_t t_ns)
{
    if (policy->muted_until_ns == TIME_UNKNOWN)
        return;
    policy->muted_until_ns = TIME_UNKNOWN;
    tell(policy, EVENT_UNMUTED, origin, 0, t_ns);
    plan_release(&policy->plan, HOLD_MUTE, t_ns);
}

static void unsnooze(struct policy *policy, int64_t t_ns)
{
    policy->snoozed_until_ns = TIME_UNKNOWN;
    plan_release(&policy->plan, HOLD_SNOOZE, t_ns);
}

/* What became due before t_ns has happened before anything else does. */
static void catch_up(struct policy *policy, int64_t t_ns)
{
    if (policy->muted_until_ns != TIME_UNKNOWN && t_ns >= policy->muted_until_ns)
        unmute(policy, ORIGIN_POLICY, t_ns);
    if (policy->snoozed_until_ns != TIME_UNKNOWN && t_ns >= policy->snoozed_until_ns)
        unsnooze(policy, t_ns);
    plan_tick(&policy->plan, t_ns);
}

void policy_on_event(struct policy *policy, const struct event *event)
{
    catch_up(policy, event->t_ns);
    switch (event->kind) {
    case EVENT_TENSION_RISE:
    case EVENT_CRAMP_START:
        night_on_event(&policy->night, event);
        plan_raise(&policy->plan, event);
        break;
    case EVENT_CRAMP_END:
    case EVENT_DISMISSED:
        night_on_event(&policy->night, event);
        plan_ease(&policy->plan, event->episode, event->t_ns);
        break;
    case EVENT_FAULT:
        night_on_event(&policy->night, event);
        /* The hub is blind; a broker or a disk may wait until somebody looks. */
        if (event->fault.source == SOURCE_SENSOR || event->fault.source == SOURCE_BUS)
            plan_fault(&policy->plan, event->t_ns);
        break;
    case EVENT_FAULT_CLEARED: /* its signal is over by itself */
    case EVENT_REMINDER_START:
    case EVENT_REMINDER_STOP:
    case EVENT_ACKNOWLEDGED:
    case EVENT_SNOOZED:
    case EVENT_MUTED:
    case EVENT_UNMUTED:
    case EVENT_NIGHT_SUMMARY: /* our own */
    case EVENT_LABELLED:      /* the diary's affair */
    case event_kind_count: break;
    }
}

static int acknowledge(struct policy *policy, enum origin origin, int64_t t_ns)
{
    if (!plan_has_subject(&policy->plan))
        return -ENOENT;
    tell(policy, EVENT_ACKNOWLEDGED, origin, 0, t_ns);
    plan_acknowledge(&policy->plan, t_ns);
    unsnooze(policy, t_ns);
    return 0;
}

static int snooze(struct policy *policy, double seconds, enum origin origin, int64_t t_ns)
{
    if (!plan_has_subject(&policy->plan))
        return -ENOENT;
    policy->snoozed_until_ns = t_ns + s_to_ns(seconds);
    tell(policy, EVENT_SNOOZED, origin, seconds, t_ns);
    plan_renew(&policy->plan);
    plan_hold(&policy->plan, HOLD_SNOOZE, STOP_SNOOZED, t_ns);
    return 0;
}

static void mute(struct policy *policy, double seconds, enum origin origin, int64_t t_ns)
{
    policy->muted_until_ns = t_ns + s_to_ns(seconds);
    tell(policy, EVENT_MUTED, origin, seconds, t_ns);
    plan_hold(&policy->plan, HOLD_MUTE, STOP_MUTED, t_ns);
}

/* The duration meant by `seconds`, or NAN. */
static double duration(double seconds, double preset_s, double longest_s)
{
    if (seconds == 0)
        seconds = MIN(preset_s, longest_s);
    return seconds > 0 && seconds <= longest_s ? seconds : NAN;
}

int policy_command(struct policy *policy, enum command command, double seconds, enum origin origin,
                   int64_t t_ns)
{
    const struct policy_params *params = &policy->params;

    catch_up(policy, t_ns);
    switch (command) {
    case COMMAND_ACKNOWLEDGE: return acknowledge(policy, origin, t_ns);
    case COMMAND_SNOOZE:
        seconds = duration(seconds, params->snooze_s, SNOOZE_MAX_S);
        return isnan(seconds) ? -EINVAL : snooze(policy, seconds, origin, t_ns);
    case COMMAND_MUTE:
        seconds = duration(seconds, params->mute_max_s, params->mute_max_s);
        if (isnan(seconds))
            return -EINVAL;
        mute(policy, seconds, origin, t_ns);
        return 0;
    case COMMAND_UNMUTE: unmute(policy, origin, t_ns); return 0;
    case COMMAND_TEST_REMINDER: plan_test(&policy->plan, t_ns); return 0;
    case COMMAND_CRAMP_FELT: /* the hub's, not a wish of the reminder */
    case COMMAND_NO_CRAMP:
    case COMMAND_CALIBRATE:
    case COMMAND_CANCEL_CALIBRATION:
    case COMMAND_SET:
    case COMMAND_NOTE:
    case COMMAND_TRIGGER:
    case COMMAND_MEDICINE:
    case COMMAND_CHECKIN:
    case command_count: break;
    }
    return -EINVAL;
}

/* A cramp that outlasts the night belongs to it as far as it has come. */
static void add_open_cramps(const struct policy *policy, struct night_counts *closed)
{
    const struct concerns *concerns = &policy->plan.concerns;

    for (unsigned i = 0; i < concerns->count; i++) {
        const struct concern *concern = &concerns->list[i];

        if (concern->is_cramp && concern->onset_ns != TIME_UNKNOWN)
            closed->longest_cramp_s =
                fmax(closed->longest_cramp_s, ns_to_s(closed->end_ns - concern->onset_ns));
    }
}

static void summarise(struct policy *policy, struct night_counts *closed)
{
    struct event event = {.kind = EVENT_NIGHT_SUMMARY, .t_ns = closed->end_ns, .channel = -1};

    add_open_cramps(policy, closed);
    event.night = *closed;
    policy->sink(policy->context, &event);
}

static int64_t earlier(int64_t a_ns, int64_t b_ns)
{
    if (a_ns == TIME_UNKNOWN || b_ns == TIME_UNKNOWN)
        return MAX(a_ns, b_ns);
    return MIN(a_ns, b_ns);
}

int64_t policy_advance(struct policy *policy, int64_t t_ns, int local_minute, double total_s, double usable_s)
{
    struct night_counts closed;
    int64_t deadline;

    catch_up(policy, t_ns);
    if (!night_contains(&policy->params, local_minute))
        plan_hold(&policy->plan, HOLD_DAY, STOP_NIGHT_OVER, t_ns);
    if (night_advance(&policy->night, &policy->params, t_ns, local_minute, total_s, usable_s, &closed))
        summarise(policy, &closed);
    if (night_is_on(&policy->night))
        plan_release(&policy->plan, HOLD_DAY, t_ns);

    deadline = earlier(plan_deadline(&policy->plan), t_ns + s_to_ns(LOOK_AGAIN_S));
    deadline = earlier(deadline, policy->muted_until_ns);
    return earlier(deadline, policy->snoozed_until_ns);
}

void policy_finish(struct policy *policy, int64_t t_ns)
{
    struct night_counts closed;

    plan_finish(&policy->plan, t_ns);
    if (night_finish(&policy->night, t_ns, &closed))
        summarise(policy, &closed);
}

void policy_get_view(const struct policy *policy, struct policy_view *view)
{
    const struct plan *plan = &policy->plan;

    *view = (struct policy_view){
        .night = night_is_on(&policy->night),
        .reminding = plan->state == PLAN_REMINDING ||
                     (plan->state == PLAN_SIGNALLING && plan->occasion == OCCASION_TEST),
        .muted = policy->muted_until_ns != TIME_UNKNOWN,
        .muted_until_ns = policy->muted_until_ns,
        .snoozed_until_ns = policy->snoozed_until_ns,
        .tonight = policy->night.counts,
    };
    if (view->reminding)
        view->occasion = plan->occasion;
}

void policy_restore_mute(struct policy *policy, int64_t until_ns, int64_t t_ns)
{
    /* Kept in wall time, which may have been wrong then or now. */
    int64_t latest_ns = t_ns + s_to_ns(policy->params.mute_max_s);

    if (until_ns <= t_ns || policy->muted_until_ns != TIME_UNKNOWN)
        return;
    policy->muted_until_ns = MIN(until_ns, latest_ns);
    plan_hold(&policy->plan, HOLD_MUTE, STOP_MUTED, t_ns);
}
