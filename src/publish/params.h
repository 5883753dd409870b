/* SPDX-License-Identifier: MIT */
/* Settings of the publish room; filled by config/ from the settings table. Strings belong to the settings. */
#pragma once

#include "base/names.h"

#include <stdbool.h>

struct mqtt_params {
    bool enabled;
    const char *hub_id;   /* topic level and client id; [a-zA-Z0-9_-]{1,64}; "" = made from the machine id */
    const char *hub_name; /* for people */
    const char *host;     /* name or address; "/path" = unix socket */
    int port;
    enum mqtt_protocol protocol;
    int keepalive_s;
    const char *username; /* "" = anonymous */
    const char
        *password_file; /* 0600 file; the credential mqtt-password ($CREDENTIALS_DIRECTORY) wins over it */
    bool tls;
    const char *ca_file;              /* "" = the system's certificates */
    const char *cert_file, *key_file; /* client certificate, "" = none */
    double reconnect_max_s;           /* longest back-off */
    double outbox_max_age_h;          /* undelivered events older than this are dropped, counted and said */
    int outbox_max_rows;
    bool live;      /* publish <base>/live five times a second, for demonstrations */
    bool discovery; /* Home Assistant */
    const char *discovery_prefix;
};

struct control_params {
    enum bus_kind bus; /* D-Bus: system, session, off */
};
