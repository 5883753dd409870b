/* SPDX-License-Identifier: MIT */
#include "crampctl/duration.h"
#include "crampctl/explain_story.h"

#include <stdio.h>

static bool within(const struct event *event, const struct span *span)
{
    int64_t t_ns = event->t_ns;

    return t_ns >= span->from * 100 * NSEC_PER_MSEC && t_ns < span->to * 100 * NSEC_PER_MSEC;
}

static size_t count(const struct night *night, enum event_kind kind, const struct span *span)
{
    size_t n = 0;

    for (size_t i = 0; i < night->event_count; i++) {
        const struct event *e = &night->event[i];
        /* the soft signal of a fault reminds of no cramp */
        bool other = kind == EVENT_REMINDER_START && e->reminder.occasion == OCCASION_FAULT;

        n += e->kind == kind && !other && within(e, span);
    }
    return n;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void tell_leg(const struct track *track, const struct span *span, FILE *out)
{
    int64_t missed = track_time(track, RUNS_UNSEEN, 0, span->from, span->to);
    char unseen[DURATION_SIZE];

    duration_text((double)missed / 10, unseen);
    if (missed == 0)
        fprintf(out, " The %s leg was seen all the time.", leg_name(track->leg));
    else
        fprintf(out, " The %s leg was not seen for %s (%.1f %%), and nobody knows what it did then.",
                leg_name(track->leg), unseen, 100.0 * (double)missed / (double)(span->to - span->from));
    if (!track->has_motion)
        fprintf(out, " It had no motion sensor.");
}

char *story_summary(const struct night *night, const struct span *span)
{
    size_t cramps = count(night, EVENT_CRAMP_START, span);
    size_t reminders = count(night, EVENT_REMINDER_START, span);
    size_t dismissed = count(night, EVENT_DISMISSED, span);
    char length[DURATION_SIZE], *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    duration_text((double)(span->to - span->from) / 10, length);
    fprintf(out, "In %s: %zu cramp%s, %zu reminder%s, %zu other activit%s that %s not taken for a cramp.",
            length, cramps, plural(cramps), reminders, plural(reminders), dismissed,
            dismissed == 1 ? "y" : "ies", dismissed == 1 ? "was" : "were");
    for (int leg = 0; leg < (int)leg_count; leg++)
        if (night->leg[leg].count > 0)
            tell_leg(&night->leg[leg], span, out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
