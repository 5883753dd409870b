/* SPDX-License-Identifier: MIT */
#include "crampsim/fleet_pattern.h"

#include "base/macros.h"
#include "crampsim/synth_random.h"

#include <errno.h>

/* A night is cut into slots, one for each happening; so those of one site never overlap. */
enum happening { DISMISSAL, CRAMP, FAULT, HAPPENINGS };

#define STEPS_MOST       8  /* of a happening */
#define SEEN_PERCENT     95 /* of the dismissals: the others begin and end between two looks at the state */
#define REMINDED_PERCENT 60 /* of the faults: softly */

/* Means of a night of eight hours, docs/fleet.md has where they come from; and how long a slot they get. */
static const struct {
    double per_night, width;
} happenings[HAPPENINGS] = {[DISMISSAL] = {642, 1}, [CRAMP] = {1.25, 5}, [FAULT] = {1.25, 5}};

static const struct {
    enum dismiss_reason reason;
    double weight;
} reasons[] = {
    {DISMISS_MYOCLONUS, 0.38},
    {DISMISS_RHYTHMIC_MOVEMENT, 0.25},
    {DISMISS_LEG_MOVEMENT, 0.15},
    {DISMISS_JERK, 0.09},
    {DISMISS_PERIODIC_LEG_MOVEMENT, 0.05},
    {DISMISS_FASCICULATION, 0.04},
    {DISMISS_TURN, 0.02},
    {DISMISS_VOLUNTARY, 0.02},
};

struct pen {
    struct fleet_night *night;
    struct rng rng;
    uint16_t episode;
    uint8_t state;
};

static struct fleet_step *write_step(struct pen *pen, double t_s, int event, int word)
{
    struct fleet_step *step = &pen->night->steps[pen->night->count++];

    *step = (struct fleet_step){.t_s = (float)t_s,
                                .ratio = (float)rng_between(&pen->rng, 3, 20),
                                .episode = pen->episode,
                                .event = (uint8_t)event,
                                .word = (uint8_t)word,
                                .state = pen->state};
    return step;
}

static void change_state(struct pen *pen, double t_s, enum episode_state state)
{
    pen->state = (uint8_t)state;
    write_step(pen, t_s, FLEET_NO_EVENT, 0);
}

static enum dismiss_reason draw_reason(struct rng *rng)
{
    double left = rng_uniform(rng);
    size_t i = 0;

    while (i + 1 < ARRAY_SIZE(reasons) && (left -= reasons[i].weight) >= 0)
        i++;
    return reasons[i].reason;
}

static void write_dismissal(struct pen *pen, double t_s, double room_s)
{
    double length_s = rng_between(&pen->rng, 0.1, 0.3) * room_s;

    if (rng_next(&pen->rng) % 100 < SEEN_PERCENT)
        change_state(pen, t_s, EPISODE_SUSPECT);
    pen->state = EPISODE_QUIET;
    write_step(pen, t_s + length_s, EVENT_DISMISSED, (int)draw_reason(&pen->rng))->duration_s =
        (float)(length_s / 2);
}

static void write_cramp(struct pen *pen, double t_s, double room_s)
{
    double begin_s = t_s + rng_between(&pen->rng, 0.05, 0.15) * room_s;
    double stop_s = begin_s + rng_between(&pen->rng, 0.2, 0.5) * room_s;
    double end_s = stop_s + 0.1 * room_s;

    pen->state = EPISODE_RISING;
    write_step(pen, t_s, EVENT_TENSION_RISE, 0);
    pen->state = EPISODE_CRAMP;
    write_step(pen, begin_s, EVENT_CRAMP_START, CRAMP_RISE);
    write_step(pen, begin_s, EVENT_REMINDER_START, OCCASION_CRAMP);
    change_state(pen, stop_s, EPISODE_EASING);
    pen->state = EPISODE_REFRACTORY;
    write_step(pen, end_s, EVENT_CRAMP_END, RELIEF_STRETCH)->duration_s = (float)(end_s - begin_s);
    write_step(pen, end_s, EVENT_REMINDER_STOP, STOP_RELIEF);
    change_state(pen, end_s + 0.1 * room_s, EPISODE_QUIET);
}

static void write_fault(struct pen *pen, double t_s, double room_s)
{
    double length_s = rng_between(&pen->rng, 0.1, 0.9) * room_s;

    pen->state = EPISODE_BLIND;
    write_step(pen, t_s, EVENT_FAULT, FAULT_FLAT);
    if (rng_next(&pen->rng) % 100 < REMINDED_PERCENT) {
        write_step(pen, t_s, EVENT_REMINDER_START, OCCASION_FAULT);
        write_step(pen, t_s + 0.1 * length_s, EVENT_REMINDER_STOP, STOP_CAP);
    }
    pen->state = EPISODE_QUIET;
    write_step(pen, t_s + length_s, EVENT_FAULT_CLEARED, FAULT_FLAT)->duration_s = (float)length_s;
}

static void write_happening(struct pen *pen, enum happening what, double t_s, double room_s)
{
    pen->episode++;
    switch (what) {
    case DISMISSAL: write_dismissal(pen, t_s, room_s); break;
    case CRAMP: write_cramp(pen, t_s, room_s); break;
    case FAULT: write_fault(pen, t_s, room_s); break;
    case HAPPENINGS: break;
    }
}

/* In an order that chance made: Fisher and Yates. */
static size_t draw_happenings(struct rng *rng, unsigned char **list)
{
    unsigned counts[HAPPENINGS];
    size_t count = 0, filled = 0;

    for (int i = 0; i < HAPPENINGS; i++)
        count += counts[i] = rng_poisson(rng, happenings[i].per_night);
    *list = malloc(count + 1);
    if (!*list)
        return 0;
    for (int i = 0; i < HAPPENINGS; i++)
        while (counts[i]-- > 0)
            (*list)[filled++] = (unsigned char)i;
    for (size_t i = count; i > 1; i--) {
        size_t other = rng_next(rng) % i;
        unsigned char kept = (*list)[i - 1];
        (*list)[i - 1] = (*list)[other];
        (*list)[other] = kept;
    }
    return count;
}

static void write_night(struct pen *pen, const unsigned char *list, size_t count)
{
    double widths = 0, begin_s = 0;

    for (size_t i = 0; i < count; i++)
        widths += happenings[list[i]].width;
    for (size_t i = 0; i < count; i++) {
        double slot_s = FLEET_NIGHT_S * happenings[list[i]].width / widths;
        double late_s = rng_between(&pen->rng, 0, 0.2) * slot_s;
        write_happening(pen, (enum happening)list[i], begin_s + late_s, 0.8 * slot_s);
        begin_s += slot_s;
    }
    pen->episode++;
    write_step(pen, FLEET_NIGHT_S, EVENT_NIGHT_SUMMARY, 0);
}

int fleet_night_draw(struct fleet_night *night, uint64_t seed, unsigned hub, unsigned number)
{
    struct pen pen = {
        .night = night, .rng = rng_fork(seed, ((uint64_t)hub << 32) + number), .state = EPISODE_QUIET};
    _cleanup_(freep) unsigned char *list = NULL;
    size_t count = draw_happenings(&pen.rng, &list);

    *night = (struct fleet_night){.steps = calloc(count * STEPS_MOST + 1, sizeof(night->steps[0]))};
    if (!list || !night->steps) {
        fleet_night_clear(night);
        return -ENOMEM;
    }
    write_night(&pen, list, count);
    struct fleet_step *fitting = realloc(night->steps, night->count * sizeof(night->steps[0]));
    if (fitting)
        night->steps = fitting;
    return 0;
}

void fleet_night_clear(struct fleet_night *night)
{
    free(night->steps);
    *night = (struct fleet_night){.steps = NULL};
}
