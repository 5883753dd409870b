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

        s->b0 = scale;
        s->b1 = -2.0 * scale;
        s->b2 = scale;
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

        s->b0 = k * k * scale;
        s->b1 = 2.0 * s->b0;
        s->b2 = s->b0;
        s->a1 = 2.0 * (k * k - 1.0) * scale;
        s->a2 = (1.0 - d + k * k) * scale;
    }
}

void biquad_notch(struct biquad *section, double centre_hz, double width_hz, double rate_hz)
{
    double w = 2.0 * M_PI * centre_hz / rate_hz;
    double t = tan(M_PI * width_hz / rate_hz);
    double scale = 1.0 / (1.0 + t);

    section->b0 = scale;
    section->b1 = -2.0 * cos(w) * scale;
    section->b2 = scale;
    section->a1 = section->b1;
    section->a2 = (1.0 - t) * scale;
}

double biquad_settle(struct biquad *section, double value)
{
    double gain = (section->b0 + section->b1 + section->b2) / (1.0 + section->a1 + section->a2);

    section->x1 = section->x2 = value;
    section->y1 = section->y2 = value * gain;
    return section->y1;
}

void biquad_run(struct biquad *section, double *values, unsigned count)
{
    double b0 = section->b0, b1 = section->b1, b2 = section->b2, a1 = section->a1, a2 = section->a2;
    double x1 = section->x1, x2 = section->x2, y1 = section->y1, y2 = section->y2;

    for (unsigned i = 0; i < count; i++) {
        double x = values[i];
        double y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;

        x2 = x1;
        x1 = x;
        y2 = y1;
        y1 = y;
        values[i] = y;
    }
    section->x1 = x1;
    section->x2 = x2;
    section->y1 = y1;
    section->y2 = y2;
}
