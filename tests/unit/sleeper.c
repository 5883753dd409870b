/* SPDX-License-Identifier: MIT */
#include "sleeper.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CHUNK_S 0.5 /* rendered at a time */

static void collect(void *context, const struct event *event)
{
    struct sleeper *s = context;

    assert_true(s->count < SLEEPER_EVENTS);
    s->events[s->count++] = *event;
}

void sleeper_default(struct sleeper *s)
{
    memset(s, 0, sizeof(*s));
    s->setup = synth_default_setup();
    s->params = (struct detector_params){
        .onset_ratio = 2.5, .rise_ratio = 1.6, .decide_s = 10, .decide_fast_s = 5, .fault_after_s = 5};
    s->block = 86;
    s->gain = 1;
    s->start_ns = INT64_C(5000000000);
}

void sleeper_start(struct sleeper *s)
{
    struct detector_channel channels[EMG_CHANNELS];
    struct detector_imu imus[IMU_SOURCES] = {{LEG_LEFT}, {LEG_RIGHT}};
    bool right = false;

    s->synth = synth_new(&s->setup);
    assert_non_null(s->synth);
    for (unsigned i = 0; i < s->setup.channel_count; i++) {
        channels[i] = (struct detector_channel){.leg = s->setup.channels[i].leg,
                                                .muscle = s->setup.channels[i].muscle,
                                                .input = s->input,
                                                .clip_uv = s->setup.clip_uv * fabs(s->gain)};
        right = right || channels[i].leg == LEG_RIGHT;
    }
    s->detector = detector_new(&s->params, channels, s->setup.channel_count, imus,
                               s->setup.imu_rate_hz > 0 ? 1 + right : 0, collect, s);
    assert_non_null(s->detector);
}

void sleeper_add(struct sleeper *s, const char *class, double start_s, double duration_s, double level,
                 const struct synth_event *more)
{
    struct synth_event event = more ? *more : (struct synth_event){.muscle = MUSCLE_GASTROCNEMIUS};

    event.class = synth_class_find(class);
    assert_non_null(event.class);
    event.start_s = start_s;
    event.duration_s = duration_s;
    event.level = level;
    synth_draw(s->synth, &event);
    assert_int_equal(synth_add(s->synth, &event), 0);
}

/* Sample times of a source that runs at rate_hz since the start. */
static int64_t sample_ns(const struct sleeper *s, double index, double rate_hz)
{
    return s->start_ns + (int64_t)(index * 1e9 / rate_hz);
}

static void push_emg(struct sleeper *s, unsigned channel, const float *uv, unsigned first, unsigned count)
{
    double rate = s->setup.rate_hz;
    unsigned done = 0, turn = first;

    while (done < count) {
        unsigned size = s->block ? s->block : 1 + turn * 37 % BLOCK_VALUES;
        struct block b = {.kind = BLOCK_EMG, .source = (uint8_t)channel, .width = 1, .period_ns = 1e9 / rate};

        size = size < count - done ? size : count - done;
        b.count = (uint16_t)size;
        b.t_ns = sample_ns(s, first + done, rate);
        if (s->faults)
            b.faults = s->faults((first + done) / rate);
        for (unsigned i = 0; i < size; i++) {
            b.v[i] = (float)((double)uv[done + i] * s->gain + s->offset_uv);
            if (s->spoil)
                s->spoil(s->spoil_context, (first + done + i) / rate, channel, &b.v[i]);
        }
        if (!s->silent || !s->silent((first + done) / rate))
            detector_push(s->detector, &b);
        done += size;
        turn++;
    }
}

static void push_imu(struct sleeper *s, enum leg leg, unsigned first, unsigned count)
{
    float rows[64][6];
    double rate = s->setup.imu_rate_hz;

    while (count > 0) {
        unsigned size = count < 20 ? count : 20;
        struct block b = {.kind = BLOCK_IMU,
                          .source = (uint8_t)leg,
                          .width = 6,
                          .count = (uint16_t)size,
                          .period_ns = 1e9 / rate};

        assert_int_equal(synth_imu(s->synth, leg, rows, size), 0);
        b.t_ns = sample_ns(s, first, rate);
        memcpy(b.v, rows, size * sizeof(rows[0]));
        for (unsigned i = 0; s->shake && i < size; i++)
            b.v[i * 6] += (float)s->shake((first + i) / rate);
        detector_push(s->detector, &b);
        first += size;
        count -= size;
    }
}

static void push_contact(struct sleeper *s)
{
    for (unsigned i = 0; i < s->setup.channel_count; i++) {
        struct block b = {
            .kind = BLOCK_CONTACT, .source = (uint8_t)i, .width = 1, .count = 1, .period_ns = CHUNK_S * 1e9};

        b.t_ns = s->start_ns + (int64_t)(s->now * 1e9);
        b.v[0] = synth_lead_off(s->synth, s->setup.channels[i].leg, s->now);
        detector_push(s->detector, &b);
    }
}

void sleeper_run(struct sleeper *s, double t_s)
{
    static float uv[EMG_CHANNELS][4096];

    while (s->now < t_s - 1e-9) {
        unsigned first = (unsigned)lround(s->now * s->setup.rate_hz);
        unsigned count = (unsigned)lround((s->now + CHUNK_S) * s->setup.rate_hz) - first;
        unsigned imu_first = (unsigned)lround(s->now * s->setup.imu_rate_hz);
        unsigned imu_count = (unsigned)lround((s->now + CHUNK_S) * s->setup.imu_rate_hz) - imu_first;
        float *out[EMG_CHANNELS];
        bool right = false;

        for (unsigned i = 0; i < EMG_CHANNELS; i++)
            out[i] = i < s->setup.channel_count ? uv[i] : NULL;
        push_contact(s);
        assert_int_equal(synth_emg(s->synth, out, count), 0);
        for (unsigned i = 0; i < s->setup.channel_count; i++) {
            push_emg(s, i, uv[i], first, count);
            right = right || s->setup.channels[i].leg == LEG_RIGHT;
        }
        for (unsigned leg = 0; leg <= right && imu_count > 0; leg++)
            push_imu(s, leg, imu_first, imu_count);
        s->now += CHUNK_S;
    }
}

void sleeper_finish(struct sleeper *s)
{
    detector_finish(s->detector);
}

void sleeper_free(struct sleeper *s)
{
    detector_free(s->detector);
    synth_free(s->synth);
}

const struct event *sleeper_event(const struct sleeper *s, enum event_kind kind, unsigned n)
{
    for (unsigned i = 0; i < s->count; i++)
        if (s->events[i].kind == kind && n-- == 0)
            return &s->events[i];
    return NULL;
}

unsigned sleeper_count(const struct sleeper *s, enum event_kind kind)
{
    unsigned n = 0;

    for (unsigned i = 0; i < s->count; i++)
        n += s->events[i].kind == kind;
    return n;
}

unsigned sleeper_dismissed(const struct sleeper *s, enum dismiss_reason reason)
{
    unsigned n = 0;

    for (unsigned i = 0; i < s->count; i++)
        n += s->events[i].kind == EVENT_DISMISSED && s->events[i].dismissed.reason == reason;
    return n;
}

double sleeper_s(const struct sleeper *s, int64_t t_ns)
{
    return (double)(t_ns - s->start_ns) / 1e9;
}
