/* SPDX-License-Identifier: MIT */
#include "crampctl/report_figures.h"

#include "crampctl/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define NIGHT_STATE_NAME(value, word) [value] = word,
const char *report_night_state_name(enum report_night_state state)
{
    static const char *const names[] = {NIGHT_STATE_WORDS(NIGHT_STATE_NAME)};

    return names[state];
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Between the two nearest values, in proportion. */
static double quantile(const double *sorted, size_t count, double share)
{
    double place = share * (double)(count - 1);
    size_t below = (size_t)floor(place);
    size_t above = MIN(below + 1, count - 1);

    return sorted[below] + (place - floor(place)) * (sorted[above] - sorted[below]);
}

struct report_quantiles report_quantiles(double *values, size_t count)
{
    size_t known = 0;

    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            values[known++] = values[i];
    if (known == 0)
        return (struct report_quantiles){0, (double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN};
    qsort(values, known, sizeof(*values), compare);
    return (struct report_quantiles){(unsigned)known,
                                     values[0],
                                     quantile(values, known, 0.25),
                                     quantile(values, known, 0.5),
                                     quantile(values, known, 0.75),
                                     values[known - 1]};
}

struct report_count report_count(const struct report *report, int from, int to)
{
    struct report_count count = {0, 0};

    for (size_t i = 0; i < report->night_count; i++) {
        const struct report_night *night = &report->night[i];
        if (night->state != NIGHT_WATCHED || night->day < from || night->day > to)
            continue;
        count.nights++;
        count.with_cramp += report_has_cramp(night);
    }
    return count;
}

static struct report_comparison compared(struct report_count with, struct report_count other)
{
    return (struct report_comparison){with, other, with.nights < REPORT_FEW || other.nights < REPORT_FEW};
}

static void compare_trigger(struct report *report, int trigger)
{
    struct report_count all = report->totals.watched, with = {0, 0};

    for (size_t i = 0; i < report->night_count; i++) {
        const struct report_night *night = &report->night[i];
        if (night->state != NIGHT_WATCHED || !(night->triggers & BIT(trigger)))
            continue;
        with.nights++;
        with.with_cramp += report_has_cramp(night);
    }
    report->trigger[trigger] =
        compared(with, (struct report_count){all.nights - with.nights, all.with_cramp - with.with_cramp});
}

/* The person woke with a cramp, and the hub has none. */
static bool was_missed(const struct report_night *night)
{
    const char *felt = json_text(night->checkin, "felt", "");

    return night->felt > 0 || strcmp(felt, felt_name(FELT_MISSED)) == 0 ||
           (strcmp(felt, felt_name(FELT_YES)) == 0 && night->cramps == 0);
}

static void total_signs(struct report_totals *totals, const cJSON *told)
{
    const cJSON *word;

    cJSON_ArrayForEach(word, cJSON_GetObjectItemCaseSensitive(told, "signs"))
    {
        int sign = cJSON_IsString(word) ? sign_from_name(word->valuestring) : -1;
        if (sign >= 0)
            totals->sign[sign]++;
    }
}

static void total_nights(struct report *report)
{
    struct report_totals *totals = &report->totals;

    for (size_t i = 0; i < report->night_count; i++) {
        struct report_night *night = &report->night[i];
        night->missed = was_missed(night);
        totals->nights[night->state]++;
        totals->cramps += night->cramps;
        totals->no_cramp += night->no_cramp;
        totals->missed += night->missed;
        totals->checkins += night->checkin != NULL;
        total_signs(totals, night->checkin);
        if (night->state != NIGHT_WATCHED)
            continue;
        totals->cramps_watched += night->cramps;
        if (night->periodic > 0) {
            totals->periodic += (unsigned)night->periodic;
            totals->periodic_nights++;
        }
    }
    totals->watched = report_count(report, report->span.from, report->span.to);
}

static void total_cramp(struct report_totals *totals, const struct report_cramp *cramp)
{
    int leg = leg_from_name(json_text(cramp->row, "leg", ""));
    int muscle = muscle_from_name(json_text(cramp->row, "muscle", ""));
    int relief = relief_from_name(json_text(cramp->row, "relief", ""));

    if (leg >= 0)
        totals->leg[leg]++;
    else
        totals->leg_unknown++;
    if (muscle >= 0)
        totals->muscle[muscle]++;
    if (relief >= 0)
        totals->relief[relief]++;
    totals->reminded += cramp->reminded;
    totals->answered += cramp->reminded && json_text(cramp->row, "acknowledged_by", NULL);
}

/* One value of each cramp that was one, or NAN. */
static double minute_of(const struct report_cramp *cramp)
{
    return cramp->onset.minute;
}

static double duration_of(const struct report_cramp *cramp)
{
    return cramp->duration_s;
}

static double warning_of(const struct report_cramp *cramp)
{
    return cramp->warning_s;
}

static double answer_of(const struct report_cramp *cramp)
{
    return cramp->reminded ? cramp->answered_s : (double)NAN;
}

static struct report_quantiles spread(const struct report *report, double *values,
                                      double (*value)(const struct report_cramp *cramp))
{
    for (size_t i = 0; i < report->cramp_count; i++)
        values[i] = report->cramp[i].no_cramp ? (double)NAN : value(&report->cramp[i]);
    return report_quantiles(values, report->cramp_count);
}

int report_total(struct report *report)
{
    struct report_totals *totals = &report->totals;
    size_t size = MAX(report->cramp_count, report->night_count);
    _cleanup_(freep) double *values = calloc(size + 1, sizeof(double));

    if (!values)
        return -ENOMEM;
    total_nights(report);
    for (size_t i = 0; i < report->cramp_count; i++)
        if (!report->cramp[i].no_cramp)
            total_cramp(totals, &report->cramp[i]);
    totals->minute = spread(report, values, minute_of);
    totals->duration = spread(report, values, duration_of);
    totals->warning = spread(report, values, warning_of);
    totals->answer = spread(report, values, answer_of);
    for (size_t i = 0; i < report->night_count; i++)
        values[i] = json_number(report->night[i].checkin, "pain");
    totals->pain = report_quantiles(values, report->night_count);
    for (int trigger = 0; trigger < (int)trigger_count; trigger++)
        compare_trigger(report, trigger);
    for (size_t i = 0; i < report->medicine_count; i++) {
        int day = report->medicine[i].day;
        report->medicine[i].since = compared(report_count(report, day, report->span.to),
                                             report_count(report, report->span.from, day - 1));
    }
    return 0;
}
