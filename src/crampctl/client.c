/* SPDX-License-Identifier: MIT */
#include "crampctl/client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a D-Bus error means for the one who typed; NULL in `session`: the same on both buses. */
static const struct advice {
    const char *error;
    const char *system, *session;
} advices[] = {
    {SD_BUS_ERROR_SERVICE_UNKNOWN,
     "crampd is not running. Start it with: systemctl start crampd\n"
     "If it does not stay up, it says why in: journalctl -u crampd -e",
     "no crampd on the session bus. For one, set control.bus to \"session\" in its configuration;\n"
     "for the installed one leave --bus session out."},
    {SD_BUS_ERROR_ACCESS_DENIED,
     "no rights: only root and members of the group crampd may ask and act.\n"
     "Once: sudo adduser \"$USER\" crampd (and log in again). Or now: put sudo in front.",
     NULL},
    {SD_BUS_ERROR_NO_REPLY, "crampd does not answer. See: systemctl status crampd; journalctl -u crampd -e",
     NULL},
    {SD_BUS_ERROR_TIMEOUT, "crampd does not answer. See: systemctl status crampd; journalctl -u crampd -e",
     NULL},
    {SD_BUS_ERROR_UNKNOWN_METHOD,
     "this crampd does not know that; crampctl and crampd are of different versions", NULL},
};

static const char *advise(const struct client *client, const char *error)
{
    for (size_t i = 0; i < ARRAY_SIZE(advices); i++) {
        bool same = strcmp(advices[i].error, error) == 0 ||
                    (i == 0 && strcmp(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER) == 0);
        if (same)
            return client->kind == BUS_SESSION && advices[i].session ? advices[i].session : advices[i].system;
    }
    return NULL;
}

static void complain(const struct client *client, const sd_bus_error *error, int r)
{
    const char *advice = error->name ? advise(client, error->name) : NULL;

    if (advice)
        fprintf(stderr, "crampctl: %s\n", advice);
    else
        fprintf(stderr, "crampctl: %s\n", error->message ? error->message : strerror(-r));
}

int client_open(struct client *client, enum bus_kind kind)
{
    client->kind = kind;
    client->bus = NULL;
    int r = kind == BUS_SESSION ? sd_bus_open_user(&client->bus) : sd_bus_open_system(&client->bus);
    if (r == -ENOMEDIUM)
        fprintf(stderr, "crampctl: there is no session bus: $DBUS_SESSION_BUS_ADDRESS is not set\n");
    else if (r < 0)
        fprintf(stderr, "crampctl: can not reach the %s bus: %s\nIs dbus installed and running?\n",
                bus_kind_name(kind), strerror(-r));
    return r < 0 ? r : 0;
}

void client_close(struct client *client)
{
    client->bus = sd_bus_flush_close_unref(client->bus);
}

static int call(struct client *client, sd_bus_message *message, char **json, sd_bus_error *error)
{
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    const char *text;
    int r = sd_bus_call(client->bus, message, 0, error, &reply);

    if (r < 0 || !json)
        return r;
    r = sd_bus_message_read(reply, "s", &text);
    if (r < 0)
        return r;
    *json = strdup(text);
    return *json ? 0 : -ENOMEM;
}

int client_call(struct client *client, const char *method, char **json, const char *signature, ...)
{
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    va_list ap;
    int r = sd_bus_message_new_method_call(client->bus, &message, HUB_NAME, HUB_PATH, HUB_INTERFACE, method);

    if (r >= 0 && signature) {
        va_start(ap, signature);
        r = sd_bus_message_appendv(message, signature, ap);
        va_end(ap);
    }
    /* The hub is started by systemd at boot, not by whoever asks first. */
    if (r >= 0)
        r = sd_bus_message_set_auto_start(message, 0);
    if (r >= 0)
        r = call(client, message, json, &error);
    if (r < 0)
        complain(client, &error, r);
    return MIN(r, 0);
}

int client_ask(struct client *client, const char *method, char **json)
{
    static const char *const gone[] = {SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER,
                                       SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_DISCONNECTED};
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = sd_bus_message_new_method_call(client->bus, &message, HUB_NAME, HUB_PATH, HUB_INTERFACE, method);

    if (r >= 0)
        r = sd_bus_message_set_auto_start(message, 0);
    if (r >= 0)
        r = call(client, message, json, &error);
    for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
        if (sd_bus_error_has_name(&error, gone[i]))
            r = -ENOTCONN;
    return r == -ECONNRESET ? -ENOTCONN : MIN(r, 0);
}
