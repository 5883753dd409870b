/* SPDX-License-Identifier: MIT */
#include "sensor/acquire.h"

#include "base/log.h"
#include "sensor/emg_source.h"
#include "sensor/imu_source.h"
#include "sensor/touch_source.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define STACK_BYTES (256 * 1024)

struct acquire {
    struct source_env env;
    struct counters counters;
    struct emg_source emg[EMG_CHANNELS];
    struct contact_source contact[EMG_CHANNELS];
    struct imu_source imu[IMU_SOURCES];
    struct button_source button;
    unsigned emg_count, imu_count;
    int priority;
    bool lock_memory;

    pthread_t thread;
    bool started;
    _Atomic bool stopping;
    int wake_fd;
};

static int init_sources(struct acquire *acquire, const struct sensor_params *params)
{
    struct source_env *env = &acquire->env;
    int64_t now_ns = clock_now(env->platform->clock);
    int r;

    for (int i = 0; i < params->emg_count; i++, acquire->emg_count++) {
        contact_source_init(&acquire->contact[i], env, (unsigned)i, &params->emg[i], params, now_ns);
        r = emg_source_init(&acquire->emg[i], env, (unsigned)i, &params->emg[i], params, now_ns);
        if (r < 0)
            return r;
    }
    for (int i = 0; i < params->imu_count; i++) {
        if (params->imu[i].chip == IMU_NONE)
            continue;
        /* Numbered without those that have no chip, as the detector knows them. */
        r = imu_source_init(&acquire->imu[acquire->imu_count], env, acquire->imu_count, &params->imu[i],
                            params, now_ns);
        if (r < 0)
            return r;
        acquire->imu_count++;
    }
    button_source_init(&acquire->button, env, params, now_ns);
    return 0;
}

struct acquire *acquire_new(const struct sensor_params *params, struct platform *platform, struct ring *out)
{
    struct acquire *acquire = NULL;

    if (params->emg_count < 0 || params->emg_count > EMG_CHANNELS || params->imu_count < 0 ||
        params->imu_count > IMU_SOURCES) {
        errno = EINVAL;
        return NULL;
    }
    acquire = calloc(1, sizeof(*acquire));
    if (!acquire)
        return NULL;
    acquire->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    acquire->env = (struct source_env){.platform = platform, .out = out, .counters = &acquire->counters};
    acquire->env.bus = platform->open_bus(platform, params->bus);
    acquire->priority = params->realtime_priority;
    acquire->lock_memory = params->lock_memory;
    int r = acquire->wake_fd < 0 ? -errno : !acquire->env.bus ? -ENOMEM : init_sources(acquire, params);
    if (r < 0) {
        acquire_free(acquire);
        errno = -r;
        return NULL;
    }
    return acquire;
}

/* MCL_FUTURE under a limit makes later allocations fail, so memory is locked only where there is none. */
static void lock_memory(void)
{
    struct rlimit limit = {0}, unlimited = {RLIM_INFINITY, RLIM_INFINITY};

    if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 ||
        (limit.rlim_cur != RLIM_INFINITY && setrlimit(RLIMIT_MEMLOCK, &unlimited) < 0)) {
        log_notice(LOG_CRAMPD, "memory is not locked: the unit needs LimitMEMLOCK=infinity; "
                               "under memory pressure samples may be lost");
        return;
    }
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
        log_notice(LOG_CRAMPD, "memory is not locked (%s); under memory pressure samples may be lost",
                   strerror(errno));
}

static bool be_realtime(int priority)
{
    struct sched_param param = {.sched_priority = priority};
    int policy = SCHED_OTHER;

    /* The unit may have done it already (CPUSchedulingPolicy=fifo). */
    if (pthread_getschedparam(pthread_self(), &policy, &(struct sched_param){0}) == 0 && policy == SCHED_FIFO)
        return true;
    if (priority <= 0)
        return false;
    int r = pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
    if (r != 0)
        log_notice(LOG_CRAMPD,
                   "no real-time priority for sampling (%s): the unit needs CPUSchedulingPolicy=fifo or "
                   "LimitRTPRIO=; on a busy machine samples may be lost, and are counted",
                   strerror(r));
    return r == 0;
}

static int64_t next_deadline(const struct acquire *acquire)
{
    int64_t deadline_ns = acquire->button.deadline_ns;

    for (unsigned i = 0; i < acquire->emg_count; i++) {
        deadline_ns = MIN(deadline_ns, acquire->emg[i].deadline_ns);
        deadline_ns = MIN(deadline_ns, acquire->contact[i].deadline_ns);
    }
    for (unsigned i = 0; i < acquire->imu_count; i++)
        deadline_ns = MIN(deadline_ns, acquire->imu[i].deadline_ns);
    return deadline_ns;
}

/* One that sees is enough to keep all awake: its frames are decided when the others have spoken, too. */
static bool is_blind(const struct acquire *acquire)
{
    bool blind = true;

    for (unsigned i = 0; i < acquire->emg_count && blind; i++)
        blind = acquire->emg[i].recovery.ladder.declared && acquire->emg[i].outlet.said_bus;
    for (unsigned i = 0; i < acquire->imu_count && blind; i++)
        blind = acquire->imu[i].recovery.ladder.declared && acquire->imu[i].outlet.said_bus;
    return blind;
}

/* Converters first: their results live for one conversion only. */
static void serve(struct acquire *acquire, uint32_t ready)
{
    struct clock *clock = acquire->env.platform->clock;

    for (unsigned i = 0; i < acquire->emg_count; i++)
        emg_source_service(&acquire->emg[i], clock_now(clock), ready & BIT(i));
    for (unsigned i = 0; i < acquire->imu_count; i++)
        imu_source_service(&acquire->imu[i], clock_now(clock));
    for (unsigned i = 0; i < acquire->emg_count; i++)
        contact_source_service(&acquire->contact[i], clock_now(clock));
    button_source_service(&acquire->button, clock_now(clock), ready & BIT(EMG_CHANNELS));
    acquire->env.blind = is_blind(acquire);
}

static void finish(struct acquire *acquire)
{
    int64_t now_ns = clock_now(acquire->env.platform->clock);

    for (unsigned i = 0; i < acquire->emg_count; i++) {
        emg_source_finish(&acquire->emg[i], now_ns);
        contact_source_finish(&acquire->contact[i]);
    }
    for (unsigned i = 0; i < acquire->imu_count; i++)
        imu_source_finish(&acquire->imu[i]);
    button_source_finish(&acquire->button);
}

static void *run(void *argument)
{
    struct acquire *acquire = argument;
    struct gpio *gpio = acquire->env.platform->gpio;
    struct gpio_line *lines[EMG_CHANNELS + 1] = {NULL};

    if (acquire->lock_memory)
        lock_memory();
    atomic_store(&acquire->counters.realtime, be_realtime(acquire->priority));
    serve(acquire, 0);
    while (!atomic_load_explicit(&acquire->stopping, memory_order_acquire)) {
        int64_t now_ns = clock_now(acquire->env.platform->clock);

        atomic_fetch_add_explicit(&acquire->counters.rounds, 1, memory_order_relaxed);
        for (unsigned i = 0; i < acquire->emg_count; i++)
            lines[i] = emg_source_line(&acquire->emg[i], now_ns);
        lines[EMG_CHANNELS] = acquire->button.wire.line;
        serve(acquire,
              gpio->ops->wait(gpio, lines, ARRAY_SIZE(lines), acquire->wake_fd, next_deadline(acquire)));
    }
    finish(acquire);
    return NULL;
}

int acquire_start(struct acquire *acquire)
{
    pthread_attr_t attributes;
    sigset_t all, before;

    if (acquire->started)
        return -EALREADY;
    atomic_store(&acquire->stopping, false);
    int r = pthread_attr_init(&attributes);
    if (r != 0)
        return -r;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    /* Signals belong to the loop. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&acquire->thread, &attributes, run, acquire);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (r != 0)
        return -r;
    acquire->started = true;
    pthread_setname_np(acquire->thread, "acquire");
    return 0;
}

void acquire_stop(struct acquire *acquire)
{
    const uint64_t one = 1;
    uint64_t count;

    if (!acquire->started)
        return;
    atomic_store_explicit(&acquire->stopping, true, memory_order_release);
    ssize_t woken = write(acquire->wake_fd, &one, sizeof(one));
    pthread_join(acquire->thread, NULL);
    acquire->started = false;
    if (woken > 0)
        woken = read(acquire->wake_fd, &count, sizeof(count)); /* for the next start */
    (void)woken;
}

void acquire_free(struct acquire *acquire)
{
    if (!acquire)
        return;
    acquire_stop(acquire);
    i2c_bus_free(acquire->env.bus);
    if (acquire->wake_fd >= 0)
        close(acquire->wake_fd);
    free(acquire);
}

void acquire_get_status(const struct acquire *acquire, struct acquire_status *status)
{
    const struct counters *counters = &acquire->counters;

    *status = (struct acquire_status){
        .rounds = atomic_load_explicit(&counters->rounds, memory_order_relaxed),
        .samples = atomic_load_explicit(&counters->samples, memory_order_relaxed),
        .lost = atomic_load_explicit(&counters->lost, memory_order_relaxed),
        .dropped = ring_dropped(acquire->env.out),
        .realtime = atomic_load_explicit(&counters->realtime, memory_order_relaxed),
    };
    for (unsigned i = 0; i < acquire->emg_count; i++) {
        status->rate_hz[i] = atomic_load_explicit(&counters->rate_hz[i], memory_order_relaxed);
        status->faults[i] = atomic_load_explicit(&counters->faults[i], memory_order_relaxed);
    }
}
