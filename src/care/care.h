/* SPDX-License-Identifier: MIT */
/*
 * What may be said to a person about a cramp: what to do now, what may prevent the next one, and when to see
 * somebody. Pure tables. Every sentence is a row with an id that never changes, the English text
 * (translations in po/, see base/language.h) and where it comes from; docs/care.md shows them all.
 *
 * The rules of the house, which tests hold the rows against: no diagnosis, no name of a probable disease;
 * what is only likely to help is said to "may help"; versions for the bed go before those for standing,
 * because a fall is the risk of a night; no sentence without a source.
 *
 * To add one: a row in sentences.c, its translations in po/, then `ninja -C build regenerate`.
 */
#pragma once

#include "base/names.h"

#include <stddef.h>
#include <stdint.h>

/* What a sentence is for, in the order in which a person needs them. */
enum care_use {
    CARE_IN_BED,     /* the stretch, lying or sitting in bed; exactly one for each muscle */
    CARE_EASING,     /* beside it, whatever the muscle */
    CARE_RISING,     /* how to get up */
    CARE_STANDING,   /* stretches on one's feet; not every muscle has one */
    CARE_AFTERWARDS, /* when it has let go */
    CARE_PREVENTION, /* what may help against the next one */
    CARE_CAUTION,    /* what not to take */
    CARE_LEVEL,      /* advice: what to do, one for each enum care_level */
    CARE_SIGN,       /* advice: what calls for a level */
    CARE_PATTERN,    /* worth telling a doctor: the pattern, never its cause */
    care_use_count,
};

/* How soon somebody else should look at it; the gravest first. */
enum care_level {
    CARE_EMERGENCY,   /* emergency number now */
    CARE_NOW,         /* care now, within the hour */
    CARE_TODAY,       /* care today */
    CARE_APPOINTMENT, /* within one to two weeks */
    CARE_HOME,        /* home care */
    care_level_count,
};

#define CARE_SOURCES_MAX 6

struct care_sentence {
    const char *id; /* [a-z_]+, unique */
    enum care_use use;
    uint32_t muscles;      /* BIT(enum muscle) each */
    enum care_level level; /* of CARE_LEVEL and CARE_SIGN */
    const char *text;      /* English, UTF-8; at most CARE_TEXT_MAX characters in every language */
    const char *sources[CARE_SOURCES_MAX + 1]; /* keys of care_sources, NULL after the last; never none */
};

/* Characters, not bytes. The one of CARE_IN_BED goes into messages and onto small displays. */
#define CARE_TEXT_MAX   240
#define CARE_IN_BED_MAX 160

struct care_source {
    const char *key;  /* as sentences name it: "004", "25" */
    const char *what; /* for people: authors, year, where; English */
};

/* Key of what no document says: a caution, or a change of posture. Never the only source of a sentence. */
#define CARE_OWN "own"

extern const struct care_sentence care_sentences[];
extern const size_t care_sentence_count;
extern const struct care_source care_sources[];
extern const size_t care_source_count;

/* "in_bed" ... and "emergency" ..., for JSON and the table in docs/care.md; "?" outside the enum. */
const char *care_use_name(enum care_use use);
const char *care_level_name(enum care_level level);

/* The next row after `after` (NULL: from the first) for this use and muscle; NULL: no more. In the order of
   the table, which is that of a person's need. */
const struct care_sentence *care_guidance(const struct care_sentence *after, enum care_use use,
                                          enum muscle muscle);

/* What to do now without getting up: the stretch for this muscle. Never NULL for one of the enum. */
const struct care_sentence *care_in_bed(enum muscle muscle);

/* What to do at this level; and the next of its signs after `after` (NULL: the first; NULL: no more). */
const struct care_sentence *care_advice(enum care_level level);
const struct care_sentence *care_sign(const struct care_sentence *after, enum care_level level);

/* NULL: there is none. */
const struct care_sentence *care_find(const char *id);
const struct care_source *care_source_find(const char *key);
