/* SPDX-License-Identifier: MIT */
#include "publish/identity.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

/* crampd's application id: made once with `systemd-id128 new`, never to be changed. */
#define APPLICATION SD_ID128_MAKE(75, bc, a3, 02, 93, 70, 4d, 44, bc, 5b, 82, 4b, d3, 4e, ff, 72)

static void use_host_name(char id[HUB_ID_SIZE])
{
    char host[HUB_ID_SIZE] = "";
    size_t length = 0;

    gethostname(host, sizeof(host) - 1);
    for (const char *c = host; *c; c++)
        if (isalnum((unsigned char)*c) || *c == '-' || *c == '_')
            id[length++] = *c;
    id[length] = '\0';
    if (length == 0)
        snprintf(id, HUB_ID_SIZE, "hub");
}

void identity_hub_id(char id[HUB_ID_SIZE], const char *configured)
{
    char hex[SD_ID128_STRING_MAX];
    sd_id128_t machine;

    if (configured[0]) {
        snprintf(id, HUB_ID_SIZE, "%s", configured);
        return;
    }
    if (sd_id128_get_machine_app_specific(APPLICATION, &machine) < 0) {
        use_host_name(id);
        return;
    }
    snprintf(id, HUB_ID_SIZE, "%.12s", sd_id128_to_string(machine, hex));
}
