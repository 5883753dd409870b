/* SPDX-License-Identifier: MIT */
/* Command line of `crampsim play`. */
#pragma once

#include "crampsim/world.h"

#define PLAY_PRESSES 512
#define PLAY_FAULTS  32
#define PLAY_PRESS_S 0.3 /* how long the button is held */

enum play_device { PLAY_ALL, PLAY_ADC, PLAY_IMU };

struct play_fault {
    const char *text; /* as given */
    enum world_fault fault;
    enum play_device device;
    unsigned number;
    double start_s, end_s, amount;
};

struct play_options {
    const char *file, *config;
    double speed;
    enum world_gpio gpio;
    bool trace_lines, linger;
    bool button_active_low;
    double press_s[PLAY_PRESSES];
    unsigned press_count;
    struct play_fault faults[PLAY_FAULTS];
    unsigned fault_count;
};

/* -1 to go on, else the exit status; it has said what and what would be right. */
int play_options_parse(int argc, char **argv, struct play_options *options);
