/* SPDX-License-Identifier: MIT */
/*
 * A recording as signals of the world: what its electrodes, IMUs and contacts showed at a time. Read on while
 * time moves, a few seconds are kept. Times count from the recording's start and may go back by a second.
 * Used by one thread at a time (the world's lock sees to it).
 */
#pragma once

#include "crampsim/model.h"
#include "sensor/recording.h"

struct playback;

/* As recording_open(). */
int playback_open(const char *path, const struct recording_params *map, size_t map_count,
                  struct playback **playback, char *error, size_t error_size);
void playback_free(struct playback *playback);
DEFINE_CLEANUP(struct playback *, playback_free);

/* The recording begins anew: its second 0 is at t_ns. 0, or as recording_open() (then it is at its end).
 */
int playback_restart(struct playback *playback, int64_t t_ns);

const struct recording *playback_recording(const struct playback *playback);
/* What stopped the reading before the end; NULL: nothing did. */
const char *playback_error(const struct playback *playback);

/* 1 value, uV, mean over window_ns around the time where the recording is finer than that (the ADC's view),
   else interpolated; 0 after the end. */
struct world_signal playback_emg(struct playback *playback, unsigned channel, double window_ns);
/* 6 values, g and deg/s; zeros where the recording has none. */
struct world_signal playback_imu(struct playback *playback, unsigned imu);
/* 1 value: 1 electrodes of that EMG channel are off; 0 where the recording does not say. */
struct world_signal playback_contact(struct playback *playback, unsigned channel);
