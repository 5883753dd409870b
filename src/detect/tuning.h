/* SPDX-License-Identifier: MIT */
/*
 * Every number of the detector that is not a setting, once, with its reason. "x" is a multiple of the
 * personal resting floor. Sources are in docs/detection.md; [a] marks a choice without a published figure.
 */
#pragma once

/* Grid. 100 ms: a tenth of the shortest thing that must be timed well (a leg movement is at least 0.5 s,
   AASM/WASM), and a whole number of periods of 50 and of 60 Hz. 20 ms parts: ankle clonus at 5-7 Hz pauses
   for 60-100 ms, a motor unit potential lasts 10-30 ms. */
#define FRAME_S         0.1
#define FRAMES_PER_S    10
#define FRAME_SUBS      5
#define SUB_S           (FRAME_S / FRAME_SUBS)
#define SUB_SAMPLES_MIN 8   /* fewer samples make no level: parts are merged at low rates */
#define FRAME_SAMPLES   512 /* 4000 Hz, an oscillator 10 % fast, and room */
#define FRAME_RING      64  /* how far one source may run ahead of another, frames */

/* Band: 20 Hz is the corner for movement artefact in general use (De Luca 2010), 450 Hz the upper end of
   surface EMG (SENIAM, ISEK 500). */
#define BAND_LOW_HZ     20.0
#define BAND_HIGH_HZ    450.0
#define BAND_HIGH_RATE  0.45
#define BAND_LOW_ORDER  4 /* movement is far stronger than muscle */
#define BAND_HIGH_ORDER 2
#define BAND_SECTIONS   ((BAND_LOW_ORDER + BAND_HIGH_ORDER) / 2)
#define REDESIGN_SHARE  0.01 /* a rate this much off its design is redesigned for */
#define RESTART_SHARE   0.2  /* this much off is another signal: the filters start afresh */
#define RATE_MIN_HZ     100.0
#define RATE_MAX_HZ     4000.0
#define RATE_MARGIN     0.12  /* ADC oscillators are off by up to 10 % */
#define RATE_FULL_HZ    400.0 /* below, 20 ms parts hold too few samples: reduced capability */
#define BRIDGE_S        0.02  /* missing samples up to this long are bridged by holding the last */
#define SETTLE_FRAMES   2     /* unusable after a restart: 20 Hz, 4th order rings for 0.15 s */
#define GOOD_SHARE_MIN  0.5   /* of a frame's samples, to use it */
#define GAP_SHARE       0.8   /* a frame with less than this of its samples counts as gap */
#define VALUE_MAX_UV    1e7   /* 10 V at an electrode is not a measurement */
#define PERIOD_MIN_NS   1e5   /* 10 kHz and */
#define PERIOD_MAX_NS   2e8   /* 5 Hz: outside, a stated period is nonsense */

/* Mains: Europe keeps 50 Hz within 0.2 Hz; the rate's error adds 1 % before it is designed for. */
#define MAINS_LINES         6     /* harmonics 1, 2, 3, 4, 5, 7 */
#define MAINS_MEMORY_FRAMES 15    /* averaging of phase coherence [a] */
#define MAINS_COHERENT      0.75  /* noise gives sqrt(1/30) = 0.18, a line 1 */
#define MAINS_SHARE         0.05  /* of a line and what is no hum, for the line to be worth a notch [a] */
#define MAINS_SETTLE_FRAMES 5     /* a notch of 2 Hz has settled after half a second */
#define MAINS_SHARE_FRAME   0.6   /* of a frame's power: the frame is hum, not muscle [a] */
#define MAINS_FORGET        0.25  /* a notched line this much weaker than when found ... */
#define MAINS_FORGET_FRAMES 300   /* ... for so long loses its notch [a] */
#define MAINS_SEARCH_FRAMES 10    /* while not known, 50 and 60 Hz are looked for in turn */
#define MAINS_RETUNE_HZ     0.03  /* off by 0.1 Hz, a notch of 2 Hz leaves a tenth of the hum */
#define MAINS_SURE_FRAMES   20    /* ... seen for so long: a few frames of muscle may agree by chance */
#define MAINS_NOTCH_HZ      2.0   /* width; settles in 0.16 s and takes 0.5 % of the band */
#define MAINS_OFFSET_HZ     0.5   /* a line may be this far from nominal ... */
#define MAINS_OFFSET_SHARE  0.015 /* ... and this share of it: rate not yet designed for, and its error */
#define MAINS_OFFSET_MAX_HZ 4.5   /* phase steps are only known within 5 Hz */
#define HUM_FAULT_RATIO     40.0  /* over the floor: 0-50 uV on 3 uV is normal at home [a] */

/* Signal quality. Flat: a good amplifier with its input shorted has noise of 0.3 uV, electrodes on a resting
   leg have 2-3. */
#define CLIP_SHARE        0.98  /* of the rail counts as at the rail */
#define CLIPPED_SHARE     0.1   /* of a frame's samples at the rails: clipped */
#define STUCK_S           0.05  /* at one rail without a break: EMG crosses over within 25 ms (20 Hz) */
#define FLAT_S            0.5   /* not one bit of change for so long */
#define FLAT_RATIO        0.2   /* of a known floor: shorted or disconnected [a] */
#define STALE_SHARE       0.4   /* of samples equal to the one before ... */
#define STALE_STEPS       6     /* ... while the steps between are this many ADC steps: read twice */
#define FAULT_AFTER_MAX_S 10.0  /* a fault is known within 10 s */
#define FAULT_CLEAR_S     3.0   /* good this long clears a fault [a] */
#define FAULT_DECAY       0.5   /* while not declared, a good second takes back half a bad one [a] */
#define NOT_WORN_S        300.0 /* every electrode off, the leg's IMU still: nobody wears it [a] */
#define CONTACT_SETTLE_S  1.0   /* electrode half-cell and amplifier settle after contact [a] */

/* Resting floor: a low percentile of the frame level while nothing is going on. It may drift +-6 dB over a
   night: down 6 dB takes 3 minutes, up 7. Seconds of an odd quiet (the leg pulled, an electrode pressed) must
   not make ordinary rest look like a rise afterwards. A flat line is only followed if the leg shows in
   between that it is alive: moves, for less than FLOOR_BACK_FRAMES at a time. */
#define FLOOR_QUANTILE       0.3
#define FLOOR_DOWN           3.8e-4 /* of a natural log unit, a frame; up is this * q / (1 - q) */
#define FLOOR_YOUNG_GAIN     10.0   /* in the first FLOOR_YOUNG_FRAMES after it is known */
#define FLOOR_YOUNG_FRAMES   600
#define FLOOR_QUANTILE_SD    0.52 /* the 30th percentile of a Gaussian lies this many sd below its middle */
#define FLOOR_FAR            0.6  /* level below this much of the floor: floor is far too high */
#define FLOOR_FAR_GAIN       8.0
#define FLOOR_FAR_FRAMES     1800  /* ... for 3 minutes: follow fast */
#define FLOOR_ALIVE_FRAMES   30    /* ... and of a flat line, after so many that are not flat [a] */
#define FLOOR_BACK_FRAMES    100   /* not flat for so long in a row: it is over [a] */
#define FLOOR_LEARN_FRAMES   100   /* usable frames until it is called known: 10 s [a] */
#define FLOOR_SETTLED_FRAMES 600   /* a minute of noise is the new floor [a] */
#define FLOOR_WEAK_S         240.0 /* so is anything weak that outlasts three rises [a] */
#define FLOOR_FREEZE_RATIO   1.5   /* above this it is not rest */
#define FLOOR_AGREE_FRAMES   20 /* of a calibrated channel: so many within FLOOR_FREEZE_RATIO will do [a] */
#define PLACEMENT_OFF_FRAMES                                                                                 \
    100 /* electrodes off for 10 s may be back elsewhere; pressed back on at once they are sooner [a] */
#define PLACEMENT_RATIO 2.0 /* floors this much apart are not one floor's drift of a night (6 dB) */

/* Calibration with the person's help. */
#define CALIBRATION_REST_FRAMES    600 /* a minute, of which the floor's percentile is sure to 1 % */
#define CALIBRATION_REST_MAX_S     180.0
#define CALIBRATION_CONTRACT_MAX_S 30.0
#define CALIBRATION_HOLD_S         3.0 /* three quarters of real-holds are at their top after 1.4 s */
#define CALIBRATION_RELAX_MAX_S                                                                              \
    10.0 /* what lasts longer may be a cramp: pointing the foot can bring one on */
#define CALIBRATION_BLIND_S      3.0 /* without signal in the contraction: given up [a] */
#define CALIBRATION_TENSE        2.0 /* over rest so far: not relaxed; frames at 100 Hz scatter to 1.7 */
#define CALIBRATION_TENSE_FRAMES 20  /* ... of which so much is known */
#define CALIBRATION_FIRM_MIN     3.0 /* over rest: weaker, and it can not be told from tone [a] */
#define CALIBRATION_HELD_SHARE   0.5 /* of the best second: still held */

/* Motion, from the IMU. A cramp: still, tremor < 20 mg, slow plantar flexion of up to 20 deg [a in the
   generator notes]. */
#define MOTION_FAST_S       0.1  /* what is slower is posture, not motion */
#define POSTURE_S           0.5  /* smoothing of the direction of gravity */
#define MOTION_STILL_G      0.04 /* twice the tremor of a cramp */
#define MOTION_NOISE_RATIO  2.0  /* over what the sensor shows at rest, if that is more [a] */
#define MOTION_NOISE_UP_G   1e-5 /* a frame, 6 mg a minute; walking must not become rest */
#define MOTION_NOISE_DOWN_G 1e-5 /* in balance at the median */
#define MOTION_NOISE_MAX_G  0.05
#define MOTION_STRONG_G     0.15 /* whole-leg movement [a] */
#define MOTION_HOLD_FRAMES  5    /* motion counts for 0.5 s after it */
#define POSTURE_TURN_DEG    10.0 /* with motion: a turn */
#define POSTURE_STILL_DEG   25.0 /* without: more than plantar flexion and its error can be */
#define POSTURE_UPRIGHT     45.0 /* away from where the leg lay */
#define GAIT_WINDOW_FRAMES  30
#define GAIT_MOVING_SHARE   0.7
#define GAIT_MOTION_G       0.1
#define GAIT_RATE_MIN       0.5 /* swings of motion energy, 1/s: stride 0.7-1.2 Hz, steps twice that */
#define GAIT_RATE_MAX       3.0
#define IMU_RATE_MIN_HZ     10.0

/* Tonic run: unbroken activity of one channel. */
#define RUN_LOW_SHARE  0.75 /* of the way from rest to rise_ratio starts a run: above the scatter of rest */
#define RUN_END_SHARE  0.5  /* ... ends it */
#define RUN_END_FRAMES 4
#define RUN_MARKS      20
#define RUN_MARK_STEP  1.41421356 /* 3 dB */
#define RUN_MARK_FIRST 1.5
#define ONSET_SHARE                                                                                          \
    0.1 /* of the level it came to: there a contraction began, weak tone before it was before it */
#define HIDDEN_MAX_S       2.5 /* a quarter of the longest ramp */
#define FORGET_FRAMES      60  /* without usable signal a run is over */
#define SMOOTH_FRAMES      5   /* median of this many frames: fasciculations do not lift it */
#define MEAN_SHARE         0.1 /* of a frame, in a mean of power: 1 s */
#define REF_FRAMES         30  /* local reference of activity: the last 3 s */
#define PAUSE_EXPONENT     0.4 /* pause level = floor * ratio^this: 1.9 x at 5 x, 3.9 x at 30 x */
#define PAUSE_DEEP         0.3 /* of the local reference; a cramp's modulation of 30 % leaves 0.54 */
#define PAUSE_SHORT_SUBS   3   /* 60 ms */
#define PAUSE_LONG_SUBS    10  /* 200 ms: one of these breaks a run */
#define PAUSES_RHYTHMIC    3   /* short pauses within ... */
#define PAUSES_WINDOW_SUBS 150 /* ... 3 s break it too */
#define PAUSE_COARSE_SUBS                                                                                    \
    15 /* where parts are merged: 300 ms, fewer samples scatter more; short pauses are not seen */
#define DIP_SHARE         0.45 /* shallower than a pause ... */
#define DIP_FRAMES        2    /* ... for 0.2 s: */
#define DIP_COARSE_FRAMES 4
#define DIP_WINDOW_S      4.0 /* two of them so close together break a run: repeated effort, not a cramp [a] */
#define PEAK_SHARE        3.0  /* the same upwards: peaks this far over the reference ... */
#define PEAK_FRAMES       5    /* ... and no longer than 0.5 s [a] */
#define BURST_MARGIN      1.25 /* a burst begins this much above the pause level, ends below it */
#define BURST_SHORT_S     0.2  /* fragmentary myoclonus is < 150 ms (AASM), filters and parts add up to 50 */
#define SPIKE_S           0.07 /* motor unit potentials of 10-30 ms, likewise */

/* Swing of the level of an unbroken activity: modulation.h. Ratios measured after 10 s: generated cramps
   (tuning family) 5th percentile 2.0, median 4.9; generated holds median 1.1, 90th 1.4; recorded maximal
   holds of 10 s (43, real-holds) median 1.25, 90th 2.4. */
#define SWING_LOW_HZ      0.8 /* 1.4 +- 0.4 Hz (Minetto 2009), 1.5 sd */
#define SWING_HIGH_HZ     2.0
#define SCATTER_LOW_HZ    2.5         /* to the 5 Hz that frames of 100 ms can show */
#define SWING_SKIP_FRAMES 15          /* of a beginning: it would look like a swing */
#define SWING_MIN_FRAMES  35          /* with these, five periods of a cramp's swing */
#define SWING_FORGET      (1.0 / 600) /* a frame: memory of a minute, a hold's half */
#define SWING_CRAMP       2.0
#define SWING_HOLD        1.5

/* From activity to a verdict. */
#define SHORT_RATIO    1.33 /* a 20 ms part this much over onset_ratio is an event of its own */
#define SUSPECT_REST_S 3.5  /* rest that ends a suspicion: the slowest rhythmic movement has 0.3 Hz */
#define CRAMP_RATIO    5.0  /* "unmistakable": the pilot's rise stays at 2-6 x, 20-80 % of MVC is 15-70 x */
#define CRAMP_KEEP     0.8  /* of it must be there at the moment of decision */
#define RAMP_MAX_S     10.0 /* a cramp comes up within 1-10 s; what takes longer is the announcing rise */
#define RISE_SURGE     1.6  /* over the rise's own level: the cramp itself begins */
#define RISE_MIN_S     8.0  /* still elevation before it is announced: longer than most leg movements */
#define RISE_MAX_S                                                                                           \
    90.0 /* the longest announced rise is 80 s: what stays longer is the cramp or a new floor */
#define RISE_LINGER_S    45.0   /* at CRAMP_RATIO without a surge: as long as a whole rise [a] */
#define RISE_WEAK_RATIO  3.0    /* after RISE_MAX_S: stronger is a cramp, weaker a new floor [a] */
#define RECURRENCE_S     3600.0 /* excitability stays raised for 60 min (2017, Muscle Nerve 56:E95) */
#define HELD_WEIGHT      0.07 /* of time both heads, both legs or the shin alone work: no hold lasts 140 s */
#define COACTIVE_SHARE   0.5  /* of the stronger one's level; in a cramp one head is >= 3 x the other */
#define BILATERAL_SYNC_S 3.0  /* onsets of both legs this close together */
#define PERIODIC_MIN     4    /* leg movements make a series (AASM, WASM) ... */
#define PERIODIC_NEAR_S  5.0  /* ... onsets 5 (AASM) or 10 (WASM) to 90 s apart */
#define PERIODIC_FAR_S   90.0
#define MOVEMENT_MIN_S   0.5 /* leg movement: 0.5-10 s */
#define MOVEMENT_MAX_S   10.0
#define BILATERAL_MAX_S  15.0 /* of both legs: to 15 s */
#define VOLUNTARY_S      7.0  /* one unbroken, still contraction this long is held, not twitched [a] */
#define RHYTHM_BURSTS    4    /* HFLM: at least 4 */
#define RHYTHM_BURST_S   3.3  /* of which none is longer than the slowest period */
#define RHYTHM_MIN_HZ    0.25 /* 0.3-4 Hz, and counting error */
#define CLONIC_MIN_HZ    4.3  /* clonus 5-7 Hz */
#define JERK_MAX_S       0.5
#define ARTEFACT_SHARE   0.3 /* of a suspicion without usable signal */
#define ARTEFACT_CROSSINGS_HZ                                                                                \
    90.0 /* what a 20 Hz high-pass leaves of movement crosses zero 40-70 times a second, EMG > 150 */
#define MUSCLE_MAX_UV    1500.0 /* surface EMG reaches 1.5 mV RMS (De Luca); a maximal calf 0.1-1 mV */
#define CLIPPED_TIME     0.5    /* of a suspicion's active time at the rails [a] */
#define HUM_CHANGE       0.5    /* of a suspicion's peak that the hum changed by ... */
#define HUM_RING_S       3.0    /* ... in so short a suspicion */
#define HUM_SUDDEN_FLOOR 10.0   /* times the floor: 30 uV at a usual one ... */
#define HUM_SUDDEN_USUAL 4.0    /* ... and times what is usual and the floor: it came suddenly [a] */
#define HUM_USUAL_S      3600.0 /* memory of the usual: a lamp stays on [a] */
#define HUM_LEAK         0.5    /* of it may get past the notches: harmonics that have none [a] */
#define HUM_SHARE_MIN    0.4    /* of a suspicion's active time in hum */
#define REMINDER_SHARE   0.5    /* of a suspicion's active time while the motor ran */
#define VIBRATION_TAIL_S 1.0    /* the motor runs down, filters settle */
#define VIBRATION_MAX_S                                                                                      \
    960.0 /* one pulse: at full strength as long as a reminder, which ends by itself within                  \
             900 s (reminder.max_s); longer, its end was not told */

/* From cramp to rest. */
#define END_RATIO       2.5 /* below it the cramp is at rest: the level at which activity begins by default */
#define EASE_SHARE      0.35 /* of the cramp's usual level: it eases */
#define END_REST_S      5.0
#define END_REST_DECAY  0.5
#define EASE_MAX_S      60.0  /* raised tone after a cramp is not the cramp */
#define REFRACTORY_S    10.0  /* fasciculations and rubbing right after belong to it [a] */
#define BLIND_CRAMP_S   120.0 /* signal away this long: its end was not seen */
#define BLIND_SUSPECT_S 5.0
#define RELIEF_WINDOW_S 10.0 /* before the end: motion and burst of a stretch (1-4 s) [a] */
#define RELIEF_MOVING_S 0.5
#define RELIEF_BURST    1.3  /* over the cramp's usual level: stretching first raises activity */
#define RELIEF_DEG      8.0  /* dorsiflexion as a shank sensor sees it [a] */
#define RELIEF_MEMORY_S 10.0 /* ... from the mean of so long while our motor runs: a pull takes 1-3 s [a] */

/* Memory and patience. */
#define SUSPECT_MAX_S 300.0 /* an activity without end and without a run is judged in pieces of this */
#define RISE_LEVEL_S  5.0   /* memory of a rise's own level: a rise grows 3 % a second, a cramp > 10 % */
#define SURGE_LOST_S  1.0   /* below it this long: it was a spike of the rise */
#define ABOVE_MIN_S   3.0   /* of the evidence at CRAMP_RATIO [a] */
/* Shape of an onset. A cramp takes 1-10 s to come up (Miller and Layzer); of 54 recorded voluntary holds
   three quarters were there within 1.4 s of full ramp, nine tenths within 2.7; movements within 0.5. */
#define PLATEAU_S        5.0  /* what it came to is looked at so long after its onset */
#define ATTACK_FROM      0.25 /* the ramp is measured between these shares of it, and drawn out to 0 and 1: */
#define ATTACK_TO        0.7  /* the foot lies in the floor, the top is restless */
#define ATTACK_SPAN_MIN  0.15 /* less of a ramp than this is not measured */
#define ATTACK_ABRUPT_S  1.2  /* at once ... */
#define ATTACK_GRADUAL_S 2.0  /* ... like a cramp */
/* Restlessness of the plateau: RMS change of its log level from 0.3 s to 0.3 s. A cramp swings by 10-30 % at
   1.4 +- 0.4 Hz and its units fire with a variation of 45 % (Minetto 2009): 0.13-0.3; made-up holds
   0.08-0.13, recorded maximal ones 0.1-0.25. So it says something, but only together with the onset. */
#define CHANGE_FRAMES    3
#define UNREST_AFTER_S   2.0  /* a hold's ramp is over */
#define UNREST_FRAMES    300  /* averaged over up to 30 s */
#define UNREST_MAX       0.25 /* the square of a change by two thirds: a step, not restlessness */
#define UNREST_HOLD      0.13
#define UNREST_CRAMP     0.18
#define UNREST_MUSCLE    0.055 /* noise of the band's width has 0.067, hum 0.03, muscle 0.08 and more */
#define UNREST_NOISE     0.09  /* ... with room for its scatter: below, something weak is taken for noise */
#define UNREST_FEW       20
#define LEG_SWING_FRAMES 10 /* a leg that turns so fast when a contraction begins is stretched, or moved: */
#define LEG_SWING_S      2.5
#define LEG_SWING_DEG    6.0   /* a cramp points the foot by up to 20 degrees in 3 s, the shank less */
#define HOLD_S           120.0 /* one pair: steady is held by will until it has lasted this long */
/* One head alone. Only a cramp works one head of the calf while the others are silent (Ross and Thomas 1995,
   Khan and Burne 2007): that counts more than level or time. */
#define ALONE_SURE 0.33 /* the other head's share of it: as silent as in a cramp (a third) ... */
#define ALONE_NOT  0.55 /* ... or working along; cross-talk of 0.3 lies between */
#define CLIPPED_GAIN                                                                                         \
    1.5 /* what rails take off a level when they are met in a tenth of samples and more [a] */
#define ALONE_EXCESS        3.0 /* over the floor, from here on a second counts in full: weaker decides slower */
#define ALONE_RESOLUTION    0.5 /* of the other's floor: less could not be seen there */
#define FAINT_RATIO         2.0 /* weakest that is called [a]; ramps below 2.27 are not measured: ATTACK_SPAN_MIN */
#define FAINT_RAMP_S        6.0  /* below CRAMP_RATIO what comes up slower is a rise [a] */
#define MOVING_ALONE_WEIGHT 0.5  /* of time in motion: pain wakes, and moving takes all heads [a] */
#define ALONE_OLD_S         40.0 /* a weak tone older than this is no onset: ... */
#define ALONE_OLD_MAX_S     2.0  /* ... so much of it counts, the rest has to come from a surge */
#define RISE_ALONE_GAIN     1.6  /* announced after 5 s instead of 8 */
#define SURGE_ALONE_S       2.0  /* a surge out of it, longer than its spikes [a] */
#define DOUBT_S             1.0 /* what a gap in weak activity costs of the evidence that one head is alone [a] */
#define BREAK_S             2.0  /* ... and a break in strong activity [a] */
#define ABRUPT_EXTRA_S      1.5  /* s more about what was not gradual: 10 s of holding are usual [a] */
#define MOVED_MIN_S         1.0  /* in motion during a run: it began in a movement */
#define MOTION_MOTOR_G      0.3  /* while the reminder's motor runs, only this is the leg's own motion [a] */
#define USUAL_S             10.0 /* memory of a cramp's usual level */
#define GRIP_SHARE          0.5  /* of it: the cramp is back after easing */
#define BACK_FRAMES         10   /* usable again this long before anything is concluded from it */
#define ANCHOR_FRAMES       10   /* posture before something began: this much earlier */
#define MOVING_MEMORY       0.99 /* a frame: 10 s */
#define FREEZE_S            2.0  /* the floor is not learnt so soon after activity */

/* All sources silent: after this nothing can change any more, and time is passed over at once. */
#define EMPTY_FRAMES 1500
