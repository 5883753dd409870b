/* SPDX-License-Identifier: MIT */
#include "policy/night.h"

#include <math.h>
#include <string.h>

#define MINUTES_PER_DAY 1440

void night_init(struct night *night)
{
    *night = (struct night){.state = NIGHT_UNDECIDED, .minute = -1};
    night->counts.start_ns = night->counts.end_ns = TIME_UNKNOWN;
}

bool night_contains(const struct policy_params *params, int minute)
{
    int start = params->night_start_min, end = params->night_end_min;

    if (minute < 0 || params->night_always || start == end)
        return true;
    if (start < end)
        return minute >= start && minute < end;
    return minute >= start || minute < end;
}

static void begin(struct night *night, enum night_state state, int64_t t_ns)
{
    memset(&night->counts, 0, sizeof(night->counts));
    night->counts.start_ns = night->counts.end_ns = t_ns;
    night->state = state;
}

static void hand_out(struct night *night, int64_t t_ns, struct night_counts *closed)
{
    night->counts.end_ns = t_ns;
    *closed = night->counts;
}

/* Minutes since the last end of the window. */
static int phase(const struct policy_params *params, int minute)
{
    return (minute - params->night_end_min + MINUTES_PER_DAY) % MINUTES_PER_DAY;
}

/* A night without a morning is cut once a day: where the window would have ended, or after a day if the
   clock is unknown. Half a day of slack keeps an hour set back from looking like a new day. */
static bool day_has_passed(const struct night *night, const struct policy_params *params, int64_t t_ns,
                           int minute)
{
    if (minute < 0)
        return ns_to_s(t_ns - night->counts.start_ns) >= NIGHT_LONGEST_S;
    return night->minute >= 0 && phase(params, minute) + MINUTES_PER_DAY / 2 < phase(params, night->minute);
}

static bool was_worth_telling(const struct night *night)
{
    const struct night_counts *c = &night->counts;

    return night->state == NIGHT_ON || c->cramps || c->tension_rises || c->reminders ||
           ns_to_s(c->end_ns - c->start_ns) >= NIGHT_ASSUMED_WORTH_S;
}

/* The detector's figures run from its start; a restarted one begins at zero again. */
static void cover(struct night *night, double total_s, double usable_s)
{
    if (night_is_on(night) && total_s > night->total_s) {
        night->counts.watched_s += total_s - night->total_s;
        if (usable_s > night->usable_s)
            night->counts.usable_s += usable_s - night->usable_s;
    }
    night->total_s = total_s;
    night->usable_s = usable_s;
}

bool night_advance(struct night *night, const struct policy_params *params, int64_t t_ns, int minute,
                   double total_s, double usable_s, struct night_counts *closed)
{
    bool is_night = night_contains(params, minute);
    enum night_state state = !is_night ? NIGHT_OFF : minute < 0 ? NIGHT_ASSUMED : NIGHT_ON;
    bool ended = false;

    if (night->state == NIGHT_UNDECIDED)
        night->state = NIGHT_OFF;
    if (is_night && !night_is_on(night))
        begin(night, state, t_ns);
    cover(night, total_s, usable_s);

    if (night_is_on(night)) {
        night->counts.end_ns = t_ns;
        if (!is_night || day_has_passed(night, params, t_ns, minute)) {
            ended = was_worth_telling(night);
            hand_out(night, t_ns, closed);
            if (is_night)
                begin(night, state, t_ns);
        }
        /* once confirmed by the clock a night stays so */
        if (night->state != NIGHT_ON || !is_night)
            night->state = state;
    }
    night->minute = minute;
    return ended;
}

void night_on_event(struct night *night, const struct event *event)
{
    struct night_counts *c = &night->counts;

    if (night->state == NIGHT_UNDECIDED)
        begin(night, NIGHT_ASSUMED, event->t_ns);
    if (!night_is_on(night))
        return;
    switch (event->kind) {
    case EVENT_TENSION_RISE: c->tension_rises++; break;
    case EVENT_CRAMP_START: c->cramps++; break;
    case EVENT_CRAMP_END: c->longest_cramp_s = fmax(c->longest_cramp_s, event->end.duration_s); break;
    case EVENT_DISMISSED:
        if ((unsigned)event->dismissed.reason < dismiss_reason_count)
            c->dismissed[event->dismissed.reason]++;
        break;
    case EVENT_FAULT: c->faults++; break;
    case EVENT_REMINDER_START:
        if (event->reminder.occasion == OCCASION_CRAMP || event->reminder.occasion == OCCASION_TENSION)
            c->reminders++;
        break;
    case EVENT_FAULT_CLEARED:
    case EVENT_REMINDER_STOP:
    case EVENT_ACKNOWLEDGED:
    case EVENT_SNOOZED:
    case EVENT_MUTED:
    case EVENT_UNMUTED:
    case EVENT_LABELLED:
    case EVENT_NIGHT_SUMMARY:
    case event_kind_count: break;
    }
}

bool night_finish(struct night *night, int64_t t_ns, struct night_counts *closed)
{
    bool was_on = night_is_on(night) && night->state != NIGHT_UNDECIDED;

    if (was_on)
        hand_out(night, t_ns, closed);
    night->state = NIGHT_OFF;
    return was_on;
}
