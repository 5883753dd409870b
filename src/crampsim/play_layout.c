/* SPDX-License-Identifier: MIT */
#include "crampsim/play_layout.h"

#include <errno.h>
#include <math.h>

#define ADDRESSES 4 /* 0x48..0x4b: ADCs on one bus */
/* No amplifier is silent. Without this a recording that stands still looks like an ADC that does. */
#define NOISE_UV 0.3

static const char *const ready_lines[ADDRESSES] = {"GPIO17", "GPIO27", "GPIO5", "GPIO6"};
static const char *const contact_lines[EMG_CHANNELS] = {"LO+0", "LO+1", "LO+2", "LO+3",
                                                        "LO+4", "LO+5", "LO+6", "LO+7"};
/* Oscillators are never exact; these are inside the data sheet's 10 %. */
static const double rate_errors[] = {0.013, -0.009, 0.021, -0.017};

static int find_emg(const struct recording *recording, enum leg leg, enum muscle muscle)
{
    for (unsigned i = 0; i < recording_emg_count(recording); i++)
        if (recording_emg(recording, i)->leg == leg && recording_emg(recording, i)->muscle == muscle)
            return (int)i;
    return -1;
}

static int find_imu(const struct recording *recording, enum leg leg)
{
    for (unsigned i = 0; i < recording_imu_count(recording); i++)
        if (recording_imu(recording, i)->leg == leg)
            return (int)i;
    return -1;
}

/* A range in which what the recording could hold does not clip. */
static double fitting_range(const struct emg_params *emg, double clip_uv)
{
    static const double ranges[] = {0.256, 0.512, 1.024, 2.048, 4.096, 6.144};
    double top_v = emg->reference_v + fmin(clip_uv * 1e-6 * emg->gain, emg->reference_v);

    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
        if (ranges[i] >= emg->adc_range_v && ranges[i] >= top_v)
            return ranges[i];
    return ranges[ARRAY_SIZE(ranges) - 1];
}

static void take_channels(struct sensor_params *sensor, const struct recording *recording,
                          struct play_layout *layout)
{
    const struct emg_params form = sensor->emg[0];
    unsigned count = MIN(recording_emg_count(recording), (unsigned)ADDRESSES);

    for (unsigned i = 0; i < count; i++) {
        const struct recording_emg *from = recording_emg(recording, i);
        struct emg_params *emg = &sensor->emg[i];

        *emg = form;
        emg->leg = from->leg;
        emg->muscle = from->muscle;
        emg->address = 0x48 + (int)i;
        emg->ready_line = ready_lines[i];
        emg->lead_off_plus = emg->lead_off_minus = "";
        emg->adc_range_v = fitting_range(emg, from->clip_uv);
        layout->emg[i] = (int)i;
    }
    sensor->emg_count = (int)count;
    layout->from_recording = true;
}

static void take_imus(struct sensor_params *sensor, const struct recording *recording,
                      struct play_layout *layout)
{
    if (layout->from_recording || sensor->imu_count == 0) {
        struct imu_params form = sensor->imu[0];

        if (sensor->imu_count == 0)
            form = (struct imu_params){.acc_range_g = 4, .gyro_range_dps = 500, .rate_hz = 100};
        sensor->imu_count = (int)MIN(recording_imu_count(recording), (unsigned)IMU_SOURCES);
        for (int i = 0; i < sensor->imu_count; i++) {
            sensor->imu[i] = form;
            sensor->imu[i].chip = IMU_MPU6050;
            sensor->imu[i].leg = recording_imu(recording, (unsigned)i)->leg;
            sensor->imu[i].address = 0x68 + i;
            sensor->imu[i].interrupt_line = "";
        }
    }
    for (int i = 0; i < sensor->imu_count; i++) {
        layout->imu[i] = sensor->imu[i].chip == IMU_NONE ? -1 : find_imu(recording, sensor->imu[i].leg);
        if (layout->imu[i] < 0)
            sensor->imu[i].chip = IMU_NONE;
    }
}

void play_lay_out(struct settings *settings, const struct recording *recording, struct play_layout *layout)
{
    struct sensor_params *sensor = &settings->sensor;
    bool all = true;

    *layout = (struct play_layout){0};
    for (int i = 0; i < sensor->emg_count; i++) {
        layout->emg[i] = find_emg(recording, sensor->emg[i].leg, sensor->emg[i].muscle);
        all &= layout->emg[i] >= 0;
    }
    if (!all || sensor->emg_count == 0)
        take_channels(sensor, recording, layout);
    take_imus(sensor, recording, layout);
    for (int i = 0; i < sensor->emg_count; i++)
        if (!*sensor->emg[i].lead_off_plus && !*sensor->emg[i].lead_off_minus)
            sensor->emg[i].lead_off_plus = contact_lines[i];
    layout->left_out = recording_emg_count(recording) - (unsigned)sensor->emg_count;
}

static int add_contacts(struct world *world, const struct emg_params *emg, struct world_signal contact)
{
    const char *lines[2] = {emg->lead_off_plus, emg->lead_off_minus};

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        int error = lines[i] && *lines[i] ? world_add_input(world, lines[i], contact) : 0;

        if (error < 0)
            return error;
    }
    return 0;
}

static int add_channel(struct world *world, const struct settings *settings, int channel,
                       const struct play_layout *layout, struct playback *playback)
{
    const struct emg_params *emg = &settings->sensor.emg[channel];
    unsigned from = (unsigned)layout->emg[channel];
    const struct world_adc adc = {
        .bus = settings->sensor.bus,
        .address = emg->address,
        .chip = emg->chip,
        .ready_line = emg->ready_line,
        .gain = emg->gain,
        .reference_v = emg->reference_v,
        .pin = emg->input_pin,
        .true_rate_error = rate_errors[(size_t)channel % ARRAY_SIZE(rate_errors)],
        .noise_uv = NOISE_UV,
        .uv = playback_emg(playback, from, 1e9 / emg->rate_hz),
    };
    int error = add_contacts(world, emg, playback_contact(playback, from));

    return error < 0 ? error : world_add_adc(world, &adc);
}

static int add_outputs(struct world *world, const struct reminder_params *reminder)
{
    const char *lines[2] = {reminder->led_line, reminder->motor_line};

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        int error = lines[i] && *lines[i] ? world_add_output(world, lines[i]) : 0;

        if (error < 0)
            return error;
    }
    return 0;
}

int play_build_world(struct world *world, const struct settings *settings, const struct play_layout *layout,
                     struct playback *playback, int adc[EMG_CHANNELS], int imu[IMU_SOURCES])
{
    const struct sensor_params *sensor = &settings->sensor;

    for (int i = 0; i < sensor->emg_count; i++) {
        adc[i] = add_channel(world, settings, i, layout, playback);
        if (adc[i] < 0)
            return adc[i];
    }
    for (int i = 0; i < sensor->imu_count; i++) {
        const struct world_imu chip = {
            .bus = sensor->bus,
            .address = sensor->imu[i].address,
            .chip = sensor->imu[i].chip,
            .interrupt_line = sensor->imu[i].interrupt_line,
            .true_rate_error = -0.012,
            .motion = playback_imu(playback, (unsigned)MAX(layout->imu[i], 0)),
        };

        imu[i] = sensor->imu[i].chip == IMU_NONE ? -1 : world_add_imu(world, &chip);
        if (imu[i] < 0 && sensor->imu[i].chip != IMU_NONE)
            return imu[i];
    }
    return add_outputs(world, &settings->reminder);
}
