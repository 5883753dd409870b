/* SPDX-License-Identifier: MIT */
#include "crampsim/synth.h"

#include "crampsim/synth_class.h"
#include "crampsim/synth_disturb.h"
#include "crampsim/synth_motion.h"
#include "crampsim/synth_noise.h"
#include "crampsim/synth_sampling.h"
#include "crampsim/synth_units.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define CHUNK_S 0.1  /* EMG is made in pieces of this length */
#define STEP_S  0.01 /* drives change their level this often */
/* Room behind a chunk for potentials that began in it. */
#define TAIL_S (2 * POTENTIAL_HALF * SIGMA_MAX_S * 3)

/* A drive at work: one train per channel it reaches. */
struct active_drive {
    const struct drive *drive;
    struct rng rng;            /* its own: what one event does, does not change the others' */
    struct unit_train *trains; /* [channel_count] */
};

struct synth {
    struct synth_setup setup;
    struct plan plan;
    struct rng planner;
    bool rendering;

    struct units units[EMG_CHANNELS];
    struct noise noise[EMG_CHANNELS];
    struct sampling sampling[EMG_CHANNELS];
    float *buffer[EMG_CHANNELS]; /* chunk and tail */
    size_t chunk, buffer_size;   /* samples */
    size_t taken;                /* of the current chunk */
    uint64_t chunk_index;
    struct active_drive active[64];
    size_t active_count, next_drive, next_potential;

    struct motion motion[leg_count];
    float last_row[leg_count][6]; /* that was read */
};

struct synth_setup synth_default_setup(void)
{
    return (struct synth_setup){
        .seed = 1,
        .rate_hz = 860,
        .imu_rate_hz = 100,
        .channel_count = 1,
        .channels = {{LEG_LEFT, MUSCLE_GASTROCNEMIUS}},
        .mvc_uv = 250,
        .floor_uv = 3,
        .floor_drift_db = 2,
        .mains_uv = 1,
        .mains_hz = 50,
        .ecg_uv = 2,
        .clip_uv = 3276.7,
        .heart_bpm = 58,
        .potential_width = 1,
    };
}

static bool setup_makes_sense(const struct synth_setup *s)
{
    return s->rate_hz >= 50 && s->rate_hz <= 8000 && s->imu_rate_hz >= 0 && s->imu_rate_hz <= 1000 &&
           s->channel_count >= 1 && s->channel_count <= EMG_CHANNELS && s->mvc_uv > 0 && s->floor_uv >= 0 &&
           s->clip_uv > 0 && isfinite(s->mvc_uv + s->floor_uv + s->clip_uv + s->mains_uv + s->ecg_uv) &&
           s->heart_bpm >= 20 && s->heart_bpm <= 250 && s->potential_width > 0.2 && s->potential_width < 3 &&
           fabs(s->rate_error) <= 0.2 && s->jitter >= 0 && s->jitter <= 0.3 && s->missed_per_h >= 0;
}

struct synth *synth_new(const struct synth_setup *setup)
{
    if (!setup_makes_sense(setup)) {
        errno = EINVAL;
        return NULL;
    }
    struct synth *synth = calloc(1, sizeof(*synth));
    if (!synth)
        return NULL;
    synth->setup = *setup;
    synth->planner = rng_fork(setup->seed, 1);
    synth->chunk = (size_t)lround(fmax(setup->rate_hz * CHUNK_S, 1));
    synth->buffer_size = synth->chunk + (size_t)ceil(setup->rate_hz * TAIL_S) + 2;
    synth->taken = synth->chunk;
    for (unsigned c = 0; c < setup->channel_count; c++) {
        struct rng rng = rng_fork(setup->person ? setup->person : setup->seed, 10 + c);
        units_init(&synth->units[c], &synth->setup, &rng);
        sampling_init(&synth->sampling[c], setup, c);
        noise_init(&synth->noise[c], setup, c);
        synth->buffer[c] = calloc(synth->buffer_size, sizeof(float));
        if (!synth->buffer[c]) {
            synth_free(synth);
            errno = ENOMEM;
            return NULL;
        }
    }
    return synth;
}

void synth_free(struct synth *synth)
{
    if (!synth)
        return;
    for (size_t i = 0; i < synth->active_count; i++)
        free(synth->active[i].trains);
    for (unsigned c = 0; c < EMG_CHANNELS; c++)
        free(synth->buffer[c]);
    plan_clear(&synth->plan);
    free(synth);
}

void synth_draw(struct synth *synth, struct synth_event *event)
{
    const struct spread *d = &event->class->duration_s;

    if (!(event->duration_s > 0))
        event->duration_s = synth_family_length(synth_family_of(&synth->setup), &synth->planner,
                                                rng_spread(&synth->planner, d), d);
    if (!(event->level > 0))
        event->level = rng_between(&synth->planner, event->class->level_min, event->class->level_max);
}

int synth_add(struct synth *synth, const struct synth_event *event)
{
    struct synth_event drawn = *event;

    if (synth->rendering)
        return -EBUSY;
    if (!event->class || !isfinite(event->start_s) || !isfinite(event->duration_s) || !isfinite(event->level))
        return -EINVAL;
    synth_draw(synth, &drawn);
    drawn.class->expand(&synth->plan, &synth->setup, &drawn, &synth->planner);
    return synth->plan.failed ? -ENOMEM : 0;
}

double synth_floor_uv(const struct synth_setup *setup, unsigned channel, double t_s)
{
    struct noise noise;

    noise_init(&noise, setup, channel);
    return noise_floor(&noise, t_s);
}

uint32_t synth_event_channels(const struct synth *synth, const struct synth_event *event)
{
    uint32_t mask = 0;

    for (unsigned c = 0; c < synth->setup.channel_count; c++) {
        const struct synth_channel *channel = &synth->setup.channels[c];
        if (!event->class->both_legs && channel->leg != event->leg)
            continue;
        if (event->class->one_muscle && channel->muscle != event->muscle)
            continue;
        mask |= BIT(c);
    }
    return mask;
}

static int by_time(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_drives(const void *a, const void *b)
{
    return by_time(((const struct drive *)a)->start_s, ((const struct drive *)b)->start_s);
}

static int compare_potentials(const void *a, const void *b)
{
    return by_time(((const struct potential *)a)->t_s, ((const struct potential *)b)->t_s);
}

static int compare_moves(const void *a, const void *b)
{
    return by_time(((const struct move *)a)->start_s, ((const struct move *)b)->start_s);
}

static void begin(struct synth *synth)
{
    struct plan *plan = &synth->plan;

    if (synth->rendering)
        return;
    synth->rendering = true;
    if (plan->drive_count)
        qsort(plan->drives, plan->drive_count, sizeof(*plan->drives), compare_drives);
    if (plan->potential_count)
        qsort(plan->potentials, plan->potential_count, sizeof(*plan->potentials), compare_potentials);
    if (plan->move_count)
        qsort(plan->moves, plan->move_count, sizeof(*plan->moves), compare_moves);
    for (int leg = 0; leg < (int)leg_count; leg++)
        synth_motion_init(&synth->motion[leg], (enum leg)leg, &synth->setup, plan);
}

static void run_drive(struct synth *synth, struct active_drive *active, double t0, double end)
{
    const struct drive *d = active->drive;

    for (double t = t0; t < end - STEP_S / 2; t += STEP_S) {
        double x = t - d->start_s, level = x >= 0 && t < d->end_s ? d->level * drive_envelope(d, x) : 0;
        double past = fmin(fmax(x / (d->end_s - d->start_s), 0), 1);
        struct effort effort = {
            .firing = x < d->fast_s ? FIRING_CRAMP_FAST : d->firing,
            .cv = d->cv,
            .width = d->width_end > 0 ? d->width + (d->width_end - d->width) * past : d->width,
            .mvc_uv = synth->setup.mvc_uv,
        };
        for (unsigned c = 0; c < synth->setup.channel_count; c++) {
            effort.level = level * drive_gain(d, c, past);
            units_fire(&synth->units[c], &active->trains[c], &active->rng, &effort, t, STEP_S,
                       synth->buffer[c], synth->buffer_size, t0, synth->setup.rate_hz);
        }
    }
}

static int run_drives(struct synth *synth, double t0, double end)
{
    const struct plan *plan = &synth->plan;

    for (; synth->next_drive < plan->drive_count && plan->drives[synth->next_drive].start_s < end;
         synth->next_drive++) {
        if (synth->active_count == ARRAY_SIZE(synth->active))
            return -EOVERFLOW;
        /* NOLINTNEXTLINE(clang-analyzer-optin.portability.UnixAPI): a setup has at least one channel */
        struct unit_train *trains = calloc(synth->setup.channel_count, sizeof(*trains));
        if (!trains)
            return -ENOMEM;
        const struct drive *drive = &plan->drives[synth->next_drive];
        uint64_t purpose;
        memcpy(&purpose, &drive->phase, sizeof(purpose)); /* drawn by chance */
        synth->active[synth->active_count++] = (struct active_drive){
            .drive = drive, .rng = rng_fork(synth->setup.seed, purpose), .trains = trains};
    }
    for (size_t i = 0; i < synth->active_count;) {
        if (synth->active[i].drive->end_s > t0) {
            run_drive(synth, &synth->active[i++], t0, end);
            continue;
        }
        free(synth->active[i].trains);
        synth->active[i] = synth->active[--synth->active_count];
    }
    return 0;
}

static void run_potentials(struct synth *synth, double t0, double end)
{
    for (; synth->next_potential < synth->plan.potential_count; synth->next_potential++) {
        const struct potential *p = &synth->plan.potentials[synth->next_potential];
        if (p->t_s >= end)
            return;
        if (p->t_s >= t0 && p->channel < synth->setup.channel_count)
            potential_add(synth->buffer[p->channel], synth->buffer_size, t0, synth->setup.rate_hz, p->t_s,
                          (double)p->sigma_s, p->shape, (double)p->amplitude_uv);
    }
}

static void finish_channel(struct synth *synth, unsigned c, double t0)
{
    const struct plan *plan = &synth->plan;
    struct noise_extra extra = {.floor = 1};
    double end = t0 + (double)synth->chunk / synth->setup.rate_hz;
    float clip = (float)synth->setup.clip_uv;
    float *samples = synth->buffer[c];

    for (size_t i = 0; i < plan->disturbance_count; i++)
        disturb_noise(&plan->disturbances[i], &synth->setup, c, t0, &extra);
    noise_add(&synth->noise[c], samples, synth->chunk, t0, &extra);
    for (size_t i = 0; i < plan->disturbance_count; i++)
        if (plan->disturbances[i].start_s < end && plan->disturbances[i].end_s > t0)
            disturb(&plan->disturbances[i], &synth->setup, c, samples, synth->chunk, t0);
    for (size_t i = 0; i < synth->chunk; i++)
        samples[i] = fminf(fmaxf(samples[i], -clip), clip);
    sampling_apply(&synth->sampling[c], samples, synth->chunk,
                   bus_is_down(plan, synth->setup.channels[c].leg, t0));
}

static int next_chunk(struct synth *synth)
{
    double length = (double)synth->chunk / synth->setup.rate_hz;
    double t0 = (double)synth->chunk_index * length;

    for (unsigned c = 0; c < synth->setup.channel_count; c++) {
        size_t tail = synth->buffer_size - synth->chunk;
        memmove(synth->buffer[c], synth->buffer[c] + synth->chunk, tail * sizeof(float));
        memset(synth->buffer[c] + tail, 0, synth->chunk * sizeof(float));
    }
    int result = run_drives(synth, t0, t0 + length);
    if (result < 0)
        return result;
    run_potentials(synth, t0, t0 + length);
    for (unsigned c = 0; c < synth->setup.channel_count; c++)
        finish_channel(synth, c, t0);
    synth->chunk_index++;
    synth->taken = 0;
    return 0;
}

int synth_emg(struct synth *synth, float *const *uv, size_t count)
{
    begin(synth);
    for (size_t done = 0; done < count;) {
        if (synth->taken == synth->chunk) {
            int result = next_chunk(synth);
            if (result < 0)
                return result;
        }
        size_t n = MIN(count - done, synth->chunk - synth->taken);
        for (unsigned c = 0; c < synth->setup.channel_count; c++)
            if (uv[c])
                memcpy(uv[c] + done, synth->buffer[c] + synth->taken, n * sizeof(float));
        synth->taken += n;
        done += n;
    }
    return 0;
}

int synth_imu(struct synth *synth, enum leg leg, float (*rows)[6], size_t count)
{
    if (!(synth->setup.imu_rate_hz > 0) || (unsigned)leg >= leg_count)
        return -EINVAL;
    begin(synth);
    for (size_t i = 0; i < count; i++) {
        bool down =
            bus_is_down(&synth->plan, leg, (double)synth->motion[leg].index / synth->setup.imu_rate_hz);
        synth_motion_row(&synth->motion[leg], rows[i]);
        memcpy(down ? rows[i] : synth->last_row[leg], down ? synth->last_row[leg] : rows[i], sizeof(rows[i]));
    }
    return 0;
}

bool synth_lead_off(const struct synth *synth, enum leg leg, double t_s)
{
    for (size_t i = 0; i < synth->plan.disturbance_count; i++) {
        const struct disturbance *d = &synth->plan.disturbances[i];
        if (d->kind == DISTURB_LEAD_OFF && (d->legs & BIT(leg)) && t_s >= d->start_s && t_s < d->end_s)
            return true;
    }
    return false;
}
