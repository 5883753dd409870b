/* SPDX-License-Identifier: MIT */
#include "crampsim/model_adc.h"

#include <errno.h>
#include <math.h>

enum { REG_CONVERSION, REG_CONFIG, REG_LO, REG_HI, REG_COUNT };

#define CONFIG_OS       0x8000u
#define CONFIG_SINGLE   0x0100u
#define CONFIG_WINDOW   0x0010u
#define CONFIG_POLARITY 0x0008u
#define CONFIG_LATCH    0x0004u
#define CONFIG_QUEUE    0x0003u
#define QUEUE_OFF       3u
#define CONFIG_RESET    0x8583u

#define READY_PULSE_NS (8 * NSEC_PER_USEC)  /* SBAS444 "Conversion Ready Pin" */
#define POWER_UP_NS    (25 * NSEC_PER_USEC) /* SBAS444 "Single-Shot Mode" */

struct model_adc {
    struct model model;
    enum adc_chip chip;
    struct world_signal pins;
    uint8_t pointer;
    uint16_t registers[REG_COUNT];

    bool converting;
    uint16_t running;     /* the settings of the running conversion */
    int64_t start_ns;     /* of the running conversion */
    int64_t end_ns;       /* of the running conversion */
    double carry_ns;      /* what rounding has left of the period */
    unsigned conversions; /* since power-on */

    bool asserted; /* ALERT/RDY */
    int64_t pulse_end_ns;
    unsigned beyond; /* conversions in a row outside the thresholds */
};

static const double full_scale_v[8] = {6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256};

static const double rates_hz[adc_chip_count][8] = {
    [ADC_ADS1115] = {8, 16, 32, 64, 128, 250, 475, 860},
    [ADC_ADS1015] = {128, 250, 490, 920, 1600, 2400, 3300, 3300},
};

/* MUX: positive and negative input; -1 is ground. */
static const int8_t inputs[8][2] = {{0, 1}, {0, 3}, {1, 3}, {2, 3}, {0, -1}, {1, -1}, {2, -1}, {3, -1}};

static struct model_adc *adc_of(struct model *model)
{
    return (struct model_adc *)model;
}

static const struct model_adc *const_adc_of(const struct model *model)
{
    return (const struct model_adc *)model;
}

static bool ready_pin_mode(const struct model_adc *adc)
{
    return (adc->registers[REG_HI] & 0x8000u) && !(adc->registers[REG_LO] & 0x8000u);
}

static void begin_conversion(struct model_adc *adc, int64_t start_ns)
{
    double rate = rates_hz[adc->chip][(adc->registers[REG_CONFIG] >> 5) & 7] * (1.0 + adc->model.rate_error);
    double period = 1e9 / rate + adc->carry_ns;

    adc->running = adc->registers[REG_CONFIG];
    adc->converting = true;
    adc->start_ns = start_ns;
    adc->end_ns = start_ns + (int64_t)period;
    adc->carry_ns = period - floor(period);
}

static uint16_t convert(struct model_adc *adc)
{
    double volts[4] = {0};
    const int8_t *mux = inputs[(adc->running >> 12) & 7];
    double full = full_scale_v[(adc->running >> 9) & 7];
    double steps = adc->chip == ADC_ADS1015 ? 2048.0 : 32768.0;
    double code;

    /* A delta-sigma converter sees the mean of its conversion time. */
    adc->pins.read(adc->pins.context, adc->start_ns + (adc->end_ns - adc->start_ns) / 2, volts, 4);
    code = rint((volts[mux[0]] - (mux[1] < 0 ? 0.0 : volts[mux[1]])) / full * steps);
    if (!(code < steps - 1.0)) /* also NaN: an open input drifts to the rail */
        code = steps - 1.0;
    if (code < -steps)
        code = -steps;
    return (uint16_t)((int)code * (adc->chip == ADC_ADS1015 ? 16 : 1));
}

/* Comparator after a conversion; SBAS444 "Digital Comparator". */
static void compare(struct model_adc *adc)
{
    static const unsigned needed[3] = {1, 2, 4};
    int16_t code = (int16_t)adc->registers[REG_CONVERSION];
    int16_t lo = (int16_t)adc->registers[REG_LO], hi = (int16_t)adc->registers[REG_HI];
    uint16_t config = adc->registers[REG_CONFIG];
    bool window = config & CONFIG_WINDOW;
    bool beyond = code > hi || (window && code < lo);
    bool back = window ? !beyond : code < lo;

    adc->beyond = beyond ? adc->beyond + 1 : 0;
    if (beyond && adc->beyond >= needed[config & CONFIG_QUEUE])
        adc->asserted = true;
    else if (back && !(config & CONFIG_LATCH))
        adc->asserted = false;
}

static void signal_conversion(struct model_adc *adc)
{
    if ((adc->registers[REG_CONFIG] & CONFIG_QUEUE) == QUEUE_OFF)
        return;
    if (!ready_pin_mode(adc)) {
        compare(adc);
        return;
    }
    adc->asserted = true;
    adc->pulse_end_ns = adc->running & CONFIG_SINGLE ? MODEL_NEVER : adc->end_ns + READY_PULSE_NS;
}

static void end_conversion(struct model_adc *adc)
{
    int64_t end_ns = adc->end_ns;
    bool old_value = adc->model.stuck || (adc->model.repeat && adc->conversions % 2);

    adc->conversions++;
    if (!old_value)
        adc->registers[REG_CONVERSION] = convert(adc);
    signal_conversion(adc);
    adc->converting = false;
    if (!(adc->registers[REG_CONFIG] & CONFIG_SINGLE))
        begin_conversion(adc, end_ns);
}

static int64_t adc_next_wake(const struct model *model)
{
    const struct model_adc *adc = const_adc_of(model);
    int64_t end_ns = adc->converting ? adc->end_ns : MODEL_NEVER;

    return MIN(end_ns, adc->pulse_end_ns);
}

static void adc_wake(struct model *model)
{
    struct model_adc *adc = adc_of(model);

    if (adc->converting && adc->end_ns < adc->pulse_end_ns) {
        end_conversion(adc);
    } else if (adc->pulse_end_ns != MODEL_NEVER) {
        adc->pulse_end_ns = MODEL_NEVER;
        adc->asserted = false;
    }
}

static bool adc_pin(const struct model *model)
{
    const struct model_adc *adc = const_adc_of(model);
    uint16_t config = adc->registers[REG_CONFIG];

    if ((config & CONFIG_QUEUE) == QUEUE_OFF)
        return true; /* high impedance: the pull-up */
    return (config & CONFIG_POLARITY) ? adc->asserted : !adc->asserted;
}

static void write_config(struct model_adc *adc, int64_t now_ns, uint16_t value)
{
    bool start = !(value & CONFIG_SINGLE) || (value & CONFIG_OS);

    adc->registers[REG_CONFIG] = value & (uint16_t)~CONFIG_OS;
    if (adc->converting || !start)
        return; /* a running conversion ends with its own settings */
    adc->carry_ns = 0;
    if (ready_pin_mode(adc))
        adc->asserted = false;
    begin_conversion(adc, now_ns + POWER_UP_NS);
}

static uint16_t read_register(struct model_adc *adc)
{
    uint16_t value = adc->registers[adc->pointer];

    if (adc->pointer == REG_CONFIG && !adc->converting)
        value |= CONFIG_OS;
    if (adc->pointer == REG_CONVERSION && (adc->registers[REG_CONFIG] & CONFIG_LATCH) && !ready_pin_mode(adc))
        adc->asserted = false;
    return value;
}

static int adc_transfer(struct model *model, int64_t now_ns, const uint8_t *write, size_t write_size,
                        uint8_t *read, size_t read_size)
{
    struct model_adc *adc = adc_of(model);

    if (write_size > 0)
        adc->pointer = write[0] & 3;
    if (write_size >= 3) {
        uint16_t value = (uint16_t)(write[1] << 8 | write[2]);

        if (adc->pointer == REG_CONFIG)
            write_config(adc, now_ns, value);
        else if (adc->pointer != REG_CONVERSION)
            adc->registers[adc->pointer] = value;
    }
    if (read_size > 0) {
        uint16_t value = read_register(adc);

        for (size_t i = 0; i < read_size; i++) /* after two bytes nobody drives the bus: ones */
            read[i] = i == 0 ? (uint8_t)(value >> 8) : i == 1 ? (uint8_t)value : 0xff;
    }
    return 0;
}

static void adc_power_on(struct model *model, int64_t now_ns)
{
    struct model_adc *adc = adc_of(model);

    (void)now_ns;
    adc->pointer = 0;
    adc->registers[REG_CONVERSION] = 0;
    adc->registers[REG_CONFIG] = CONFIG_RESET & (uint16_t)~CONFIG_OS;
    adc->registers[REG_LO] = 0x8000;
    adc->registers[REG_HI] = 0x7fff;
    adc->converting = false;
    adc->carry_ns = 0;
    adc->conversions = 0;
    adc->asserted = false;
    adc->pulse_end_ns = MODEL_NEVER;
    adc->beyond = 0;
}

static void adc_general_call(struct model *model, int64_t now_ns, uint8_t command)
{
    if (command == 0x06) /* SBAS444 "Reset and Power-Up" */
        adc_power_on(model, now_ns);
}

static void adc_free(struct model *model)
{
    free(adc_of(model));
}

static const struct model_ops adc_ops = {
    .transfer = adc_transfer,
    .next_wake = adc_next_wake,
    .wake = adc_wake,
    .pin = adc_pin,
    .power_on = adc_power_on,
    .general_call = adc_general_call,
    .free = adc_free,
};

struct model *model_adc_new(enum adc_chip chip, struct world_signal pins, int64_t now_ns)
{
    struct model_adc *adc;

    if (chip >= adc_chip_count) {
        errno = EINVAL;
        return NULL;
    }
    adc = calloc(1, sizeof(*adc));
    if (!adc)
        return NULL;
    adc->model.ops = &adc_ops;
    adc->chip = chip;
    adc->pins = pins;
    adc_power_on(&adc->model, now_ns);
    return &adc->model;
}
