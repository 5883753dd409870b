/* SPDX-License-Identifier: MIT */
/* Virtual time: what happens next, and how fast it may. */
#include "crampsim/world_private.h"

#include <poll.h>
#include <time.h>

/* Whoever waits in vain again and again computes between: after so many waits at one time it costs time. */
#define SPINS        4
#define SPIN_NS      (10 * NSEC_PER_USEC)
#define LATE_REAL_NS INT64_C(200000000) /* a machine too slow: the world gets slower, not jumpy */

static int64_t next_event(const struct world *world)
{
    int64_t next = MIN(world_next_fault(world), world->poll_ns);

    for (int i = 0; i < world->device_count; i++) {
        int64_t wake_ns = model_next_wake(world->devices[i].model);

        next = MIN(next, wake_ns);
    }
    return next;
}

static void poll_inputs(struct world *world, int64_t t_ns)
{
    bool any = false;

    for (int i = 0; i < world->line_count; i++) {
        struct world_line *line = world->lines[i];
        double level = 0;

        if (!line->has_signal || line->output)
            continue;
        any = true;
        line->signal.read(line->signal.context, t_ns - world->start_ns, &level, 1);
        world_line_level(world, line, level >= 0.5, t_ns, false);
    }
    world->poll_ns = t_ns + (any ? 1 : 20) * world->poll_step_ns;
}

static void set_now(struct world *world, int64_t t_ns)
{
    if (t_ns > world_now(world))
        atomic_store_explicit(&world->now_ns, t_ns, memory_order_relaxed);
}

/* Everything that is due at the one time t_ns. */
static void happen(struct world *world, int64_t t_ns)
{
    set_now(world, t_ns);
    world_run_faults(world, t_ns);
    for (int i = 0; i < world->device_count; i++)
        world_device_run(&world->devices[i], t_ns);
    if (world->poll_ns <= t_ns)
        poll_inputs(world, t_ns);
}

void world_run(struct world *world, int64_t t_ns, struct gpio_line *const *lines, size_t count)
{
    int64_t next;

    while ((next = next_event(world)) <= t_ns) {
        happen(world, next);
        if (world_ready_lines(lines, count) && world_now(world) >= world->stalled_until_ns)
            return;
    }
    set_now(world, t_ns);
}

/* Sleeps in real time until t_ns is due. True when wake_fd cut it short; then t_ns is what the time is. */
static bool keep_pace(struct world *world, int64_t *t_ns, int wake_fd)
{
    struct pollfd fd = {.fd = wake_fd, .events = POLLIN};
    int64_t real_ns, ahead_ns;
    struct timespec sleep;

    if (world->speed <= 0)
        return false;
    real_ns = clock_now(clock_monotonic());
    ahead_ns = world->anchor_real_ns + (int64_t)((double)(*t_ns - world->anchor_ns) / world->speed) - real_ns;
    if (ahead_ns < -LATE_REAL_NS) {
        world->anchor_real_ns = real_ns;
        world->anchor_ns = *t_ns;
    }
    if (ahead_ns < world->slack_real_ns)
        return false;
    sleep = (struct timespec){ahead_ns / NSEC_PER_SEC, ahead_ns % NSEC_PER_SEC};
    if (ppoll(&fd, 1, &sleep, NULL) <= 0)
        return false;
    real_ns = clock_now(clock_monotonic());
    *t_ns =
        MIN(*t_ns, world->anchor_ns + (int64_t)((double)(real_ns - world->anchor_real_ns) * world->speed));
    return true;
}

static bool is_readable(int fd_number)
{
    struct pollfd fd = {.fd = fd_number, .events = POLLIN};

    return fd_number >= 0 && poll(&fd, 1, 0) > 0;
}

/* A busy reader would otherwise never see time pass. The lock is held. */
static void count_spin(struct world *world, struct gpio_line *const *lines, size_t count)
{
    int64_t now_ns = world_now(world);

    world->spins = now_ns == world->waited_ns ? world->spins + 1 : 0;
    if (world->spins > SPINS)
        world_run(world, now_ns + SPIN_NS, lines, count);
    world->waited_ns = world_now(world);
}

uint32_t world_wait(struct gpio *gpio, struct gpio_line *const *lines, size_t count, int wake_fd,
                    int64_t deadline_ns)
{
    struct world *world = ((struct world_gpio_back_end *)gpio)->world;
    uint32_t result = is_readable(wake_fd) ? GPIO_WOKEN : 0;

    pthread_mutex_lock(&world->lock);
    count_spin(world, lines, count);
    pthread_mutex_unlock(&world->lock);
    for (;;) {
        int64_t next_ns, limit_ns;
        bool stalled;

        pthread_mutex_lock(&world->lock);
        stalled = world_now(world) < world->stalled_until_ns;
        if (!stalled)
            result |= world_ready_lines(lines, count);
        limit_ns = MAX(deadline_ns, world->stalled_until_ns);
        next_ns = MIN(next_event(world), limit_ns);
        pthread_mutex_unlock(&world->lock);
        if (result || (!stalled && world_now(world) >= deadline_ns))
            return result;

        if (world->pace)
            world->pace(world->pace_context);
        if (keep_pace(world, &next_ns, wake_fd))
            result |= GPIO_WOKEN;
        pthread_mutex_lock(&world->lock);
        world_run(world, next_ns, lines, count);
        pthread_mutex_unlock(&world->lock);
    }
}
