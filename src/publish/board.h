/* SPDX-License-Identifier: MIT */
/*
 * The notice board of retained states between the loop and the MQTT thread: a topic has one place, the newest
 * payload replaces what was not yet taken, and neither side ever waits. So a thread that is held up in a
 * resolver for an hour still sends the state of now, not a queue of old ones.
 */
#pragma once

#include "base/macros.h"

#include <stdbool.h>

#define BOARD_PLACES 32

struct board;

struct board *board_new(void);
void board_free(struct board *board);
DEFINE_CLEANUP(struct board *, board_free);

/* Loop side. Copies. False when no place is left or for ENOMEM. */
bool board_post(struct board *board, const char *topic, const char *payload);

/* Thread side. Takes what was posted since; places with something new become due. */
void board_collect(struct board *board);
/* Everything there is becomes due again: after a connect, after Home Assistant's birth. */
void board_all_due(struct board *board);
/* The first place that is due, or -1. */
int board_next(const struct board *board);
const char *board_topic(const struct board *board, int place);
const char *board_payload(const struct board *board, int place);
void board_done(struct board *board, int place);
