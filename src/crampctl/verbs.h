/* SPDX-License-Identifier: MIT */
/* What crampctl can do, one row each. */
#pragma once

#include "crampctl/client.h"

#include <stdbool.h>
#include <stdio.h>

struct cJSON;

struct command_line {
    const struct verb *verb;
    const char *argument; /* or NULL */
    char *const *words;   /* all of them, argument first */
    int word_count;
    bool json;
    enum bus_kind bus;
    unsigned number;                               /* rows wanted, 0 = not said */
    const char *output, *from, *to, *config, *hub; /* or NULL */
    bool show, forget;
};

/* Options that not every verb takes. */
enum verb_option {
    TAKES_NUMBER = 1 << 0, /* --number */
    TAKES_OUTPUT = 1 << 1, /* --output */
    TAKES_SPAN = 1 << 2,   /* --from, --to */
    TAKES_CONFIG = 1 << 3, /* --config */
    TAKES_HUB = 1 << 4,    /* --hub */
    TAKES_SHOW = 1 << 5,   /* --show */
    TAKES_FORGET = 1 << 6, /* --forget */
    NO_JSON = 1 << 7,      /* --json, which the others take */
};

struct verb {
    const char *name, *alias;
    const char *argument; /* "[DURATION]", or NULL: it takes none */
    const char *help;
    bool needs_argument;
    bool takes_more;     /* than one word */
    const char *example; /* of one that does */
    bool alone;          /* asks no hub: run gets no client */
    const char *method;  /* of the hub's interface */
    unsigned options;    /* enum verb_option */
    /* What is wrong with the line, said on standard error; NULL: nothing can be. 0 or -EINVAL. */
    int (*check)(const struct command_line *line);
    int (*run)(const struct verb *verb, const struct command_line *line, struct client *client);
    /* how its answer is shown */
    void (*render)(const struct cJSON *answer, FILE *out);
    const char *done; /* what to say when there is no answer to show */
};

/* Ends with a row without name. */
extern const struct verb verbs[];

/* verbs_check.c: what is wrong with the line, before anybody is bothered; said on standard error. 0 or
 * -EINVAL. */
int verb_check(const struct command_line *line);
