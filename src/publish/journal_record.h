/* SPDX-License-Identifier: MIT */
/* An event as the fields of a journal entry. Pure. */
#pragma once

#include "base/event.h"
#include "base/macros.h"

#include <stdbool.h>
#include <stddef.h>

#define JOURNAL_FIELDS 48

struct journal_record {
    enum log_level level;
    const char *message_id;      /* 32 hex digits; its entry is in systemd/crampd.catalog */
    char message[256];           /* for a tired person */
    char *field[JOURNAL_FIELDS]; /* "NAME=value", heap; MESSAGE, MESSAGE_ID, PRIORITY, SYSLOG_IDENTIFIER,
                                    CRAMPD_* */
    unsigned count;
};

/* Makes the record: each member of the event's JSON (publish/payload.h) becomes a field, "duration_s"
   CRAMPD_DURATION_S, the dismissals of a night CRAMPD_DISMISSED_<REASON>. 0; -ENOMSG: this kind of event has
   no line in the journal; -ENOMEM. Free with journal_record_clear() in any case. */
int journal_record_make(struct journal_record *record, const struct event *event, const struct stamp *stamp);
void journal_record_clear(struct journal_record *record);
