/* SPDX-License-Identifier: MIT */
#include "publish/bus_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whatever the settings allow, nobody means more than this. */
#define SECONDS_MAX (366.0 * 86400)

/* What a refusal of the hub is called and means; the first row that fits. */
static const struct refusal {
    enum command command;
    int error;
    const char *name, *text;
} refusals[] = {
    {COMMAND_ACKNOWLEDGE, -ENOENT, BUS_ERROR("NothingToAcknowledge"),
     "nothing to acknowledge: no reminder is running and no cramp is on"},
    {COMMAND_SNOOZE, -ENOENT, BUS_ERROR("NothingToSnooze"),
     "nothing to snooze: no reminder is running and no cramp is on"},
    {COMMAND_SNOOZE, -EINVAL, BUS_ERROR("InvalidDuration"), "the hub does not snooze for that long"},
    {COMMAND_MUTE, -EINVAL, BUS_ERROR("InvalidDuration"),
     "the hub does not mute for that long; the longest mute is a setting, see crampd.conf(5)"},
};

static int refuse(sd_bus_error *error, enum command command, int r)
{
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
        if (refusals[i].command == command && refusals[i].error == r)
            return sd_bus_error_set(error, refusals[i].name, refusals[i].text);
    return sd_bus_error_setf(error, BUS_ERROR("Failed"), "%s: %s", command_name(command), strerror(-r));
}

static int act(struct bus *bus, sd_bus_message *call, enum command command, double seconds,
               sd_bus_error *error)
{
    int r = bus->ops->command(bus->context, command, seconds);

    return r < 0 ? refuse(error, command, r) : sd_bus_reply_method_return(call, NULL);
}

static int act_for(struct bus *bus, sd_bus_message *call, enum command command, sd_bus_error *error)
{
    double seconds;
    int r = sd_bus_message_read(call, "d", &seconds);

    if (r < 0)
        return r;
    if (!isfinite(seconds) || seconds < 0 || seconds > SECONDS_MAX)
        return sd_bus_error_setf(error, BUS_ERROR("InvalidDuration"),
                                 "%g is no duration; give seconds from 0 (as set up) to %.0f", seconds,
                                 SECONDS_MAX);
    return act(bus, call, command, seconds, error);
}

static int on_status(sd_bus_message *call, void *context, sd_bus_error *error)
{
    struct bus *bus = context;
    _cleanup_(freep) char *json = bus->ops->status(bus->context);

    return json ? sd_bus_reply_method_return(call, "s", json) : sd_bus_error_set_errno(error, -ENOMEM);
}

static int on_measure(sd_bus_message *call, void *context, sd_bus_error *error)
{
    struct bus *bus = context;
    _cleanup_(freep) char *json = bus->ops->measure(bus->context);

    return json ? sd_bus_reply_method_return(call, "s", json) : sd_bus_error_set_errno(error, -ENOMEM);
}

static int on_calibration(sd_bus_message *call, void *context, sd_bus_error *error)
{
    struct bus *bus = context;
    _cleanup_(freep) char *json = bus->ops->calibration(bus->context);

    return json ? sd_bus_reply_method_return(call, "s", json) : sd_bus_error_set_errno(error, -ENOMEM);
}

static int refuse_calibration(sd_bus_error *error, int r)
{
    switch (r) {
    case -ENODEV:
        return sd_bus_error_set(error, BUS_ERROR("NoElectrodes"),
                                "no electrodes are set up on that leg; see `sensor` in crampd.conf(5)");
    case -EALREADY:
        return sd_bus_error_set(error, BUS_ERROR("AlreadyCalibrating"), "a calibration is running already");
    case -EBUSY:
        return sd_bus_error_set(error, BUS_ERROR("CrampIsOn"),
                                "a cramp is on, or one is announced; calibrate when the leg is at rest");
    default: return sd_bus_error_setf(error, BUS_ERROR("Failed"), "calibration: %s", strerror(-r));
    }
}

static int change_calibration(struct bus *bus, sd_bus_message *call, enum bus_calibrate what, int leg,
                              sd_bus_error *error)
{
    int r = bus->ops->calibrate(bus->context, what, leg);

    return r < 0 ? refuse_calibration(error, r) : sd_bus_reply_method_return(call, NULL);
}

static int calibrate_leg(struct bus *bus, sd_bus_message *call, enum bus_calibrate what, sd_bus_error *error)
{
    const char *word;
    int r = sd_bus_message_read(call, "s", &word);

    if (r < 0)
        return r;
    int leg = leg_from_name(word);
    if (leg < 0 && (*word || what != BUS_CALIBRATE_FORGET))
        return sd_bus_error_setf(error, BUS_ERROR("NoSuchLeg"), "\"%.20s\" is no leg; left and right are",
                                 word);
    return change_calibration(bus, call, what, leg < 0 ? -1 : leg, error);
}

static int on_calibrate(sd_bus_message *call, void *context, sd_bus_error *error)
{
    return calibrate_leg(context, call, BUS_CALIBRATE, error);
}

static int on_forget_calibration(sd_bus_message *call, void *context, sd_bus_error *error)
{
    return calibrate_leg(context, call, BUS_CALIBRATE_FORGET, error);
}

static int on_cancel_calibration(sd_bus_message *call, void *context, sd_bus_error *error)
{
    return change_calibration(context, call, BUS_CALIBRATE_CANCEL, -1, error);
}

static int on_episodes(sd_bus_message *call, void *context, sd_bus_error *error)
{
    return bus_query_begin(context, call, "episodes", error);
}

static int on_nights(sd_bus_message *call, void *context, sd_bus_error *error)
{
    return bus_query_begin(context, call, "nights", error);
}

static int on_faults(sd_bus_message *call, void *context, sd_bus_error *error)
{
    return bus_query_begin(context, call, "faults", error);
}

static int on_entries(sd_bus_message *call, void *context, sd_bus_error *error)
{
    return bus_query_begin(context, call, "entries", error);
}

static int on_acknowledge(sd_bus_message *call, void *context, sd_bus_error *error)
{
    return act(context, call, COMMAND_ACKNOWLEDGE, 0, error);
}

static int on_snooze(sd_bus_message *call, void *context, sd_bus_error *error)
{
    return act_for(context, call, COMMAND_SNOOZE, error);
}

static int on_mute(sd_bus_message *call, void *context, sd_bus_error *error)
{
    return act_for(context, call, COMMAND_MUTE, error);
}

static int on_unmute(sd_bus_message *call, void *context, sd_bus_error *error)
{
    return act(context, call, COMMAND_UNMUTE, 0, error);
}

static int on_test_reminder(sd_bus_message *call, void *context, sd_bus_error *error)
{
    return act(context, call, COMMAND_TEST_REMINDER, 0, error);
}

static int on_tell(sd_bus_message *call, void *context, sd_bus_error *error)
{
    struct bus *bus = context;
    const char *json;
    int r = sd_bus_message_read(call, "s", &json);

    if (r < 0)
        return r;
    _cleanup_(freep) char *result = bus->ops->tell(bus->context, json);
    return result ? sd_bus_reply_method_return(call, "s", result) : sd_bus_error_set_errno(error, -ENOMEM);
}

static int get_state(sd_bus *connection, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *context, sd_bus_error *error)
{
    const struct bus *bus = context;
    (void)connection, (void)path, (void)interface, (void)property, (void)error;

    return sd_bus_message_append(reply, "s", bus->state);
}

static int get_reminding(sd_bus *connection, const char *path, const char *interface, const char *property,
                         sd_bus_message *reply, void *context, sd_bus_error *error)
{
    const struct bus *bus = context;
    (void)connection, (void)path, (void)interface, (void)property, (void)error;

    return sd_bus_message_append(reply, "b", (int)bus->reminding);
}

static int get_muted(sd_bus *connection, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *context, sd_bus_error *error)
{
    const struct bus *bus = context;
    (void)connection, (void)path, (void)interface, (void)property, (void)error;

    return sd_bus_message_append(reply, "b", (int)bus->muted);
}

/* UNPRIVILEGED: who may call is the policy file's affair; without the flag sd-bus lets only root in, and the
   group crampd would have no rights. */
#define FLAGS SD_BUS_VTABLE_UNPRIVILEGED

const sd_bus_vtable bus_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Status", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", json), on_status, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("Measure", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", json), on_measure, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("Calibration", SD_BUS_NO_ARGS, SD_BUS_RESULT("s", json), on_calibration, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("Calibrate", SD_BUS_ARGS("s", leg), SD_BUS_NO_RESULT, on_calibrate, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("CancelCalibration", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_cancel_calibration,
                            FLAGS),
    SD_BUS_METHOD_WITH_ARGS("ForgetCalibration", SD_BUS_ARGS("s", leg), SD_BUS_NO_RESULT,
                            on_forget_calibration, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("Episodes", SD_BUS_ARGS("u", limit), SD_BUS_RESULT("s", json), on_episodes,
                            FLAGS),
    SD_BUS_METHOD_WITH_ARGS("Nights", SD_BUS_ARGS("u", limit), SD_BUS_RESULT("s", json), on_nights, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("Faults", SD_BUS_ARGS("u", limit), SD_BUS_RESULT("s", json), on_faults, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("Entries", SD_BUS_ARGS("u", limit), SD_BUS_RESULT("s", json), on_entries, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("Acknowledge", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_acknowledge, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("Snooze", SD_BUS_ARGS("d", seconds), SD_BUS_NO_RESULT, on_snooze, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("Mute", SD_BUS_ARGS("d", seconds), SD_BUS_NO_RESULT, on_mute, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("Unmute", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_unmute, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("TestReminder", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, on_test_reminder, FLAGS),
    SD_BUS_METHOD_WITH_ARGS("Tell", SD_BUS_ARGS("s", command), SD_BUS_RESULT("s", json), on_tell, FLAGS),
    SD_BUS_SIGNAL_WITH_ARGS("Event", SD_BUS_ARGS("s", json), 0),
    SD_BUS_PROPERTY("State", "s", get_state, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Reminding", "b", get_reminding, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Muted", "b", get_muted, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_VTABLE_END,
};
