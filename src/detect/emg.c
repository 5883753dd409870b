/* SPDX-License-Identifier: MIT */
#include "detect/emg.h"

#include "detect/lanes.h"
#include "detect/measure.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define GRID_MARGIN_NS NSEC_PER_USEC /* rounding of sample times must not move a sample to another frame */

/* A source that states one of these has no level to be had. */
#define UNUSABLE                                                                                             \
    (BIT(FAULT_LEAD_OFF) | BIT(FAULT_NOT_WORN) | BIT(FAULT_FLAT) | BIT(FAULT_STALE) | BIT(FAULT_BUS) |       \
     QUALITY_DEAD)

void emg_init(struct emg *emg, const struct detector_channel *channel, double mains_hz)
{
    memset(emg, 0, sizeof(*emg));
    emg->channel = *channel;
    emg->settle = true;
    emg->contact_frame = INT64_MIN;
    for (unsigned i = 0; i < FRAME_RING; i++)
        emg->ring[i].index = -1;
    mains_init(&emg->mains, mains_hz);
    quality_init(&emg->watch);
}

void emg_start(struct emg *emg, int64_t origin_ns)
{
    emg->started = true;
    emg->origin_ns = origin_ns;
    emg->last_ns = TIME_UNKNOWN;
}

void emg_set_mains(struct emg *emg, double mains_hz)
{
    if (mains_hz == emg->mains.setting_hz)
        return;
    mains_init(&emg->mains, mains_hz);
    emg->design_hz = 0; /* designs the lines with the rest */
}

double emg_floor_bias(const struct emg *emg)
{
    double band = MIN(BAND_HIGH_HZ, BAND_HIGH_RATE * emg->design_hz) - BAND_LOW_HZ;

    if (emg->channel.input == EMG_INPUT_ENVELOPE || !(band > 0))
        return 1.0;
    /* A level is the root of a mean over 2 * band * time independent values. */
    return 1.0 + FLOOR_QUANTILE_SD / sqrt(2.0 * 2.0 * band * FRAME_S);
}

bool emg_full(const struct emg *emg)
{
    return emg->channel.input == EMG_INPUT_RAW && emg->design_hz >= RATE_FULL_HZ;
}

/* The filters follow the estimated rate; the sections' states are signal values and stay. */
static void design(struct emg *emg)
{
    double rate = 1e9 / emg->period_ns;
    double off = emg->design_hz > 0 ? fabs(rate / emg->design_hz - 1.0) : 1.0;

    if (off <= REDESIGN_SHARE)
        return;
    if (off > RESTART_SHARE)
        emg->settle = true;
    emg->design_hz = rate;
    double high = MIN(BAND_HIGH_HZ, BAND_HIGH_RATE * rate), low = MIN(BAND_LOW_HZ, 0.5 * high);
    biquad_highpass(emg->band, BAND_LOW_ORDER, low, rate);
    biquad_lowpass(emg->band + BAND_LOW_ORDER / 2, BAND_HIGH_ORDER, high, rate);
    mains_set_rate(&emg->mains, rate, low, high);
}

static void filter_part(struct emg *emg, unsigned from, unsigned to)
{
    struct biquad *const band[BAND_SECTIONS] = {&emg->band[0], &emg->band[1], &emg->band[2]};

    biquad_run_cascade(band, BAND_SECTIONS, emg->work + from, to - from);
}

static void restart(struct emg *emg, float value)
{
    emg->centre = value;
    for (unsigned s = 0; s < BAND_SECTIONS; s++)
        biquad_settle(&emg->band[s], 0);
    emg->settling = SETTLE_FRAMES;
    emg->settle = false;
}

/* raw -> work where samples are missing: short holes held, a restart after a long one. True if the frame has
   no restart in it. */
static bool filter_holes(struct emg *emg)
{
    unsigned bridge = (unsigned)(BRIDGE_S * emg->design_hz), from = 0;
    bool whole = true;

    for (unsigned i = 0; i < emg->count; i++) {
        float v = emg->raw[i];

        if (isnan(v)) {
            emg->settle = emg->settle || ++emg->missing_run > bridge;
            emg->work[i] = emg->held;
            continue;
        }
        if (emg->settle) {
            filter_part(emg, from, i);
            from = i;
            restart(emg, v);
            whole = false;
        }
        emg->missing_run = 0;
        emg->work[i] = emg->held = v - emg->centre;
    }
    filter_part(emg, from, emg->count);
    return whole && !emg->settle;
}

static bool filter(struct emg *emg)
{
    if (emg->missing > 0 || emg->settle)
        return filter_holes(emg);
    static_assert(FRAME_SAMPLES % 4 == 0, "a quad may end behind the last sample");
    for (unsigned i = 0; i < emg->count; i += 4) {
        quad four = quad_load(emg->raw + i) - emg->centre;

        memcpy(emg->work + i, &four, sizeof(four));
    }
    emg->held = emg->work[emg->count - 1];
    emg->missing_run = 0;
    filter_part(emg, 0, emg->count);
    return true;
}

static void muscle_levels(struct emg *emg, struct emg_frame *frame, double first_s)
{
    if (filter(emg))
        mains_observe(&emg->mains, emg->work, emg->count, first_s);
    else
        mains_skip(&emg->mains);
    mains_remove(&emg->mains, emg->work, emg->count);
    frame->hum_uv = (float)emg->mains.hum_uv;
    frame->hum_share = (float)emg->mains.share;
    measure_muscle(frame, emg->work, emg->missing ? emg->raw : NULL, emg->count, emg->design_hz, first_s);
}

static uint32_t frame_faults(const struct emg *emg, double good_share)
{
    double rate = emg->period_ns > 0 ? 1e9 / emg->period_ns : 0;
    uint32_t faults = emg->faults;

    if (emg->lead_off)
        faults |= BIT(FAULT_LEAD_OFF);
    if (good_share < GAP_SHARE)
        faults |= BIT(FAULT_GAP);
    if (rate > 0 && (rate < RATE_MIN_HZ * (1 - RATE_MARGIN) || rate > RATE_MAX_HZ * (1 + RATE_MARGIN)))
        faults |= BIT(FAULT_RATE);
    return faults;
}

/* What is no voltage becomes NaN like what is no number; counts both. */
static void clean(struct emg *emg, const struct quality_scan *scan)
{
    emg->missing = scan->missing;
    if (scan->low >= -(float)VALUE_MAX_UV && scan->high <= (float)VALUE_MAX_UV)
        return;
    for (unsigned i = 0; i < emg->count; i++)
        if (fabsf(emg->raw[i]) > (float)VALUE_MAX_UV) {
            emg->raw[i] = NAN;
            emg->missing++;
        }
}

/* The frame under way is over: measure it. */
static void finish_frame(struct emg *emg)
{
    struct quality_scan scan;
    struct emg_frame *frame = &emg->ring[(uint64_t)emg->frame % FRAME_RING];

    quality_look(&emg->watch, emg->raw, emg->count, emg->channel.clip_uv, &scan);
    clean(emg, &scan);
    double good_share =
        emg->period_ns > 0 ? (emg->count - emg->missing) * emg->period_ns / (double)FRAME_NS : 0;
    double first_s = ns_to_s(emg->first_ns - emg->origin_ns - emg->frame * FRAME_NS);

    *frame = (struct emg_frame){.index = emg->frame, .level = NAN, .faults = frame_faults(emg, good_share)};
    if (emg->count && emg->period_ns > 0) {
        design(emg);
        frame->faults |=
            quality_samples(&emg->watch, &scan, emg->raw, emg->count, emg->design_hz, emg->channel.clip_uv);
        if (emg->channel.input == EMG_INPUT_ENVELOPE) {
            emg->settling = 0;
            measure_envelope(frame, emg->raw, emg->count, emg->design_hz, first_s);
        } else {
            muscle_levels(emg, frame, first_s);
        }
    }
    frame->usable = good_share >= GOOD_SHARE_MIN && emg->settling == 0 && !(frame->faults & UNUSABLE) &&
                    emg->frame >= emg->contact_frame && isfinite(frame->level);
    frame->faults &= ~QUALITY_DEAD;
    if (emg->settling)
        emg->settling--;
    emg->frame++;
    emg->count = emg->missing = 0;
    emg->faults = emg->standing;
}

void emg_close_until(struct emg *emg, int64_t frame)
{
    if (!emg->started || emg->frame >= frame)
        return;
    finish_frame(emg);
    if (emg->frame < frame) { /* nothing came for whole frames */
        emg->frame = frame;
        emg->settle = true;
        mains_skip(&emg->mains);
    }
}

/* Samples of the frame under way. */
static void append(struct emg *emg, const float *values, unsigned count, int64_t t_ns)
{
    if (count > FRAME_SAMPLES - emg->count) {
        count = FRAME_SAMPLES - emg->count;
        emg->faults |= BIT(FAULT_RATE);
    }
    if (emg->count == 0)
        emg->first_ns = t_ns;
    memcpy(emg->raw + emg->count, values, count * sizeof(values[0]));
    emg->count += count;
}

/* Samples are missing before t_ns: the hole is filled with NaN as far as filters want to know. */
static void fill_hole(struct emg *emg, int64_t t_ns, int64_t frame_begin)
{
    if (emg->last_ns == TIME_UNKNOWN)
        return;
    double missing = floor((double)(t_ns - emg->last_ns) / emg->period_ns - 0.5);
    int most = (int)(BRIDGE_S * 1e9 / emg->period_ns) + 1;

    if (!(missing >= 1))
        return;
    if (missing > most) {
        emg->settle = true;
        return;
    }
    const float hole = NAN;
    for (double k = missing; k >= 1; k--) {
        int64_t t = t_ns - (int64_t)(k * emg->period_ns);

        if (t >= frame_begin)
            append(emg, &hole, 1, t);
    }
}

static int64_t frame_of(const struct emg *emg, int64_t t_ns)
{
    return (t_ns + GRID_MARGIN_NS - emg->origin_ns) / FRAME_NS;
}

static int64_t block_sample_ns(const struct emg *emg, const struct block *block, unsigned i)
{
    return block->t_ns + (int64_t)(emg->period_ns * (double)i);
}

/* Index of the first sample from `first` on that does not lie before end_ns. */
static unsigned samples_before(const struct emg *emg, const struct block *block, unsigned first,
                               int64_t end_ns)
{
    double fit = (double)(end_ns - block->t_ns) / emg->period_ns;
    unsigned i = fit <= first ? first : fit >= block->count ? block->count : (unsigned)fit;

    while (i > first && block_sample_ns(emg, block, i - 1) >= end_ns)
        i--;
    while (i < block->count && block_sample_ns(emg, block, i) < end_ns)
        i++;
    return i;
}

bool emg_push(struct emg *emg, const struct block *block, unsigned *position)
{
    if (*position == 0) {
        if (block->period_ns >= PERIOD_MIN_NS && block->period_ns <= PERIOD_MAX_NS)
            emg->period_ns = block->period_ns;
        emg->standing = block->faults;
    }
    /* While the period is not known, samples have no place in time: they are missing. */
    if (block->count == 0 || emg->period_ns <= 0) {
        emg->faults |= block->faults;
        emg_close_until(emg, frame_of(emg, block->t_ns));
        return false;
    }
    int64_t begin_ns = emg->origin_ns + emg->frame * FRAME_NS - GRID_MARGIN_NS;
    unsigned first = *position, end = samples_before(emg, block, first, begin_ns + FRAME_NS);
    if (end == first) {
        emg_close_until(emg, frame_of(emg, block_sample_ns(emg, block, first)));
        return true;
    }
    if (first == 0) {
        emg->faults |= block->faults;
        fill_hole(emg, block->t_ns, begin_ns);
    }
    append(emg, block->v + first, end - first, block_sample_ns(emg, block, first));
    emg->last_ns = block_sample_ns(emg, block, end - 1);
    *position = end;
    return end < block->count;
}

void emg_contact(struct emg *emg, bool off, int64_t frame)
{
    if (emg->lead_off && !off)
        emg->contact_frame = frame + (int64_t)(CONTACT_SETTLE_S * FRAMES_PER_S);
    emg->lead_off = off;
}

const struct emg_frame *emg_get_frame(const struct emg *emg, int64_t frame, struct emg_frame *missing)
{
    const struct emg_frame *slot = &emg->ring[(uint64_t)frame % FRAME_RING];

    if (slot->index == frame)
        return slot;
    *missing = (struct emg_frame){.index = frame, .level = NAN, .faults = emg->standing | BIT(FAULT_GAP)};
    if (emg->lead_off)
        missing->faults |= BIT(FAULT_LEAD_OFF);
    return missing;
}
