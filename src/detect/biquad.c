/* SPDX-License-Identifier: MIT */
#include "detect/biquad.h"

#include <math.h>

/* 1/Q of pole pair `pair` of a Butterworth filter: twice the cosine of the pair's angle to the real axis. */
static double damping(unsigned order, unsigned pair)
{
    return 2.0 * sin(M_PI * (2.0 * pair + 1.0) / (2.0 * order));
}

void biquad_highpass(struct biquad *sections, unsigned order, double corner_hz, double rate_hz)
{
    double k = tan(M_PI * corner_hz / rate_hz);

    for (unsigned i = 0; i < order / 2; i++) {
        struct biquad *s = &sections[i];
        double d = damping(order, i) * k;
        double scale = 1.0 / (1.0 + d + k * k);

        s->gain = scale;
        s->b1 = -2.0;
        s->a1 = 2.0 * (k * k - 1.0) * scale;
        s->a2 = (1.0 - d + k * k) * scale;
    }
}

void biquad_lowpass(struct biquad *sections, unsigned order, double corner_hz, double rate_hz)
{
    double k = tan(M_PI * corner_hz / rate_hz);

    for (unsigned i = 0; i < order / 2; i++) {
        struct biquad *s = &sections[i];
        double d = damping(order, i) * k;
        double scale = 1.0 / (1.0 + d + k * k);

        s->gain = k * k * scale;
        s->b1 = 2.0;
        s->a1 = 2.0 * (k * k - 1.0) * scale;
        s->a2 = (1.0 - d + k * k) * scale;
    }
}

void biquad_notch(struct biquad *section, double centre_hz, double width_hz, double rate_hz)
{
    double w = 2.0 * M_PI * centre_hz / rate_hz;
    double t = tan(M_PI * width_hz / rate_hz);
    double scale = 1.0 / (1.0 + t);

    section->gain = scale;
    section->b1 = -2.0 * cos(w);
    section->a1 = section->b1 * scale;
    section->a2 = (1.0 - t) * scale;
}

double biquad_settle(struct biquad *section, double value)
{
    double gain = section->gain * (2.0 + section->b1) / (1.0 + section->a1 + section->a2);

    section->x1 = section->x2 = value;
    section->y1 = section->y2 = value * gain;
    return section->y1;
}

/* Two samples a round: the older value of each pair needs no moving. */
void biquad_run(struct biquad *section, double *values, unsigned count)
{
    const double gain = section->gain, b1 = section->b1, a1 = section->a1, a2 = section->a2;
    double x1 = section->x1, x2 = section->x2, y1 = section->y1, y2 = section->y2;
    unsigned i = 0;

    for (; i + 1 < count; i += 2) {
        double xa = values[i], xb = values[i + 1];

        y2 = gain * (xa + x2 + b1 * x1) - a1 * y1 - a2 * y2;
        values[i] = y2;
        x2 = xa;
        y1 = gain * (xb + x1 + b1 * xa) - a1 * y2 - a2 * y1;
        values[i + 1] = y1;
        x1 = xb;
    }
    if (i < count) {
        double x = values[i];
        double y = gain * (x + x2 + b1 * x1) - a1 * y1 - a2 * y2;

        values[i] = y;
        x2 = x1;
        x1 = x;
        y2 = y1;
        y1 = y;
    }
    section->x1 = x1;
    section->x2 = x2;
    section->y1 = y1;
    section->y2 = y2;
}
