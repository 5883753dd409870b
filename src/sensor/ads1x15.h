/* SPDX-License-Identifier: MIT */
/*
 * ADS1115 and ADS1015: one chip = one channel, continuous conversion, ALERT/RDY pulsed low for about 8 us at
 * the end of each conversion (TI SBAS444, 9.3.8). The register pointer is left at the conversion register,
 * so that taking a sample is a plain read of two bytes. Makes no decision about recovery (sensor/ladder).
 */
#pragma once

#include "hw/i2c_bus.h"
#include "sensor/params.h"

struct ads1x15 {
    struct i2c_bus *bus;
    uint8_t address;
    uint16_t config; /* what the chip must say when asked */
    bool pointing;   /* the chip's register pointer is at the conversion, as far as we know */
    int low_rail, high_rail;
    double uv_per_code, uv_at_zero;
};

/* Works out configuration and scale; talks to nobody. -EINVAL: a rate, range or input the chip does not have.
 */
int ads1x15_setup(struct ads1x15 *adc, struct i2c_bus *bus, const struct emg_params *params);

/* Configures the chip and reads everything back. 0, the bus's errno, or as ads1x15_verify(). */
int ads1x15_init(struct ads1x15 *adc);

/* Reads the configuration back: 0, the bus's errno, -ECONNRESET (the power-on values: the chip lost its
   supply) or -EBADMSG (something else: another chip, or rubbish on the bus). The next ads1x15_read() puts the
   pointer back. */
int ads1x15_verify(struct ads1x15 *adc);

/* The last conversion: two bytes, or five when the pointer has to be set. 0 or the bus's errno. */
int ads1x15_read(struct ads1x15 *adc, int16_t *code);
/* The same with the pointer set anew, in case another program moved it. */
int ads1x15_reread(struct ads1x15 *adc, int16_t *code);

/* Microvolts at the electrode. */
static inline double ads1x15_uv(const struct ads1x15 *adc, int16_t code)
{
    return adc->uv_at_zero + adc->uv_per_code * code;
}

/* The code is at a rail of the converter or of the front end before it. */
static inline bool ads1x15_clipped(const struct ads1x15 *adc, int16_t code)
{
    return code <= adc->low_rail || code >= adc->high_rail;
}

/* For probing and messages: the nearest rates a chip has, "8, 16, ... 860". */
const char *ads1x15_rates_text(enum adc_chip chip);
