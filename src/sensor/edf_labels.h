/* SPDX-License-Identifier: MIT */
/* Signal labels of recordings (DESIGN.md section 8): which sensor a label names. Shared by reader and writer.
 */
#pragma once

#include "base/names.h"

#include <stdbool.h>
#include <stddef.h>

enum edf_signal {
    EDF_EMG,      /* "EMG Gastroc-L", in uV */
    EDF_ACC,      /* "Acc X-L", in g */
    EDF_GYRO,     /* "Gyr X-L", in deg/s */
    EDF_LEAD_OFF, /* "LeadOff-L", 0 or 1 */
};

struct edf_label {
    enum edf_signal signal;
    enum leg leg;
    enum muscle muscle; /* EMG */
    int axis;           /* ACC, GYRO: 0 x, 1 y, 2 z */
};

/* True when `label` (spaces at the end are ignored) is one of the known ones, the PSG's "EMG LAT"/"EMG RAT"
 * included. */
bool edf_label_parse(const char *label, struct edf_label *parsed);

/* The label of a signal, at most 16 characters and a NUL. */
void edf_label_print(const struct edf_label *label, char text[17]);
