/* SPDX-License-Identifier: MIT */
/*
 * What a diary says of a span of nights: counts, times, and how often what was told went with a cramp. Pure
 * but for the time zone. Counts are counts, never causes; what is not known is NAN, -1 or a state of its own,
 * never zero or calm.
 */
#pragma once

#include "base/macros.h"
#include "base/names.h"
#include "crampctl/report_day.h"

#include <cjson/cJSON.h>
#include <stddef.h>

/* A night is compared with others when the hub could have seen a cramp for this share of it, and this long:
   an hour seen without gaps is no night. */
#define REPORT_COVERAGE 0.8
#define REPORT_USABLE_S (4 * 3600.0)
/* Of fewer nights nothing can be read. */
#define REPORT_FEW 5
/* The diary's lists end here (DIARY_READ_MAX of the store). */
#define REPORT_ROWS_MAX 1000
#define REPORT_SPAN_MAX 3660

#define NIGHT_STATE_WORDS(X)                                                                                 \
    X(NIGHT_NO_RECORD, "no_record")                                                                          \
    X(NIGHT_UNDER_WAY, "under_way")                                                                          \
    X(NIGHT_POORLY, "poorly_watched")                                                                        \
    X(NIGHT_WATCHED, "watched")
enum report_night_state { NIGHT_STATE_WORDS(NAME_ENUMERATOR) report_night_state_count };
const char *report_night_state_name(enum report_night_state state);

struct report_cramp {
    const cJSON *row;
    struct local_moment onset;
    bool no_cramp;     /* as the person says: named, not counted */
    double duration_s; /* NAN: not known, or goes on */
    double warning_s;  /* from the announcing rise to the onset; NAN: there was none */
    double answered_s; /* from the onset to the acknowledgement; NAN: there was none */
    bool reminded;
};

struct report_night {
    int day;
    enum report_night_state state;
    double watched_s, usable_s, coverage; /* coverage NAN: nothing was watched */
    int begin, end;                       /* local minutes since noon, -1 not known */
    int periodic;                         /* periodic leg movements dismissed, -1 not known */
    unsigned cramps, no_cramp;            /* seen by the hub; of these said to be none, not in `cramps` */
    unsigned felt;                        /* told at once, and not seen */
    bool missed;                          /* a cramp was felt that the hub did not see */
    uint32_t triggers;                    /* BIT(enum trigger) */
    const cJSON *checkin;                 /* what was told the morning after, or NULL */
};

/* How often with and without, on watched nights. */
struct report_count {
    unsigned nights, with_cramp;
};

struct report_comparison {
    struct report_count with, other; /* of a medicine: since that day, and before */
    bool few;                        /* nothing can be read from it */
};

struct report_medicine {
    int day;
    const char *change, *name;
    struct report_comparison since;
};

/* What kept the hub from watching, at night. */
struct report_fault {
    unsigned times, nights;
};

struct report_quantiles {
    unsigned known;
    double least, quarter, median, three_quarters, most; /* NAN without any */
};

struct report_totals {
    unsigned nights[report_night_state_count];
    struct report_count watched;
    unsigned cramps, cramps_watched; /* in all nights; in those that were watched */
    unsigned no_cramp, missed;
    unsigned leg[leg_count], leg_unknown, muscle[muscle_count], relief[relief_count];
    unsigned reminded, answered;
    unsigned checkins, sign[sign_count]; /* mornings */
    unsigned periodic, periodic_nights;
    struct report_quantiles minute, duration, warning, answer, pain;
};

struct report {
    struct span asked, span;
    int known_from; /* of earlier nights the diary's lists, which were full, may lack rows; or NO_DAY */
    bool cut;       /* for that reason span begins later than asked */
    struct report_night *night; /* one for each of span */
    size_t night_count;
    struct report_cramp *cramp; /* by time */
    size_t cramp_count;
    struct report_medicine *medicine; /* by day */
    size_t medicine_count;
    const cJSON **note; /* entries: notes, and triggers and check-ins with a text, by day */
    size_t note_count;
    const cJSON *
        *felt; /* entries: cramps that were felt and not seen by the hub, as they were told, by time */
    size_t felt_count;
    const cJSON **undated_night, **undated_cramp; /* whose clock was not known, newest first */
    size_t undated_night_count, undated_cramp_count;
    struct report_totals totals;
    struct report_comparison trigger[trigger_count];
    struct report_fault fault[fault_reason_count];
    bool faults_cut; /* their list was full, and older ones of these nights are not in it */
};

/* As the hub answers them, newest first. Anything that is no list counts as empty. */
struct report_rows {
    const cJSON *episodes, *nights, *faults, *entries;
};

/* The rows must outlive it. 0 or -ENOMEM; either way report_clear(). */
int report_make(struct report *report, const struct report_rows *rows, struct span asked);
void report_clear(struct report *report);

/* The night of that day, or NULL. */
struct report_night *report_night(const struct report *report, int day);
static inline bool report_has_cramp(const struct report_night *night)
{
    return night->cramps > 0 || night->missed;
}
/* Watched nights from one day to another, both included. */
struct report_count report_count(const struct report *report, int from, int to);

/* The other half of report_make(): what follows from nights and cramps. 0 or -ENOMEM. */
int report_total(struct report *report);
int report_count_faults(struct report *report, const struct report_rows *rows);
/* Sorts the values. */
struct report_quantiles report_quantiles(double *values, size_t count);

/* To be freed; NULL for ENOMEM. */
cJSON *report_json(const struct report *report);
