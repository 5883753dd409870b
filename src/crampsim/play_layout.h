/* SPDX-License-Identifier: MIT */
/* Which channel of a recording plays at which chip and line of the settings. */
#pragma once

#include "config/settings.h"
#include "crampsim/playback.h"
#include "crampsim/world.h"

struct play_layout {
    int emg[EMG_CHANNELS]; /* recording's channel at settings' channel */
    int imu[IMU_SOURCES];  /* recording's IMU at settings' IMU; -1: none */
    bool from_recording;   /* the settings' channels were replaced by the recording's */
    unsigned left_out;     /* EMG channels of the recording that have no ADC */
};

/* Matches by leg and muscle. Where a configured channel is not in the recording, the settings' channels are
   replaced by the recording's, as many as one bus has addresses for. IMUs go by leg; a leg without one in the
   recording loses it in the settings. Contact lines are wired where the settings have none. */
void play_lay_out(struct settings *settings, const struct recording *recording, struct play_layout *layout);

/* Builds chips and lines. adc[], imu[]: device indices, for faults. 0, or a negative errno. */
int play_build_world(struct world *world, const struct settings *settings, const struct play_layout *layout,
                     struct playback *playback, int adc[EMG_CHANNELS], int imu[IMU_SOURCES]);
