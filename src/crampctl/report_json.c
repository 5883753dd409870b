/* SPDX-License-Identifier: MIT */
/* The figures for programs, and at the end of the page. What is not known is null. */
#include "build_config.h"
#include "crampctl/json.h"
#include "crampctl/report_figures.h"
#include "crampctl/report_words.h"

#include <math.h>

static void add_number(cJSON *object, const char *key, double value, double unit)
{
    if (isnan(value))
        cJSON_AddNullToObject(object, key);
    else
        cJSON_AddNumberToObject(object, key, round(value / unit) * unit);
}

static void add_day(cJSON *object, const char *key, int day)
{
    char text[DAY_SIZE];

    day_iso(day, text);
    cJSON_AddStringToObject(object, key, text);
}

static void add_copy(cJSON *object, const char *key, const cJSON *row)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(row, key);

    cJSON_AddItemToObject(object, key, item ? cJSON_Duplicate(item, true) : cJSON_CreateNull());
}

static cJSON *add_row(cJSON *list)
{
    cJSON *row = cJSON_CreateObject();

    cJSON_AddItemToArray(list, row);
    return row;
}

static cJSON *night_json(const struct report_night *night)
{
    cJSON *object = cJSON_CreateObject();

    add_day(object, "night", night->day);
    cJSON_AddStringToObject(object, "state", report_night_state_name(night->state));
    add_number(object, "coverage", night->coverage, 0.001);
    add_number(object, "watched_s", night->state == NIGHT_NO_RECORD ? (double)NAN : night->watched_s, 1);
    add_number(object, "cramps",
               night->state == NIGHT_NO_RECORD && night->cramps == 0 ? (double)NAN : night->cramps, 1);
    cJSON_AddNumberToObject(object, "no_cramp", night->no_cramp);
    cJSON_AddBoolToObject(object, "missed", night->missed);
    add_number(object, "periodic_leg_movements", night->periodic < 0 ? (double)NAN : night->periodic, 1);
    cJSON *triggers = cJSON_AddArrayToObject(object, "triggers");
    for (int trigger = 0; trigger < (int)trigger_count; trigger++)
        if (night->triggers & BIT(trigger))
            cJSON_AddItemToArray(triggers, cJSON_CreateString(trigger_name((enum trigger)trigger)));
    cJSON_AddItemToObject(object, "checkin",
                          night->checkin ? cJSON_Duplicate(night->checkin, true) : cJSON_CreateNull());
    return object;
}

static cJSON *cramp_json(const struct report_cramp *cramp)
{
    static const char *const copied[] = {"id",         "leg",          "muscle", "relief",
                                         "peak_ratio", "peak_percent", "label",  "acknowledged_by"};
    cJSON *object = cJSON_CreateObject();
    char clock[CLOCK_SIZE];

    add_day(object, "night", cramp->onset.night);
    cJSON_AddStringToObject(object, "onset", cramp->onset.text);
    clock_text(cramp->onset.minute, clock);
    cJSON_AddStringToObject(object, "clock", clock);
    cJSON_AddBoolToObject(object, "counted", !cramp->no_cramp);
    add_number(object, "duration_s", cramp->duration_s, 0.1);
    add_number(object, "warning_s", cramp->warning_s, 0.1);
    cJSON_AddBoolToObject(object, "reminded", cramp->reminded);
    add_number(object, "answered_s", cramp->answered_s, 0.1);
    for (size_t i = 0; i < ARRAY_SIZE(copied); i++)
        add_copy(object, copied[i], cramp->row);
    return object;
}

static void add_quantiles(cJSON *object, const char *key, const struct report_quantiles *of, bool clock)
{
    const struct {
        const char *name;
        double value;
    } rows[] = {{"least", of->least},
                {"quarter", of->quarter},
                {"median", of->median},
                {"three_quarters", of->three_quarters},
                {"most", of->most}};
    cJSON *into = cJSON_AddObjectToObject(object, key);

    cJSON_AddNumberToObject(into, "known", of->known);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char text[CLOCK_SIZE];
        if (!clock || of->known == 0) {
            add_number(into, rows[i].name, rows[i].value, 0.1);
            continue;
        }
        clock_text(rows[i].value, text);
        cJSON_AddStringToObject(into, rows[i].name, text);
    }
}

static void add_count(cJSON *object, const char *key, const struct report_count *count)
{
    cJSON *into = cJSON_AddObjectToObject(object, key);

    cJSON_AddNumberToObject(into, "nights", count->nights);
    cJSON_AddNumberToObject(into, "with_cramp", count->with_cramp);
}

static void add_words(cJSON *object, const char *key, const unsigned *counts, int count,
                      const char *(*name)(int value))
{
    cJSON *into = cJSON_AddObjectToObject(object, key);

    for (int i = 0; i < count; i++)
        if (counts[i] > 0)
            cJSON_AddNumberToObject(into, name(i), counts[i]);
}

static const char *leg_word(int value)
{
    return leg_name((enum leg)value);
}

static const char *muscle_word(int value)
{
    return muscle_name((enum muscle)value);
}

static const char *relief_word(int value)
{
    return relief_name((enum relief)value);
}

static const char *sign_word(int value)
{
    return sign_name((enum sign)value);
}

static const char *state_word(int value)
{
    return report_night_state_name((enum report_night_state)value);
}

static void add_totals(cJSON *object, const struct report_totals *totals)
{
    cJSON *into = cJSON_AddObjectToObject(object, "totals");

    add_words(into, "nights", totals->nights, (int)report_night_state_count, state_word);
    add_count(into, "watched", &totals->watched);
    cJSON_AddNumberToObject(into, "cramps", totals->cramps);
    cJSON_AddNumberToObject(into, "cramps_on_watched_nights", totals->cramps_watched);
    add_number(into, "cramps_a_week",
               totals->watched.nights < REPORT_FEW ? (double)NAN
                                                   : 7.0 * totals->cramps_watched / totals->watched.nights,
               0.1);
    cJSON_AddNumberToObject(into, "said_to_be_no_cramp", totals->no_cramp);
    cJSON_AddNumberToObject(into, "nights_with_missed_cramp", totals->missed);
    add_words(into, "legs", totals->leg, (int)leg_count, leg_word);
    add_words(into, "muscles", totals->muscle, (int)muscle_count, muscle_word);
    add_words(into, "relief", totals->relief, (int)relief_count, relief_word);
    cJSON_AddNumberToObject(into, "reminded", totals->reminded);
    cJSON_AddNumberToObject(into, "answered", totals->answered);
    cJSON_AddNumberToObject(into, "checkins", totals->checkins);
    add_words(into, "signs", totals->sign, (int)sign_count, sign_word);
    cJSON_AddNumberToObject(into, "periodic_leg_movements", totals->periodic);
    cJSON_AddNumberToObject(into, "nights_with_periodic_leg_movements", totals->periodic_nights);
    add_quantiles(into, "clock", &totals->minute, true);
    add_quantiles(into, "duration_s", &totals->duration, false);
    add_quantiles(into, "warning_s", &totals->warning, false);
    add_quantiles(into, "answered_s", &totals->answer, false);
    add_quantiles(into, "pain", &totals->pain, false);
}

/* Weeks begin on Monday; the first and the last of either may be parts. */
static int week_end(int day)
{
    return day + 7 - day_of_week(day);
}

static int month_end(int day)
{
    return month_start(month_start(day) + 31) - 1;
}

static void add_periods(cJSON *object, const char *key, const struct report *report, int (*end)(int day))
{
    cJSON *list = cJSON_AddArrayToObject(object, key);

    for (int from = report->span.from; from <= report->span.to; from = end(from) + 1) {
        int to = MIN(end(from), report->span.to);
        struct report_count count = report_count(report, from, to);
        cJSON *row = add_row(list);
        unsigned cramps = 0;

        for (int day = from; day <= to; day++)
            if (report_night(report, day)->state == NIGHT_WATCHED)
                cramps += report_night(report, day)->cramps;
        add_day(row, "from", from);
        add_day(row, "to", to);
        add_count(row, "watched", &count);
        add_number(row, "cramps_on_watched_nights", count.nights == 0 ? (double)NAN : cramps, 1);
    }
}

static void add_triggers(cJSON *object, const struct report *report)
{
    cJSON *list = cJSON_AddArrayToObject(object, "triggers");

    for (int trigger = 0; trigger < (int)trigger_count; trigger++) {
        const struct report_comparison *found = &report->trigger[trigger];
        char text[SENTENCE_SIZE];
        if (found->with.nights == 0)
            continue;
        cJSON *row = add_row(list);
        cJSON_AddStringToObject(row, "trigger", trigger_name((enum trigger)trigger));
        add_count(row, "with", &found->with);
        add_count(row, "other", &found->other);
        cJSON_AddBoolToObject(row, "few", found->few);
        trigger_sentence(report, trigger, text);
        cJSON_AddStringToObject(row, "text", text);
    }
}

static void add_medicines(cJSON *object, const struct report *report)
{
    cJSON *list = cJSON_AddArrayToObject(object, "medicines");

    for (size_t i = 0; i < report->medicine_count; i++) {
        const struct report_medicine *medicine = &report->medicine[i];
        cJSON *row = add_row(list);
        char text[SENTENCE_SIZE];

        add_day(row, "day", medicine->day);
        cJSON_AddStringToObject(row, "change", medicine->change);
        cJSON_AddStringToObject(row, "name", medicine->name);
        add_count(row, "since", &medicine->since.with);
        add_count(row, "before", &medicine->since.other);
        cJSON_AddBoolToObject(row, "few", medicine->since.few);
        medicine_sentence(medicine, text);
        cJSON_AddStringToObject(row, "text", text);
    }
}

static void add_notes(cJSON *object, const struct report *report)
{
    cJSON *list = cJSON_AddArrayToObject(object, "notes");

    for (size_t i = 0; i < report->note_count; i++) {
        const cJSON *told = cJSON_GetObjectItemCaseSensitive(report->note[i], "told");
        cJSON *row = add_row(list);
        add_copy(row, "day", report->note[i]);
        add_copy(row, "kind", report->note[i]);
        add_copy(row, "text", told);
    }
}

static void add_felt(cJSON *object, const struct report *report)
{
    cJSON *list = cJSON_AddArrayToObject(object, "felt_and_not_seen");

    for (size_t i = 0; i < report->felt_count; i++) {
        cJSON *row = add_row(list);
        char clock[CLOCK_SIZE];
        double seconds = 0;

        report_seconds(report->felt[i], "told_at", &seconds);
        add_day(row, "night", local_moment(seconds).night);
        clock_text(local_moment(seconds).minute, clock);
        cJSON_AddStringToObject(row, "told_at", clock);
        add_copy(row, "leg", cJSON_GetObjectItemCaseSensitive(report->felt[i], "told"));
    }
}

static void add_faults(cJSON *object, const struct report *report)
{
    cJSON *list = cJSON_AddArrayToObject(object, "faults");

    for (int reason = 0; reason < (int)fault_reason_count; reason++) {
        if (report->fault[reason].times == 0)
            continue;
        cJSON *row = add_row(list);
        cJSON_AddStringToObject(row, "reason", fault_reason_name((enum fault_reason)reason));
        cJSON_AddNumberToObject(row, "times", report->fault[reason].times);
        cJSON_AddNumberToObject(row, "nights", report->fault[reason].nights);
    }
}

static void add_rows(cJSON *object, const char *key, const cJSON *const *rows, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(object, key);

    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, cJSON_Duplicate(rows[i], true));
}

cJSON *report_json(const struct report *report)
{
    cJSON *object = cJSON_CreateObject();
    char text[SENTENCE_SIZE];

    cJSON_AddStringToObject(object, "crampd", CRAMPD_VERSION);
    add_day(object, "asked_from", report->asked.from);
    add_day(object, "from", report->span.from);
    add_day(object, "to", report->span.to);
    cJSON_AddBoolToObject(object, "cut", report->cut);
    cJSON_AddBoolToObject(object, "faults_cut", report->faults_cut);
    report_summary(report, text);
    cJSON_AddStringToObject(object, "summary", text);
    report_besides(report, text);
    cJSON_AddStringToObject(object, "besides", text);
    add_totals(object, &report->totals);
    cJSON *nights = cJSON_AddArrayToObject(object, "nights");
    for (size_t i = 0; i < report->night_count; i++)
        cJSON_AddItemToArray(nights, night_json(&report->night[i]));
    cJSON *cramps = cJSON_AddArrayToObject(object, "cramps");
    for (size_t i = 0; i < report->cramp_count; i++)
        cJSON_AddItemToArray(cramps, cramp_json(&report->cramp[i]));
    add_felt(object, report);
    add_periods(object, "weeks", report, week_end);
    add_periods(object, "months", report, month_end);
    add_triggers(object, report);
    add_medicines(object, report);
    add_notes(object, report);
    add_faults(object, report);
    add_rows(object, "nights_without_clock", report->undated_night, report->undated_night_count);
    add_rows(object, "cramps_without_clock", report->undated_cramp, report->undated_cramp_count);
    return object;
}
