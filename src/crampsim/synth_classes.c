/* SPDX-License-Identifier: MIT */
/* What a sleeping leg does: one row an event class. Figures and sources: docs/synthesis.md. */
#include "crampsim/synth_class.h"

#include <math.h>
#include <string.h>

/* Shares of the level by muscle. */
struct mix {
    double medial, lateral, soleus, tibialis, others;
};

static double mix_share(const struct mix *mix, enum muscle muscle)
{
    switch (muscle) {
    case MUSCLE_GASTROCNEMIUS: return mix->medial;
    case MUSCLE_GASTROCNEMIUS_LATERAL: return mix->lateral;
    case MUSCLE_SOLEUS: return mix->soleus;
    case MUSCLE_TIBIALIS: return mix->tibialis;
    case MUSCLE_HAMSTRING:
    case MUSCLE_QUADRICEPS:
    case MUSCLE_FOOT:
    case muscle_count: break;
    }
    return mix->others;
}

static uint32_t legs_of(const struct synth_event *event)
{
    return event->class->both_legs ? BIT(LEG_LEFT) | BIT(LEG_RIGHT) : BIT(event->leg);
}

static void set_gains(struct drive *drive, const struct synth_setup *setup, const struct synth_event *event,
                      const struct mix *mix)
{
    for (unsigned c = 0; c < setup->channel_count; c++)
        drive->gain[c] = legs_of(event) & BIT(setup->channels[c].leg)
                             ? (float)mix_share(mix, setup->channels[c].muscle)
                             : 0;
}

/* A span of ordinary work over the whole event; the callers change what differs. */
static struct drive work(const struct synth_setup *setup, const struct synth_event *event, struct rng *rng,
                         const struct mix *mix)
{
    struct drive drive = {
        .start_s = event->start_s,
        .end_s = event->start_s + event->duration_s,
        .level = event->level,
        .attack_s = fmin(0.25, event->duration_s / 4),
        .release_s = fmin(0.3, event->duration_s / 4),
        .width = 1,
        .firing = FIRING_VOLUNTARY,
        .phase = 2 * M_PI * rng_uniform(rng),
    };

    set_gains(&drive, setup, event, mix);
    return drive;
}

static struct move moving(const struct synth_event *event, struct rng *rng, enum move_kind kind,
                          double extent)
{
    return (struct move){
        .kind = kind,
        .start_s = event->start_s,
        .end_s = event->start_s + event->duration_s,
        .legs = legs_of(event),
        .extent = extent,
        .hz = 1,
        .attack_s = 0.25,
        .phase = 2 * M_PI * rng_uniform(rng),
    };
}

static double extent_or(const struct synth_event *event, double drawn)
{
    return event->extent > 0 ? event->extent : drawn;
}

static double log_normal(struct rng *rng, const struct spread *s)
{
    return fmin(fmax(s->median * exp(s->sigma * rng_normal(rng)), s->min), s->max);
}

/* --- cramp --- */

static void fasciculate(struct plan *plan, const struct synth_setup *setup, const struct drive *where,
                        struct rng *rng, double start, double end, double mean_gap, double low, double high)
{
    for (double t = start + rng_exponential(rng, mean_gap); t < end; t += rng_exponential(rng, mean_gap)) {
        double amplitude = rng_between(rng, low, high), sigma = rng_between(rng, 0.0012, 0.0028);
        uint8_t shape = (uint8_t)(rng_next(rng) & 7);
        for (unsigned c = 0; c < setup->channel_count; c++)
            if (where->gain[c] > 0)
                plan_potential(plan, &(struct potential){.t_s = t,
                                                         .channel = c,
                                                         .amplitude_uv = (float)amplitude * where->gain[c],
                                                         .sigma_s = (float)sigma,
                                                         .shape = shape});
    }
}

/* Few units, irregular, with fasciculations, rising over the personal floor; the leg is still. */
static void expand_rise(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                        struct rng *rng, const struct drive *cramp)
{
    struct drive rise = *cramp;
    double ratio = event->rise_ratio > 1 ? event->rise_ratio : 3.2;

    rise.start_s = event->start_s - event->rise_s;
    rise.end_s = event->start_s + cramp->attack_s;
    rise.level = setup->floor_uv * sqrt(ratio * ratio - 1) / setup->mvc_uv;
    rise.attack_s = 0.6 * event->rise_s;
    rise.ramp_from = 0.3;
    rise.release_s = fmin(cramp->attack_s, 1);
    rise.wander = 0.2;
    rise.depth = 0;
    rise.firing = FIRING_SPARSE;
    plan_drive(plan, &rise);
    fasciculate(plan, setup, cramp, rng, rise.start_s, event->start_s, 2.5, 5 * setup->floor_uv,
                9 * setup->floor_uv);
}

/* All muscles against each other while the foot is pulled up; the cramp is broken at its end. */
static void expand_stretch(struct plan *plan, const struct synth_setup *setup,
                           const struct synth_event *event, struct rng *rng)
{
    struct synth_event burst = *event;
    struct mix mix = {1, 0.9, 0.8, 1, 0.6};

    burst.duration_s = rng_between(rng, 1.5, 4);
    burst.start_s = event->start_s + event->duration_s - burst.duration_s;
    /* Forcible stretch first raises the activity of the whole calf (Ross, Thomas 1995); by how much is
     * assumed. */
    burst.level = fmax(rng_between(rng, 0.3, 0.7), event->level * rng_between(rng, 0.9, 1.5));
    struct drive drive = work(setup, &burst, rng, &mix);
    plan_drive(plan, &drive);
    struct move pull = moving(&burst, rng, MOVE_FLEX, -extent_or(event, rng_between(rng, 12, 25)));
    pull.end_s = burst.start_s + rng_between(rng, 15, 25);
    pull.attack_s = 1.2;
    plan_move(plan, &pull);
}

static void expand_waking(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                          struct rng *rng)
{
    struct synth_event waking = *event;
    struct mix mix = {0.2, 0.2, 0.2, 1, 1};

    waking.start_s = event->start_s + event->wake_s;
    waking.duration_s = rng_between(rng, 2, 5);
    waking.level = rng_between(rng, 0.08, 0.25);
    struct drive drive = work(setup, &waking, rng, &mix);
    plan_drive(plan, &drive);
    struct move move = moving(&waking, rng, MOVE_RUSTLE, rng_between(rng, 0.03, 0.1));
    plan_move(plan, &move);
    move = moving(&waking, rng, MOVE_FLEX, rng_between(rng, -12, 12));
    move.attack_s = 0.6;
    plan_move(plan, &move);
}

static void expand_cramp(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                         struct rng *rng)
{
    double spill = rng_between(rng, 0.04, 0.3); /* one head at least three times the other */
    struct mix mix = {spill, spill, 0.05, 0.03, 0.02};
    struct drive drive = work(setup, event, rng, &mix);
    double wander = 0.35, attack = fmin(rng_between(rng, 1, 10), event->duration_s / 4);

    for (unsigned c = 0; c < setup->channel_count; c++)
        if (setup->channels[c].leg == event->leg && setup->channels[c].muscle == event->muscle)
            drive.gain[c] = 1;
    drive.attack_s = attack;
    drive.ramp_from = 0.15;
    drive.release_s = event->stretch ? 0.4 : fmin(rng_between(rng, 5, 30), event->duration_s / 3);
    drive.wander = wander;
    drive.depth = rng_between(rng, 0.1, 0.3);
    drive.modulation_hz = rng_between(rng, 1, 1.8);
    drive.width = rng_between(rng, 0.6, 1);
    drive.firing = rng_uniform(rng) < 0.15 ? FIRING_CRAMP_FAST : FIRING_CRAMP;
    if (event->rise_s > 0)
        expand_rise(plan, setup, event, rng, &drive);
    plan_drive(plan, &drive);
    fasciculate(plan, setup, &drive, rng, event->start_s + event->duration_s,
                event->start_s + event->duration_s + rng_between(rng, 5, 40), 3, 4 * setup->floor_uv,
                15 * setup->floor_uv);
    struct move point = moving(event, rng, MOVE_FLEX, rng_between(rng, 0, 4)); /* the foot points, slowly */
    point.attack_s = rng_between(rng, 3, 8);
    plan_move(plan, &point);
    struct move tremor = moving(event, rng, MOVE_RUSTLE, rng_between(rng, 0, 0.006));
    plan_move(plan, &tremor);
    if (event->wake_s > 0 && event->wake_s < event->duration_s)
        expand_waking(plan, setup, event, rng);
    if (event->stretch)
        expand_stretch(plan, setup, event, rng);
}

/* --- movements --- */

static const struct mix movement_mix = {0.5, 0.45, 0.4, 1, 0.5};

static void expand_movement(struct plan *plan, const struct synth_setup *setup,
                            const struct synth_event *event, struct rng *rng)
{
    struct drive drive = work(setup, event, rng, &movement_mix);

    drive.wander = 0.2;
    plan_drive(plan, &drive);
    if (event->still)
        return;
    struct move move = moving(event, rng, MOVE_FLEX, extent_or(event, rng_between(rng, 4, 15)));
    plan_move(plan, &move);
}

static void expand_periodic(struct plan *plan, const struct synth_setup *setup,
                            const struct synth_event *event, struct rng *rng)
{
    static const struct spread length = {2.8, 0.5, 0.5, 10}, gap = {22, 0.2, 10, 90};
    double period = log_normal(rng, &(struct spread){22, 0.3, 12, 80});
    struct synth_event one = *event;

    for (double t = event->start_s; t < event->start_s + event->duration_s - 1;) {
        one.start_s = t;
        one.duration_s = fmin(log_normal(rng, &length), event->start_s + event->duration_s - t);
        one.level = event->level * rng_between(rng, 0.7, 1.3);
        one.still = rng_uniform(rng) < 0.4;
        expand_movement(plan, setup, &one, rng);
        t += fmax(log_normal(rng, &gap) * period / 22, one.duration_s + 5);
    }
}

static void expand_tremor(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                          struct rng *rng)
{
    struct mix mix = {0.6, 0.55, 0.5, 1, 0.3};
    struct drive drive = work(setup, event, rng, &mix);

    drive.burst_hz = fmin(fmax(1.6 + 0.6 * rng_normal(rng), 0.4), 3.7);
    drive.burst_duty = fmin(rng_between(rng, 0.1, 0.7) * drive.burst_hz, 0.55);
    drive.burst_jitter = 0.3;
    plan_drive(plan, &drive);
    struct move move = moving(event, rng, MOVE_SHAKE, extent_or(event, rng_between(rng, 0.02, 0.08)));
    move.hz = drive.burst_hz;
    plan_move(plan, &move);
}

/* A group of a few potentials on one channel's muscle, here and there. */
static void expand_myoclonus(struct plan *plan, const struct synth_setup *setup,
                             const struct synth_event *event, struct rng *rng)
{
    struct synth_event one = *event;
    struct mix all = {1, 1, 1, 1, 1};

    for (double t = event->start_s; t < event->start_s + event->duration_s;
         t += rng_exponential(rng, rng_between(rng, 6, 15))) {
        one.start_s = t;
        one.duration_s = rng_between(rng, 0.05, 0.14);
        one.level = rng_between(rng, 50, 200) / 2.5 / setup->mvc_uv;
        struct drive drive = work(setup, &one, rng, &all);
        for (unsigned c = 0; c < setup->channel_count; c++)
            drive.gain[c] *= rng_uniform(rng) < 0.5 ? 1 : 0.05F;
        plan_drive(plan, &drive);
    }
}

static void expand_fasciculation(struct plan *plan, const struct synth_setup *setup,
                                 const struct synth_event *event, struct rng *rng)
{
    struct mix all = {1, 0.3, 0.3, 0.1, 0.1};
    struct drive where = work(setup, event, rng, &all);

    fasciculate(plan, setup, &where, rng, event->start_s, event->start_s + event->duration_s,
                60 / rng_between(rng, 8, 40), 20, 300);
}

static void expand_jerk(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                        struct rng *rng)
{
    struct mix all = {0.9, 0.9, 0.8, 1, 1};
    struct drive drive = work(setup, event, rng, &all);
    struct move move = moving(event, rng, MOVE_JERK, extent_or(event, rng_between(rng, 0.3, 1)));

    plan_drive(plan, &drive);
    move.end_s = move.start_s + 0.35;
    plan_move(plan, &move);
}

/* Several overlapping efforts of all muscles while the body rolls over. */
static void expand_turn(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                        struct rng *rng)
{
    unsigned efforts = 2 + (unsigned)(event->duration_s / 4);

    for (unsigned i = 0; i < efforts; i++) {
        struct mix mix = {rng_between(rng, 0.3, 1), rng_between(rng, 0.3, 1), rng_between(rng, 0.3, 1),
                          rng_between(rng, 0.3, 1), 0.7};
        struct synth_event effort = *event;
        effort.duration_s = event->duration_s * rng_between(rng, 0.3, 0.6);
        effort.start_s += i == 0 ? 0 : rng_uniform(rng) * (event->duration_s - effort.duration_s);
        effort.level = event->level * rng_between(rng, 0.5, 1);
        struct drive drive = work(setup, &effort, rng, &mix);
        drive.wander = 0.5;
        plan_drive(plan, &drive);
    }
    double degrees = extent_or(event, rng_between(rng, 30, 90));
    struct move move = moving(event, rng, MOVE_TURN, rng_uniform(rng) < 0.5 ? degrees : -degrees);
    plan_move(plan, &move);
}

static void expand_pandiculation(struct plan *plan, const struct synth_setup *setup,
                                 const struct synth_event *event, struct rng *rng)
{
    struct mix mix = {1, 0.95, 0.9, 0.8, 0.8};
    struct drive drive = work(setup, event, rng, &mix);
    struct move move = moving(event, rng, MOVE_FLEX, extent_or(event, rng_between(rng, 8, 20)));

    drive.attack_s = fmin(rng_between(rng, 0.8, 2), event->duration_s / 3);
    drive.release_s = fmin(rng_between(rng, 0.5, 1.5), event->duration_s / 3);
    plan_drive(plan, &drive);
    move.attack_s = 1;
    plan_move(plan, &move);
}

/* Bracing the foot against the bed: both heads, regular, and nothing moves. The hardest look-alike. */
static void expand_hold(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                        struct rng *rng)
{
    struct mix mix = {1, rng_between(rng, 0.7, 1), rng_between(rng, 0.7, 1), 0.15, 0.1};
    struct drive drive = work(setup, event, rng, &mix);

    drive.attack_s = rng_between(rng, 0.3, 1);
    drive.release_s = rng_between(rng, 0.3, 0.8);
    drive.wander = 0.08;
    plan_drive(plan, &drive);
}

static void expand_walk(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                        struct rng *rng)
{
    double stride = rng_between(rng, 0.7, 1.2);
    struct mix push = {1, 0.9, 1, 0.1, 0.4}, swing = {0.05, 0.05, 0.05, 0.8, 0.4};
    struct drive drive = work(setup, event, rng, &push);

    drive.start_s += 4;
    drive.end_s -= 4;
    drive.burst_hz = stride;
    drive.burst_duty = 0.45;
    drive.burst_jitter = 0.1;
    plan_drive(plan, &drive);
    set_gains(&drive, setup, event, &swing);
    drive.start_s += 0.5 / stride;
    plan_drive(plan, &drive);
    for (int end = 0; end < 2; end++) { /* getting up, lying down */
        struct synth_event change = *event;
        change.duration_s = 4;
        change.start_s += end ? event->duration_s - 4 : 0;
        struct mix all = {0.8, 0.8, 0.8, 0.9, 1};
        struct drive effort = work(setup, &change, rng, &all);
        effort.wander = 0.5;
        plan_drive(plan, &effort);
    }
    struct move move = moving(event, rng, MOVE_GAIT, extent_or(event, rng_between(rng, 0.4, 1)));
    move.hz = stride;
    plan_move(plan, &move);
}

static void expand_clonus(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                          struct rng *rng)
{
    struct mix mix = {1, 0.95, 0.9, 0.8, 0.5};
    struct drive drive = work(setup, event, rng, &mix);

    drive.burst_hz = rng_uniform(rng) < 0.5 ? rng_between(rng, 5, 7) : rng_between(rng, 0.8, 2);
    drive.burst_duty = 0.5;
    drive.burst_jitter = 0.05;
    plan_drive(plan, &drive);
    struct move move = moving(event, rng, MOVE_SHAKE, extent_or(event, rng_between(rng, 0.1, 0.4)));
    move.hz = drive.burst_hz;
    plan_move(plan, &move);
}

static void expand_tonic(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,
                         struct rng *rng)
{
    struct mix all = {1, 1, 0.9, 0.9, 0.9};
    struct synth_event clonic = *event;
    struct drive drive = work(setup, event, rng, &all);

    drive.end_s = event->start_s + 0.6 * event->duration_s;
    drive.attack_s = fmin(1.5, event->duration_s / 4);
    drive.firing = FIRING_TONIC;
    drive.width = 0.65;
    plan_drive(plan, &drive);
    struct move move = moving(event, rng, MOVE_RUSTLE, extent_or(event, rng_between(rng, 0.05, 0.15)));
    plan_move(plan, &move);
    clonic.start_s = drive.end_s;
    clonic.duration_s = 0.4 * event->duration_s;
    clonic.level = 0.6 * event->level;
    expand_clonus(plan, setup, &clonic, rng);
}

/* --- measurement --- */

static void add_disturbance(struct plan *plan, const struct synth_event *event, struct rng *rng,
                            enum disturbance_kind kind, double extent)
{
    plan_disturbance(plan, &(struct disturbance){
                               .kind = kind,
                               .start_s = event->start_s,
                               .end_s = event->start_s + event->duration_s,
                               .legs = legs_of(event),
                               .extent = extent_or(event, extent),
                               .phase = 2 * M_PI * rng_uniform(rng),
                           });
}

#define MEASUREMENT(name, kind, low, high)                                                                   \
    static void expand_##name(struct plan *plan, const struct synth_setup *setup,                            \
                              const struct synth_event *event, struct rng *rng)                              \
    {                                                                                                        \
        (void)setup;                                                                                         \
        add_disturbance(plan, event, rng, kind, rng_between(rng, low, high));                                \
    }
MEASUREMENT(lead_off, DISTURB_LEAD_OFF, 0, 0)
MEASUREMENT(flat, DISTURB_FLAT, 0, 0)
MEASUREMENT(hum, DISTURB_HUM, 60, 400)
MEASUREMENT(ecg, DISTURB_ECG, 20, 80)

static void expand_clipping(struct plan *plan, const struct synth_setup *setup,
                            const struct synth_event *event, struct rng *rng)
{
    struct mix all = {1, 1, 1, 1, 1};
    struct drive drive = work(setup, event, rng, &all);

    plan_drive(plan, &drive);
    add_disturbance(plan, event, rng, DISTURB_CLIP, 4 * setup->clip_uv / setup->mvc_uv);
}

static void expand_artefact(struct plan *plan, const struct synth_setup *setup,
                            const struct synth_event *event, struct rng *rng)
{
    (void)setup;
    add_disturbance(plan, event, rng, DISTURB_ARTEFACT, rng_between(rng, 400, 1800));
    struct move move = moving(event, rng, MOVE_RUSTLE, rng_between(rng, 0.05, 0.2));
    plan_move(plan, &move);
}

/* clang-format off */
static const struct synth_class classes[] = {
    /* name, help,                                        duration {median, sigma, min, max},  level,    ... */
    {"cramp", "a cramp of one head of gastrocnemius, with or without an announcing rise",
        {120, 0.9, 8, 900},   0.20, 0.80, .one_muscle = true, .per_night = 0, .expand = expand_cramp},
    {"leg_movement", "one movement of one leg",
        {2.8, 0.5, 0.5, 10},  0.05, 0.40, .per_night = 25, .expand = expand_movement},
    {"leg_movement_bilateral", "one movement of both legs",
        {3.8, 0.55, 0.5, 15}, 0.05, 0.40, .both_legs = true, .per_night = 20, .expand = expand_movement},
    {"periodic_leg_movement", "a series of movements 10 to 90 s apart",
        {500, 0.6, 90, 3600}, 0.05, 0.40, .per_night = 1.5, .expand = expand_periodic},
    {"foot_tremor", "high-frequency leg movement, foot tremor: bursts at 0.4 to 3.7 Hz with rest between",
        {7.8, 1.27, 1.5, 366}, 0.05, 0.30, .per_night = 1.5, .expand = expand_tremor},
    {"fragmentary_myoclonus", "bursts of less than 150 ms, a few a minute",
        {1200, 0.4, 300, 3600}, 0.05, 0.3, .both_legs = true, .background = true, .per_night = 1, .expand = expand_myoclonus},
    {"fasciculation", "single motor unit potentials, irregular",
        {300, 0.8, 60, 1800}, 0.05, 0.3, .background = true, .per_night = 1.5, .expand = expand_fasciculation},
    {"hypnic_jerk", "one jerk of the whole body, 75 to 250 ms",
        {0.14, 0.3, 0.075, 0.25}, 0.30, 1.00, .both_legs = true, .per_night = 1.5, .expand = expand_jerk},
    {"turn", "turning over: all muscles, another posture afterwards",
        {8, 0.6, 3, 45},      0.10, 0.60, .both_legs = true, .per_night = 13, .expand = expand_turn},
    {"pandiculation", "a stretch of the whole leg",
        {6, 0.6, 1, 60},      0.20, 1.00, .both_legs = true, .per_night = 2, .expand = expand_pandiculation},
    {"voluntary_hold", "bracing the foot: both heads, regular, still",
        {30, 0.7, 10, 120},   0.05, 0.30, .per_night = 1, .expand = expand_hold},
    {"toilet_walk", "getting up, walking, lying down again",
        {180, 0.7, 45, 900},  0.10, 0.60, .both_legs = true, .per_night = 1, .expand = expand_walk},
    {"clonus", "rhythmic contractions at 5 to 7 Hz, or slower ones of at least 250 ms",
        {25, 0.6, 10, 120},   0.20, 0.80, .per_night = 0.02, .expand = expand_clonus},
    {"tonic_seizure", "tonic, then clonic contraction of both legs",
        {40, 0.6, 10, 120},   0.50, 1.50, .both_legs = true, .per_night = 0.02, .expand = expand_tonic},
    {"lead_off", "an electrode loses contact",
        {60, 0.8, 15, 900},   0.1, 0.1, .per_night = 0.3, .expand = expand_lead_off},
    {"flat", "the signal stands still",
        {60, 0.8, 15, 900},   0.1, 0.1, .per_night = 0, .expand = expand_flat},
    {"clipping", "the front end runs into its rails",
        {15, 0.5, 5, 60},     0.30, 0.60, .per_night = 0.2, .expand = expand_clipping},
    {"hum", "mains far over the signal",
        {60, 0.8, 15, 600},   0.1, 0.1, .both_legs = true, .per_night = 0.3, .expand = expand_hum},
    {"ecg", "the heart far over the floor",
        {300, 0.8, 60, 1800}, 0.1, 0.1, .both_legs = true, .background = true, .per_night = 0.5, .expand = expand_ecg},
    {"motion_artefact", "swings and steps of a moving electrode",
        {3, 0.7, 1, 20},      0.1, 0.1, .per_night = 4, .expand = expand_artefact},
};
/* clang-format on */

const struct synth_class *synth_class_at(size_t index)
{
    return index < ARRAY_SIZE(classes) ? &classes[index] : NULL;
}

const struct synth_class *synth_class_find(const char *name)
{
    for (size_t i = 0; name && i < ARRAY_SIZE(classes); i++)
        if (strcmp(classes[i].name, name) == 0)
            return &classes[i];
    return NULL;
}

const char *synth_class_name(const struct synth_class *class)
{
    return class->name;
}

const char *synth_class_help(const struct synth_class *class)
{
    return class->help;
}
