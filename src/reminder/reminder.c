/* SPDX-License-Identifier: MIT */
#include "reminder/reminder.h"

#include "base/log.h"
#include "reminder/envelope.h"
#include "reminder/output.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* An eccentric-mass motor and the leg under it come to rest about so long after the current has gone. */
#define SETTLE_S 0.3

/* A test is over before a gentle ramp is; who tests wants to feel the whole of it. */
#define TEST_RAMP_S 5.0

struct slot {
    const struct output_row *row;
    struct output *output; /* NULL: not set up or missing */
    bool wanted;           /* set up */
    bool on;
    int error; /* the last one that was logged, 0: none */
};

struct reminder {
    struct platform *platform;
    struct reminder_params params;
    char *led_line, *motor_line, *chip_label; /* params' strings, ours */
    struct slot slots[OUTPUT_ROWS_MAX];

    bool active;
    enum occasion occasion;
    int64_t since_ns; /* TIME_UNKNOWN until the first advance after the start */
    double first_share, share;

    bool shaking;       /* the motor is on, or has not come to rest */
    int64_t settled_ns; /* when it will have; TIME_UNKNOWN: not known yet */
};

static void complain(struct slot *slot, const char *target, int error)
{
    if (slot->error != error)
        log_warning(LOG_BUS, "%s on %s: %s; reminders go on without it and try it again", slot->row->name,
                    target, gpio_error_text(error));
    slot->error = error;
}

static void open_slot(struct reminder *reminder, struct slot *slot)
{
    const char *target = slot->row->target(&reminder->params);
    int r;

    slot->wanted = *target != 0;
    if (!slot->wanted || slot->output)
        return;
    r = slot->row->open(&reminder->params, reminder->platform, &slot->output);
    if (r < 0) {
        slot->output = NULL;
        complain(slot, target, r);
    } else if (slot->error) {
        log_notice(LOG_BUS, "%s on %s works again", slot->row->name, target);
        slot->error = 0;
    }
}

static void open_all(struct reminder *reminder)
{
    for (unsigned i = 0; i < output_row_count; i++)
        open_slot(reminder, &reminder->slots[i]);
}

void reminder_retry(struct reminder *reminder)
{
    if (!reminder->active)
        open_all(reminder);
}

static void switch_slot(struct reminder *reminder, struct slot *slot, bool on)
{
    if (slot->output && slot->on != on) {
        int r = slot->row->set(slot->output, on ? 1 : 0);
        if (r < 0) {
            complain(slot, slot->row->target(&reminder->params), r);
            slot->row->close(slot->output); /* letting the line go is the last means to turn it off */
            slot->output = NULL;
        }
        slot->on = on && r >= 0;
    }
    if (slot->on && slot->row->vibrates) {
        reminder->shaking = true;
        reminder->settled_ns = TIME_UNKNOWN;
    }
}

static void all_off(struct reminder *reminder)
{
    reminder->active = false;
    reminder->share = 0;
    for (unsigned i = 0; i < output_row_count; i++)
        switch_slot(reminder, &reminder->slots[i], false);
}

static int copy_string(char **copy, const char *text)
{
    *copy = strdup(text ? text : "");
    return *copy ? 0 : -ENOMEM;
}

/* The lines stay what they were: they are changed by a restart only. */
static void take_params(struct reminder *reminder, const struct reminder_params *params)
{
    bool led_active_low = reminder->params.led_active_low;
    bool motor_active_low = reminder->params.motor_active_low;

    reminder->params = *params;
    reminder->params.led_line = reminder->led_line;
    reminder->params.motor_line = reminder->motor_line;
    reminder->params.chip_label = reminder->chip_label;
    reminder->params.led_active_low = led_active_low;
    reminder->params.motor_active_low = motor_active_low;
}

struct reminder *reminder_new(const struct reminder_params *params, struct platform *platform)
{
    _cleanup_(reminder_freep) struct reminder *reminder = calloc(1, sizeof(*reminder));
    struct reminder *result;

    if (!reminder)
        return NULL;
    for (unsigned i = 0; i < output_row_count; i++)
        reminder->slots[i].row = &output_rows[i];
    reminder->platform = platform;
    reminder->since_ns = reminder->settled_ns = TIME_UNKNOWN;
    if (copy_string(&reminder->led_line, params->led_line) < 0 ||
        copy_string(&reminder->motor_line, params->motor_line) < 0 ||
        copy_string(&reminder->chip_label, params->chip_label) < 0) {
        errno = ENOMEM;
        return NULL;
    }
    reminder->params.led_active_low = params->led_active_low;
    reminder->params.motor_active_low = params->motor_active_low;
    take_params(reminder, params);
    open_all(reminder);
    result = reminder;
    reminder = NULL;
    return result;
}

void reminder_free(struct reminder *reminder)
{
    if (!reminder)
        return;
    for (unsigned i = 0; i < output_row_count; i++) {
        struct slot *slot = &reminder->slots[i];

        if (!slot->output)
            continue;
        switch_slot(reminder, slot, false);
        slot->row->close(slot->output);
    }
    free(reminder->led_line);
    free(reminder->motor_line);
    free(reminder->chip_label);
    free(reminder);
}

void reminder_set_params(struct reminder *reminder, const struct reminder_params *params)
{
    take_params(reminder, params);
}

/* What the pulses are like on an output of this steadiness. */
static struct envelope shape(const struct reminder *reminder, double steadiness)
{
    const struct reminder_params *params = &reminder->params;
    struct envelope envelope = {.ramp_s = params->ramp_s,
                                .rhythm_s = params->rhythm_s,
                                .first_share = reminder->first_share,
                                .share = params->strength,
                                .max_s = params->max_s};

    switch (reminder->occasion) {
    case OCCASION_CRAMP: break;
    case OCCASION_TENSION: envelope.share = params->tension_strength; break;
    case OCCASION_TEST: envelope.ramp_s = fmin(params->ramp_s, TEST_RAMP_S); break;
    case OCCASION_FAULT:
    case occasion_count: envelope.share = ENVELOPE_FIRST_SHARE; break;
    }
    envelope.first_share = fmin(envelope.first_share, envelope.share) * steadiness;
    envelope.share *= steadiness;
    return envelope;
}

/* Brings the outputs to where they belong; elapsed time of the next change, 0 when it is over. */
static double apply(struct reminder *reminder, double elapsed_s)
{
    struct envelope plain = shape(reminder, 1);
    struct envelope_now now = envelope_at(&plain, elapsed_s);
    double next_s = now.change_s;

    if (now.over) {
        all_off(reminder);
        return 0;
    }
    reminder->share = now.share;
    for (unsigned i = 0; i < output_row_count; i++) {
        struct slot *slot = &reminder->slots[i];
        struct envelope envelope = shape(reminder, slot->row->steadiness);

        now = envelope_at(&envelope, elapsed_s);
        if (reminder->occasion == OCCASION_FAULT && !slot->row->signals)
            now.on = false;
        else if (slot->output)
            next_s = fmin(next_s, now.change_s);
        switch_slot(reminder, slot, now.on);
    }
    return next_s;
}

static void start(struct reminder *reminder, enum occasion occasion)
{
    double first = ENVELOPE_FIRST_SHARE;

    /* Said twice is not said anew, or max_s would not limit. */
    if (reminder->active && reminder->occasion == occasion)
        return;
    /* What has already risen for a tension rise goes on rising for the cramp. */
    if (reminder->active && reminder->occasion == OCCASION_TENSION)
        first = fmax(first, reminder->share);
    reminder->active = true;
    reminder->occasion = occasion;
    reminder->since_ns = TIME_UNKNOWN;
    reminder->first_share = first;
    open_all(reminder);
    apply(reminder, 0);
}

void reminder_on_event(struct reminder *reminder, const struct event *event)
{
    if (event->kind == EVENT_REMINDER_START)
        start(reminder, event->reminder.occasion);
    else if (event->kind == EVENT_REMINDER_STOP)
        all_off(reminder);
}

/* Follows the motor to its rest; when it will be there, TIME_UNKNOWN if it is or cannot be told. */
static int64_t settle(struct reminder *reminder, int64_t now_ns)
{
    for (unsigned i = 0; i < output_row_count; i++)
        if (reminder->slots[i].on && reminder->slots[i].row->vibrates)
            return TIME_UNKNOWN;
    if (reminder->shaking && reminder->settled_ns == TIME_UNKNOWN)
        reminder->settled_ns = now_ns + s_to_ns(SETTLE_S);
    if (reminder->shaking && now_ns >= reminder->settled_ns)
        reminder->shaking = false;
    return reminder->shaking ? reminder->settled_ns : TIME_UNKNOWN;
}

int64_t reminder_advance(struct reminder *reminder, int64_t now_ns)
{
    int64_t next_ns = TIME_UNKNOWN, settled_ns;

    if (reminder->active) {
        if (reminder->since_ns == TIME_UNKNOWN)
            reminder->since_ns = now_ns;
        /* The loop's idea of now may be older than the event's that started it. */
        double next_s = apply(reminder, ns_to_s(MAX(now_ns - reminder->since_ns, 0)));
        if (reminder->active)
            next_ns = reminder->since_ns + s_to_ns(next_s);
    }
    settled_ns = settle(reminder, now_ns);
    if (settled_ns != TIME_UNKNOWN && (next_ns == TIME_UNKNOWN || settled_ns < next_ns))
        next_ns = settled_ns;
    return next_ns;
}

bool reminder_vibrates(const struct reminder *reminder)
{
    return reminder->shaking;
}

void reminder_get_view(const struct reminder *reminder, struct reminder_view *view)
{
    *view = (struct reminder_view){.active = reminder->active, .strength = reminder->share};
    for (unsigned i = 0; i < output_row_count; i++) {
        const struct slot *slot = &reminder->slots[i];

        if (slot->row->vibrates)
            view->motor |= slot->on;
        else
            view->led |= slot->on;
        view->missing += slot->wanted && !slot->output;
    }
}

int reminder_outputs_off(const struct reminder_params *params, struct platform *platform)
{
    int failed = 0;

    for (unsigned i = 0; i < output_row_count; i++) {
        const struct output_row *row = &output_rows[i];
        struct output *output = NULL;
        int r;

        if (!*row->target(params))
            continue;
        r = row->open(params, platform, &output);
        if (r < 0) {
            log_warning(LOG_BUS, "%s on %s could not be turned off: %s", row->name, row->target(params),
                        gpio_error_text(r));
            failed++;
            continue;
        }
        row->close(output);
    }
    return failed;
}
