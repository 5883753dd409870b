/* SPDX-License-Identifier: MIT */
/* Blocks of any size, time and value for the detector: events keep the contract, coverage stays a coverage.
 */
#include "fuzz.h"

#include "detect/detector.h"

#include <math.h>

struct watched {
    int64_t last_ns;
    unsigned channels;
    uint32_t open; /* BIT(channel): a cramp is going on */
};

static void check_event(void *context, const struct event *event)
{
    struct watched *watched = context;

    PROMISE((unsigned)event->kind < event_kind_count);
    PROMISE(event->t_ns != TIME_UNKNOWN);
    PROMISE(!event->has_site || ((unsigned)event->leg < leg_count && (unsigned)event->muscle < muscle_count &&
                                 event->channel >= -1 && event->channel < (int)watched->channels));
    switch (event->kind) {
    case EVENT_TENSION_RISE:
    case EVENT_CRAMP_START:
        PROMISE(event->episode != 0 && event->has_site);
        PROMISE(event->cramp.confidence >= 0 && event->cramp.confidence <= 1);
        PROMISE(isfinite(event->cramp.ratio) && event->cramp.onset_ns <= event->t_ns);
        break;
    case EVENT_CRAMP_END:
        PROMISE(event->episode != 0 && isfinite(event->end.duration_s) && event->end.duration_s >= 0);
        PROMISE(isfinite(event->end.peak_ratio));
        break;
    case EVENT_DISMISSED:
        PROMISE((unsigned)event->dismissed.reason < dismiss_reason_count);
        PROMISE(isfinite(event->dismissed.duration_s) && event->dismissed.duration_s >= 0);
        break;
    case EVENT_FAULT:
    case EVENT_FAULT_CLEARED:
        PROMISE((unsigned)event->fault.reason < fault_reason_count);
        PROMISE((unsigned)event->fault.source < fault_source_count);
        break;
    default: PROMISE(false && "an event that is not the detector's to make");
    }
}

/* Values of every kind: small, at the rails, not numbers. */
static float value_of(uint8_t byte)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, 3276.7F, -3276.7F, 1e30F, -0.0F, 1e-40F};

    return byte >= 248 ? odd[byte - 248] : ((float)byte - 124) * 2;
}

static void take_block(struct fuzz_input *input, int64_t *now, struct block *block)
{
    int16_t step_ms;
    uint16_t period_us;

    block->kind = fuzz_byte(input) % 5; /* one of them is no kind at all */
    block->source = fuzz_byte(input) % 4;
    uint8_t width = fuzz_byte(input) % 2 ? 6 : 3;
    block->width = block->kind == BLOCK_IMU ? width : 1;
    block->count = (uint16_t)(fuzz_byte(input) % (BLOCK_VALUES / block->width + 1));
    block->lost = fuzz_byte(input);
    block->faults = (uint32_t)fuzz_byte(input) & (BIT(fault_reason_count) - 1);
    fuzz_take(input, &step_ms, sizeof(step_ms));
    fuzz_take(input, &period_us, sizeof(period_us));
    *now += step_ms * NSEC_PER_MSEC;
    block->t_ns = *now;
    block->period_ns = period_us == 65535 ? 0 : period_us * 1e3;
    /* A short pattern repeated: a few bytes make a long contraction. */
    uint8_t length = fuzz_byte(input) % 16, pattern[16] = {124};
    fuzz_take(input, pattern, length);
    for (unsigned i = 0; i < BLOCK_VALUES; i++)
        block->v[i] = value_of(pattern[length ? i % length : 0]) * (i % 2 ? 1.0F : -0.7F);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct detector_params params = {
        .onset_ratio = 3, .rise_ratio = 1.6, .decide_s = 8, .decide_fast_s = 5, .fault_after_s = 5};
    static const struct detector_channel channels[] = {
        {LEG_LEFT, MUSCLE_GASTROCNEMIUS, EMG_INPUT_RAW, 3276.7},
        {LEG_LEFT, MUSCLE_GASTROCNEMIUS_LATERAL, EMG_INPUT_ENVELOPE, 0},
        {LEG_RIGHT, MUSCLE_TIBIALIS, EMG_INPUT_RAW, 680}};
    static const struct detector_imu imus[] = {{LEG_LEFT}, {LEG_RIGHT}};
    static struct block block;
    struct fuzz_input input = {data, size};
    struct watched watched = {.last_ns = INT64_MIN};
    int64_t now = 0;
    double total_s, usable_s;

    watched.channels = 1 + fuzz_byte(&input) % 3;
    unsigned imu_count = fuzz_byte(&input) % 3;
    fuzz_byte(&input);
    fuzz_byte(&input);
    struct detector *detector =
        detector_new(&params, channels, watched.channels, imus, imu_count, check_event, &watched);
    PROMISE(detector);
    while (input.size) {
        take_block(&input, &now, &block);
        detector_push(detector, &block);
        if (block.lost % 16 == 15)
            detector_advance(detector, now);
        if (block.lost % 16 == 14)
            detector_set_vibration(detector, block.count & 1, now);
    }
    for (unsigned i = 0; i < watched.channels; i++) {
        struct detector_view view;
        detector_get_view(detector, i, &view);
        PROMISE((unsigned)view.state < episode_state_count);
        PROMISE(isnan(view.level_uv) || (isfinite(view.level_uv) && view.level_uv >= 0));
        PROMISE(isnan(view.floor_uv) || (isfinite(view.floor_uv) && view.floor_uv >= 0));
    }
    detector_finish(detector);
    detector_get_coverage(detector, &total_s, &usable_s);
    PROMISE(total_s >= 0 && usable_s >= 0 && usable_s <= total_s + 0.2);
    detector_free(detector);
    return 0;
}
