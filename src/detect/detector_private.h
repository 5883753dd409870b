/* SPDX-License-Identifier: MIT */
/* Inside the detector: what its files share. */
#pragma once

#include "detect/baseline.h"
#include "detect/calibration.h"
#include "detect/detector.h"
#include "detect/emg.h"
#include "detect/episode.h"
#include "detect/fault.h"
#include "detect/hum.h"
#include "detect/imu.h"
#include "detect/placement.h"
#include "detect/quality.h"
#include "detect/scene.h"
#include "detect/wear.h"

struct channel {
    struct emg emg;
    struct baseline baseline;
    struct placement placement;
    struct tone tone;
    struct hum hum;
    struct quality_timers timers;
    bool contact_wired, contact_known;    /* contact is spoken of; its last word was a value */
    struct quality_timers contact_timers; /* of contact that is not known */
    int64_t block_ns;                     /* of the last block */
    double level_uv;
    uint32_t faults;
};

struct imu_channel {
    enum leg leg;
    struct imu motion;
    struct quality_timers timers;
    int64_t block_ns;
};

struct limb {
    bool present;
    int imu; /* -1 none */
    struct leg_motion motion;
    struct wear wear;
    struct scene scene;
    struct episode episode;
};

struct detector {
    struct detector_params params;
    struct fault_report report;
    unsigned channel_count, imu_count;
    struct channel channel[EMG_CHANNELS];
    struct detector_channel info[EMG_CHANNELS];
    struct detector_personal personal[EMG_CHANNELS];
    struct calibration calibration;
    unsigned calibrations_done;
    struct imu_channel imu[IMU_SOURCES];
    struct limb limb[leg_count];
    bool started;
    int64_t origin_ns;
    int64_t frame; /* next to decide */
    int64_t empty_frames;
    uint32_t last_id;
    uint64_t dropped_blocks;
    bool vibrating;
    int64_t vibration_on_ns, vibration_off_ns;
    int64_t pulse_on_ns; /* of the last pulse of that vibration */
    int64_t total_frames, usable_frames;
    insight_sink insight; /* NULL: nobody watches */
    void *insight_context;
};

/* Decides frame d->frame: every source has its part of it, or it is missing. */
void detector_decide_frame(struct detector *detector);
/* After each frame. */
void detector_step_calibration(struct detector *detector);
