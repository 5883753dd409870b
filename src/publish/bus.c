/* SPDX-License-Identifier: MIT */
#include "publish/bus.h"

#include "base/log.h"
#include "publish/bus_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/*
 * The connection is in one of three states, told by two fields:
 *
 *   connection  named
 *   NULL        false   nobody there: another attempt when the retry timer fires
 *   set         false   connecting, or asking for the name; or lost a moment ago, the timer will clear it
 * away set         true    callers find us
 *
 * sd-bus reports the loss from inside its own dispatching, where the connection must not be freed: hence the
 * timer even for that.
 */

#define BACK_OFF_FIRST_US UINT64_C(1000000)
#define BACK_OFF_LAST_US  UINT64_C(60000000)

static int on_retry(sd_event_source *source, uint64_t usec, void *context);

static const char *bus_said(const struct bus *bus)
{
    return bus->params.bus == BUS_SESSION ? "session bus" : "system bus";
}

static void disconnect(struct bus *bus)
{
    bus->named = false;
    bus_query_forget_all(bus);
    if (!bus->connection)
        return;
    sd_bus_detach_event(bus->connection);
    bus->connection = sd_bus_close_unref(bus->connection);
}

/* Tries again later, each time a little later; says the first time of an outage why. */
static void schedule_retry(struct bus *bus, const char *why)
{
    bus->named = false;
    bus->back_off_us =
        bus->back_off_us == 0 ? BACK_OFF_FIRST_US : MIN(bus->back_off_us * 2, BACK_OFF_LAST_US);
    if (!bus->outage_said)
        log_warning(LOG_CRAMPD, "%s: %s; crampctl can not reach this hub until that is mended (retrying)",
                    bus_said(bus), why);
    bus->outage_said = true;
    bus->retry = sd_event_source_unref(bus->retry);
    sd_event_add_time_relative(bus->loop, &bus->retry, CLOCK_MONOTONIC, bus->back_off_us, 0, on_retry, bus);
}

static int on_disconnected(sd_bus_message *message, void *context, sd_bus_error *error)
{
    (void)message;
    (void)error;
    struct bus *bus = context;

    bus->back_off_us = 0;
    schedule_retry(bus, "the connection was lost");
    return 0;
}

static const char *name_trouble(sd_bus_message *reply, uint32_t result)
{
    if (sd_bus_message_is_method_error(reply, "org.freedesktop.DBus.Error.AccessDenied"))
        return "it does not let this user own " BUS_NAME "; is the policy file " BUS_NAME ".conf installed, "
               "and does crampd run as root or as the user crampd?";
    if (sd_bus_message_is_method_error(reply, NULL))
        return sd_bus_message_get_error(reply)->message;
    /* DBUS_REQUEST_NAME_REPLY_: 1 PRIMARY_OWNER, 2 IN_QUEUE, 3 EXISTS, 4 ALREADY_OWNER (D-Bus specification)
     */
    return result == 1 || result == 4 ? NULL
                                      : BUS_NAME " belongs to another program; is another crampd running?";
}

static int on_name(sd_bus_message *reply, void *context, sd_bus_error *error)
{
    (void)error;
    struct bus *bus = context;
    uint32_t result = 0;

    if (!sd_bus_message_is_method_error(reply, NULL))
        sd_bus_message_read(reply, "u", &result);
    const char *trouble = name_trouble(reply, result);
    if (trouble) {
        schedule_retry(bus, trouble);
        return 0;
    }
    bus->named = true;
    bus->back_off_us = 0;
    if (bus->outage_said)
        log_notice(LOG_CRAMPD, "%s: here we are again as " BUS_NAME, bus_said(bus));
    bus->outage_said = false;
    return 0;
}

static int connect_bus(struct bus *bus)
{
    int r = bus->params.bus == BUS_SESSION ? sd_bus_open_user_with_description(&bus->connection, "crampd")
                                           : sd_bus_open_system_with_description(&bus->connection, "crampd");

    if (r >= 0)
        r = sd_bus_add_object_vtable(bus->connection, NULL, BUS_PATH, BUS_INTERFACE, bus_vtable, bus);
    if (r >= 0)
        r = sd_bus_match_signal_async(bus->connection, NULL, "org.freedesktop.DBus.Local",
                                      "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
                                      "Disconnected", on_disconnected, NULL, bus);
    if (r >= 0)
        r = sd_bus_request_name_async(bus->connection, NULL, BUS_NAME, 0, on_name, bus);
    if (r >= 0)
        r = sd_bus_attach_event(bus->connection, bus->loop, SD_EVENT_PRIORITY_NORMAL);
    return r;
}

static void attempt(struct bus *bus)
{
    disconnect(bus);
    int r = connect_bus(bus);
    if (r >= 0)
        return;
    disconnect(bus);
    schedule_retry(bus,
                   r == -ENOMEDIUM ? "there is none ($DBUS_SESSION_BUS_ADDRESS is not set)" : strerror(-r));
}

static int on_retry(sd_event_source *source, uint64_t usec, void *context)
{
    (void)source;
    (void)usec;
    attempt(context);
    return 0;
}

struct bus *bus_new(const struct control_params *params, sd_event *loop, const struct bus_ops *ops,
                    void *context)
{
    struct bus *bus = calloc(1, sizeof(*bus));

    if (!bus) {
        errno = ENOMEM;
        return NULL;
    }
    bus->params = *params;
    bus->loop = sd_event_ref(loop);
    bus->ops = ops;
    bus->context = context;
    if (bus->params.bus != BUS_OFF)
        attempt(bus);
    return bus;
}

void bus_free(struct bus *bus)
{
    if (!bus)
        return;
    bus->retry = sd_event_source_disable_unref(bus->retry);
    if (bus->connection)
        sd_bus_flush(bus->connection);
    disconnect(bus);
    sd_event_unref(bus->loop);
    free(bus);
}

void bus_event(struct bus *bus, const char *json)
{
    if (bus && bus->named)
        sd_bus_emit_signal(bus->connection, BUS_PATH, BUS_INTERFACE, "Event", "s", json);
}

void bus_state_changed(struct bus *bus, const char *state, bool reminding, bool muted)
{
    const char *changed[4] = {NULL};
    unsigned count = 0;

    if (!bus)
        return;
    if (strcmp(bus->state, state) != 0)
        changed[count++] = "State";
    if (bus->reminding != reminding)
        changed[count++] = "Reminding";
    if (bus->muted != muted)
        changed[count++] = "Muted";
    snprintf(bus->state, sizeof(bus->state), "%s", state);
    bus->reminding = reminding;
    bus->muted = muted;
    if (count > 0 && bus->named)
        sd_bus_emit_properties_changed_strv(bus->connection, BUS_PATH, BUS_INTERFACE,
                                            (char **)(void *)changed);
}
