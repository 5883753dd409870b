/* SPDX-License-Identifier: MIT */
#include "detect/placement.h"

static void note_contact(struct placement *p, bool off)
{
    p->on_frames = off ? 0 : p->on_frames + 1;
    if (off)
        p->off_frames++;
    else if (p->on_frames >= BACK_FRAMES) /* a contact that chatters is off */
        p->off_frames = 0;
    if (p->off_frames >= PLACEMENT_OFF_FRAMES)
        p->open = true;
}

void placement_step(struct placement *p, struct baseline *baseline, bool off, bool away, bool at_rest)
{
    note_contact(p, off);
    p->open = p->open || away;
    if (!p->open || !at_rest)
        return;
    /* One that was not sure yet is not worth comparing with; what was before it still is. */
    if (baseline_settled(baseline)) {
        p->before_uv = baseline_floor(baseline);
        p->compare = true;
    }
    if (baseline->frames > 0)
        baseline_renew(baseline, p->compare ? p->before_uv : 0);
    p->open = false;
}

bool placement_compare(struct placement *p, const struct baseline *baseline, int64_t frame)
{
    if (!p->compare || !baseline_settled(baseline))
        return false;
    double now_uv = baseline_floor(baseline), times = now_uv / p->before_uv;

    p->compare = false;
    if (times <= PLACEMENT_RATIO && times >= 1 / PLACEMENT_RATIO)
        return false;
    p->changes++;
    p->old_uv = p->before_uv;
    p->new_uv = now_uv;
    p->frame = frame;
    return true;
}
