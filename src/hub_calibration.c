/* SPDX-License-Identifier: MIT */
/*
 * What the legs' owner taught the detector: begun and followed over D-Bus, kept in the diary, given to the
 * detector again at the next start. The detector forgets it by itself when electrodes sit elsewhere; then it
 * is forgotten here, too.
 */
#include "hub_private.h"
#include "publish/payload.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* In this boot, before the clock was right: as the diary does with its row. */
static void date(struct hub *hub, unsigned channel)
{
    if (hub->calibrated[channel].wall_us == 0 && hub->calibrated[channel].made_ns != TIME_UNKNOWN &&
        hub->clock_synced)
        hub->calibrated[channel].wall_us = hub_stamp(hub, hub->calibrated[channel].made_ns).wall_us;
}

void hub_date_calibrations(struct hub *hub)
{
    for (unsigned i = 0; i < EMG_CHANNELS; i++)
        if (hub->calibrated[i].known)
            date(hub, i);
}

static void keep(struct hub *hub, unsigned channel, const struct detector_personal *personal)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    int64_t now = clock_now(hub->platform->clock);
    struct stamp stamp = hub_stamp(hub, now);

    store_set_calibration(hub->store, sensor->emg[channel].leg, sensor->emg[channel].muscle,
                          personal->rest_uv, personal->firm_uv, now, &stamp);
    hub->calibrated[channel].known = isfinite(personal->rest_uv);
    hub->calibrated[channel].touched = true;
    hub->calibrated[channel].made_ns = now;
    hub->calibrated[channel].wall_us = 0;
    date(hub, channel);
}

static const struct detector_personal nothing = {(double)NAN, (double)NAN};

static void restore(struct hub *hub, unsigned channel, const struct store_notice *notice)
{
    const struct detector_personal personal = {notice->rest_uv, notice->firm_uv};
    bool this_boot = notice->text && strcmp(notice->text, hub->boot_id) == 0;

    hub->calibrated[channel].known = true;
    hub->calibrated[channel].made_ns = this_boot ? notice->t_ns : TIME_UNKNOWN;
    hub->calibrated[channel].wall_us = notice->wall_us;
    date(hub, channel);
    detector_set_personal(pipeline_detector(hub->pipeline), channel, &personal);
}

void hub_restore_calibration(struct hub *hub, const struct store_notice *notice)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;

    for (int i = 0; i < sensor->emg_count; i++) {
        if (sensor->emg[i].leg != notice->leg || sensor->emg[i].muscle != notice->muscle)
            continue;
        if (!hub->calibrated[i].touched)
            restore(hub, (unsigned)i, notice);
        else if (!hub->calibrated[i].known) /* forgotten before the diary could be read */
            keep(hub, (unsigned)i, &nothing);
    }
}

void hub_forget_calibration(struct hub *hub, unsigned channel)
{
    detector_set_personal(pipeline_detector(hub->pipeline), channel, &nothing);
    hub->calibrated[channel].touched = true;
    if (hub->calibrated[channel].known) /* else the diary has nothing of it, and is spared the write */
        keep(hub, channel, &nothing);
}

void hub_follow_calibration(struct hub *hub)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    struct detector_calibration calibration;

    detector_get_calibration(pipeline_detector(hub->pipeline), &calibration);
    if (calibration.done == hub->calibrations_kept)
        return;
    hub->calibrations_kept = calibration.done;
    for (int i = 0; i < sensor->emg_count; i++) {
        if (sensor->emg[i].leg != calibration.leg)
            continue;
        struct detector_personal personal =
            detector_get_personal(pipeline_detector(hub->pipeline), (unsigned)i);
        if (isnan(personal.rest_uv)) /* taken off again in the same second */
            continue;
        keep(hub, (unsigned)i, &personal);
        char firm[48] = "it did not work along in the contraction";
        if (isfinite(personal.firm_uv))
            snprintf(firm, sizeof(firm), "firm contraction %.0f uV", personal.firm_uv);
        log_notice(LOG_CRAMPD, "%s %s calibrated: rest %.1f uV, %s", leg_name(calibration.leg),
                   muscle_name(sensor->emg[i].muscle), personal.rest_uv, firm);
    }
}

int hub_calibrate(struct hub *hub, enum bus_calibrate what, int leg)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    struct detector *detector = pipeline_detector(hub->pipeline);
    int forgotten = 0;

    switch (what) {
    case BUS_CALIBRATE: return detector_calibrate(detector, (enum leg)leg);
    case BUS_CALIBRATE_CANCEL: detector_cancel_calibration(detector); return 0;
    case BUS_CALIBRATE_FORGET: break;
    }
    for (int i = 0; i < sensor->emg_count; i++)
        if (leg < 0 || (int)sensor->emg[i].leg == leg) {
            hub_forget_calibration(hub, (unsigned)i);
            forgotten++;
        }
    return forgotten > 0 || leg < 0 ? 0 : -ENODEV;
}

cJSON *hub_calibration(const struct hub *hub, unsigned channel)
{
    struct detector_personal personal = detector_get_personal(pipeline_detector(hub->pipeline), channel);
    char at[PAYLOAD_WALL_TIME_SIZE];

    if (isnan(personal.rest_uv))
        return cJSON_CreateNull();
    cJSON *object = cJSON_CreateObject();
    hub_add_number(object, "rest_uv", personal.rest_uv, 100);
    hub_add_number(object, "firm_uv", personal.firm_uv, 10);
    if (hub->calibrated[channel].wall_us > 0) {
        payload_wall_time(at, hub->calibrated[channel].wall_us);
        cJSON_AddStringToObject(object, "at", at);
    } else {
        cJSON_AddNullToObject(object, "at");
    }
    return object;
}

static void add_progress(cJSON *object, const struct hub *hub, struct detector_calibration *progress)
{
    detector_get_calibration(pipeline_detector(hub->pipeline), progress);
    cJSON_AddStringToObject(object, "phase", calibration_phase_name(progress->phase));
    if (progress->phase != CALIBRATION_NONE)
        cJSON_AddStringToObject(object, "leg", leg_name(progress->leg));
    hub_add_word(object, "hindrance",
                 progress->hindrance >= 0 ? hindrance_name((enum hindrance)progress->hindrance) : NULL);
}

char *hub_calibration_state(struct hub *hub)
{
    struct detector_calibration progress;
    cJSON *object = cJSON_CreateObject();

    add_progress(object, hub, &progress);
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

char *hub_calibration_text(struct hub *hub)
{
    const struct sensor_params *sensor = &hub->first_settings->sensor;
    struct detector_calibration progress;
    cJSON *object = cJSON_CreateObject();

    hub_follow_calibration(hub);
    add_progress(object, hub, &progress);
    hub_add_number(object, "rest_s", progress.rest_s, 10);
    hub_add_number(object, "rest_needed_s", progress.rest_needed_s, 10);
    hub_add_number(object, "held_s", progress.held_s, 10);
    hub_add_number(object, "left_s", progress.left_s, 10);
    cJSON *sites = cJSON_AddArrayToObject(object, "sites");
    for (int i = 0; i < sensor->emg_count; i++) {
        cJSON *site = cJSON_CreateObject();
        cJSON_AddStringToObject(site, "leg", leg_name(sensor->emg[i].leg));
        cJSON_AddStringToObject(site, "muscle", muscle_name(sensor->emg[i].muscle));
        cJSON_AddItemToObject(site, "calibration", hub_calibration(hub, (unsigned)i));
        cJSON_AddItemToArray(sites, site);
    }
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}
