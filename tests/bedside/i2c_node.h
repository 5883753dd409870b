/* SPDX-License-Identifier: MIT */
/* A character device that speaks the ioctls of i2c-dev (Documentation/i2c/dev-interface.rst) through CUSE. */
#pragma once

#include "hw/platform.h"

/* A device number of the range for local use (Documentation/admin-guide/devices.txt): a unit's DeviceAllow=
   can name it before it exists. */
#define I2C_NODE_MAJOR 60
#define I2C_NODE_MINOR 1

/* Makes the node `path` (/dev/...) whose transfers go to the platform's bus of the same path, until a signal
   ends it. wake_fd: an eventfd, written after transfers that may start something. An exit status. */
int i2c_node_serve(struct platform *platform, const char *path, int wake_fd);
