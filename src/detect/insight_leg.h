/* SPDX-License-Identifier: MIT */
/* Inside the detector: the insight of a leg out of what its frame left behind. */
#pragma once

#include "detect/episode.h"
#include "detect/insight.h"

/* Everything but level_uv, contact and faults of the channels: their owner knows those. */
void insight_fill(struct insight *out, const struct scene *scene, const struct leg_motion *motion,
                  const struct episode *episode);
