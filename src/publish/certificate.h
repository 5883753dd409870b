/* SPDX-License-Identifier: MIT */
/* The PEM files of a TLS connection, looked at before the first one is tried. */
#pragma once

#include "base/macros.h"
#include "publish/params.h"

/* 0, or -errno when a file cannot be read or is not what it should be; then that is one clear log line. */
int certificate_check(const struct mqtt_params *params);
