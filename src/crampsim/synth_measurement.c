/* SPDX-License-Identifier: MIT */
/* What happens to electrodes, cables, front end and bus. */
#include "crampsim/synth_expand.h"

#include <math.h>

static void add_disturbance(struct plan *plan, const struct synth_event *event, struct rng *rng,
                            enum disturbance_kind kind, double extent)
{
    plan_disturbance(plan, &(struct disturbance){
                               .kind = kind,
                               .start_s = event->start_s,
                               .end_s = event->start_s + event->duration_s,
                               .legs = event_legs(event),
                               .extent = extent_or(event, extent),
                               .phase = 2 * M_PI * rng_uniform(rng),
                           });
}

#define MEASUREMENT(name, kind, low, high)                                                                   \
    EXPANDER(name)                                                                                           \
    {                                                                                                        \
        (void)setup;                                                                                         \
        add_disturbance(plan, event, rng, kind, rng_between(rng, low, high));                                \
    }
MEASUREMENT(lead_off, DISTURB_LEAD_OFF, 0, 0)
MEASUREMENT(flat, DISTURB_FLAT, 0, 0)
MEASUREMENT(bus_fault, DISTURB_BUS, 0, 0)
MEASUREMENT(hum, DISTURB_HUM, 60, 400)
MEASUREMENT(ecg, DISTURB_ECG, 15, 50)
MEASUREMENT(sweat, DISTURB_SWEAT, 80, 400)
MEASUREMENT(pop, DISTURB_POP, 300, 2500)

EXPANDER(clipping)
{
    struct mix all = {1, 1, 1, 1, 1};
    struct drive drive = event_drive(setup, event, rng, &all);

    plan_drive(plan, &drive);
    add_disturbance(plan, event, rng, DISTURB_CLIP, 4 * setup->clip_uv / setup->mvc_uv);
}

EXPANDER(artefact)
{
    (void)setup;
    add_disturbance(plan, event, rng, DISTURB_ARTEFACT, rng_between(rng, 400, 1800));
    struct move move = event_move(event, rng, MOVE_RUSTLE, rng_between(rng, 0.05, 0.2));
    plan_move(plan, &move);
}
