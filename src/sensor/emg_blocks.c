/* SPDX-License-Identifier: MIT */
/* The outgoing half of an EMG source: samples into blocks, the check behind them, what is lost, what is said
   when nothing comes. */
#include "sensor/emg_blocks.h"

#include <errno.h>
#include <math.h>

#define READ_TRIES  5   /* arbitration lost is told at once and costs next to nothing */
#define GRID_SLACK  0.3 /* of a period: a block's samples are never further from their stated time */
#define CHECK_READS 1.8 /* what the check of a block takes, in readings of a sample */

static void put(struct emg_source *emg, struct block *block, int64_t now_ns)
{
    struct counters *counters = emg->env->counters;

    block->kind = BLOCK_EMG;
    block->source = (uint8_t)emg->index;
    block->width = 1;
    block->faults |= emg->env->lead_off & BIT(emg->index) ? BIT(FAULT_LEAD_OFF) : 0;
    block->faults |= rate_is_plausible(&emg->rate) ? 0 : BIT(FAULT_RATE);
    atomic_fetch_add_explicit(&counters->samples, block->count, memory_order_relaxed);
    atomic_fetch_add_explicit(&counters->lost, block->lost, memory_order_relaxed);
    atomic_store_explicit(&counters->faults[emg->index], block->faults, memory_order_relaxed);
    atomic_store_explicit(&counters->rate_hz[emg->index], rate_hz(&emg->rate), memory_order_relaxed);
    outlet_put(&emg->outlet, block, now_ns);
}

int emg_ask(struct emg_source *emg, int (*ask)(struct ads1x15 *adc))
{
    int r = -EAGAIN;

    for (int i = 0; i < READ_TRIES && r == -EAGAIN; i++)
        r = ask(&emg->adc);
    return r;
}

int emg_read(struct emg_source *emg, int (*read)(struct ads1x15 *adc, int16_t *code), int16_t *code)
{
    int r = -EAGAIN;

    for (int i = 0; i < READ_TRIES && r == -EAGAIN; i++) {
        r = read(&emg->adc, code);
        if (r < 0)
            emg->faults |= BIT(FAULT_BUS);
    }
    return r;
}

/* Asks the chip once more: the register must still say what it said, or, when it may have moved on or that
   would prove nothing, the configuration must be ours. 0, or what is wrong. */
static int check(struct emg_source *emg, int64_t now_ns)
{
    int16_t again = 0;
    bool fresh = emg->reread_valid && emg_in_time(emg, now_ns, 0);
    /* 0 is also what the register holds after a power-on reset. */
    bool proves = emg->last_code != 0 && !emg_is_storming(emg, now_ns) && now_ns < emg->verify_ns;

    if (fresh && proves) {
        int r = emg_read(emg, ads1x15_reread, &again);
        if (r < 0 || again == emg->last_code)
            return r;
        if (emg_in_time(emg, clock_now(emg->env->platform->clock), 0))
            return -EBADMSG;
    }
    emg->verify_ns = now_ns + EMG_VERIFY_NS;
    return emg_ask(emg, ads1x15_verify);
}

/* Ends the block that is being filled; it waits for the check. */
static void close_block(struct emg_source *emg)
{
    struct block *block = emg_open_block(emg);

    if (block->count == 0)
        return;
    block->period_ns = emg->rate.period_ns;
    if (!emg->rate.known && block->count > 1)
        block->period_ns = (double)(emg->last_ns - block->t_ns) / (block->count - 1);
    emg->closed++;
    emg_open_block(emg)->count = 0;
}

/* The blocks that wait leave, with their samples if the chip can be trusted. */
void emg_flush(struct emg_source *emg, int64_t now_ns)
{
    bool may_read = recovery_may_read(&emg->recovery);
    int r = -EIO;

    if (emg->waiting == 0)
        return;
    close_block(emg);
    if (may_read) {
        r = check(emg, now_ns);
        recovery_report(&emg->recovery, r, clock_now(emg->env->platform->clock));
    }
    if (r != 0)
        emg->faults |= BIT(FAULT_BUS); /* the check was also the next block's */
    for (unsigned i = 0; i < emg->closed; i++) {
        struct block *block = &emg->blocks[i];

        if (r != 0)
            block->faults |= BIT(FAULT_BUS);
        /* Each sample was acknowledged on its own, so a chip that is gone now does not make them wrong; one
           that contradicts itself does. */
        if (r == -EBADMSG || r == -ECONNRESET) {
            uint32_t lost = (uint32_t)block->lost + block->count;
            block->lost = (uint16_t)MIN(lost, (uint32_t)UINT16_MAX);
            block->count = 0;
            block->period_ns = 0;
        }
        put(emg, block, now_ns);
    }
    emg->closed = emg->waiting = 0;
    emg_open_block(emg)->count = 0;
}

/* Enough is waiting. On a slow bus asking once more must not cost the next sample, nor the neighbour's: then
   rather a little later. */
static bool is_time_to_flush(const struct emg_source *emg, int64_t now_ns)
{
    bool full = emg->closed == EMG_HELD - 1;

    if (emg->waiting < emg->block_max && !full)
        return false;
    return full || emg->waiting >= 2 * emg->block_max ||
           emg_in_time(emg, now_ns, CHECK_READS * (double)emg->read_ns);
}

/* Samples whose time is over at t_ns and that were not delivered. */
static uint16_t take_lost(struct emg_source *emg, int64_t t_ns, double margin)
{
    if (emg->due_ns == TIME_UNKNOWN)
        return 0;
    double missed = floor((double)(t_ns - emg->due_ns) / emg->rate.period_ns + margin);
    uint16_t lost = missed < 1 ? 0 : missed > UINT16_MAX ? UINT16_MAX : (uint16_t)missed;
    emg->due_ns += (int64_t)(lost * emg->rate.period_ns);
    return lost;
}

/* Says that nothing comes, and why. */
static void state_nothing(struct emg_source *emg, int64_t now_ns)
{
    bool works = emg->recovery.ladder.state == LADDER_WORKING;
    struct block block = {.faults = emg->faults | BIT(works ? FAULT_GAP : FAULT_BUS)};

    if (emg->due_ns == TIME_UNKNOWN)
        emg->due_ns = now_ns;
    /* The last period is left open: its sample may be on its way, and must not lie before this block. */
    block.lost = take_lost(emg, now_ns - (int64_t)emg->rate.period_ns, 0);
    block.t_ns = emg->due_ns - (int64_t)emg->rate.period_ns;
    if (emg_is_storming(emg, now_ns))
        block.faults |= BIT(FAULT_RATE);
    emg->faults = 0;
    put(emg, &block, now_ns);
}

static bool fits(const struct emg_source *emg, const struct block *block, int64_t t_ns)
{
    double stated_ns = (double)block->count * emg->rate.period_ns;

    return fabs((double)(t_ns - block->t_ns) - stated_ns) <= GRID_SLACK * emg->rate.period_ns;
}

void emg_add_sample(struct emg_source *emg, int64_t t_ns, int16_t code, int64_t now_ns)
{
    uint16_t lost = take_lost(emg, t_ns, 0.5);
    struct block *block = emg_open_block(emg);

    emg->due_ns = t_ns + (int64_t)emg->rate.period_ns;
    if (lost > 0)
        stale_restart(&emg->stale);
    if (block->count >= emg->block_max || (block->count > 0 && (lost > 0 || !fits(emg, block, t_ns)))) {
        close_block(emg);
        block = emg_open_block(emg);
    }
    if (block->count == 0) {
        block->t_ns = t_ns;
        block->lost = lost;
        block->faults = lost > 0 ? BIT(FAULT_GAP) : 0;
    }
    emg->last_ns = t_ns;
    emg->waiting++;
    block->v[block->count++] = (float)ads1x15_uv(&emg->adc, code);
    block->faults |= emg->faults;
    emg->faults = 0;
    if (ads1x15_clipped(&emg->adc, code))
        block->faults |= BIT(FAULT_CLIPPED);
    if (stale_add(&emg->stale, code))
        block->faults |= BIT(FAULT_STALE);
    if (emg_is_storming(emg, now_ns))
        block->faults |= BIT(FAULT_RATE);
    if (is_time_to_flush(emg, now_ns))
        emg_flush(emg, now_ns);
}

/* When what was delivered or stated so far has become old. */
int64_t emg_speak_ns(const struct emg_source *emg)
{
    int64_t since_ns = emg->due_ns == TIME_UNKNOWN ? emg->outlet.last_ns : emg->due_ns;

    if (emg->waiting > 0)
        since_ns = MIN(since_ns, emg->blocks[0].t_ns);
    /* A slow converter's next sample may rightly be that far away: do not repeat oneself for it. */
    return outlet_repeat_ns(&emg->outlet,
                            MAX(since_ns + SOURCE_STATEMENT_NS, emg->outlet.last_ns + SOURCE_BLOCK_NS));
}

/* A source is never silent for long. */
void emg_speak(struct emg_source *emg)
{
    int64_t now_ns = clock_now(emg->env->platform->clock); /* a stuck bus takes its time */

    if (now_ns < emg_speak_ns(emg))
        return;
    if (emg->waiting > 0)
        emg_flush(emg, now_ns);
    else
        state_nothing(emg, now_ns);
}
