/* SPDX-License-Identifier: MIT */
#include "detect/calibration.h"

#include "base/macros.h"

#include <math.h>
#include <string.h>

static unsigned frames(double s)
{
    return (unsigned)(s * FRAMES_PER_S + 0.5);
}

void calibration_begin(struct calibration *c, enum leg leg, unsigned channel_count)
{
    memset(c, 0, sizeof(*c));
    c->phase = CALIBRATION_REST;
    c->hindrance = -1;
    c->leg = leg;
    c->channel_count = MIN(channel_count, (unsigned)EMG_CHANNELS);
    c->since = c->now = -1;
}

bool calibration_running(const struct calibration *c)
{
    return c->phase == CALIBRATION_REST || c->phase == CALIBRATION_CONTRACT || c->phase == CALIBRATION_RELAX;
}

static void go(struct calibration *c, enum calibration_phase phase)
{
    c->phase = phase;
    c->since = c->now;
}

static void relax(struct calibration *c, enum calibration_phase outcome, int hindrance)
{
    c->outcome = outcome;
    c->hindrance = hindrance;
    c->calm_frames = 0;
    go(c, CALIBRATION_RELAX);
}

void calibration_cancel(struct calibration *c)
{
    if (c->phase == CALIBRATION_REST)
        go(c, CALIBRATION_CANCELLED);
    else if (calibration_running(c))
        relax(c, CALIBRATION_CANCELLED, -1);
}

static bool clipped(const struct calibration_frame *frame, unsigned k)
{
    return frame->channel[k].faults & BIT(FAULT_CLIPPED);
}

/* A level that holds. */
static bool clean(const struct calibration_frame *frame, unsigned k)
{
    return frame->channel[k].usable && !clipped(frame, k) && frame->channel[k].level_uv > 0;
}

/* What is wrong with the signal of any channel, -1 nothing. */
static int blindness(const struct calibration *c, const struct calibration_frame *frame)
{
    int found = -1;

    for (unsigned k = 0; k < c->channel_count; k++) {
        if (frame->channel[k].faults & (BIT(FAULT_LEAD_OFF) | BIT(FAULT_NOT_WORN)))
            return HINDRANCE_CONTACT;
        if (!frame->channel[k].usable && !clipped(frame, k))
            found = HINDRANCE_NO_SIGNAL;
    }
    return found;
}

/* ---- rest ---- */

static double low_percentile(const float *sorted, unsigned count)
{
    return (double)sorted[(unsigned)(FLOOR_QUANTILE * count)];
}

static bool tense(const struct calibration *c, const struct calibration_frame *frame)
{
    if (c->rest_frames < CALIBRATION_TENSE_FRAMES)
        return false;
    for (unsigned k = 0; k < c->channel_count; k++)
        if (frame->channel[k].level_uv >
            CALIBRATION_TENSE * low_percentile(c->channel[k].rest, c->rest_frames))
            return true;
    return false;
}

static int in_the_way_of_rest(const struct calibration *c, const struct calibration_frame *frame)
{
    int blind = blindness(c, frame);

    if (blind >= 0)
        return blind;
    for (unsigned k = 0; k < c->channel_count; k++)
        if (!clean(frame, k))
            return HINDRANCE_NO_SIGNAL;
    return frame->moving ? HINDRANCE_MOVING : tense(c, frame) ? HINDRANCE_TENSE : -1;
}

static void keep_rest(struct calibration *c, const struct calibration_frame *frame)
{
    for (unsigned k = 0; k < c->channel_count; k++) {
        float *rest = c->channel[k].rest, level = (float)frame->channel[k].level_uv;
        unsigned i = c->rest_frames;

        for (; i > 0 && rest[i - 1] > level; i--)
            rest[i] = rest[i - 1];
        rest[i] = level;
    }
    c->rest_frames++;
}

static int main_hindrance(const struct calibration *c)
{
    int worst = 0;

    for (int i = 1; i < (int)hindrance_count; i++)
        if (c->hindered[i] > c->hindered[worst])
            worst = i;
    return worst;
}

static void in_rest(struct calibration *c, const struct calibration_frame *frame)
{
    c->hindrance = in_the_way_of_rest(c, frame);
    if (c->hindrance >= 0)
        c->hindered[c->hindrance]++;
    else
        keep_rest(c, frame);
    if (c->rest_frames == CALIBRATION_REST_FRAMES) {
        for (unsigned k = 0; k < c->channel_count; k++)
            c->channel[k].rest_uv = low_percentile(c->channel[k].rest, c->rest_frames);
        go(c, CALIBRATION_CONTRACT);
    } else if (calibration_left_s(c) <= 0) {
        c->hindrance = main_hindrance(c);
        go(c, CALIBRATION_FAILED);
    }
}

/* ---- contraction ---- */

/* The level of the last second if all of it was firm and holds, else 0. */
static double note_second(struct calibration *c, const struct calibration_frame *frame, unsigned k)
{
    double level = frame->channel[k].level_uv, sum = 0;

    if (!clean(frame, k) || level < CALIBRATION_FIRM_MIN * c->channel[k].rest_uv) {
        c->channel[k].firm_frames = 0;
        return 0;
    }
    c->channel[k].second[frame->frame % FRAMES_PER_S] = level * level;
    if (++c->channel[k].firm_frames < FRAMES_PER_S)
        return 0;
    for (unsigned i = 0; i < FRAMES_PER_S; i++)
        sum += c->channel[k].second[i];
    return sqrt(sum / FRAMES_PER_S);
}

/* Whether the muscle works in this frame: firmly, and about as hard as it did at its best. */
static bool note_contraction(struct calibration *c, const struct calibration_frame *frame)
{
    double strongest = 0;
    bool at_the_rail = false;

    for (unsigned k = 0; k < c->channel_count; k++) {
        double second = note_second(c, frame, k), rest = c->channel[k].rest_uv;

        if (second > 0) {
            c->channel[k].firm_uv = MAX(c->channel[k].firm_uv, second);
            c->best_ratio = MAX(c->best_ratio, second / rest);
        }
        if (clean(frame, k))
            strongest = MAX(strongest, frame->channel[k].level_uv / rest);
        at_the_rail = at_the_rail || clipped(frame, k);
    }
    c->clipped_frames += at_the_rail;
    return at_the_rail || strongest >= MAX(CALIBRATION_FIRM_MIN, CALIBRATION_HELD_SHARE * c->best_ratio);
}

/* A whole second at the rails, and nobody knows how much more there was. */
static void judge_contraction(struct calibration *c)
{
    if (c->clipped_frames >= FRAMES_PER_S)
        relax(c, CALIBRATION_FAILED, HINDRANCE_CLIPPED);
    else if (c->best_ratio > 0)
        relax(c, CALIBRATION_DONE, -1);
    else
        relax(c, CALIBRATION_FAILED, HINDRANCE_NO_CONTRACTION);
}

static void in_contract(struct calibration *c, const struct calibration_frame *frame)
{
    int blind = blindness(c, frame);

    c->hindrance = blind;
    c->blind_frames = blind >= 0 ? c->blind_frames + 1 : 0;
    c->held_frames += note_contraction(c, frame);
    if (c->blind_frames >= frames(CALIBRATION_BLIND_S))
        relax(c, CALIBRATION_FAILED, blind);
    else if (c->held_frames >= frames(CALIBRATION_HOLD_S) || calibration_left_s(c) <= 0)
        judge_contraction(c);
}

static void in_relax(struct calibration *c, const struct calibration_frame *frame)
{
    /* Without contact there is no tail to wait for; a moment without signal is not yet rest. */
    bool off = blindness(c, frame) == HINDRANCE_CONTACT;
    bool calm = true;

    for (unsigned k = 0; k < c->channel_count && !off; k++)
        calm = calm && clean(frame, k) &&
               frame->channel[k].level_uv <= CALIBRATION_TENSE * c->channel[k].rest_uv;
    c->calm_frames = calm ? c->calm_frames + 1 : 0;
    if (c->calm_frames >= FRAMES_PER_S || calibration_left_s(c) <= 0)
        go(c, c->outcome);
}

void calibration_step(struct calibration *c, const struct calibration_frame *frame)
{
    c->now = frame->frame;
    if (c->since < 0)
        c->since = c->now;
    switch (c->phase) {
    case CALIBRATION_REST: in_rest(c, frame); break;
    case CALIBRATION_CONTRACT: in_contract(c, frame); break;
    case CALIBRATION_RELAX: in_relax(c, frame); break;
    case CALIBRATION_NONE:
    case CALIBRATION_DONE:
    case CALIBRATION_FAILED:
    case CALIBRATION_CANCELLED:
    case calibration_phase_count: break;
    }
}

double calibration_left_s(const struct calibration *c)
{
    double patience_s = c->phase == CALIBRATION_REST       ? CALIBRATION_REST_MAX_S
                        : c->phase == CALIBRATION_CONTRACT ? CALIBRATION_CONTRACT_MAX_S
                        : c->phase == CALIBRATION_RELAX    ? CALIBRATION_RELAX_MAX_S
                                                           : 0;

    return MAX(patience_s - (double)(c->now - c->since + 1) * FRAME_S, 0.0);
}
