/* SPDX-License-Identifier: MIT */
/*
 * The detector: blocks in, events out. Pure: samples and time come in as arguments, no clock, no I/O, no
 * globals, no allocation after detector_new(). One thread.
 *
 * Time is cut into frames of 100 ms on a grid that starts at the first sample seen. A frame is decided when
 * every source has delivered past its end, or when detector_advance() says that time has passed anyway;
 * the same samples in other block sizes therefore give the same events.
 */
#pragma once

#include "base/block.h"
#include "base/event.h"
#include "base/macros.h"
#include "detect/insight.h"

struct detector_channel {
    enum leg leg;
    enum muscle muscle;
    enum emg_input input;
    double clip_uv; /* magnitude at which the front end or ADC saturates, after centring; 0 = not known */
};

struct detector_imu {
    enum leg leg;
};

struct detector_params {
    double onset_ratio;   /* level over the resting floor that counts as activity */
    double rise_ratio;    /* ... as an announcing rise */
    double decide_s;      /* unbroken, unexplained activity until it is called a cramp */
    double decide_fast_s; /* the same after a rise or within the hour after a cramp */
    double mains_hz;      /* 50, 60, or 0 = find out */
    double fault_after_s; /* a quality problem lasting this long becomes a fault event; at most 10 s */
};

struct detector;

/* Copies everything it is given. NULL with errno (EINVAL: no channel or too many; ENOMEM). */
struct detector *detector_new(const struct detector_params *params, const struct detector_channel *channels,
                              unsigned channel_count, const struct detector_imu *imus, unsigned imu_count,
                              event_sink sink, void *context);
void detector_free(struct detector *detector);
DEFINE_CLEANUP(struct detector *, detector_free);

/* New parameters for the frames to come; an open episode goes on. */
void detector_set_params(struct detector *detector, const struct detector_params *params);

/* Takes a block of any size, any values (NaN is missing), possibly with a gap since the last one. Blocks of
   one source must come in order of time; a block that goes back in time is counted and dropped. */
void detector_push(struct detector *detector, const struct block *block);

/* Says that every source has delivered what it will deliver up to `t_ns`; what is missing is missing. */
void detector_advance(struct detector *detector, int64_t t_ns);

/* The reminder's motor started or stopped at t_ns on the leg(s): its vibration must not be taken for the
 * leg's. */
void detector_set_vibration(struct detector *detector, bool vibrating, int64_t t_ns);

/* End of the recording or of the program: decides what is open as far as it can be decided. */
void detector_finish(struct detector *detector);

/* What the resting level of a channel has been learnt to be, uV; NAN while that is not sure. Another detector
   of the same leg can go on with it: without, one that begins in a cramp takes the cramp for rest. */
double detector_get_rest(const struct detector *detector, unsigned channel);
void detector_set_rest(struct detector *detector, unsigned channel, double rest_uv);

/* The last time that a channel's electrodes came back and rest was more than twice or less than half of what
   it was: they sit elsewhere, or on somebody else. False: that has not been seen. */
struct detector_placement {
    unsigned changes; /* so many times in this run */
    int64_t t_ns;     /* when that became sure */
    double before_uv, after_uv;
};
bool detector_get_placement(const struct detector *detector, unsigned channel,
                            struct detector_placement *placement);

/* What a channel was calibrated to, uV RMS; NAN: not. Forgotten by itself when the electrodes sit elsewhere.
   rest_uv makes a floor known at once that agrees with it, firm_uv gives EVENT_CRAMP_END its percent. */
struct detector_personal {
    double rest_uv, firm_uv;
};
void detector_set_personal(struct detector *detector, unsigned channel,
                           const struct detector_personal *personal);
struct detector_personal detector_get_personal(const struct detector *detector, unsigned channel);

/* Calibration of a leg, see calibration.h; no leg is watched meanwhile, and coverage does not count. 0, or
   -ENODEV no electrodes there, -EALREADY one is running, -EBUSY a cramp is on or announced. */
int detector_calibrate(struct detector *detector, enum leg leg);
void detector_cancel_calibration(struct detector *detector);
struct detector_calibration {
    enum calibration_phase phase;
    enum leg leg;
    int hindrance; /* enum hindrance, or -1 */
    unsigned done; /* finished well in this run */
    double rest_s, rest_needed_s, held_s;
    double left_s; /* until the phase is given up */
};
void detector_get_calibration(const struct detector *detector, struct detector_calibration *calibration);

/* What the detector sees now, per channel: for live views. Levels in uV RMS; NAN when not known. */
struct detector_view {
    double level_uv, floor_uv;
    double motion_g; /* IMU activity of that leg, g RMS about gravity; NAN without IMU */
    enum episode_state state;
    uint32_t faults;          /* BIT(enum fault_reason): quality now, before debouncing */
    uint32_t declared_faults; /* BIT(enum fault_reason): for which a fault event is out */
    double rate_hz;
    uint64_t dropped_blocks; /* of all sources: out of order, of no source there is, of no shape */
    bool
        reduced; /* rate or envelope input too poor to see bursts and spectrum: level and time decide alone */
};
void detector_get_view(const struct detector *detector, unsigned channel, struct detector_view *view);

/* The same for a leg, with what is made of it. False: the leg has no electrodes, or nothing was decided yet.
 */
bool detector_get_insight(const struct detector *detector, enum leg leg, struct insight *insight);
/* ... and of every frame as it is decided; sink NULL: to nobody, which costs nothing. */
void detector_set_insight(struct detector *detector, insight_sink sink, void *context);

/* Coverage so far: seconds of time seen, and seconds of it in which a cramp could have been seen
   (at least one usable channel on every leg that has one). */
void detector_get_coverage(const struct detector *detector, double *total_s, double *usable_s);
