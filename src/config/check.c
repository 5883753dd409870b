/* SPDX-License-Identifier: MIT */
/* What single values cannot show: settings that do not fit each other. */
#include "config/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct checking {
    const struct settings *settings;
    finding_sink say;
    void *context;
    unsigned count;
};

_printf_(5, 6) static void find(struct checking *checking, const char *group, int entry, const char *key,
                                const char *format, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    checking->count++;
    checking->say(checking->context, &(struct finding){group, entry, key, text});
}

/* Data rates: TI SBAS444 (ADS1115) and SBAS473 (ADS1015), config register bits 7:5. */
static const struct {
    enum adc_chip chip;
    int rates[8];
    const char *text;
} adc_rates[] = {
    {ADC_ADS1115, {128, 250, 475, 860}, "128, 250, 475, 860"},
    {ADC_ADS1015, {128, 250, 490, 920, 1600, 2400, 3300}, "128, 250, 490, 920, 1600, 2400, 3300"},
};

static void check_rate(struct checking *checking, int i)
{
    const struct emg_params *emg = &checking->settings->sensor.emg[i];

    for (size_t k = 0; k < ARRAY_SIZE(adc_rates); k++) {
        if (adc_rates[k].chip != emg->chip)
            continue;
        for (size_t n = 0; n < ARRAY_SIZE(adc_rates[k].rates); n++)
            if (adc_rates[k].rates[n] == emg->rate_hz)
                return;
        find(checking, "emg", i, "rate_hz", "an %s cannot do %d samples/s; give one of %s",
             adc_chip_name(emg->chip), emg->rate_hz, adc_rates[k].text);
        return;
    }
}

static void check_emg(struct checking *checking)
{
    const struct sensor_params *sensor = &checking->settings->sensor;

    for (int i = 0; i < sensor->emg_count; i++) {
        const struct emg_params *emg = &sensor->emg[i];
        check_rate(checking, i);
        if (emg->reference_v >= emg->adc_range_v)
            find(checking, "emg", i, "adc_range_v",
                 "%g V does not reach above the reference of %g V; give the next larger range",
                 emg->adc_range_v, emg->reference_v);
        for (int k = 0; k < i; k++) {
            if (sensor->emg[k].address == emg->address)
                find(checking, "emg", i, "address",
                     "0x%02x is the address of emg[%d] too; give each ADC its own (ADDR pin)",
                     (unsigned)emg->address, k);
            if (sensor->emg[k].leg == emg->leg && sensor->emg[k].muscle == emg->muscle)
                find(checking, "emg", i, "muscle",
                     "%s of the %s leg is emg[%d] too; name the other muscle or leg",
                     muscle_name(emg->muscle), leg_name(emg->leg), k);
        }
    }
}

static bool leg_has_emg(const struct sensor_params *sensor, enum leg leg)
{
    for (int i = 0; i < sensor->emg_count; i++)
        if (sensor->emg[i].leg == leg)
            return true;
    return false;
}

static void check_imu(struct checking *checking)
{
    const struct sensor_params *sensor = &checking->settings->sensor;

    for (int i = 0; i < sensor->imu_count; i++) {
        const struct imu_params *imu = &sensor->imu[i];
        if (!leg_has_emg(sensor, imu->leg))
            find(checking, "imu", i, "leg", "no EMG channel is on the %s leg; give the leg that has one",
                 leg_name(imu->leg));
        for (int k = 0; k < i; k++) {
            if (sensor->imu[k].leg == imu->leg)
                find(checking, "imu", i, "leg", "imu[%d] is on the %s leg too; give one a leg", k,
                     leg_name(imu->leg));
            if (imu->chip != IMU_NONE && sensor->imu[k].chip != IMU_NONE &&
                sensor->imu[k].address == imu->address)
                find(checking, "imu", i, "address",
                     "0x%02x is the address of imu[%d] too; give each its own (AD0 pin)",
                     (unsigned)imu->address, k);
        }
    }
}

/* Every GPIO line with its role, to find one that has two. */
struct use {
    const char *line, *chip;
    const char *group;
    int entry;
    const char *key;
};

#define USES_MAX (3 * EMG_CHANNELS + IMU_SOURCES + 3)

static void check_use(struct checking *checking, struct use *uses, size_t *count, struct use use)
{
    if (!use.line[0])
        return;
    for (size_t i = 0; i < *count; i++) {
        const struct use *other = &uses[i];
        bool apart = use.chip[0] && other->chip[0] && strcmp(use.chip, other->chip) != 0;
        if (apart || strcmp(use.line, other->line) != 0)
            continue;
        char name[64];
        if (other->entry >= 0)
            snprintf(name, sizeof(name), "%s[%d].%s", other->group, other->entry, other->key);
        else
            snprintf(name, sizeof(name), "%s.%s", other->group, other->key);
        find(checking, use.group, use.entry, use.key,
             "line %s is used by %s too; give each its own line, or \"\" where none is wired", use.line,
             name);
        return;
    }
    uses[(*count)++] = use;
}

static void check_lines(struct checking *checking)
{
    const struct sensor_params *sensor = &checking->settings->sensor;
    const struct reminder_params *reminder = &checking->settings->reminder;
    const char *chip = sensor->chip_label;
    struct use uses[USES_MAX];
    size_t count = 0;

    check_use(checking, uses, &count, (struct use){sensor->button_line, chip, "button", -1, "line"});
    check_use(checking, uses, &count,
              (struct use){reminder->led_line, reminder->chip_label, "reminder", -1, "led_line"});
    check_use(checking, uses, &count,
              (struct use){reminder->motor_line, reminder->chip_label, "reminder", -1, "motor_line"});
    for (int i = 0; i < sensor->emg_count; i++) {
        const struct emg_params *emg = &sensor->emg[i];
        check_use(checking, uses, &count, (struct use){emg->ready_line, chip, "emg", i, "ready_line"});
        check_use(checking, uses, &count, (struct use){emg->lead_off_plus, chip, "emg", i, "lead_off_plus"});
        check_use(checking, uses, &count,
                  (struct use){emg->lead_off_minus, chip, "emg", i, "lead_off_minus"});
    }
    for (int i = 0; i < sensor->imu_count; i++)
        check_use(checking, uses, &count,
                  (struct use){sensor->imu[i].interrupt_line, chip, "imu", i, "interrupt_line"});
}

static void check_night_and_detection(struct checking *checking)
{
    const struct policy_params *policy = &checking->settings->policy;
    const struct detector_params *detect = &checking->settings->detect;

    if (!policy->night_always && policy->night_start_min == policy->night_end_min)
        find(checking, "night", -1, "end",
             "the night would end when it starts; give another time, or always = true");
    if (detect->rise_ratio > detect->onset_ratio)
        find(checking, "detect", -1, "rise_ratio",
             "%g is above onset_ratio (%g); a rise is less than activity, give a smaller number",
             detect->rise_ratio, detect->onset_ratio);
    if (detect->decide_fast_s > detect->decide_s)
        find(checking, "detect", -1, "decide_fast_s",
             "%g s is longer than decide_s (%g s); give at most that", detect->decide_fast_s,
             detect->decide_s);
}

static void check_reminder(struct checking *checking)
{
    const struct policy_params *policy = &checking->settings->policy;
    const struct reminder_params *reminder = &checking->settings->reminder;

    if (policy->cap_s > reminder->max_s)
        find(checking, "reminder", -1, "cap_s",
             "%g s is above the hard limit max_s (%g s); give at most that", policy->cap_s, reminder->max_s);
    if (reminder->tension_strength > reminder->strength)
        find(checking, "reminder", -1, "tension_strength",
             "%g is stronger than a cramp's reminder (strength %g); give at most that",
             reminder->tension_strength, reminder->strength);
    if (policy->snooze_s > policy->mute_max_s)
        find(checking, "reminder", -1, "snooze_s", "%g s is longer than mute_max_s (%g s); give at most that",
             policy->snooze_s, policy->mute_max_s);
}

static void check_mqtt(struct checking *checking)
{
    const struct mqtt_params *mqtt = &checking->settings->mqtt;
    bool cert = mqtt->cert_file[0], key = mqtt->key_file[0];

    if (mqtt->tls && mqtt->host[0] == '/')
        find(checking, "mqtt", -1, "tls", "a unix socket has no TLS; give false, or the name of a host");
    if (cert != key)
        find(checking, "mqtt", -1, cert ? "cert_file" : "key_file",
             "is given without %s; give both or neither", cert ? "key_file" : "cert_file");
    if (!mqtt->tls && (mqtt->ca_file[0] || cert || key))
        find(checking, "mqtt", -1,
             mqtt->ca_file[0] ? "ca_file"
             : cert           ? "cert_file"
                              : "key_file",
             "is given but TLS is off; give tls = true, or \"\" here");
}

unsigned settings_cross_check(const struct settings *settings, finding_sink say, void *context)
{
    struct checking checking = {settings, say, context, 0};

    check_emg(&checking);
    check_imu(&checking);
    check_lines(&checking);
    check_night_and_detection(&checking);
    check_reminder(&checking);
    check_mqtt(&checking);
    return checking.count;
}
