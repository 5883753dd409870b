/* SPDX-License-Identifier: MIT */
/*
 * What touches: the electrode contact of every channel that has lead-off lines, and the bedside button.
 * A block with one value at every change and at least every SOURCE_STATEMENT_NS. A wired line that cannot be
 * read makes blocks without a value: not known is not "on", and the detector
 * makes a fault of it.
 */
#pragma once

#include "sensor/contact.h"
#include "sensor/source.h"
#include "sensor/wire.h"

struct contact_source {
    struct source_env *env;
    unsigned index; /* EMG channel */
    struct wire plus, minus;
    struct contact contact;
    struct outlet outlet;
    bool off, known;
    int64_t deadline_ns; /* INT64_MAX: no line is wired */
};

void contact_source_init(struct contact_source *source, struct source_env *env, unsigned index,
                         const struct emg_params *params, const struct sensor_params *sensor, int64_t now_ns);
void contact_source_service(struct contact_source *source, int64_t now_ns);
void contact_source_finish(struct contact_source *source);

struct button_source {
    struct source_env *env;
    struct wire wire;
    struct button button;
    struct outlet outlet;
    int64_t deadline_ns; /* INT64_MAX: no button is wired */
};

void button_source_init(struct button_source *source, struct source_env *env,
                        const struct sensor_params *sensor, int64_t now_ns);
void button_source_service(struct button_source *source, int64_t now_ns, bool ready);
void button_source_finish(struct button_source *source);
