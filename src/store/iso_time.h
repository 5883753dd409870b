/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#define ISO_TIME_SIZE 40

/* "2026-11-21T22:16:13.123Z" (ISO 8601, UTC, ms) of microseconds since 1970. */
void iso_time(int64_t wall_us, char text[ISO_TIME_SIZE]);
