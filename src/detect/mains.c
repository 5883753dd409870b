/* SPDX-License-Identifier: MIT */
#include "detect/mains.h"

#include "base/macros.h"
#include "detect/lanes.h"

#include <math.h>
#include <string.h>

#define PAIRS (MAINS_LINES / 2)

static const double fundamental_hz[2] = {50.0, 60.0};
static const double harmonic[MAINS_LINES] = {1, 2, 3, 4, 5, 7};

void mains_init(struct mains *mains, double setting_hz)
{
    *mains = (struct mains){.setting_hz = setting_hz, .family = -1};
    if (setting_hz > 0)
        mains->family = setting_hz > 55.0;
}

/* Front ends seldom have a steep filter: a harmonic above half the rate comes back folded. */
void mains_set_rate(struct mains *mains, double rate_hz, double low_hz, double high_hz)
{
    mains->rate_hz = rate_hz;
    mains->have_last = mains->in_hand = false;
    for (unsigned f = 0; f < 2; f++)
        for (unsigned h = 0; h < MAINS_LINES; h++) {
            struct mains_line *line = &mains->line[f][h];
            double hz = fundamental_hz[f] * harmonic[h], turns = hz / rate_hz;
            double part = turns - floor(turns);

            line->folded = turns > 0.5;
            line->alias_hz = rate_hz * (part > 0.5 ? 1.0 - part : part);
            if (line->alias_hz < low_hz || line->alias_hz > high_hz)
                line->alias_hz = 0;
            /* At 250 samples a second 200 Hz is 50 Hz again. */
            for (unsigned k = 0; k < h; k++)
                if (fabs(line->alias_hz - mains->line[f][k].alias_hz) < MAINS_NOTCH_HZ)
                    line->alias_hz = 0;
            line->offset_max_hz = MIN(MAINS_OFFSET_HZ + MAINS_OFFSET_SHARE * hz, MAINS_OFFSET_MAX_HZ);
            line->cosine = cos(2.0 * M_PI * line->alias_hz / rate_hz);
            line->sine = sin(2.0 * M_PI * line->alias_hz / rate_hz);
            if (line->notched && line->alias_hz > 0)
                biquad_notch(&line->notch, line->alias_hz, MAINS_NOTCH_HZ, rate_hz);
            else
                line->notched = false;
        }
}

/* State of Goertzel's recurrence at the end of a frame, of all lines of a family. */
struct recurrence {
    double newer[MAINS_LINES], older[MAINS_LINES];
};

/* Two lines to a pair, all in one pass. Lines outside the band come along: mostly there is none. */
static void recur(struct recurrence *out, const struct mains_line *line, const float *values, unsigned count)
{
    pair c[PAIRS], newer[PAIRS] = {{0}}, older[PAIRS] = {{0}};

    for (unsigned k = 0; k < PAIRS; k++)
        c[k] = (pair){2.0 * line[2 * k].cosine, 2.0 * line[2 * k + 1].cosine};
    for (; count > 1; count -= 2, values += 2)
#pragma GCC unroll 3 /* PAIRS: keeps them all in registers */
        for (unsigned k = 0; k < PAIRS; k++) {
            older[k] = (double)values[0] + c[k] * newer[k] - older[k];
            newer[k] = (double)values[1] + c[k] * older[k] - newer[k];
        }
    for (unsigned k = 0; k < PAIRS; k++) {
        if (count) {
            pair s = (double)values[0] + c[k] * newer[k] - older[k];

            older[k] = newer[k];
            newer[k] = s;
        }
        memcpy(&out->newer[2 * k], &newer[k], sizeof(pair));
        memcpy(&out->older[2 * k], &older[k], sizeof(pair));
    }
}

/* Turns by which a frame's start comes before the last sample, as cosine and sine, for each line: harmonics
   are powers of the fundamental, only folded ones are not. */
static void turns_back(const struct mains_line *line, unsigned f, double time_s, double *cosine, double *sine)
{
    double angle = -2.0 * M_PI * fundamental_hz[f] * time_s;
    double c1 = cos(angle), s1 = sin(angle), c = 1, s = 0, power = 0;

    for (unsigned h = 0; h < MAINS_LINES; h++) {
        for (; power < harmonic[h]; power++) {
            double next = c * c1 - s * s1;

            s = c * s1 + s * c1;
            c = next;
        }
        angle = -2.0 * M_PI * line[h].alias_hz * time_s;
        cosine[h] = line[h].folded ? cos(angle) : c;
        sine[h] = line[h].folded ? sin(angle) : s;
    }
}

/* Coherent power of the line in this frame, after adding the frame to its memory. */
static double line_observe(struct mains_line *line, double re, double im, bool have_last, double a)
{
    if (have_last) {
        line->corr_re += a * (re * line->re + im * line->im - line->corr_re);
        line->corr_im += a * (im * line->re - re * line->im - line->corr_im);
    }
    line->power += a * (re * re + im * im - line->power);
    line->re = re;
    line->im = im;
    return re * re + im * im;
}

static double coherent_power(const struct mains_line *line)
{
    double power = sqrt(line->corr_re * line->corr_re + line->corr_im * line->corr_im);

    return power >= MAINS_COHERENT * line->power ? power : 0.0;
}

/* The alias frequency of a frame-to-frame phase step is only known modulo 10 Hz around the nominal one. */
static double line_offset_hz(const struct mains_line *line)
{
    double whole = line->alias_hz * FRAME_S;
    double expected = 2.0 * M_PI * (whole - floor(whole));
    double step = atan2(line->corr_im, line->corr_re) - expected;

    step -= 2.0 * M_PI * floor(step / (2.0 * M_PI) + 0.5);
    return step / (2.0 * M_PI * FRAME_S);
}

static void set_notch(struct mains_line *line, double hz, double rate_hz)
{
    line->notch_hz = hz;
    biquad_notch(&line->notch, hz, MAINS_NOTCH_HZ, rate_hz);
}

/* rest: the band's power without hum. A harmonic is not to hide behind its fundamental. */
static void decide_notch(struct mains *mains, struct mains_line *line, double rest)
{
    double power = coherent_power(line);
    bool there = power > MAINS_SHARE * (rest + power);
    double offset = there ? line_offset_hz(line) : 0;

    there = there && fabs(offset) < line->offset_max_hz;
    line->sure_frames = there ? line->sure_frames + 1 : 0;

    if (line->notched) {
        /* While muscle drowns the line nothing is known of it; in silence it is seen to be gone. */
        bool gone = !there && line->power < MAINS_FORGET * line->found_power;

        line->weak_frames = gone ? line->weak_frames + (mains->in_hand ? 2 : 1) : 0;
        if (there)
            line->found_power += (power - line->found_power) / MAINS_FORGET_FRAMES;
        if (line->weak_frames > MAINS_FORGET_FRAMES)
            line->notched = false;
        else if (line->sure_frames >= MAINS_SURE_FRAMES &&
                 fabs(line->alias_hz + offset - line->notch_hz) > MAINS_RETUNE_HZ)
            set_notch(line, line->alias_hz + offset, mains->rate_hz);
    } else if (there) {
        line->notched = true;
        line->weak_frames = line->notch_frames = 0;
        line->found_power = power;
        biquad_settle(&line->notch, 0);
        set_notch(line, line->alias_hz + offset, mains->rate_hz);
    }
}

static double observe_family(struct mains *mains, unsigned f, const float *values, unsigned count,
                             double first_s, double *frame_power)
{
    struct recurrence end;
    double cosine[MAINS_LINES], sine[MAINS_LINES], steady = 0, scale = M_SQRT2 / count;

    *frame_power = 0;
    recur(&end, mains->line[f], values, count);
    turns_back(mains->line[f], f, ((double)count - 1.0) / mains->rate_hz + first_s, cosine, sine);
    for (unsigned h = 0; h < MAINS_LINES; h++) {
        struct mains_line *line = &mains->line[f][h];

        if (line->alias_hz <= 0)
            continue;
        /* The component refers to the frame's start and is scaled to RMS. */
        double zr = end.newer[h] - end.older[h] * line->cosine, zi = end.older[h] * line->sine;
        double re = scale * (zr * cosine[h] - zi * sine[h]), im = scale * (zr * sine[h] + zi * cosine[h]);
        double now =
            line_observe(line, re, im, mains->have_last, (mains->in_hand ? 2.0 : 1.0) / MAINS_MEMORY_FRAMES);
        double coherent = coherent_power(line);
        bool settled = line->notched && line->notch_frames++ >= MAINS_SETTLE_FRAMES;
        if (coherent > 0 && !settled)
            *frame_power += now;
        steady += coherent;
    }
    return steady;
}

static double power_of(const float *values, unsigned count)
{
    return quad_sum_squares(values, count) / count;
}

/* The family to look at in this frame. */
static unsigned turn(struct mains *mains)
{
    if (mains->family >= 0)
        return (unsigned)mains->family;
    if (mains->search++ % MAINS_SEARCH_FRAMES == 0)
        mains->have_last = false;
    return (mains->search - 1) / MAINS_SEARCH_FRAMES % 2;
}

void mains_observe(struct mains *mains, const float *values, unsigned count, double first_s)
{
    double now, band_power;
    bool any = false;

    if (mains->rate_hz <= 0 || count == 0)
        return;
    if (mains->in_hand && mains->watch++ / MAINS_SEARCH_FRAMES % 2) {
        mains_skip(mains);
        return;
    }
    unsigned f = turn(mains);
    band_power = power_of(values, count);
    double steady = observe_family(mains, f, values, count, first_s, &now);
    mains->have_last = true;
    if (mains->family < 0 && steady > MAINS_SHARE * band_power)
        mains->family = (int)f;
    mains->hum_uv = mains->family >= 0 ? sqrt(steady) : 0;
    mains->share = band_power > 0 ? now / band_power : 0;
    mains->in_hand = mains->family >= 0 && now <= 0;
    if (mains->family < 0)
        return;
    for (unsigned h = 0; h < MAINS_LINES; h++) {
        struct mains_line *line = &mains->line[f][h];

        if (line->alias_hz > 0)
            decide_notch(mains, line, MAX(band_power - steady, 0));
        any = any || line->notched;
    }
    if (!any && steady <= 0 && mains->setting_hz <= 0)
        mains->family = -1;
}

void mains_skip(struct mains *mains)
{
    mains->have_last = false;
    mains->share = 0;
}

void mains_remove(struct mains *mains, float *values, unsigned count)
{
    struct biquad *notch[MAINS_LINES];
    unsigned n = 0;

    if (mains->family < 0)
        return;
    for (unsigned h = 0; h < MAINS_LINES; h++)
        if (mains->line[mains->family][h].notched)
            notch[n++] = &mains->line[mains->family][h].notch;
    for (unsigned i = 0; i < n; i += BIQUAD_CASCADE)
        biquad_run_cascade(notch + i, MIN(n - i, BIQUAD_CASCADE), values, count);
}
