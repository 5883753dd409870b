/* SPDX-License-Identifier: MIT */
#include "store_help.h"

#include "store/schema.h"

#include <math.h>

static void an_empty_diary_answers_with_empty_lists(void **state)
{
    struct bench *bench = *state;

    bench_open(bench);
    assert_string_equal(ask(bench, "episodes"), "[]");
    assert_string_equal(ask(bench, "nights"), "[]");
    assert_string_equal(ask(bench, "faults"), "[]");
    assert_null(ask(bench, "dreams"));
    assert_int_equal(bench->notices[bench->count - 1].error, -EINVAL);
}

static void an_episode_is_one_row_from_start_to_end(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0 + 10 * NSEC_PER_SEC, 1, "e-1");
    struct event remind = event_at(EVENT_REMINDER_START, T0 + 10 * NSEC_PER_SEC, 2);
    struct event ack = event_at(EVENT_ACKNOWLEDGED, T0 + 20 * NSEC_PER_SEC, 3);
    struct event end = cramp_end(T0 + 40 * NSEC_PER_SEC, 4, "e-1", 35.0);

    end.end.peak_percent = 41.6;
    memcpy(remind.id, "e-1", 4);
    memcpy(ack.id, "e-1", 4);
    ack.reminder.origin = ORIGIN_BUTTON;
    bench_open(bench);
    take_event(bench, &start, true, NULL);
    assert_non_null(strstr(ask(bench, "episodes"), "\"ongoing\":true"));
    take_event(bench, &remind, true, NULL);
    take_event(bench, &ack, true, NULL);
    take_event(bench, &end, true, NULL);
    assert_string_equal(
        ask(bench, "episodes"),
        "[{\"id\":\"e-1\",\"leg\":\"left\",\"muscle\":\"gastrocnemius\",\"rise\":null,"
        "\"onset\":\"2026-11-18T11:06:45.000Z\",\"start\":\"2026-11-18T11:06:50.000Z\","
        "\"end\":\"2026-11-18T11:07:20.000Z\",\"clock_synced\":true,\"ongoing\":false,"
        "\"duration_s\":35,\"peak_ratio\":38.12,\"peak_percent\":42,\"confidence\":0.98,\"reason\":"
        "\"sustained\","
        "\"relief\":\"stretch\",\"reminders\":1,\"acknowledged\":\"2026-11-18T11:07:00.000Z\","
        "\"acknowledged_by\":\"button\",\"label\":null}]");
    struct event label = event_at(EVENT_LABELLED, T0 + 60 * NSEC_PER_SEC, 5);
    memcpy(label.id, "e-1", 4);
    label.labelled.label = LABEL_NO_CRAMP;
    take_event(bench, &label, true, NULL);
    assert_non_null(strstr(ask(bench, "episodes"), "\"label\":\"no_cramp\""));
}

static void a_cramp_that_only_the_person_felt_is_an_entry(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0 + 10 * NSEC_PER_SEC, 1, "e-1");
    struct event seen = event_at(EVENT_LABELLED, T0 + 20 * NSEC_PER_SEC, 2);
    struct event missed = event_at(EVENT_LABELLED, T0 + 30 * NSEC_PER_SEC, 3);
    struct event undated = event_at(EVENT_LABELLED, T0 + 40 * NSEC_PER_SEC, 4);

    memcpy(seen.id, "e-1", 4);
    memcpy(missed.id, "e-2", 4);
    memcpy(undated.id, "e-3", 4);
    seen.labelled.label = missed.labelled.label = undated.labelled.label = LABEL_CRAMP_FELT;
    missed.has_leg = true;
    missed.leg = LEG_RIGHT;
    bench_open(bench);
    take_event(bench, &start, true, NULL);
    take_event(bench, &seen, true, NULL);
    assert_string_equal(ask(bench, "entries"), "[]");
    take_event(bench, &missed, true, NULL);
    take_event(bench, &undated, false, NULL);
    const char *entries = ask(bench, "entries");
    assert_non_null(strstr(entries, "\"kind\":\"cramp_felt\",\"told_at\":\"2026-11-18T11:07:10.000Z\","
                                    "\"told\":{\"leg\":\"right\"}"));
    assert_non_null(strstr(entries, "\"day\":\"2026-11-18\""));
    assert_non_null(strstr(entries, "{\"id\":null,\"day\":null,\"kind\":\"cramp_felt\",\"told_at\":null"));
}

static void set_preference(struct bench *bench, enum preference preference, int value)
{
    struct request *request = request_new(REQUEST_PREFERENCE);

    request->preference.which = preference;
    request->preference.value = value;
    worker_take(bench->worker, request, bench->now_ns);
}

/* What the home has set, the last cramp: from one run to the next. */
static void a_run_leaves_word_to_the_next(void **state)
{
    struct bench *bench = *state;
    struct event end = cramp_end(T0 + 40 * NSEC_PER_SEC, 4, "e-1", 30.0);
    const struct store_notice *cramp = NULL, *setting = NULL;

    bench_open(bench);
    assert_int_equal(bench->count, 0);
    take_event(bench, &end, true, NULL);
    set_preference(bench, PREFERENCE_NIGHT_END, 450);
    set_preference(bench, PREFERENCE_NIGHT_START, 1290);
    set_preference(bench, PREFERENCE_NIGHT_START, -1);
    bench_close(bench);
    bench_open(bench);
    for (unsigned i = 0; i < bench->count; i++) {
        if (bench->notices[i].kind == STORE_LAST_CRAMP)
            cramp = &bench->notices[i];
        if (bench->notices[i].kind == STORE_PREFERENCE) {
            assert_null(setting); /* only what holds */
            setting = &bench->notices[i];
        }
    }
    assert_non_null(cramp);
    assert_string_equal(cramp->text, "e-1");
    assert_true(cramp->has_site && cramp->leg == LEG_LEFT && cramp->muscle == MUSCLE_GASTROCNEMIUS);
    assert_true(cramp->duration_s == 30.0 && cramp->relief == end.end.relief);
    assert_non_null(setting);
    assert_int_equal(setting->preference, PREFERENCE_NIGHT_END);
    assert_int_equal(setting->value, 450);
}

static void an_end_without_its_start_is_still_an_episode(void **state)
{
    struct bench *bench = *state;
    struct event end = cramp_end(T0 + 40 * NSEC_PER_SEC, 4, "e-1", 30.0);

    bench_open(bench);
    take_event(bench, &end, true, NULL);
    const char *json = ask(bench, "episodes");
    assert_non_null(
        strstr(json, "\"start\":\"2026-11-18T11:06:50.000Z\",\"end\":\"2026-11-18T11:07:20.000Z\""));
    assert_non_null(strstr(json, "\"duration_s\":30"));
    assert_non_null(strstr(json, "\"peak_percent\":null")); /* nobody calibrated */
}

static void what_a_dead_run_left_open_ended_nobody_knows_how(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1");
    struct event fault = event_at(EVENT_FAULT, T0, 2);

    bench_open(bench);
    take_event(bench, &start, true, NULL);
    take_event(bench, &fault, true, NULL);
    assert_non_null(strstr(ask(bench, "faults"), "\"ongoing\":true"));
    bench_close(bench);
    bench_open(bench);
    const char *json = ask(bench, "episodes");
    assert_non_null(strstr(json, "\"end\":null"));
    assert_non_null(strstr(json, "\"ongoing\":false"));
    assert_non_null(strstr(json, "\"relief\":\"unknown\""));
    assert_non_null(strstr(ask(bench, "faults"), "\"ongoing\":false"));
}

static void a_fault_is_closed_by_its_own_clearing_only(void **state)
{
    struct bench *bench = *state;
    struct event other = event_at(EVENT_FAULT, T0, 1), own = other, cleared;

    own.seq = 2;
    other.fault.reason = FAULT_HUM;
    own.fault.reason = FAULT_LEAD_OFF;
    cleared = own;
    cleared.seq = 3;
    cleared.kind = EVENT_FAULT_CLEARED;
    cleared.t_ns += 90 * NSEC_PER_SEC;
    bench_open(bench);
    take_event(bench, &own, true, NULL);
    take_event(bench, &other, true, NULL);
    take_event(bench, &cleared, true, NULL);
    const char *json = ask(bench, "faults");
    const char *hum = strstr(json, "\"hum\""), *lead_off = strstr(json, "\"lead_off\"");
    assert_true(hum && lead_off && hum < lead_off);
    assert_true(strstr(hum, "\"ongoing\":true") < lead_off);
    assert_non_null(strstr(lead_off, "\"ongoing\":false,\"duration_s\":90"));
}

static void the_motion_sensors_of_two_legs_fail_and_recover_apart(void **state)
{
    struct bench *bench = *state;
    struct event fault = event_at(EVENT_FAULT, T0, 1);

    bench_open(bench);
    fault.has_site = false;
    fault.has_leg = true;
    fault.channel = -1;
    fault.fault.reason = FAULT_GAP;
    fault.fault.part = PART_IMU;
    for (fault.leg = 0; fault.leg < leg_count; fault.leg++, fault.seq++)
        take_event(bench, &fault, true, NULL);
    /* The first one comes back first. */
    fault.kind = EVENT_FAULT_CLEARED;
    fault.t_ns += 90 * NSEC_PER_SEC;
    fault.leg = LEG_LEFT;
    take_event(bench, &fault, true, NULL);
    const char *json = ask(bench, "faults");
    const char *right = strstr(json, "\"part\":\"imu\",\"leg\":\"right\"");
    const char *left = strstr(json, "\"part\":\"imu\",\"leg\":\"left\"");
    assert_true(right && left && right < left);
    assert_true(strstr(right, "\"ongoing\":true") < left);
    assert_non_null(strstr(left, "\"ongoing\":false,\"duration_s\":90"));
}

static void a_night_grows_in_one_row_and_is_completed(void **state)
{
    struct bench *bench = *state;
    struct night_counts night = {.start_ns = T0, .end_ns = T0 + 3600 * NSEC_PER_SEC};
    struct event summary = event_at(EVENT_NIGHT_SUMMARY, T0 + 7200 * NSEC_PER_SEC, 9);

    night.watched_s = 3600;
    night.usable_s = 3492;
    night.dismissed[DISMISS_LEG_MOVEMENT] = 31;
    night.dismissed[DISMISS_TURN] = 2;
    bench_open(bench);
    take_progress(bench, &night, true);
    const char *json = ask(bench, "nights");
    assert_non_null(
        strstr(json, "\"start\":\"2026-11-18T11:06:40.000Z\",\"end\":\"2026-11-18T12:06:40.000Z\""));
    assert_non_null(strstr(json, "\"complete\":false,\"ongoing\":true"));
    assert_non_null(strstr(json, "\"dismissed\":{\"leg_movement\":31,\"turn\":2}"));
    assert_non_null(strstr(json, "\"coverage\":0.97"));
    night.end_ns = T0 + 7200 * NSEC_PER_SEC;
    night.cramps = 1;
    summary.night = night;
    take_event(bench, &summary, true, NULL);
    json = ask(bench, "nights");
    assert_non_null(strstr(json, "\"complete\":true,\"ongoing\":false,\"cramps\":1"));
    assert_null(strstr(json + 2, "{\"start\""));
    /* figures that were on their way when the night ended */
    night.cramps = 0;
    take_progress(bench, &night, true);
    assert_non_null(strstr(ask(bench, "nights"), "\"complete\":true,\"ongoing\":false,\"cramps\":1"));
}

static void a_night_without_watching_has_no_coverage(void **state)
{
    struct bench *bench = *state;
    struct night_counts night = {.start_ns = T0, .end_ns = T0};

    bench_open(bench);
    take_progress(bench, &night, false);
    assert_non_null(strstr(ask(bench, "nights"), "\"coverage\":null"));
}

static void rows_from_before_the_clock_was_right_are_redated(void **state)
{
    struct bench *bench = *state;
    struct event start = cramp_start(T0, 1, "e-1");
    unsigned count;

    bench_open(bench);
    take_event(
        bench, &start, false,
        "{\"event\":\"cramp_start\",\"occurred_at\":\"1970-01-01T00:00:00.000Z\",\"clock_synced\":false}");
    assert_non_null(strstr(ask(bench, "episodes"), "\"start\":null,\"end\":null,\"clock_synced\":false,"
                                                   "\"start_unsure\":\"2026-11-18T11:06:40.000Z\""));
    /* The right offset is ten seconds more than the stamp had. */
    take_redate(bench, WALL_US - T0 / NSEC_PER_USEC + 10000000);
    const char *json = ask(bench, "episodes");
    assert_non_null(strstr(json, "\"start\":\"2026-11-18T11:06:50.000Z\""));
    assert_non_null(strstr(json, "\"clock_synced\":true"));
    assert_null(strstr(json, "start_unsure"));
    unsigned first = fetch(bench, 10, 99, 0, &count);
    assert_int_equal(count, 1);
    assert_string_equal(bench->notices[first].text, "{\"event\":\"cramp_start\",\"occurred_at\":"
                                                    "\"2026-11-18T11:06:50.000Z\",\"clock_synced\":true}");
}

static void redating_leaves_other_boots_and_dated_rows_alone(void **state)
{
    struct bench *bench = *state;
    struct event dated = cramp_start(T0, 1, "e-dated"), other = cramp_start(T0, 2, "e-other");
    struct request *request = request_new(REQUEST_EVENT);

    bench_open(bench);
    take_event(bench, &dated, true, NULL);
    request->event.event = other;
    request->stamp = stamp_at(T0, false);
    request->stamp.boot_id[0] = 'f';
    worker_take(bench->worker, request, bench->now_ns);
    take_redate(bench, 0);
    const char *json = ask(bench, "episodes");
    assert_non_null(strstr(json, "\"start\":\"2026-11-18T11:06:40.000Z\""));
    assert_non_null(strstr(json, "\"start\":null"));
}

static void old_rows_go_and_young_rows_stay(void **state)
{
    struct bench *bench = *state;
    struct event old = cramp_start(T0, 1, "e-old"), young = cramp_start(T0, 2, "e-young");
    struct request *request = request_new(REQUEST_EVENT);

    bench_open(bench);
    take_event(bench, &old, true, NULL);
    request->event.event = young;
    request->stamp = stamp_at(T0, true);
    request->stamp.wall_us += 300 * INT64_C(86400000000);
    worker_take(bench->worker, request, bench->now_ns);
    worker_work(bench->worker, bench->now_ns, 0);
    /* Without a clock to believe nothing is old. */
    worker_work(bench->worker, bench->now_ns + 3600 * NSEC_PER_SEC, 0);
    assert_non_null(strstr(ask(bench, "episodes"), "e-old"));
    worker_work(bench->worker, bench->now_ns + 90000 * NSEC_PER_SEC, WALL_US + 401 * INT64_C(86400000000));
    const char *json = ask(bench, "episodes");
    assert_null(strstr(json, "e-old"));
    assert_non_null(strstr(json, "e-young"));
}

static void a_mute_survives_a_restart(void **state)
{
    struct bench *bench = *state;
    struct request *request = request_new(REQUEST_MUTE);

    bench_open(bench);
    assert_int_equal(bench->count, 0);
    request->muted_until_wall_us = WALL_US;
    worker_take(bench->worker, request, bench->now_ns);
    bench_close(bench);
    bench_open(bench);
    assert_int_equal(bench->count, 1);
    assert_int_equal(bench->notices[0].kind, STORE_MUTE);
    assert_int_equal(bench->notices[0].wall_us, WALL_US);
}

static void take_calibration(struct bench *bench, enum leg leg, double rest_uv, double firm_uv, bool synced)
{
    struct request *request = request_new(REQUEST_CALIBRATION);

    request->calibration.leg = leg;
    request->calibration.muscle = MUSCLE_SOLEUS;
    request->calibration.rest_uv = rest_uv;
    request->calibration.firm_uv = firm_uv;
    request->calibration.made_ns = T0;
    request->stamp = stamp_at(T0, synced);
    worker_take(bench->worker, request, bench->now_ns);
}

static void a_calibration_survives_a_restart_until_it_is_forgotten(void **state)
{
    struct bench *bench = *state;

    bench_open(bench);
    take_calibration(bench, LEG_LEFT, 3.25, 240, true);
    take_calibration(bench, LEG_RIGHT, 2, 100, true);
    take_calibration(bench, LEG_RIGHT, 2.5, (double)NAN, false); /* the last one counts */
    bench_close(bench);
    bench_open(bench);
    assert_int_equal(bench->count, 2);
    const struct store_notice *left = &bench->notices[0], *right = &bench->notices[1];
    assert_int_equal(left->kind, STORE_CALIBRATION);
    assert_int_equal(left->leg, LEG_LEFT);
    assert_int_equal(left->muscle, MUSCLE_SOLEUS);
    assert_true(left->rest_uv == 3.25 && left->firm_uv == 240);
    assert_int_equal(left->wall_us, WALL_US);
    assert_int_equal(right->leg, LEG_RIGHT);
    assert_true(right->rest_uv == 2.5 && isnan(right->firm_uv));
    assert_int_equal(right->wall_us, 0); /* the clock was not right then */
    assert_int_equal(right->t_ns, T0);
    assert_string_equal(right->text, stamp_at(T0, false).boot_id);
    take_redate(bench, (WALL_US - T0 / NSEC_PER_USEC));
    take_calibration(bench, LEG_LEFT, (double)NAN, (double)NAN, true);
    bench_close(bench);
    bench_forget(bench);
    bench_open(bench);
    assert_int_equal(bench->count, 1);
    assert_int_equal(bench->notices[0].leg, LEG_RIGHT);
    assert_int_equal(bench->notices[0].wall_us, WALL_US);
}

static void every_older_version_is_brought_up_to_date(void **state)
{
    struct bench *bench = *state;

    for (int version = 0; version <= schema_version(); version++) {
        char set_version[48];
        sqlite3 *db = NULL;
        unlink(bench->path);
        assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
        for (int step = 0; step < version; step++)
            assert_int_equal(sqlite3_exec(db, schema_step(step), NULL, NULL, NULL), SQLITE_OK);
        if (version > 0)
            assert_int_equal(
                sqlite3_exec(db,
                             "INSERT INTO run (run, version) VALUES (3, 'old');"
                             "INSERT INTO episode (id, run, boot_id, onset_ns, start_ns, wall_us,"
                             " clock_synced, relief) VALUES ('kept', 3, 'b', 1, 2, 3, 1, 'stretch')",
                             NULL, NULL, NULL),
                SQLITE_OK);
        snprintf(set_version, sizeof(set_version), "PRAGMA user_version = %d", version);
        assert_int_equal(sqlite3_exec(db, set_version, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);

        struct event event = cramp_start(T0, 1, "new");
        bench_open(bench);
        take_event(bench, &event, true, "{}");
        const char *json = ask(bench, "episodes");
        assert_non_null(strstr(json, "new"));
        assert_int_equal(strstr(json, "kept") != NULL, version > 0);
        assert_int_equal(count_notices(bench, STORE_FAULT, FAULT_CORRUPT), 0);
        bench_close(bench);
        bench_forget(bench);
    }
}

static int64_t one_number(sqlite3 *db, const char *query)
{
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

/* Version 3 could not keep an event from being written twice. */
static void what_an_older_version_wrote_twice_is_once_afterwards(void **state)
{
    struct bench *bench = *state;
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    for (int step = 0; step < 3; step++)
        assert_int_equal(sqlite3_exec(db, schema_step(step), NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "INSERT INTO run (run, version) VALUES (1, 'old'), (2, 'old');"
                     "INSERT INTO outbox (run, seq, boot_id, t_ns, wall_us, clock_synced, minor, payload)"
                     " VALUES (1, 7, 'b', 1, 1, 1, 0, 'first'), (1, 7, 'b', 1, 1, 1, 0, 'again'),"
                     " (1, 8, 'b', 1, 1, 1, 0, 'other'), (2, 7, 'b', 1, 1, 1, 0, 'later');"
                     "INSERT INTO event (run, seq, boot_id, t_ns, wall_us, clock_synced, kind)"
                     " SELECT run, seq, boot_id, t_ns, wall_us, clock_synced, 'fault' FROM outbox;"
                     "PRAGMA user_version = 3",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    bench_open(bench);
    assert_int_equal(bench->count, 0);
    bench_close(bench);
    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    assert_int_equal(one_number(db, "SELECT count(*) FROM outbox WHERE payload <> 'again'"), 3);
    assert_int_equal(one_number(db, "SELECT count(*) FROM outbox"), 3);
    assert_int_equal(one_number(db, "SELECT count(*) FROM event"), 3);
    sqlite3_close(db);
}

static void a_file_of_a_newer_version_is_kept_and_not_touched(void **state)
{
    struct bench *bench = *state;
    char aside[128];
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(bench->path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "PRAGMA user_version = 1000; CREATE TABLE future (x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    bench_open(bench);
    assert_int_equal(count_notices(bench, STORE_FAULT, FAULT_CORRUPT), 1);
    assert_non_null(strstr(bench->notices[0].text, "newer crampd"));
    assert_int_equal(count_notices(bench, STORE_RECOVERED, FAULT_CORRUPT), 1);
    assert_string_equal(ask(bench, "episodes"), "[]");
    snprintf(aside, sizeof(aside), "%s.corrupt-1", bench->path);
    assert_int_equal(access(aside, F_OK), 0);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        ROW(an_empty_diary_answers_with_empty_lists),
        ROW(an_episode_is_one_row_from_start_to_end),
        ROW(a_cramp_that_only_the_person_felt_is_an_entry),
        ROW(a_run_leaves_word_to_the_next),
        ROW(an_end_without_its_start_is_still_an_episode),
        ROW(what_a_dead_run_left_open_ended_nobody_knows_how),
        ROW(a_fault_is_closed_by_its_own_clearing_only),
        ROW(the_motion_sensors_of_two_legs_fail_and_recover_apart),
        ROW(a_night_grows_in_one_row_and_is_completed),
        ROW(a_night_without_watching_has_no_coverage),
        ROW(rows_from_before_the_clock_was_right_are_redated),
        ROW(redating_leaves_other_boots_and_dated_rows_alone),
        ROW(old_rows_go_and_young_rows_stay),
        ROW(a_mute_survives_a_restart),
        ROW(a_calibration_survives_a_restart_until_it_is_forgotten),
        ROW(every_older_version_is_brought_up_to_date),
        ROW(what_an_older_version_wrote_twice_is_once_afterwards),
        ROW(a_file_of_a_newer_version_is_kept_and_not_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
