/* SPDX-License-Identifier: MIT */
/* A dbus-daemon of our own on a socket in a temporary directory; it dies with us. */
#pragma once

#include <stdbool.h>

struct private_bus {
    char directory[64];
    char address[160]; /* empty: there is no dbus-daemon on this machine */
    int pid;
};

/* Makes the directory and writes the configuration; the address is known from then on. */
void private_bus_prepare(struct private_bus *bus);
/* False when there is no dbus-daemon to run. Returns when it listens. */
bool private_bus_start(struct private_bus *bus);
void private_bus_stop(struct private_bus *bus);
/* Stops it and removes the directory. */
void private_bus_remove(struct private_bus *bus);
