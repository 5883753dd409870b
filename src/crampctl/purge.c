/* SPDX-License-Identifier: MIT */
#include "crampctl/purge.h"

#include "base/macros.h"
#include "config/settings.h"
#include "crampctl/client.h"
#include "publish/purge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-bus.h>

/* A daemon would announce itself again. Nobody there to ask: nobody who would. */
static bool hub_is_running(enum bus_kind kind)
{
    sd_bus *bus = NULL;
    int r = kind == BUS_SESSION ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);

    if (r >= 0)
        r = sd_bus_get_name_creds(bus, HUB_NAME, 0, NULL);
    sd_bus_unref(bus);
    return r >= 0;
}

static struct settings *load(const char *path)
{
    struct settings *settings = NULL;
    int r = settings_load(path ? path : SETTINGS_FILE, stderr, &settings);

    if (r == -ENOENT && !path)
        return settings_new(); /* no file is a valid configuration */
    if (r == -ENOENT)
        fprintf(stderr, "crampctl: %s: does not exist; name a file that does\n", path);
    return r < 0 ? NULL : settings;
}

int mqtt_purge(const char *config, const char *hub, enum bus_kind bus)
{
    _cleanup_(settings_freep) struct settings *settings = load(config);

    if (!settings)
        return -EINVAL;
    if (!hub && hub_is_running(bus)) {
        fprintf(stderr, "crampctl: crampd is running and would announce itself again; first: sudo systemctl "
                        "stop crampd\n");
        return -EBUSY;
    }
    if (hub)
        settings->mqtt.hub_id = hub;
    fprintf(stderr, "Clearing at %s:\n", settings->mqtt.host);
    int r = purge_retained(&settings->mqtt, stdout, stderr);
    if (r > 0)
        fprintf(stderr,
                "crampctl: %d not cleared; does this user of the broker have the right to write them?\n", r);
    return r > 0 ? -EACCES : r;
}
