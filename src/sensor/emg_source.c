/* SPDX-License-Identifier: MIT */
#include "sensor/emg_source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define READ_TRIES       5    /* arbitration lost is told at once and costs next to nothing */
#define GRID_SLACK       0.3  /* of a period: a block's samples are never further from their stated time */
#define LATE_SHARE       0.95 /* of a period: read later, it may be the next conversion */
#define CHECK_READS      1.8  /* what the check of a block takes, in readings of a sample */
#define SILENCE_NS       (100 * NSEC_PER_MSEC)
#define SILENCE_PERIODS  4
#define SILENT_LOOK_NS   (250 * NSEC_PER_MSEC)
#define SILENT_INIT_NS   (5 * NSEC_PER_SEC) /* a silent chip that answers is set up anew so often */
#define VERIFY_NS        (5 * NSEC_PER_SEC)
#define STORM_WINDOW_NS  (250 * NSEC_PER_MSEC)
#define STORM_EDGES      8 /* in a window */
#define STORM_HOLD_NS    NSEC_PER_SEC
#define STORM_SHARE      0.85 /* of a period between two looks at a storming line */
#define STALE_RAW_S      0.5
#define STALE_ENVELOPE_S 10.0

int emg_source_init(struct emg_source *emg, struct source_env *env, unsigned index,
                    const struct emg_params *params, const struct sensor_params *sensor, int64_t now_ns)
{
    char consumer[32];
    struct gpio_spec spec = {.name = params->ready_line,
                             .chip_label = sensor->chip_label,
                             .consumer = consumer,
                             .active_low = true, /* the pulse is low */
                             .bias = BIAS_PULL_UP,
                             .edges = GPIO_EDGE_RISING};

    *emg = (struct emg_source){.env = env,
                               .index = index,
                               .outlet = {.env = env, .last_ns = now_ns},
                               .due_ns = TIME_UNKNOWN,
                               .edge_ns = TIME_UNKNOWN,
                               .silent_ns = TIME_UNKNOWN,
                               .quiet_ns = now_ns,
                               .verify_ns = now_ns + VERIFY_NS,
                               .deadline_ns = now_ns,
                               .storm_limit = {.interval_ns = 600 * NSEC_PER_SEC, .burst = 1},
                               .late_limit = {.interval_ns = 600 * NSEC_PER_SEC, .burst = 1}};
    if (ads1x15_setup(&emg->adc, env->bus, params) < 0) {
        log_error(
            LOG_CONFIG,
            "emg %u: an %s has the rates %s Hz, the ranges 0.256, 0.512, 1.024, 2.048, 4.096 and 6.144 V, "
            "inputs 0..3, and the front end's gain must be above 0",
            index, adc_chip_name(params->chip), ads1x15_rates_text(params->chip));
        return -EINVAL;
    }
    snprintf(emg->recovery.name, sizeof(emg->recovery.name), "%s@0x%02x (%s %s)", adc_chip_name(params->chip),
             (unsigned)params->address, leg_name(params->leg), muscle_name(params->muscle));
    recovery_init(&emg->recovery, env->bus, now_ns, sensor->retry_max_s);
    snprintf(consumer, sizeof(consumer), "crampd-ready%u", index);
    wire_init(&emg->ready, env->platform->gpio, &spec, now_ns);
    rate_init(&emg->rate, params->rate_hz, false);
    double stale_s = params->input == EMG_INPUT_RAW ? STALE_RAW_S : STALE_ENVELOPE_S;
    stale_init(&emg->stale, (unsigned)(stale_s * params->rate_hz));
    double per_block = ACQUIRE_BLOCK_S * params->rate_hz;
    emg->block_max = per_block < 1 ? 1 : MIN((unsigned)(per_block + 0.5), (unsigned)BLOCK_VALUES);
    return 0;
}

static bool is_storming(const struct emg_source *emg, int64_t now_ns)
{
    return now_ns < emg->storm_end_ns;
}

/* ---- blocks ---- */

/* The one being filled. */
static struct block *open_block(struct emg_source *emg)
{
    return &emg->blocks[emg->closed];
}

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

static int patiently(struct emg_source *emg, int (*ask)(struct ads1x15 *adc))
{
    int r = -EAGAIN;

    for (int i = 0; i < READ_TRIES && r == -EAGAIN; i++)
        r = ask(&emg->adc);
    return r;
}

static int read_patiently(struct emg_source *emg, int (*read)(struct ads1x15 *adc, int16_t *code),
                          int16_t *code)
{
    int r = -EAGAIN;

    for (int i = 0; i < READ_TRIES && r == -EAGAIN; i++) {
        r = read(&emg->adc, code);
        if (r < 0)
            emg->faults |= BIT(FAULT_BUS);
    }
    return r;
}

/* Whether something that takes so long on the bus ends before the conversion of the last edge may be gone. */
static bool in_time(const struct emg_source *emg, int64_t now_ns, double takes_ns)
{
    return emg->edge_ns != TIME_UNKNOWN &&
           (double)(now_ns - emg->edge_ns) + takes_ns < LATE_SHARE * emg->rate.period_ns;
}

/* Asks the chip once more: the register must still say what it said, or, when it may have moved on or that
   would prove nothing, the configuration must be ours. 0, or what is wrong. */
static int check(struct emg_source *emg, int64_t now_ns)
{
    int16_t again = 0;
    bool fresh = emg->reread_valid && in_time(emg, now_ns, 0);
    /* 0 is also what the register holds after a power-on reset. */
    bool proves = emg->last_code != 0 && !is_storming(emg, now_ns) && now_ns < emg->verify_ns;

    if (fresh && proves) {
        int r = read_patiently(emg, ads1x15_reread, &again);
        if (r < 0 || again == emg->last_code)
            return r;
        if (in_time(emg, clock_now(emg->env->platform->clock), 0))
            return -EBADMSG;
    }
    emg->verify_ns = now_ns + VERIFY_NS;
    return patiently(emg, ads1x15_verify);
}

/* Ends the block that is being filled; it waits for the check. */
static void close_block(struct emg_source *emg)
{
    struct block *block = open_block(emg);

    if (block->count == 0)
        return;
    block->period_ns = emg->rate.period_ns;
    if (!emg->rate.known && block->count > 1)
        block->period_ns = (double)(emg->last_ns - block->t_ns) / (block->count - 1);
    emg->closed++;
    open_block(emg)->count = 0;
}

/* The blocks that wait leave, with their samples if the chip can be trusted. */
static void flush(struct emg_source *emg, int64_t now_ns)
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
    open_block(emg)->count = 0;
}

/* Enough is waiting. On a slow bus asking once more must not cost the next sample, nor the neighbour's: then
   rather a little later. */
static bool is_time_to_flush(const struct emg_source *emg, int64_t now_ns)
{
    bool full = emg->closed == EMG_HELD - 1;

    if (emg->waiting < emg->block_max && !full)
        return false;
    return full || emg->waiting >= 2 * emg->block_max ||
           in_time(emg, now_ns, CHECK_READS * (double)emg->read_ns);
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
    if (is_storming(emg, now_ns))
        block.faults |= BIT(FAULT_RATE);
    emg->faults = 0;
    put(emg, &block, now_ns);
}

static bool fits(const struct emg_source *emg, const struct block *block, int64_t t_ns)
{
    double stated_ns = (double)block->count * emg->rate.period_ns;

    return fabs((double)(t_ns - block->t_ns) - stated_ns) <= GRID_SLACK * emg->rate.period_ns;
}

static void add_sample(struct emg_source *emg, int64_t t_ns, int16_t code, int64_t now_ns)
{
    uint16_t lost = take_lost(emg, t_ns, 0.5);
    struct block *block = open_block(emg);

    emg->due_ns = t_ns + (int64_t)emg->rate.period_ns;
    if (lost > 0)
        stale_restart(&emg->stale);
    if (block->count >= emg->block_max || (block->count > 0 && (lost > 0 || !fits(emg, block, t_ns)))) {
        close_block(emg);
        block = open_block(emg);
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
    if (is_storming(emg, now_ns))
        block->faults |= BIT(FAULT_RATE);
    if (is_time_to_flush(emg, now_ns))
        flush(emg, now_ns);
}

/* ---- edges ---- */

static void count_spurious(struct emg_source *emg, int64_t t_ns, int64_t now_ns)
{
    emg->spurious_total++;
    if (t_ns - emg->storm_window_ns > STORM_WINDOW_NS) {
        emg->storm_window_ns = t_ns;
        emg->spurious = 0;
    }
    if (++emg->spurious < STORM_EDGES)
        return;
    if (!is_storming(emg, now_ns) && log_allowed(&emg->storm_limit, now_ns, NULL))
        log_warning(
            LOG_BUS,
            "line %s: many more edges than %s converts; is the ready wire loose or beside the motor's?",
            emg->ready.name, emg->recovery.name);
    emg->storm_end_ns = now_ns + STORM_HOLD_NS;
    open_block(emg)->faults |= BIT(FAULT_RATE);
}

/* Whether a conversion can have made this edge; keeps the rate. */
static bool take_edge(struct emg_source *emg, const struct gpio_edge *edge, int64_t now_ns)
{
    unsigned steps = 1;

    if (emg->edge_ns != TIME_UNKNOWN) {
        int64_t interval_ns = edge->t_ns - emg->edge_ns;
        bool storming = is_storming(emg, now_ns);

        steps = rate_steps(&emg->rate, interval_ns);
        if (steps == 0 || (storming && (double)interval_ns < STORM_SHARE * emg->rate.period_ns)) {
            count_spurious(emg, edge->t_ns, now_ns);
            return false;
        }
        /* Numbers the kernel gave to edges it could not keep. */
        if (edge->seqno > emg->seqno + steps && emg->seqno > 0 && !storming)
            steps = edge->seqno - emg->seqno;
    }
    if (is_storming(emg, now_ns))
        rate_pause(&emg->rate);
    else
        rate_add(&emg->rate, edge->t_ns, steps);
    emg->edge_ns = edge->t_ns;
    return true;
}

/* The newest edge that a conversion made, or TIME_UNKNOWN. */
static int64_t take_edges(struct emg_source *emg, int64_t now_ns)
{
    struct gpio_edge *edges = emg->env->edges;
    size_t count = wire_read_edges(&emg->ready, edges, GPIO_EDGES_MAX, now_ns);
    int64_t newest_ns = TIME_UNKNOWN;

    for (size_t i = 0; i < count; i++) {
        if (take_edge(emg, &edges[i], now_ns))
            newest_ns = edges[i].t_ns;
        emg->seqno = edges[i].seqno;
    }
    if (is_storming(emg, now_ns) && emg->edge_ns != TIME_UNKNOWN) {
        int64_t next_ns = emg->edge_ns + (int64_t)(STORM_SHARE * emg->rate.period_ns);
        emg->muted_ns = next_ns > now_ns ? next_ns : 0;
    }
    return newest_ns;
}

static void take_sample(struct emg_source *emg, int64_t edge_ns)
{
    struct clock *clock = emg->env->platform->clock;
    int64_t start_ns = clock_now(clock), read_ns = start_ns;
    int16_t code = 0;
    int r = 0;
    /* What cannot be read in time only takes the bus from those who can. */
    bool late = !in_time(emg, start_ns, (double)emg->read_ns);

    if (!late || emg->recovery.ladder.state == LADDER_RETRY) {
        r = read_patiently(emg, ads1x15_read, &code);
        read_ns = clock_now(clock);
        late |= !in_time(emg, read_ns, 0);
        if (r == 0)
            emg->read_ns = (7 * emg->read_ns + (read_ns - start_ns)) / 8;
    } else {
        emg->read_ns -= emg->read_ns / 8; /* or an estimate that is too long would never be tried again */
    }
    emg->quiet_ns = read_ns;
    if (r < 0 || emg->recovery.ladder.state == LADDER_RETRY)
        recovery_report(&emg->recovery, r, read_ns);
    if (r < 0)
        return;
    emg->silent_ns = TIME_UNKNOWN;
    if (late) {
        emg->late_total++;
        emg->faults |= BIT(FAULT_GAP);
        emg->reread_valid = false;
        if (emg->late_total % 1000 == 0 && log_allowed(&emg->late_limit, read_ns, NULL))
            log_warning(LOG_BUS,
                        "%s is often read too late, its samples are lost; run the bus at 400 kHz "
                        "(dtparam=i2c_arm_baudrate=400000) or choose a lower rate",
                        emg->recovery.name);
        return;
    }
    emg->last_code = code;
    emg->reread_valid = true;
    add_sample(emg, edge_ns, code, read_ns);
}

/* ---- recovery ---- */

static void begin_anew(struct emg_source *emg, int64_t now_ns)
{
    emg->reread_valid = false;
    emg->quiet_ns = now_ns;
    emg->verify_ns = now_ns + VERIFY_NS;
    emg->edge_ns = TIME_UNKNOWN;
    rate_pause(&emg->rate);
    stale_restart(&emg->stale);
}

/* Edges from before are of conversions that are gone. */
static void drop_edges(struct emg_source *emg, int64_t now_ns)
{
    while (wire_read_edges(&emg->ready, emg->env->edges, GPIO_EDGES_MAX, now_ns) == GPIO_EDGES_MAX)
        ;
    emg->seqno = 0;
}

static void climb(struct emg_source *emg, int64_t now_ns)
{
    enum ladder_state rung = recovery_take(&emg->recovery, now_ns);

    if (rung == LADDER_RETRY)
        recovery_report(&emg->recovery, patiently(emg, ads1x15_verify), clock_now(emg->env->platform->clock));
    if (rung != LADDER_REINIT)
        return;
    int r = patiently(emg, ads1x15_init);
    now_ns = clock_now(emg->env->platform->clock);
    if (r == 0) {
        drop_edges(emg, now_ns);
        begin_anew(emg, now_ns);
    }
    recovery_report(&emg->recovery, r, now_ns);
}

static int64_t silence_ns(const struct emg_source *emg)
{
    return MAX((int64_t)SILENCE_NS, (int64_t)(SILENCE_PERIODS * emg->rate.period_ns));
}

/* No edge for long: what does the chip say? */
static void watch_silence(struct emg_source *emg, int64_t now_ns)
{
    if (emg->recovery.ladder.state != LADDER_WORKING || now_ns - emg->quiet_ns < silence_ns(emg))
        return;
    if (emg->silent_ns == TIME_UNKNOWN)
        emg->silent_ns = now_ns;
    emg->edge_ns = TIME_UNKNOWN;
    emg->reread_valid = false;
    rate_pause(&emg->rate);
    if (emg->waiting > 0) {
        flush(emg, now_ns);
    } else {
        int r = patiently(emg, ads1x15_verify);
        /* Set up as it should be and still silent: once in a while set it up anew. */
        if (r == 0 && now_ns - emg->silent_ns >= SILENT_INIT_NS) {
            emg->silent_ns = now_ns;
            r = ads1x15_init(&emg->adc);
        }
        recovery_report(&emg->recovery, r, clock_now(emg->env->platform->clock));
    }
    emg->quiet_ns = now_ns + SILENT_LOOK_NS - silence_ns(emg);
}

/* When what was delivered or stated so far has become old. */
static int64_t speak_ns(const struct emg_source *emg)
{
    int64_t since_ns = emg->due_ns == TIME_UNKNOWN ? emg->outlet.last_ns : emg->due_ns;

    if (emg->waiting > 0)
        since_ns = MIN(since_ns, emg->blocks[0].t_ns);
    /* A slow converter's next sample may rightly be that far away: do not repeat oneself for it. */
    return MAX(since_ns + SOURCE_STATEMENT_NS, emg->outlet.last_ns + SOURCE_BLOCK_NS);
}

/* A source is never silent for long. */
static void speak(struct emg_source *emg)
{
    int64_t now_ns = clock_now(emg->env->platform->clock); /* a stuck bus takes its time */

    if (now_ns < speak_ns(emg))
        return;
    if (emg->waiting > 0)
        flush(emg, now_ns);
    else
        state_nothing(emg, now_ns);
}

void emg_source_service(struct emg_source *emg, int64_t now_ns, bool ready)
{
    if (ready || (emg->muted_ns > 0 && now_ns >= emg->muted_ns)) {
        emg->muted_ns = 0;
        int64_t edge_ns = take_edges(emg, now_ns);
        if (edge_ns != TIME_UNKNOWN && recovery_may_read(&emg->recovery))
            take_sample(emg, edge_ns);
    }
    emg->deadline_ns = MIN(emg->deadline_ns, emg->recovery.ladder.due_ns);
    if (now_ns < emg->deadline_ns && emg->muted_ns == 0)
        return;
    climb(emg, now_ns);
    if (wire_try(&emg->ready, now_ns)) {
        emg->seqno = 0;
        emg->edge_ns = TIME_UNKNOWN;
        rate_pause(&emg->rate);
    }
    watch_silence(emg, now_ns);
    speak(emg);

    int64_t deadline_ns = speak_ns(emg);
    if (emg->recovery.ladder.state == LADDER_WORKING)
        deadline_ns = MIN(deadline_ns, emg->quiet_ns + silence_ns(emg));
    if (!emg->ready.line)
        deadline_ns = MIN(deadline_ns, emg->ready.next_try_ns);
    if (emg->muted_ns > 0)
        deadline_ns = MIN(deadline_ns, emg->muted_ns);
    emg->deadline_ns = MIN(deadline_ns, emg->recovery.ladder.due_ns);
}

void emg_source_finish(struct emg_source *emg, int64_t now_ns)
{
    flush(emg, now_ns);
    wire_release(&emg->ready);
}
