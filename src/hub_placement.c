/* SPDX-License-Identifier: MIT */
/* Electrodes that sit elsewhere than before, or on somebody else: said once, and kept in Status(). */
#include "hub_private.h"

#include <cjson/cJSON.h>

void hub_note_placement(struct hub *hub)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    struct detector_placement placement;

    for (int i = 0; i < sensor->emg_count; i++) {
        if (!detector_get_placement(pipeline_detector(hub->pipeline), (unsigned)i, &placement) ||
            placement.changes == hub->placements_said[i])
            continue;
        hub->placements_said[i] = placement.changes;
        hub_forget_calibration(hub, (unsigned)i);
        log_notice(
            LOG_CRAMPD,
            "%s %s: the electrodes were off and rest is %.1f uV now, it was %.1f: they sit elsewhere, or "
            "on somebody else; detection goes by the new level",
            leg_name(sensor->emg[i].leg), muscle_name(sensor->emg[i].muscle), placement.after_uv,
            placement.before_uv);
    }
}

cJSON *hub_placement(const struct hub *hub, unsigned channel)
{
    struct detector_placement placement;

    if (!detector_get_placement(pipeline_detector(hub->pipeline), channel, &placement))
        return cJSON_CreateNull();
    cJSON *object = cJSON_CreateObject();
    double ago_s = ns_to_s(clock_now(hub->platform->clock) - placement.t_ns);
    hub_add_number(object, "ago_s", ago_s, 1);
    hub_add_number(object, "floor_before_uv", placement.before_uv, 100);
    hub_add_number(object, "floor_uv", placement.after_uv, 100);
    return object;
}
