/* SPDX-License-Identifier: MIT */
/*
 * One structured line per episode, fault and night in the journal (sd_journal_sendv with MESSAGE_ID and
 * CRAMPD_* fields; systemd/crampd.catalog explains each). Without a journal socket the text goes to standard
 * error.
 */
#pragma once

#include "base/event.h"

void journal_event(const struct event *event, const struct stamp *stamp);
