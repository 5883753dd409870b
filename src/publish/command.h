/* SPDX-License-Identifier: MIT */
/*
 * A command from the home, as it arrives on <base>/command: {"command":"snooze","seconds":600,"id":"..."}.
 * Pure: bytes of any kind in, a command or one sentence out.
 */
#pragma once

#include "base/event.h"
#include "base/names.h"
#include "publish/entry.h"
#include "publish/preference.h"

#include <stdbool.h>
#include <stddef.h>

#define COMMAND_TEXT_MAX    4096 /* bytes */
#define COMMAND_ID_SIZE     65
#define COMMAND_SECONDS_MAX 604800.0 /* a week; policy has the tighter limits */
#define COMMAND_NO_LEG      (-1)

struct command_request {
    enum command command;
    double seconds;              /* SNOOZE, MUTE; 0 = not given */
    char id[COMMAND_ID_SIZE];    /* "" = none; else it comes back in the result, and is obeyed once */
    int leg;                     /* CRAMP_FELT, CALIBRATE; enum leg or COMMAND_NO_LEG = not given */
    char episode[EVENT_ID_SIZE]; /* NO_CRAMP: the cramp's id, "" = not given */
    enum preference setting;     /* SET */
    int value;                   /* SET: as preference_parse() */
    struct entry entry;          /* NOTE, TRIGGER, MEDICINE, CHECKIN */
};

/* True and *request; false and *error: one sentence saying what would be right (static text). `id` is filled
   as soon as it could be read, so that the result can carry it. */
bool command_parse(const char *text, size_t size, struct command_request *request, const char **error);

/* Answer on <base>/command/result: {"id":..,"command":..,"ok":..,"error":..}; request->id may be empty, known
   says whether request->command holds, error NULL = ok. Text to be freed, NULL only for ENOMEM. */
char *command_result(const struct command_request *request, bool known, const char *error);

/* The ids seen lately: a message that comes twice is obeyed once. */
#define COMMAND_HISTORY 32
struct command_history {
    char ids[COMMAND_HISTORY][COMMAND_ID_SIZE];
    unsigned next;
};
/* True if this id was there before; otherwise it is now. An empty id never was. */
bool command_is_replay(struct command_history *history, const char *id);
