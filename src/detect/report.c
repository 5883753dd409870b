/* SPDX-License-Identifier: MIT */
#include "detect/report.h"

static int64_t time_of(const struct report *report, int64_t frame)
{
    return report->origin_ns + frame * FRAME_NS;
}

static struct event new_event(const struct report *report, enum event_kind kind, const struct scene *scene,
                              int i)
{
    struct event event = {.kind = kind, .episode = report->episode, .has_site = true, .leg = report->leg};

    event.t_ns = time_of(report, scene->frame + 1); /* a frame is decided at its end */
    event.channel = scene->channel[i];
    event.muscle = report->channels[event.channel].muscle;
    return event;
}

/* A score of what could be checked, not a probability: no recorded cramps exist to calibrate one on. */
static double confidence(const struct scene *scene, const struct tone *tone, enum cramp_reason reason,
                         bool lost)
{
    double c = 0.6;

    if (scene->motion_known && tone->moved_s <= 0)
        c += 0.1;
    if (scene->channel_count > 1)
        c += 0.1; /* the others did not work along, or the time would not have counted */
    if (reason == CRAMP_RISE || reason == CRAMP_RECURRENCE)
        c += 0.1;
    if (tone->smooth >= 2 * CRAMP_RATIO)
        c += 0.08;
    return tone->moved_s >= MOVED_MIN_S || lost ? c - 0.15 : c;
}

void report_start(const struct report *report, enum event_kind kind, const struct scene *scene, int i,
                  int64_t onset, int64_t rise, enum cramp_reason reason, bool lost)
{
    const struct tone *tone = scene->tone[i];
    struct event event = new_event(report, kind, scene, i);

    event.cramp.onset_ns = time_of(report, onset);
    event.cramp.rise_ns = rise >= 0 ? time_of(report, rise) : TIME_UNKNOWN;
    event.cramp.confidence = confidence(scene, tone, reason, lost);
    event.cramp.ratio = tone->smooth;
    event.cramp.reason = reason;
    report->sink(report->context, &event);
}

void report_end(const struct report *report, const struct scene *scene, const struct grip *grip, int64_t end,
                enum relief relief)
{
    struct event event = new_event(report, EVENT_CRAMP_END, scene, grip->channel);

    event.end.onset_ns = time_of(report, grip->onset);
    event.end.duration_s = MAX((double)(end - grip->onset) * FRAME_S, FRAME_S);
    event.end.peak_ratio = grip->peak;
    event.end.relief = relief;
    event.end.peak_percent =
        100 * grip->peak * scene->tone[grip->channel]->floor / report->personal[event.channel].firm_uv;
    report->sink(report->context, &event);
}

void report_dismissed(const struct report *report, const struct scene *scene,
                      const struct suspicion *suspicion, enum dismiss_reason reason)
{
    struct event event = new_event(report, EVENT_DISMISSED, scene, suspicion->channel);

    event.dismissed.reason = reason;
    event.dismissed.start_ns = time_of(report, suspicion->start);
    event.dismissed.duration_s = suspicion_duration_s(suspicion);
    event.dismissed.peak_ratio = suspicion->peak;
    report->sink(report->context, &event);
}
