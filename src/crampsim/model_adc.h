/* SPDX-License-Identifier: MIT */
/*
 * ADS1115 and ADS1015 at register level (TI SBAS444, SBAS473).
 *
 * Modelled: address pointer, the four registers, continuous and single-shot conversions with the chip's data
 * rates, settings that hold from the next conversion on, saturation, conversion-ready pulses of 8 us or the
 * level held in single-shot mode, traditional and window comparator with queue, polarity and latch,
 * general-call reset. Not modelled: noise, offset, SMBus alert response, high-speed mode.
 */
#pragma once

#include "base/names.h"
#include "crampsim/model.h"

/* pins: 4 values, volts at AIN0..AIN3. In its power-on state at now_ns. NULL for ENOMEM. */
struct model *model_adc_new(enum adc_chip chip, struct world_signal pins, int64_t now_ns);
