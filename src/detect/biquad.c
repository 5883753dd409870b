/* SPDX-License-Identifier: MIT */
#include "detect/biquad.h"

#include "detect/lanes.h"

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

void biquad_run(struct biquad *section, double *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        values[i] = step(section, values[i]);
}

static void run_alone(struct biquad *section, float *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        values[i] = (float)step(section, (double)values[i]);
}

/* One member of four sections, a lane each. */
#define GATHER(s, member)                                                                                    \
    {                                                                                                        \
        (float)(s)[0]->member, (float)(s)[1]->member, (float)(s)[2]->member, (float)(s)[3]->member           \
    }

/* What the sections take next: the first one `value`, each other what the one before it has just made. */
static inline quad feed(float value, quad made)
{
    quad in = __builtin_shufflevector(made, made, 3, 0, 1, 2);

    in[0] = value;
    return in;
}

/* All sections at once, each one sample behind the one before it. `steps` is even; values: what the first
   section takes, out: where the last one's goes. */
static void run_abreast(struct biquad *const *s, unsigned last, const float *values, float *out,
                        unsigned steps)
{
    const quad gain = GATHER(s, gain), b1 = GATHER(s, b1), a1 = GATHER(s, a1), a2 = GATHER(s, a2);
    quad x1 = GATHER(s, x1), x2 = GATHER(s, x2), y1 = GATHER(s, y1), y2 = GATHER(s, y2);

    for (; steps > 1; steps -= 2, values += 2, out += 2) { /* two: the older value of each needs no moving */
        quad xa = feed(values[0], y1);

        y2 = gain * (xa + x2 + b1 * x1) - a1 * y1 - a2 * y2;
        out[0] = y2[last];
        x2 = xa;
        quad xb = feed(values[1], y2);

        y1 = gain * (xb + x1 + b1 * xa) - a1 * y2 - a2 * y1;
        out[1] = y1[last];
        x1 = xb;
    }
    for (unsigned k = 0; k <= last; k++) {
        s[k]->x1 = (double)x1[k];
        s[k]->x2 = (double)x2[k];
        s[k]->y1 = (double)y1[k];
        s[k]->y2 = (double)y2[k];
    }
}

void biquad_run_cascade(struct biquad *const *sections, unsigned n, float *values, unsigned count)
{
    struct biquad *s[BIQUAD_CASCADE];

    if (count < 2 * n) {
        for (unsigned k = 0; k < n; k++)
            run_alone(sections[k], values, count);
        return;
    }
    for (unsigned k = 0; k < BIQUAD_CASCADE; k++)
        s[k] = sections[k < n ? k : 0]; /* something for every lane; nobody looks at those from n on */
    unsigned last = n - 1, steps = (count - last) & ~1U, begin = count - last - steps;

    /* To go abreast each has to be a sample ahead of the next. */
    for (unsigned k = 0; k < n; k++)
        run_alone(s[k], values, begin + last - k);
    run_abreast(s, last, values + begin + last, values + begin, steps);
    /* In the end those behind catch up. */
    for (unsigned k = 0; k < last; k++)
        values[count - 1 - k] = (float)s[k]->y1;
    for (unsigned k = 1; k < n; k++)
        run_alone(s[k], values + count - k, k);
}
