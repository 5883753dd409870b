/* SPDX-License-Identifier: MIT */
/* What diary.c (writing) and diary_read.c share. */
#pragma once

#include "store/diary.h"

enum diary_statement {
    DIARY_BEGIN_RUN,
    DIARY_CLOSE_EPISODES,
    DIARY_LOG,
    DIARY_EPISODE_START,
    DIARY_EPISODE_END,
    DIARY_EPISODE_REMINDED,
    DIARY_EPISODE_ACKNOWLEDGED,
    DIARY_FAULT_START,
    DIARY_FAULT_END,
    DIARY_NIGHT,
    DIARY_META_SET,
    DIARY_META_GET,
    DIARY_READ_EPISODES,
    DIARY_READ_FAULTS,
    DIARY_READ_NIGHTS,
    DIARY_REDATE_EVENT,
    DIARY_REDATE_EPISODE,
    DIARY_REDATE_FAULT,
    DIARY_REDATE_NIGHT,
    DIARY_EXPIRE_EVENT,
    DIARY_EXPIRE_EPISODE,
    DIARY_EXPIRE_FAULT,
    DIARY_EXPIRE_NIGHT,
    DIARY_EXPIRE_UNDATED,
    DIARY_STATEMENTS
};

struct diary {
    sqlite3 *db;
    int64_t run;
    sqlite3_stmt *statement[DIARY_STATEMENTS];
};
