/* SPDX-License-Identifier: MIT */
/* What the detector sees of each leg now, for D-Bus Measure(): crampctl measure asks ten times a second. */
#include "hub_private.h"

#include <cjson/cJSON.h>
#include <math.h>

static cJSON *channel_object(const struct hub *hub, const struct insight_channel *in)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "muscle", muscle_name(sensor->emg[in->channel].muscle));
    hub_add_number(object, "level_uv", in->level_uv, 100);
    hub_add_number(object, "floor_uv", in->floor_uv, 100);
    hub_add_number(object, "ratio", in->ratio, 100);
    struct detector_personal personal =
        detector_get_personal(pipeline_detector(hub->pipeline), (unsigned)in->channel);
    hub_add_number(object, "percent", 100 * in->level_uv / personal.firm_uv, 10);
    hub_add_number(object, "evidence_s", in->evidence_s, 10);
    hub_add_number(object, "needed_s", in->needed_s, 10);
    hub_add_word(object, "gate", in->gate >= 0 ? dismiss_reason_name((enum dismiss_reason)in->gate) : NULL);
    hub_add_word(object, "contact", in->contact > 0 ? "on" : in->contact == 0 ? "off" : NULL);
    cJSON *faults = cJSON_AddArrayToObject(object, "faults");
    for (int reason = 0; reason < (int)fault_reason_count; reason++)
        if (in->faults & BIT(reason))
            cJSON_AddItemToArray(faults, cJSON_CreateString(fault_reason_name((enum fault_reason)reason)));
    return object;
}

static cJSON *leg_object(const struct hub *hub, const struct insight *in)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "leg", leg_name(in->leg));
    cJSON_AddStringToObject(object, "state", episode_state_name(in->state));
    cJSON_AddBoolToObject(object, "seen", in->strongest >= 0);
    hub_add_number(object, "motion_g", in->motion_g, 10000);
    cJSON_AddBoolToObject(object, "moving", in->moving);
    hub_add_number(object, "posture_deg", in->posture_deg, 1);
    hub_add_number(object, "judged_s",
                   in->suspicion ? (double)(in->frame - in->suspect_frame + 1) / 10 : (double)NAN, 10);
    cJSON *channels = cJSON_AddArrayToObject(object, "channels");
    for (unsigned k = 0; k < in->channel_count; k++)
        cJSON_AddItemToArray(channels, channel_object(hub, &in->channel[k]));
    return object;
}

char *hub_measure_text(struct hub *hub)
{
    cJSON *frame = cJSON_CreateObject();
    cJSON *legs = cJSON_CreateArray();
    struct policy_view policy;
    struct insight insight;
    int64_t t_ns = clock_now(hub->platform->clock);

    for (int leg = 0; leg < (int)leg_count; leg++)
        if (detector_get_insight(pipeline_detector(hub->pipeline), (enum leg)leg, &insight)) {
            t_ns = insight.t_ns;
            cJSON_AddItemToArray(legs, leg_object(hub, &insight));
        }
    policy_get_view(pipeline_policy(hub->pipeline), &policy);
    hub_add_number(frame, "t", ns_to_s(t_ns), 10);
    cJSON_AddBoolToObject(frame, "reminding", policy.reminding);
    cJSON_AddItemToObject(frame, "legs", legs);
    char *text = cJSON_PrintUnformatted(frame);
    cJSON_Delete(frame);
    return text;
}
