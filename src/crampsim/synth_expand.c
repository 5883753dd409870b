/* SPDX-License-Identifier: MIT */
#include "crampsim/synth_expand.h"

#include <math.h>

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

uint32_t event_legs(const struct synth_event *event)
{
    return event->class->both_legs ? BIT(LEG_LEFT) | BIT(LEG_RIGHT) : BIT(event->leg);
}

void event_gains(struct drive *drive, const struct synth_setup *setup, const struct synth_event *event,
                 const struct mix *mix)
{
    for (unsigned c = 0; c < setup->channel_count; c++)
        drive->gain[c] = event_legs(event) & BIT(setup->channels[c].leg)
                             ? (float)mix_share(mix, setup->channels[c].muscle)
                             : 0;
}

struct drive event_drive(const struct synth_setup *setup, const struct synth_event *event, struct rng *rng,
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
        .cv = rng_between(rng, 0.15, 0.25), /* science.md 8.1, movements */
        .phase = 2 * M_PI * rng_uniform(rng),
    };

    event_gains(&drive, setup, event, mix);
    return drive;
}

struct move event_move(const struct synth_event *event, struct rng *rng, enum move_kind kind, double extent)
{
    return (struct move){
        .kind = kind,
        .start_s = event->start_s,
        .end_s = event->start_s + event->duration_s,
        .legs = event_legs(event),
        .extent = extent,
        .hz = 1,
        .attack_s = 0.25,
        .phase = 2 * M_PI * rng_uniform(rng),
    };
}

double extent_or(const struct synth_event *event, double drawn)
{
    return event->extent > 0 ? event->extent : drawn;
}

void fasciculate(struct plan *plan, const struct synth_setup *setup, const struct drive *where,
                 struct rng *rng, double start, double end, double mean_gap, double low, double high)
{
    const struct synth_family *family = synth_family_of(setup);

    for (double t = start + rng_exponential(rng, mean_gap); t < end; t += rng_exponential(rng, mean_gap)) {
        double amplitude = rng_between(rng, low, high), sigma = rng_between(rng, 0.0012, 0.0028);
        uint8_t shape = (uint8_t)(family->shape_first + rng_next(rng) % family->shape_count);
        for (unsigned c = 0; c < setup->channel_count; c++)
            if (where->gain[c] > 0)
                plan_potential(plan, &(struct potential){.t_s = t,
                                                         .channel = c,
                                                         .amplitude_uv = (float)amplitude * where->gain[c],
                                                         .sigma_s = (float)sigma,
                                                         .shape = shape});
    }
}
