/* SPDX-License-Identifier: MIT */
/* What the classes' expanders share, and the expanders themselves (rows of synth_classes.c name them). */
#pragma once

#include "crampsim/synth_class.h"

/* Shares of the level by muscle. */
struct mix {
    double medial, lateral, soleus, tibialis, others;
};

uint32_t event_legs(const struct synth_event *event);
void event_gains(struct drive *drive, const struct synth_setup *setup, const struct synth_event *event,
                 const struct mix *mix);
/* A span of ordinary work over the whole event; the callers change what differs. */
struct drive event_drive(const struct synth_setup *setup, const struct synth_event *event, struct rng *rng,
                         const struct mix *mix);
struct move event_move(const struct synth_event *event, struct rng *rng, enum move_kind kind, double extent);
double extent_or(const struct synth_event *event, double drawn);

/* Single potentials of low..high uV where a drive acts, mean_gap seconds apart. */
void fasciculate(struct plan *plan, const struct synth_setup *setup, const struct drive *where,
                 struct rng *rng, double start, double end, double mean_gap, double low, double high);

#define EXPANDER(name)                                                                                       \
    void expand_##name(struct plan *plan, const struct synth_setup *setup, const struct synth_event *event,  \
                       struct rng *rng)

EXPANDER(cramp); /* synth_cramp.c */

EXPANDER(movement); /* synth_movement.c */
EXPANDER(periodic);
EXPANDER(tremor);
EXPANDER(alternating);
EXPANDER(myoclonus);
EXPANDER(fasciculation);
EXPANDER(jerk);
EXPANDER(clonus);
EXPANDER(tonic);

EXPANDER(turn); /* synth_voluntary.c */
EXPANDER(pandiculation);
EXPANDER(hold);
EXPANDER(walk);

EXPANDER(enactment); /* synth_heldout.c */
EXPANDER(rubbing);
EXPANDER(coughing);

EXPANDER(lead_off); /* synth_measurement.c */
EXPANDER(flat);
EXPANDER(hum);
EXPANDER(ecg);
EXPANDER(sweat);
EXPANDER(pop);
EXPANDER(bus_fault);
EXPANDER(clipping);
EXPANDER(artefact);
