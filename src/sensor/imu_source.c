/* SPDX-License-Identifier: MIT */
#include "sensor/imu_source.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#define SILENCE_NS        (250 * NSEC_PER_MSEC) /* awake and configured, and no frame: not an answer */
#define STALE_S           0.5
#define LOST_ARBITRATIONS 5

int imu_source_init(struct imu_source *source, struct source_env *env, unsigned index,
                    const struct imu_params *params, const struct sensor_params *sensor, int64_t now_ns)
{
    char consumer[32];
    struct gpio_spec spec = {.name = params->interrupt_line,
                             .chip_label = sensor->chip_label,
                             .consumer = consumer,
                             .bias = BIAS_PULL_DOWN,
                             .edges = GPIO_EDGE_RISING};
    double rate_hz = 0;

    *source = (struct imu_source){.env = env,
                                  .index = index,
                                  .outlet = {.env = env, .last_ns = now_ns},
                                  .newest_ns = TIME_UNKNOWN,
                                  .due_ns = TIME_UNKNOWN,
                                  .edge_ns = TIME_UNKNOWN,
                                  .batch_ns = now_ns,
                                  .deadline_ns = now_ns};
    if (mpu6050_setup(&source->imu, env->bus, params, &rate_hz) < 0) {
        log_error(
            LOG_CONFIG,
            "imu %u: an %s has rates of 4 to 1000 Hz, ranges of 2, 4, 8, 16 g and 250, 500, 1000, 2000 deg/s",
            index, imu_chip_name(params->chip));
        return -EINVAL;
    }
    snprintf(source->recovery.name, sizeof(source->recovery.name), "%s@0x%02x (%s)",
             imu_chip_name(params->chip), (unsigned)params->address, leg_name(params->leg));
    recovery_init(&source->recovery, env->bus, now_ns, sensor->retry_max_s);
    snprintf(consumer, sizeof(consumer), "crampd-imu%u", index);
    wire_init(&source->interrupt, env->platform->gpio, &spec, now_ns);
    rate_init(&source->rate, rate_hz, true);
    stale_init(&source->stale, (unsigned)(STALE_S * rate_hz));
    return 0;
}

static void put(struct imu_source *source, struct block *block, int64_t now_ns)
{
    block->kind = BLOCK_IMU;
    block->source = (uint8_t)source->index;
    block->width = 6;
    block->faults |= source->faults | (rate_is_plausible(&source->rate) ? 0 : BIT(FAULT_RATE));
    source->faults = 0;
    atomic_fetch_add_explicit(&source->env->counters->lost, block->lost, memory_order_relaxed);
    outlet_put(&source->outlet, block, now_ns);
}

/* Frames whose time is over at t_ns and that were not delivered. */
static uint16_t take_lost(struct imu_source *source, int64_t t_ns)
{
    if (source->due_ns == TIME_UNKNOWN)
        return 0;
    double missed = floor((double)(t_ns - source->due_ns) / source->rate.period_ns);
    uint16_t lost = missed < 1 ? 0 : missed > UINT16_MAX ? UINT16_MAX : (uint16_t)missed;
    source->due_ns += (int64_t)(lost * source->rate.period_ns);
    return lost;
}

static void state_nothing(struct imu_source *source, int64_t now_ns)
{
    bool works = source->recovery.ladder.state == LADDER_WORKING;
    struct block block = {.faults = BIT(works ? FAULT_GAP : FAULT_BUS)};
    /* What may still lie in the FIFO is not spoken of. */
    int64_t until_ns = now_ns - 2 * source->imu.poll_ns;

    if (source->due_ns == TIME_UNKNOWN)
        source->due_ns = until_ns;
    block.lost = take_lost(source, until_ns);
    block.t_ns = source->due_ns - (int64_t)source->rate.period_ns;
    put(source, &block, now_ns);
}

/* After a break nothing links the frames to come with those before. */
static void take_break(struct imu_source *source)
{
    source->newest_ns = TIME_UNKNOWN;
    rate_pause(&source->rate);
    stale_restart(&source->stale);
}

/* When the newest frame of the batch was taken. */
static int64_t date_newest(struct imu_source *source, unsigned rows)
{
    int64_t counted_ns = source->imu.counted_ns, period_ns = (int64_t)source->rate.period_ns;

    if (source->edge_ns != TIME_UNKNOWN && counted_ns - source->edge_ns < 2 * period_ns)
        return source->edge_ns;
    if (source->newest_ns == TIME_UNKNOWN)
        return counted_ns - period_ns / 2;
    int64_t expected_ns = source->newest_ns + (int64_t)(rows * source->rate.period_ns);
    return MIN(MAX(expected_ns, counted_ns - period_ns), counted_ns);
}

static uint64_t hash_row(const uint8_t *bytes)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

    for (int i = 0; i < MPU6050_FRAME; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void take_batch(struct imu_source *source, int64_t now_ns)
{
    unsigned rows = source->imu.row_count;
    struct block block = {.count = (uint16_t)rows};

    if (rows == 0)
        return;
    source->batch_ns = now_ns;
    int64_t newest_ns = date_newest(source, rows);
    rate_add(&source->rate, newest_ns, rows);
    block.period_ns = source->rate.period_ns;
    /* Until the rate is known, and when it jumps: what tiles the time since the batch before. */
    if (source->newest_ns != TIME_UNKNOWN) {
        double tile_ns = (double)(newest_ns - source->newest_ns) / rows;
        if (!source->rate.known || block.period_ns * (rows - 1) >= tile_ns * rows)
            block.period_ns = tile_ns;
    }
    block.t_ns = newest_ns - (int64_t)((rows - 1) * block.period_ns);
    source->newest_ns = newest_ns;
    block.lost = take_lost(source, block.t_ns);
    source->due_ns = newest_ns + (int64_t)source->rate.period_ns;
    if (block.lost > 0)
        block.faults |= BIT(FAULT_GAP);
    for (unsigned i = 0; i < rows; i++) {
        mpu6050_row(&source->imu, i, &block.v[(size_t)i * 6]);
        if (stale_add(&source->stale, (int64_t)hash_row(source->imu.raw + (size_t)i * MPU6050_FRAME)))
            block.faults |= BIT(FAULT_STALE);
    }
    put(source, &block, now_ns);
}

static void tell_chip(struct imu_source *source)
{
    uint8_t who = source->imu.who;

    if (who != source->who_told && who != 0x68)
        log_info(LOG_SENSOR, "%s: WHO_AM_I is 0x%02x (%s), used as an MPU-6050", source->recovery.name, who,
                 mpu6050_name(who));
    source->who_told = who;
}

static void take_result(struct imu_source *source, int result, int64_t now_ns)
{
    switch (result) {
    case MPU_MORE: break;
    case MPU_READY:
        source->setting_up = false;
        source->batch_ns = now_ns;
        tell_chip(source);
        take_break(source);
        recovery_report(&source->recovery, 0, now_ns);
        break;
    case MPU_BATCH:
        take_batch(source, now_ns);
        recovery_report(&source->recovery, 0, now_ns);
        break;
    case MPU_OVERFLOW:
        source->faults |= BIT(FAULT_GAP);
        take_break(source);
        break;
    default: break;
    }
}

static void step(struct imu_source *source, int64_t now_ns)
{
    int r = mpu6050_step(&source->imu, now_ns);

    now_ns = clock_now(source->env->platform->clock);
    if (r >= 0) {
        take_result(source, r, now_ns);
        return;
    }
    source->faults |= BIT(FAULT_BUS);
    if (r == -EAGAIN) { /* arbitration lost: told at once, and the same step can be tried again */
        source->imu.due_ns = now_ns + NSEC_PER_MSEC;
        if (++source->lost_arbitrations < LOST_ARBITRATIONS)
            return;
    }
    source->lost_arbitrations = 0;
    source->setting_up = false;
    source->imu.due_ns = now_ns + LADDER_RETRY_NS;
    recovery_report(&source->recovery, r, now_ns);
}

static void climb(struct imu_source *source, int64_t now_ns)
{
    switch (recovery_take(&source->recovery, now_ns)) {
    case LADDER_REINIT:
        take_break(source);
        source->setting_up = true;
        mpu6050_restart(&source->imu, now_ns);
        break;
    case LADDER_RETRY: source->imu.due_ns = now_ns; break; /* the next step tells */
    default: break;
    }
}

static void watch_silence(struct imu_source *source, int64_t now_ns)
{
    if (source->recovery.ladder.state != LADDER_WORKING || now_ns - source->batch_ns < SILENCE_NS)
        return;
    source->batch_ns = now_ns;
    source->faults |= BIT(FAULT_GAP);
    recovery_report(&source->recovery, -EBADMSG, now_ns);
}

/* The line is not waited for: its edges only date what the count finds. */
static void take_edges(struct imu_source *source, int64_t now_ns)
{
    size_t count;

    if (!source->interrupt.line || source->imu.state != MPU_COUNT)
        return;
    do {
        count = wire_read_edges(&source->interrupt, source->env->edges, GPIO_EDGES_MAX, now_ns);
        if (count > 0)
            source->edge_ns = source->env->edges[count - 1].t_ns;
    } while (count == GPIO_EDGES_MAX);
}

/* When what was delivered or stated so far has become old. */
static int64_t speak_ns(const struct imu_source *source)
{
    int64_t since_ns = source->due_ns == TIME_UNKNOWN ? source->outlet.last_ns : source->due_ns;

    since_ns += 2 * source->imu.poll_ns;
    return outlet_repeat_ns(&source->outlet, MAX(since_ns, source->outlet.last_ns) + SOURCE_STATEMENT_NS / 2);
}

void imu_source_service(struct imu_source *source, int64_t now_ns)
{
    if (now_ns < source->deadline_ns)
        return;
    climb(source, now_ns);
    wire_try(&source->interrupt, now_ns);
    bool active = source->setting_up || recovery_may_read(&source->recovery);
    if (active && now_ns >= source->imu.due_ns) {
        take_edges(source, now_ns);
        step(source, now_ns);
    }
    watch_silence(source, now_ns);
    now_ns = clock_now(source->env->platform->clock); /* a stuck bus takes its time */
    if (now_ns >= speak_ns(source))
        state_nothing(source, now_ns);

    int64_t deadline_ns = speak_ns(source);
    if (source->setting_up || recovery_may_read(&source->recovery))
        deadline_ns = MIN(deadline_ns, source->imu.due_ns);
    if (!source->interrupt.line)
        deadline_ns = MIN(deadline_ns, source->interrupt.next_try_ns);
    source->deadline_ns = MIN(deadline_ns, source->recovery.ladder.due_ns);
}

void imu_source_finish(struct imu_source *source)
{
    wire_release(&source->interrupt);
}
