/* SPDX-License-Identifier: MIT */
#include "sensor/edf_labels.h"

#include "base/macros.h"

#include <stdio.h>
#include <string.h>

/* enum muscle -> the name in "EMG <name>-L" */
static const char *const muscle_labels[muscle_count] = {
    [MUSCLE_GASTROCNEMIUS] = "Gastroc",
    [MUSCLE_GASTROCNEMIUS_LATERAL] = "GastrLat",
    [MUSCLE_SOLEUS] = "Soleus",
    [MUSCLE_TIBIALIS] = "TibAnt",
    [MUSCLE_HAMSTRING] = "Hamstr",
    [MUSCLE_QUADRICEPS] = "Quadri",
    [MUSCLE_FOOT] = "Foot",
};

static const char side[leg_count] = {[LEG_LEFT] = 'L', [LEG_RIGHT] = 'R'};

void edf_label_print(const struct edf_label *label, char text[17])
{
    char axis = "XYZ"[(unsigned)label->axis % 3];

    switch (label->signal) {
    case EDF_EMG: snprintf(text, 17, "EMG %s-%c", muscle_labels[label->muscle], side[label->leg]); break;
    case EDF_ACC: snprintf(text, 17, "Acc %c-%c", axis, side[label->leg]); break;
    case EDF_GYRO: snprintf(text, 17, "Gyr %c-%c", axis, side[label->leg]); break;
    case EDF_LEAD_OFF: snprintf(text, 17, "LeadOff-%c", side[label->leg]); break;
    }
}

static bool same_label(const char *label, const char *known)
{
    size_t length = strlen(known);
    return strncmp(label, known, length) == 0 && strspn(label + length, " ") == strlen(label + length);
}

/* Tries every label there is: 2 legs, 7 muscles, 2 x 3 axes, contact. */
bool edf_label_parse(const char *label, struct edf_label *parsed)
{
    static const int variants[] = {
        [EDF_EMG] = muscle_count, [EDF_ACC] = 3, [EDF_GYRO] = 3, [EDF_LEAD_OFF] = 1};
    char text[17];

    for (int leg = 0; leg < (int)leg_count; leg++) {
        if (same_label(label, leg == LEG_LEFT ? "EMG LAT" : "EMG RAT")) {
            *parsed = (struct edf_label){.signal = EDF_EMG, .leg = (enum leg)leg, .muscle = MUSCLE_TIBIALIS};
            return true;
        }
        for (size_t signal = 0; signal < ARRAY_SIZE(variants); signal++)
            for (int variant = 0; variant < variants[signal]; variant++) {
                *parsed = (struct edf_label){.signal = (enum edf_signal)signal, .leg = (enum leg)leg};
                if (signal == EDF_EMG)
                    parsed->muscle = (enum muscle)variant;
                else
                    parsed->axis = variant;
                edf_label_print(parsed, text);
                if (same_label(label, text))
                    return true;
            }
    }
    return false;
}
