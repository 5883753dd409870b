/* SPDX-License-Identifier: MIT */
/*
 * Mains hum: is it there, at 50 or 60 Hz, on which harmonics, how strong; and notches for just these.
 *
 * A line keeps its phase from frame to frame, muscle does not: with z the component at a line's nominal
 * frequency in a frame, sum(z[n] * conj(z[n-1])) / sum(|z|^2) is near 1 for a line and its angle tells how
 * far the true frequency is off. Frames of 100 ms hold whole periods of 50 and 60 Hz, so lines do not disturb
 * each other.
 */
#pragma once

#include "detect/biquad.h"
#include "detect/tuning.h"

struct mains_line {
    double offset_max_hz; /* farther from it than this it is not mains */
    double alias_hz;      /* where the harmonic shows at this rate; 0 = outside the band */
    bool folded;          /* it lies above half the rate */
    double cosine, sine;  /* of the angle of one sample */
    double re, im;        /* component of the last frame, RMS uV */
    double corr_re, corr_im, power;
    bool notched;
    double notch_hz;
    double found_power;                 /* when the notch was set */
    unsigned weak_frames, notch_frames; /* the notch's age */
    unsigned sure_frames;               /* it is seen without a break */
    struct biquad notch;
};

struct mains {
    double setting_hz; /* 50, 60 or 0 = find out */
    double rate_hz;
    int family; /* 0: 50 Hz, 1: 60 Hz, -1 not known */
    bool have_last;
    unsigned search; /* frames looked at in search of the family */
    bool in_hand;    /* all hum there is is in settled notches ... */
    unsigned watch;  /* ... then only every other second is looked at */
    struct mains_line line[2][MAINS_LINES];
    /* Of the last frame. */
    double hum_uv; /* steady hum, RMS */
    double share;  /* of the frame's power that is hum no settled notch takes out */
};

void mains_init(struct mains *mains, double setting_hz);
void mains_set_rate(struct mains *mains, double rate_hz, double low_hz, double high_hz);
/* A whole frame of band-passed samples; first_s: time of the first within the frame. */
void mains_observe(struct mains *mains, const float *values, unsigned count, double first_s);
/* This frame cannot be observed (gap, restart): phases start anew. */
void mains_skip(struct mains *mains);
/* Takes the hum out, in place. */
void mains_remove(struct mains *mains, float *values, unsigned count);
