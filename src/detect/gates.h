/* SPDX-License-Identifier: MIT */
/*
 * What else it can be. An ordered table of named predicates; the first that fires wins, and its reason is
 * the reason of the dismissal. `now` asks of this frame: while one fires, time is no evidence for a cramp.
 * `explains` asks of a whole suspicion that has come to an end without becoming a cramp.
 */
#pragma once

#include "detect/suspicion.h"

struct gate {
    enum dismiss_reason reason;
    bool (*now)(const struct scene *scene, int channel);
    double weight; /* of time while `now` fires, as evidence for a cramp */
    double alone;  /* ... of time in which one head of the calf works and the others do not */
    bool (*explains)(const struct suspicion *suspicion);
};

/* The gate that fires in this frame for tone `channel`, or NULL. */
const struct gate *gates_firing(const struct scene *scene, int channel);
/* Evidence weight of this frame for tone `channel`: 1 if no gate fires. */
double gates_weight(const struct scene *scene, int channel);
/* The same for time in which one head works alone: moving the leg takes all heads, so motion explains less of
   it, provided that it is muscle that shows. */
double gates_weight_alone(const struct scene *scene, int channel);
enum dismiss_reason gates_explain(const struct suspicion *suspicion);
