/* SPDX-License-Identifier: MIT */
#include "publish/journal.h"

#include "base/log.h"
#include "publish/journal_record.h"

#include <string.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

/* sd_journal_sendv() drops an entry in silence when this is missing. */
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

static int send_record(const struct journal_record *record)
{
    struct iovec fields[JOURNAL_FIELDS];

    if (access(JOURNAL_SOCKET, W_OK) < 0)
        return -1;
    for (unsigned i = 0; i < record->count; i++)
        fields[i] = (struct iovec){.iov_base = record->field[i], .iov_len = strlen(record->field[i])};
    return sd_journal_sendv(fields, (int)record->count);
}

void journal_event(const struct event *event, const struct stamp *stamp)
{
    struct journal_record record;

    /* Also when there is no memory for the fields: the line itself needs none. */
    if ((journal_record_make(&record, event, stamp) < 0 || send_record(&record) < 0) && record.message_id)
        log_line(record.level, LOG_CRAMPD, "%s", record.message);
    journal_record_clear(&record);
}
