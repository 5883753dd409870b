/* SPDX-License-Identifier: MIT */
/* Settings of the store room; filled by config/ from the settings table. */
#pragma once

struct store_params {
    const char *directory; /* "" = $STATE_DIRECTORY, else /var/lib/crampd */
    int retention_days;    /* diary rows older than this go; 0 = keep */
    double outbox_max_age_h;
    int outbox_max_rows;
    double batch_s; /* everything but episodes is committed this often */
};
