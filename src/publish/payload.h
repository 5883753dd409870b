/* SPDX-License-Identifier: MIT */
/* The one place where an event becomes JSON: standard output of --replay, MQTT, D-Bus and the outbox use it.
 */
#pragma once

#include "base/event.h"

struct cJSON;

/* The object of DESIGN.md section 8, `t` and the other times in seconds since origin_ns. With a stamp also
   `occurred_at` (ISO 8601, UTC, ms), `clock_synced`, `boot_id` and `seq`; then `t` stays and is monotonic
   seconds. Numbers are rounded to what is known (times 1 ms, ratios 0.01). NULL only for ENOMEM. */
struct cJSON *payload_event(const struct event *event, int64_t origin_ns, const struct stamp *stamp);

/* The same as one line of text, to be freed. NULL only for ENOMEM. */
char *payload_event_text(const struct event *event, int64_t origin_ns, const struct stamp *stamp);

/* The same for those who are told at home: a cramp_start gets the field `guidance`, what to do now, in words
   (UTF-8, for people). NULL: without. */
char *payload_event_guided(const struct event *event, int64_t origin_ns, const struct stamp *stamp,
                           const char *guidance);

/* The counts of a night as night_summary has them (cramps, dismissed, coverage, ...), without event and
   times: for states. NULL only for ENOMEM. */
struct cJSON *payload_night(const struct night_counts *night);

/* ISO 8601, UTC, milliseconds: "2026-11-03T02:14:07.250Z". */
#define PAYLOAD_WALL_TIME_SIZE 40
void payload_wall_time(char text[PAYLOAD_WALL_TIME_SIZE], int64_t wall_us);
