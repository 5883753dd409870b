/* SPDX-License-Identifier: MIT */
/*
 * The settings table: one row a key. Everything that knows about settings walks these rows.
 *
 * To add a setting: give the room's params struct a field, add a row in settings_table.c, run
 * `ninja -C build regenerate`, commit what changed in conf/ and docs/. Nothing else.
 */
#pragma once

#include "config/settings.h"

#include <stdbool.h>
#include <stddef.h>

enum row_type {
    TYPE_BOOL,
    TYPE_INT,
    TYPE_HEX, /* an int that people write in hexadecimal: a bus address */
    TYPE_FLOAT,
    TYPE_WORD,   /* an enum of base/names */
    TYPE_TIME,   /* "21:00"; an int, minutes since midnight */
    TYPE_STRING, /* const char *, never NULL */
};

/* What a string must look like; "" is allowed unless `required`. */
enum text_form {
    FORM_TEXT,   /* for people: UTF-8 without control characters */
    FORM_LINE,   /* name of a GPIO line or label of a chip: at most 31 visible characters (the kernel's limit)
                  */
    FORM_PATH,   /* absolute path */
    FORM_HOST,   /* host name or address, or the absolute path of a unix socket */
    FORM_ID,     /* [a-zA-Z0-9_-]{1,64} */
    FORM_PREFIX, /* MQTT topic prefix: no wildcards, no / at the ends */
};

/* Access to one enum's words. */
struct words {
    const char *(*name)(int value);
    int (*from_name)(const char *word);
    int count;
};

#define CHOICES_MAX 8

struct row {
    const char *group;
    const char *key;
    const char *field; /* the struct's member as C writes it, "[]" for a list's entry */
    size_t offset;     /* in struct settings, or in the list's entry */
    size_t copy;       /* a second member with the same value (NO_COPY: none) */
    enum row_type type;
    enum text_form form;
    bool required; /* a string that may not be "" */
    const char *unit;
    double min, max;             /* of numbers, both allowed */
    double choices[CHOICES_MAX]; /* of numbers; choice_count 0: everything from min to max */
    unsigned choice_count;
    const struct words *words;
    const char *standard; /* the default, as text */
    const char *second;   /* the default in the second entry of the built-in list; NULL: the same */
    const char *help;     /* one line */
};

#define NO_COPY SIZE_MAX

/* A group of keys, or a list of such groups. */
struct group {
    const char *name;
    const char *help;
    bool list;
    /* of a list: */
    int least, most;         /* entries */
    int standard;            /* entries when the file does not name the list */
    size_t count_offset;     /* int in struct settings */
    size_t entries_offset;   /* first entry in struct settings */
    size_t entry_size;       /* bytes */
    const char *count_field; /* the count's member as C writes it */
};

extern const struct row settings_rows[];
extern const size_t settings_row_count;
extern const struct group settings_groups[];
extern const size_t settings_group_count;

/* Group or row of that name; NULL if there is none. */
const struct group *group_find(const char *name);
const struct row *row_find(const char *group, const char *key);

/* Where the members of the group's i-th entry begin (i is 0 for a plain group). */
void *group_base(const struct group *group, struct settings *settings, int i);
int *group_count(const struct group *group, struct settings *settings); /* NULL for a plain group */

/* What the loader checks beyond single values; each problem goes through say(). Returns how many. */
struct finding {
    const char *group;
    int entry; /* of a list; -1: plain group */
    const char *key;
    const char *text; /* "what is wrong; what would be right" */
};
typedef void (*finding_sink)(void *context, const struct finding *finding);
unsigned settings_cross_check(const struct settings *settings, finding_sink say, void *context);
