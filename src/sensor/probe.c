/* SPDX-License-Identifier: MIT */
/*
 * `crampd --probe`: what is there, what should be there, whose fault the difference is. Only reads: registers
 * of chips, names of lines. A chip whose ready line somebody holds is left alone, because a running crampd
 * relies on the chip's register pointer.
 */
#include "sensor/acquire.h"
#include "sensor/ads1x15.h"
#include "sensor/mpu6050.h"
#include "sensor/recovery.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

struct probe {
    const struct sensor_params *params;
    struct platform *platform;
    struct i2c_bus *bus;
    FILE *out;
    int missing;
    bool busy; /* a line of ours is held: probably by a running crampd */
    bool bus_works;
    bool expected[128];
};

/* Chips that are known by a register's value: read-only, one look. */
static const struct known_chip {
    uint8_t first, last; /* addresses */
    uint8_t reg;
    uint8_t size;
    uint16_t mask, value;
    const char *name;
} known_chips[] = {
    {0x18, 0x19, 0x0F, 1, 0xFF, 0x33, "LIS3DH accelerometer"},
    {0x1D, 0x1D, 0x00, 1, 0xFF, 0xE5, "ADXL345 accelerometer"},
    {0x48, 0x4B, 0x0F, 2, 0x0FFF, 0x0117, "TMP117 thermometer"},
    {0x48, 0x4B, 0x01, 2, 0x7FFF, 0x0583, "ADS1115, ADS1015 or alike, as after power-on"},
    {0x48, 0x4B, 0x01, 2, 0x011F, 0x0000, "ADS1115, ADS1015 or alike, set up as crampd does"},
    {0x53, 0x53, 0x00, 1, 0xFF, 0xE5, "ADXL345 accelerometer"},
    {0x5A, 0x5A, 0x00, 1, 0xE0, 0xE0, "DRV2605L haptic driver"},
    {0x68, 0x69, 0x75, 1, 0xFF, 0x68, "MPU-6050"},
    {0x68, 0x69, 0x75, 1, 0xFF, 0x70, "MPU-6500 (works as MPU-6050)"},
    {0x68, 0x69, 0x75, 1, 0xFF, 0x71, "MPU-9250 (works as MPU-6050)"},
    {0x68, 0x69, 0x75, 1, 0xFF, 0x72, "MPU-6050 clone (works as MPU-6050)"},
    {0x68, 0x69, 0x75, 1, 0xFF, 0x98, "ICM-20689 (works as MPU-6050)"},
    {0x6A, 0x6B, 0x0F, 1, 0xFF, 0x69, "LSM6DS3 IMU"},
    {0x6A, 0x6B, 0x0F, 1, 0xFF, 0x6A, "LSM6DS3-C IMU"},
    {0x6A, 0x6B, 0x0F, 1, 0xFF, 0x6C, "LSM6DSO IMU"},
};

static _printf_(4, 5) void row(struct probe *probe, const char *what, const char *where, const char *format,
                               ...)
{
    va_list ap;

    fprintf(probe->out, "  %-26s %-22s ", what, where);
    va_start(ap, format);
    vfprintf(probe->out, format, ap);
    va_end(ap);
    fputc('\n', probe->out);
}

static int read_id(struct probe *probe, uint8_t address, const struct known_chip *chip, uint16_t *value)
{
    uint8_t bytes[2] = {0};
    int r = i2c_transfer(probe->bus, address, &chip->reg, 1, bytes, chip->size);

    *value = (uint16_t)(chip->size == 2 ? bytes[0] << 8 | bytes[1] : bytes[0]);
    return r;
}

/* Puts a converter's pointer back to its conversion register. */
static void leave(struct probe *probe, uint8_t address)
{
    const uint8_t conversion = 0;

    if (address >= 0x48 && address <= 0x4B)
        i2c_transfer(probe->bus, address, &conversion, 1, NULL, 0);
}

/* What answers at the address: a name, "unknown chip", or NULL and *error. */
static const char *identify(struct probe *probe, uint8_t address, int *error)
{
    const char *name = NULL;
    uint8_t byte;

    *error = i2c_transfer(probe->bus, address, NULL, 0, &byte, 1);
    if (*error < 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(known_chips) && !name; i++) {
        const struct known_chip *chip = &known_chips[i];
        uint16_t value;

        if (address < chip->first || address > chip->last)
            continue;
        if (read_id(probe, address, chip, &value) == 0 && (value & chip->mask) == chip->value)
            name = chip->name;
    }
    leave(probe, address);
    return name ? name : "unknown chip";
}

static bool fits(const char *name, bool imu)
{
    return strstr(name, imu ? "MPU-6050" : "ADS1115") != NULL;
}

static void probe_chip(struct probe *probe, const char *what, int address, bool imu)
{
    char where[32];
    int error = 0;

    probe->expected[address & 0x7F] = true;
    snprintf(where, sizeof(where), "0x%02x", (unsigned)address);
    if (!probe->bus_works) {
        probe->missing++;
        row(probe, what, where, "MISSING  the bus is not there");
        return;
    }
    if (probe->busy) {
        row(probe, what, where,
            "not asked: another program (a running crampd?) holds its lines; stop it to probe");
        return;
    }
    const char *name = identify(probe, (uint8_t)address, &error);
    if (name && fits(name, imu)) {
        row(probe, what, where, "ok       %s", name);
        return;
    }
    probe->missing++;
    if (name)
        row(probe, what, where, "WRONG    %s answers here; set the address of the right one", name);
    else
        row(probe, what, where, "MISSING  %s", recovery_error_text(error));
}

static void probe_bus(struct probe *probe)
{
    int r = i2c_reopen(probe->bus);

    probe->bus_works = r == 0;
    if (r < 0)
        probe->missing++;
    row(probe, "I2C bus", probe->params->bus, r == 0 ? "ok" : "MISSING  %s", i2c_error_text(i2c_classify(r)));
}

static void probe_others(struct probe *probe)
{
    if (!probe->bus_works || probe->busy)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(known_chips); i++)
        for (int address = known_chips[i].first; address <= known_chips[i].last; address++) {
            char where[32];
            int error;

            if (probe->expected[address])
                continue;
            probe->expected[address] = true; /* once */
            const char *name = identify(probe, (uint8_t)address, &error);
            snprintf(where, sizeof(where), "0x%02x", (unsigned)address);
            if (name)
                row(probe, "not in the settings", where, "%s answers", name);
        }
}

/* Without describe(): the line is requested as a plain input for a moment. */
static int describe(struct probe *probe, const struct gpio_spec *spec, struct gpio_line_info *info)
{
    struct gpio *gpio = probe->platform->gpio;
    struct gpio_line *line = NULL;

    *info = (struct gpio_line_info){0};
    if (gpio->ops->describe)
        return gpio->ops->describe(gpio, spec, info);
    int r = gpio->ops->request(gpio, spec, &line);
    if (r == 0)
        gpio->ops->release(gpio, line);
    info->used = r == -EBUSY;
    return r == -EBUSY ? 0 : r;
}

static void probe_line(struct probe *probe, const char *what, const char *name)
{
    struct gpio_spec spec = {.name = name,
                             .chip_label = probe->params->chip_label,
                             .consumer = "crampd-probe",
                             .bias = BIAS_AS_IS};
    struct gpio_line_info info;

    if (!name || !*name)
        return;
    int r = describe(probe, &spec, &info);
    if (r < 0) {
        probe->missing++;
        row(probe, what, name, "MISSING  %s", gpio_error_text(r));
        return;
    }
    if (!info.used) {
        row(probe, what, name, "ok       free%s%s", info.label[0] ? ", on " : "", info.label);
        return;
    }
    probe->busy = true;
    row(probe, what, name, "in use   by %s", info.consumer[0] ? info.consumer : "another program");
}

static void probe_lines(struct probe *probe)
{
    const struct sensor_params *params = probe->params;
    char what[32];

    for (int i = 0; i < params->emg_count; i++) {
        snprintf(what, sizeof(what), "emg %d ready", i);
        probe_line(probe, what, params->emg[i].ready_line);
        snprintf(what, sizeof(what), "emg %d lead-off +", i);
        probe_line(probe, what, params->emg[i].lead_off_plus);
        snprintf(what, sizeof(what), "emg %d lead-off -", i);
        probe_line(probe, what, params->emg[i].lead_off_minus);
    }
    for (int i = 0; i < params->imu_count; i++) {
        snprintf(what, sizeof(what), "imu %d interrupt", i);
        if (params->imu[i].chip != IMU_NONE)
            probe_line(probe, what, params->imu[i].interrupt_line);
    }
    probe_line(probe, "button", params->button_line);
}

static void probe_chips(struct probe *probe)
{
    const struct sensor_params *params = probe->params;
    char what[40];

    for (int i = 0; i < params->emg_count; i++) {
        snprintf(what, sizeof(what), "emg %d: %s", i, adc_chip_name(params->emg[i].chip));
        probe_chip(probe, what, params->emg[i].address, false);
    }
    for (int i = 0; i < params->imu_count; i++) {
        if (params->imu[i].chip == IMU_NONE)
            continue;
        snprintf(what, sizeof(what), "imu %d: %s", i, imu_chip_name(params->imu[i].chip));
        probe_chip(probe, what, params->imu[i].address, true);
    }
}

int sensor_probe(const struct sensor_params *params, struct platform *platform, FILE *out)
{
    struct probe probe = {.params = params, .platform = platform, .out = out};
    _cleanup_(i2c_bus_freep) struct i2c_bus *bus = platform->open_bus(platform, params->bus);

    if (!bus)
        return -ENOMEM;
    probe.bus = bus;
    fprintf(out, "Lines (%s)\n", platform->gpio->backend);
    probe_lines(&probe);
    fprintf(out, "Chips\n");
    probe_bus(&probe);
    probe_chips(&probe);
    probe_others(&probe);
    if (probe.missing == 0)
        fprintf(out, "All that the settings name is there.\n");
    else
        fprintf(out, "%d missing or wrong; wiring and settings: crampd(8), crampd.conf(5).\n", probe.missing);
    return ferror(out) ? -EIO : probe.missing;
}
