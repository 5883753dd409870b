/* SPDX-License-Identifier: MIT */
#include "sensor/emg_blocks.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SILENCE_NS       (100 * NSEC_PER_MSEC)
#define SILENCE_PERIODS  4
#define SILENT_LOOK_NS   (250 * NSEC_PER_MSEC)
#define SILENT_INIT_NS   (5 * NSEC_PER_SEC) /* a silent chip that answers is set up anew so often */
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
                               .verify_ns = now_ns + EMG_VERIFY_NS,
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

static void count_spurious(struct emg_source *emg, int64_t t_ns, int64_t now_ns)
{
    emg->spurious_total++;
    if (t_ns - emg->storm_window_ns > STORM_WINDOW_NS) {
        emg->storm_window_ns = t_ns;
        emg->spurious = 0;
    }
    if (++emg->spurious < STORM_EDGES)
        return;
    if (!emg_is_storming(emg, now_ns) && log_allowed(&emg->storm_limit, now_ns, NULL))
        log_warning(
            LOG_BUS,
            "line %s: many more edges than %s converts; is the ready wire loose or beside the motor's?",
            emg->ready.name, emg->recovery.name);
    emg->storm_end_ns = now_ns + STORM_HOLD_NS;
    emg_open_block(emg)->faults |= BIT(FAULT_RATE);
}

/* Whether a conversion can have made this edge; keeps the rate. */
static bool take_edge(struct emg_source *emg, const struct gpio_edge *edge, int64_t now_ns)
{
    unsigned steps = 1;

    if (emg->edge_ns != TIME_UNKNOWN) {
        int64_t interval_ns = edge->t_ns - emg->edge_ns;
        bool storming = emg_is_storming(emg, now_ns);

        steps = rate_steps(&emg->rate, interval_ns);
        if (steps == 0 || (storming && (double)interval_ns < STORM_SHARE * emg->rate.period_ns)) {
            count_spurious(emg, edge->t_ns, now_ns);
            return false;
        }
        /* Numbers the kernel gave to edges it could not keep. */
        if (edge->seqno > emg->seqno + steps && emg->seqno > 0 && !storming)
            steps = edge->seqno - emg->seqno;
    }
    if (emg_is_storming(emg, now_ns))
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
    if (emg_is_storming(emg, now_ns) && emg->edge_ns != TIME_UNKNOWN) {
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
    bool late = !emg_in_time(emg, start_ns, (double)emg->read_ns);

    if (!late || emg->recovery.ladder.state == LADDER_RETRY) {
        r = emg_read(emg, ads1x15_read, &code);
        read_ns = clock_now(clock);
        late |= !emg_in_time(emg, read_ns, 0);
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
    emg_add_sample(emg, edge_ns, code, read_ns);
}

/* ---- recovery ---- */

static void begin_anew(struct emg_source *emg, int64_t now_ns)
{
    emg->reread_valid = false;
    emg->quiet_ns = now_ns;
    emg->verify_ns = now_ns + EMG_VERIFY_NS;
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
        recovery_report(&emg->recovery, emg_ask(emg, ads1x15_verify), clock_now(emg->env->platform->clock));
    if (rung != LADDER_REINIT)
        return;
    int r = emg_ask(emg, ads1x15_init);
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
        emg_flush(emg, now_ns);
    } else {
        int r = emg_ask(emg, ads1x15_verify);
        /* Set up as it should be and still silent: once in a while set it up anew. */
        if (r == 0 && now_ns - emg->silent_ns >= SILENT_INIT_NS) {
            emg->silent_ns = now_ns;
            r = ads1x15_init(&emg->adc);
        }
        recovery_report(&emg->recovery, r, clock_now(emg->env->platform->clock));
    }
    emg->quiet_ns = now_ns + SILENT_LOOK_NS - silence_ns(emg);
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
    emg_speak(emg);

    int64_t deadline_ns = emg_speak_ns(emg);
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
    emg_flush(emg, now_ns);
    wire_release(&emg->ready);
}
