/* SPDX-License-Identifier: MIT */
/* Settings of the sensor room; filled by config/ from the settings table. Strings belong to the settings. */
#pragma once

#include "base/block.h"
#include "base/names.h"

#include <stdbool.h>

/* One EMG channel: one ADC on the bus, its front end, its ready line and its electrode-contact lines. */
struct emg_params {
    enum leg leg;
    enum muscle muscle;
    enum emg_input input;
    enum adc_chip chip;
    int address;                                /* 0x48..0x4b */
    int rate_hz;                                /* nominal conversions a second; must be one the chip has */
    double adc_range_v;                         /* programmable gain full scale: 0.256 .. 6.144 V */
    double gain;                                /* of the front end, V/V */
    double reference_v;                         /* ADC voltage that means 0 uV at the electrode */
    int input_pin;                              /* 0..3: single-ended input AINn */
    const char *ready_line;                     /* GPIO name of ALERT/RDY */
    const char *lead_off_plus, *lead_off_minus; /* GPIO names, "" = not wired */
};

struct imu_params {
    enum leg leg;
    enum imu_chip chip; /* none: no IMU on this leg */
    int address;        /* 0x68, 0x69 */
    int rate_hz;
    double acc_range_g;         /* 2, 4, 8, 16 */
    double gyro_range_dps;      /* 250, 500, 1000, 2000 */
    const char *interrupt_line; /* "" = read by time */
};

/* A label of somebody else's recordings and what it means here: for --replay. */
struct recording_params {
    const char *label; /* as in the file, without the spaces at its end; "" = none */
    enum leg leg;
    enum muscle muscle;
};

struct sensor_params {
    const char *bus;        /* "/dev/i2c-1" */
    const char *chip_label; /* GPIO chip label, "" = line names are unique */
    int emg_count;
    struct emg_params emg[EMG_CHANNELS];
    int imu_count;
    struct imu_params imu[IMU_SOURCES];
    int recording_count;
    struct recording_params recording[EMG_CHANNELS];
    const char *button_line; /* "" = no button */
    bool button_active_low;
    double lead_off_debounce_s;
    double button_debounce_s;
    int realtime_priority; /* SCHED_FIFO 1..99, 0 = do not ask */
    bool lock_memory;
    double retry_max_s; /* longest back-off between recovery attempts */
};
