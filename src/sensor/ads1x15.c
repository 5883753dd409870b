/* SPDX-License-Identifier: MIT */
#include "sensor/ads1x15.h"

#include <errno.h>
#include <math.h>

enum { REG_CONVERSION, REG_CONFIG, REG_LO_THRESH, REG_HI_THRESH };

/* Config register, SBAS444 table 8. Mode (bit 8) 0 = continuous, comparator bits 4..2 = 0 (traditional,
   active low, non-latching), COMP_QUE (1..0) = 0: assert after one conversion. */
#define CONFIG_OS        0x8000 /* reads as status, so never compared */
#define CONFIG_POWER_ON  0x8583
#define CONFIG_SINGLE(n) ((uint16_t)((4U + (n)) << 12))
#define CONFIG_RANGE(n)  ((uint16_t)((n) << 9))
#define CONFIG_RATE(n)   ((uint16_t)((n) << 5))
/* MSB of Hi_thresh 1 and of Lo_thresh 0 turn ALERT/RDY into conversion-ready (SBAS444 9.3.8). */
#define LO_READY 0x0000
#define HI_READY 0x8000

#define RAIL_MARGIN_V 0.02 /* how near to its supply a rail-to-rail output gets */

static const double ranges_v[] = {6.144, 4.096, 2.048, 1.024, 0.512, 0.256};

static const struct {
    int rates[8];
    int top_code; /* 12 bits are left-justified */
    const char *text;
} chips[] = {
    [ADC_ADS1115] = {{8, 16, 32, 64, 128, 250, 475, 860}, 0x7FFF, "8, 16, 32, 64, 128, 250, 475, 860"},
    [ADC_ADS1015] = {{128, 250, 490, 920, 1600, 2400, 3300, 3300},
                     0x7FF0,
                     "128, 250, 490, 920, 1600, 2400, 3300"},
};

const char *ads1x15_rates_text(enum adc_chip chip)
{
    return chips[chip].text;
}

static int find_rate(enum adc_chip chip, int rate_hz)
{
    for (int i = 0; i < (int)ARRAY_SIZE(chips[chip].rates); i++)
        if (chips[chip].rates[i] == rate_hz)
            return i;
    return -EINVAL;
}

static int find_range(double range_v)
{
    for (int i = 0; i < (int)ARRAY_SIZE(ranges_v); i++)
        if (fabs(ranges_v[i] - range_v) < 0.0005)
            return i;
    return -EINVAL;
}

/* A front end about mid-supply saturates at 0 V and at twice its reference; the converter at its own ends. */
static void find_rails(struct ads1x15 *adc, const struct emg_params *params, double volts_per_code)
{
    adc->low_rail = -0x8000;
    adc->high_rail = chips[params->chip].top_code;
    if (params->input != EMG_INPUT_RAW || params->reference_v < 5 * RAIL_MARGIN_V)
        return;
    adc->low_rail = (int)(RAIL_MARGIN_V / volts_per_code);
    adc->high_rail = MIN(adc->high_rail, (int)((2 * params->reference_v - RAIL_MARGIN_V) / volts_per_code));
}

int ads1x15_setup(struct ads1x15 *adc, struct i2c_bus *bus, const struct emg_params *params)
{
    int rate = find_rate(params->chip, params->rate_hz), range = find_range(params->adc_range_v);

    if (rate < 0 || range < 0 || params->input_pin < 0 || params->input_pin > 3 || !(params->gain > 0))
        return -EINVAL;
    double volts_per_code = ranges_v[range] / 32768;
    *adc = (struct ads1x15){
        .bus = bus,
        .address = (uint8_t)params->address,
        .config = (uint16_t)(CONFIG_SINGLE((unsigned)params->input_pin) | CONFIG_RANGE((unsigned)range) |
                             CONFIG_RATE((unsigned)rate)),
        .uv_per_code = volts_per_code / params->gain * 1e6,
        .uv_at_zero = -params->reference_v / params->gain * 1e6,
    };
    find_rails(adc, params, volts_per_code);
    return 0;
}

static int write_register(struct ads1x15 *adc, uint8_t reg, uint16_t value)
{
    const uint8_t bytes[] = {reg, (uint8_t)(value >> 8), (uint8_t)value};

    adc->pointing = false;
    return i2c_transfer(adc->bus, adc->address, bytes, sizeof(bytes), NULL, 0);
}

static int read_register(struct ads1x15 *adc, uint8_t reg, uint16_t *value)
{
    uint8_t bytes[2];

    adc->pointing = false;
    int r = i2c_transfer(adc->bus, adc->address, &reg, 1, bytes, sizeof(bytes));
    if (r < 0)
        return r;
    adc->pointing = reg == REG_CONVERSION;
    *value = (uint16_t)(bytes[0] << 8 | bytes[1]);
    return 0;
}

int ads1x15_init(struct ads1x15 *adc)
{
    uint16_t low = 0, high = 0;
    int r;

    /* The configuration last: it starts the conversions. */
    if ((r = write_register(adc, REG_LO_THRESH, LO_READY)) < 0 ||
        (r = write_register(adc, REG_HI_THRESH, HI_READY)) < 0 ||
        (r = write_register(adc, REG_CONFIG, adc->config)) < 0 ||
        (r = read_register(adc, REG_LO_THRESH, &low)) < 0 ||
        (r = read_register(adc, REG_HI_THRESH, &high)) < 0)
        return r;
    /* The ADS1015 keeps only the upper 12 bits of a threshold. */
    if ((low & 0xFFF0) != LO_READY || (high & 0xFFF0) != HI_READY)
        return -EBADMSG;
    return ads1x15_verify(adc);
}

int ads1x15_verify(struct ads1x15 *adc)
{
    uint16_t found = 0;
    int r = read_register(adc, REG_CONFIG, &found);

    if (r < 0)
        return r;
    if ((found & ~CONFIG_OS) == adc->config)
        return 0;
    return found == CONFIG_POWER_ON || found == (CONFIG_POWER_ON & ~CONFIG_OS) ? -ECONNRESET : -EBADMSG;
}

int ads1x15_reread(struct ads1x15 *adc, int16_t *code)
{
    uint16_t value;
    int r = read_register(adc, REG_CONVERSION, &value);

    if (r == 0)
        *code = (int16_t)value;
    return r;
}

int ads1x15_read(struct ads1x15 *adc, int16_t *code)
{
    uint8_t bytes[2];

    if (!adc->pointing)
        return ads1x15_reread(adc, code);
    int r = i2c_transfer(adc->bus, adc->address, NULL, 0, bytes, sizeof(bytes));
    if (r == 0)
        *code = (int16_t)(uint16_t)(bytes[0] << 8 | bytes[1]);
    return r;
}
