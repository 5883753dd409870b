/* SPDX-License-Identifier: MIT */
#include "detect/biquad.h"

#include "detect/pair.h"

#include <math.h>

/* 1/Q of pole pair `which` of a Butterworth filter: twice the cosine of the pair's angle to the real axis. */
static double damping(unsigned order, unsigned which)
{
    return 2.0 * sin(M_PI * (2.0 * which + 1.0) / (2.0 * order));
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

static double step(struct biquad *s, double x)
{
    double y = s->gain * (x + s->x2 + s->b1 * s->x1) - s->a1 * s->y1 - s->a2 * s->y2;

    s->x2 = s->x1;
    s->x1 = x;
    s->y2 = s->y1;
    s->y1 = y;
    return y;
}

/* Two samples a round. What comes of the input is worked out for both at once; the recursion cannot be. */
void biquad_run(struct biquad *section, double *values, unsigned count)
{
    const double gain = section->gain, b1 = section->b1, a1 = section->a1, a2 = section->a2;
    double y1 = section->y1, y2 = section->y2;
    pair before = {section->x2, section->x1};

    for (; count > 1; count -= 2, values += 2) {
        pair now = pair_load(values);
        pair in = gain * (now + before + b1 * pair_between(before, now));

        y2 = in[0] - a1 * y1 - a2 * y2;
        values[0] = y2;
        y1 = in[1] - a1 * y2 - a2 * y1;
        values[1] = y1;
        before = now;
    }
    section->x1 = before[1];
    section->x2 = before[0];
    section->y1 = y1;
    section->y2 = y2;
    if (count)
        *values = step(section, *values);
}

/* Both sections side by side, the second one sample behind: it takes what the first made in the last round.
   Two rounds at a time: the older value of each needs no moving. */
void biquad_run_two(struct biquad *first, struct biquad *second, double *values, unsigned count)
{
    const pair gain = {first->gain, second->gain}, b1 = {first->b1, second->b1};
    const pair a1 = {first->a1, second->a1}, a2 = {first->a2, second->a2};

    if (count == 0)
        return;
    *values = step(first, *values);
    pair x1 = {first->x1, second->x1}, x2 = {first->x2, second->x2};
    pair y1 = {first->y1, second->y1}, y2 = {first->y2, second->y2};

    for (; count > 2; count -= 2, values += 2) {
        pair xa = pair_join(values[1], y1);

        y2 = gain * (xa + x2 + b1 * x1) - a1 * y1 - a2 * y2;
        values[0] = y2[1];
        x2 = xa;
        pair xb = pair_join(values[2], y2);

        y1 = gain * (xb + x1 + b1 * xa) - a1 * y2 - a2 * y1;
        values[1] = y1[1];
        x1 = xb;
    }
    *first = (struct biquad){gain[0], b1[0], a1[0], a2[0], x1[0], x2[0], y1[0], y2[0]};
    *second = (struct biquad){gain[1], b1[1], a1[1], a2[1], x1[1], x2[1], y1[1], y2[1]};
    values[0] = first->y1;
    if (count == 2)
        values[1] = step(first, values[1]);
    biquad_run(second, values, count);
}
