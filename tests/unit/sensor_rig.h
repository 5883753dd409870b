/* SPDX-License-Identifier: MIT */
/*
 * A rig for tests of the acquire thread: the device models in virtual time, the real drivers, and a reader
 * that collects every block. The reader runs where the world is about to move time, so nothing depends on how
 * fast the machine is.
 */
#pragma once

#include "crampsim/world.h"
#include "sensor/acquire.h"

#include <math.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

#define RIG_BUS       "/dev/i2c-1"
#define RIG_GAIN      200.0
#define RIG_REFERENCE 1.65
#define RIG_RANGE     4.096
#define RIG_LSB_UV    (RIG_RANGE / 32768 / RIG_GAIN * 1e6)
#define RIG_START_NS  (1000 * NSEC_PER_SEC)

struct rig {
    struct world *world;
    struct ring *ring;
    struct acquire *acquire;
    struct sensor_params params;
    int adc[2], imu; /* the world's device numbers */
    void (*take)(void *context, const struct block *block);
    void *context;
    int64_t end_ns;
    bool started;
    _Atomic bool closing;
    sem_t ended, go;
};

/* Microvolts: a slow swing and what stands for the noise of an electrode, smooth enough to be compared. */
static inline double rig_uv(double t_s, unsigned channel)
{
    double phase = 0.7 * channel;

    return 250 * sin(2 * M_PI * 1.3 * t_s + phase) + 9 * sin(2 * M_PI * 61.7 * t_s + 3 * phase) +
           7 * sin(2 * M_PI * 97.1 * t_s) + 5 * sin(2 * M_PI * 143.9 * t_s + phase);
}

static inline double rig_motion(double t_s, unsigned axis)
{
    double shake = 0.004 * sin(2 * M_PI * 13.7 * t_s + axis) + 0.003 * sin(2 * M_PI * 31.9 * t_s);

    return axis < 3 ? (axis == 2 ? 0.98 : 0.1) + shake : 100 * shake;
}

static inline void rig_read_left(void *context, int64_t t_ns, double *values, unsigned count)
{
    (void)context;
    for (unsigned i = 0; i < count; i++)
        values[i] = rig_uv(ns_to_s(t_ns), 0);
}

static inline void rig_read_right(void *context, int64_t t_ns, double *values, unsigned count)
{
    (void)context;
    for (unsigned i = 0; i < count; i++)
        values[i] = rig_uv(ns_to_s(t_ns), 1);
}

static inline void rig_read_motion(void *context, int64_t t_ns, double *values, unsigned count)
{
    (void)context;
    for (unsigned i = 0; i < count; i++)
        values[i] = rig_motion(ns_to_s(t_ns), i);
}

/* On the acquire thread, between two moments of virtual time. */
static inline void rig_pace(void *context)
{
    struct rig *rig = context;
    struct block block;

    while (ring_get(rig->ring, &block))
        if (!rig->closing)
            rig->take(rig->context, &block);
    if (rig->closing || world_now(rig->world) < rig->end_ns)
        return;
    /* Time stands still until the test goes on. */
    sem_post(&rig->ended);
    while (sem_wait(&rig->go) < 0)
        ;
}

static inline struct sensor_params rig_params(enum adc_chip chip, int rate_hz)
{
    struct sensor_params params = {
        .bus = RIG_BUS,
        .chip_label = "",
        .emg_count = 2,
        .imu_count = 1,
        .button_line = "",
        .lead_off_debounce_s = 0.25,
        .button_debounce_s = 0.03,
        .retry_max_s = 2,
    };

    for (int i = 0; i < 2; i++)
        params.emg[i] = (struct emg_params){
            .leg = i ? LEG_RIGHT : LEG_LEFT,
            .muscle = MUSCLE_GASTROCNEMIUS,
            .input = EMG_INPUT_RAW,
            .chip = chip,
            .address = 0x48 + i,
            .rate_hz = rate_hz,
            .adc_range_v = RIG_RANGE,
            .gain = RIG_GAIN,
            .reference_v = RIG_REFERENCE,
            .ready_line = i ? "GPIO27" : "GPIO17",
            .lead_off_plus = "",
            .lead_off_minus = "",
        };
    params.imu[0] = (struct imu_params){.leg = LEG_LEFT,
                                        .chip = IMU_MPU6050,
                                        .address = 0x68,
                                        .rate_hz = 100,
                                        .acc_range_g = 2,
                                        .gyro_range_dps = 250,
                                        .interrupt_line = ""};
    return params;
}

/* Models for all that the parameters name, oscillators off by the given shares. */
static inline struct rig *rig_new(const struct sensor_params *params, const double *adc_error,
                                  double imu_error, void (*take)(void *, const struct block *), void *context)
{
    /* Not on the stack of a test: when an assertion leaves it, the thread is still there. */
    struct rig *rig = malloc(sizeof(*rig));

    *rig = (struct rig){.params = *params, .take = take, .context = context, .adc = {-1, -1}, .imu = -1};
    sem_init(&rig->ended, 0, 0);
    sem_init(&rig->go, 0, 0);
    rig->world = world_new(0, RIG_START_NS);
    rig->ring = ring_new(1024, sizeof(struct block));
    world_set_pace(rig->world, rig_pace, rig);
    for (int i = 0; i < params->emg_count; i++) {
        const struct emg_params *emg = &params->emg[i];
        struct world_adc adc = {.bus = RIG_BUS,
                                .address = emg->address,
                                .chip = emg->chip,
                                .ready_line = emg->ready_line,
                                .gain = emg->gain,
                                .reference_v = emg->reference_v,
                                .pin = emg->input_pin,
                                .true_rate_error = adc_error[i],
                                .uv = {i ? rig_read_right : rig_read_left, NULL}};
        rig->adc[i] = world_add_adc(rig->world, &adc);
    }
    if (params->imu_count > 0) {
        struct world_imu imu = {.bus = RIG_BUS,
                                .address = params->imu[0].address,
                                .chip = IMU_MPU6050,
                                .interrupt_line = params->imu[0].interrupt_line,
                                .true_rate_error = imu_error,
                                .motion = {rig_read_motion, NULL}};
        rig->imu = world_add_imu(rig->world, &imu);
    }
    return rig;
}

/* Makes the acquire thread, if there is none yet, and lets `seconds` of virtual time pass. Between two calls
   time stands still. */
static inline int rig_run(struct rig *rig, double seconds)
{
    rig->end_ns = world_now(rig->world) + s_to_ns(seconds);
    if (!rig->acquire)
        rig->acquire = acquire_new(&rig->params, world_platform(rig->world), rig->ring);
    if (!rig->acquire)
        return -1;
    int r = rig->started ? sem_post(&rig->go) : acquire_start(rig->acquire);
    if (r < 0)
        return r;
    rig->started = true;
    while (sem_wait(&rig->ended) < 0)
        ;
    return 0;
}

static inline void rig_close(struct rig *rig)
{
    rig->closing = true;
    sem_post(&rig->go);
    acquire_free(rig->acquire);
    ring_free(rig->ring);
    world_free(rig->world);
    sem_destroy(&rig->ended);
    sem_destroy(&rig->go);
    free(rig);
}
