/* SPDX-License-Identifier: MIT */
/* The hub at the other end of the bus, and what to tell people when it is not there. */
#pragma once

#include "base/macros.h"
#include "base/names.h"

#include <systemd/sd-bus.h>

#define HUB_NAME      "org.crampd.Hub1"
#define HUB_PATH      "/org/crampd/Hub1"
#define HUB_INTERFACE "org.crampd.Hub1"

struct client {
    enum bus_kind kind;
    sd_bus *bus;
};

/* Each says what went wrong on standard error, and what to do about it. 0 or a negative errno. */
int client_open(struct client *client, enum bus_kind kind);
void client_close(struct client *client);

/* Calls a method; signature and arguments as for sd_bus_call_method(). *json (to be freed) gets the string it
   returns; json NULL: it returns nothing. */
int client_call(struct client *client, const char *method, char **json, const char *signature, ...);
/* The same without arguments and without a word: -ENOTCONN when the hub has gone, any other negative errno.
 */
int client_ask(struct client *client, const char *method, char **json);
