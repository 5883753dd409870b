/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "publish/journal.h"
#include "publish/journal_record.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct stamp stamp = {
    .wall_us = INT64_C(1793672047250000), .clock_synced = true, .boot_id = "b007"};

static struct event sample(enum event_kind kind, bool has_site, enum fault_reason reason)
{
    struct event e = {
        .kind = kind, .t_ns = 500 * NSEC_PER_SEC, .episode = 1, .id = "id-1", .has_site = has_site};

    if (kind == EVENT_CRAMP_START) {
        e.cramp.onset_ns = 495 * NSEC_PER_SEC;
        e.cramp.rise_ns = 453 * NSEC_PER_SEC;
        e.cramp.confidence = 0.98;
        e.cramp.ratio = 7.2;
    } else if (kind == EVENT_CRAMP_END) {
        e.end.duration_s = 212.7;
        e.end.peak_ratio = 38.1;
        e.end.relief = RELIEF_STRETCH;
    } else if (kind == EVENT_FAULT || kind == EVENT_FAULT_CLEARED) {
        e.fault.source = reason <= FAULT_RATE ? SOURCE_SENSOR : SOURCE_BROKER;
        e.fault.reason = reason;
        e.fault.duration_s = 3700;
    } else if (kind == EVENT_NIGHT_SUMMARY) {
        e.night = (struct night_counts){
            .cramps = 2, .longest_cramp_s = 212.7, .watched_s = 28800, .usable_s = 28713};
        e.night.dismissed[DISMISS_LEG_MOVEMENT] = 30;
        e.night.dismissed[DISMISS_TURN] = 1;
    }
    return e;
}

static const char *field(const struct journal_record *r, const char *name)
{
    size_t length = strlen(name);

    for (unsigned i = 0; i < r->count; i++)
        if (strncmp(r->field[i], name, length) == 0 && r->field[i][length] == '=')
            return r->field[i] + length + 1;
    fail_msg("no field %s", name);
    return "";
}

static void assert_message(struct event e, const char *expected)
{
    struct journal_record r;

    assert_int_equal(journal_record_make(&r, &e, &stamp), 0);
    assert_string_equal(r.message, expected);
    assert_string_equal(field(&r, "MESSAGE"), expected);
    assert_string_equal(field(&r, "MESSAGE_ID"), r.message_id);
    assert_string_equal(field(&r, "SYSLOG_IDENTIFIER"), "crampd");
    assert_string_equal(field(&r, "CRAMPD_EVENT"), event_kind_name(e.kind));
    assert_string_equal(field(&r, "CRAMPD_CLOCK_SYNCED"), "true");
    journal_record_clear(&r);
}

static void lines_are_for_a_tired_person(void **state)
{
    (void)state;
    assert_message(sample(EVENT_CRAMP_START, true, 0),
                   "Cramp in the left calf, began 5 s ago, tension rising for 47 s");
    struct event e = sample(EVENT_CRAMP_START, false, 0);
    e.cramp.onset_ns = e.cramp.rise_ns = TIME_UNKNOWN;
    assert_message(e, "Cramp in the leg");
    assert_message(sample(EVENT_CRAMP_END, true, 0),
                   "Cramp in the left calf is over after 3 min 33 s; stretching eased it");
    e = sample(EVENT_CRAMP_END, true, 0);
    e.end.duration_s = NAN;
    assert_message(e,
                   "Cramp in the left calf: crampd stopped before its end; if it goes on, it is told anew");
    assert_message(sample(EVENT_FAULT, true, FAULT_LEAD_OFF),
                   "Left calf: an electrode has come off; cramps may go unseen");
    struct event part = sample(EVENT_FAULT, false, FAULT_GAP);
    part.has_leg = true;
    part.fault.part = PART_IMU;
    assert_message(
        part, "Left leg's motion sensor: samples are missing; movements are told from cramps less surely");
    part.leg = LEG_RIGHT;
    part.kind = EVENT_FAULT_CLEARED;
    assert_message(part, "Right leg's motion sensor: over after 1 h 1 min: samples are missing");
    /* Also of a chip that answers rubbish. */
    assert_message(sample(EVENT_FAULT, true, FAULT_BUS),
                   "Left calf: the sensor cannot be read over its bus; cramps may go unseen");
    part = sample(EVENT_FAULT, true, FAULT_GAP);
    part.fault.part = PART_CONTACT;
    assert_message(part, "Left calf: the lines that tell whether the electrodes touch cannot be read; "
                         "an electrode may come off unseen");
    part = sample(EVENT_FAULT, false, FAULT_NOT_WORN);
    part.has_leg = true;
    assert_message(part, "Left leg: the leg sensor is not worn; cramps may go unseen");
    assert_message(sample(EVENT_FAULT, false, FAULT_UNREACHABLE), "The MQTT broker cannot be reached");
    assert_message(sample(EVENT_FAULT_CLEARED, false, FAULT_UNREACHABLE),
                   "Over after 1 h 1 min: the MQTT broker cannot be reached");
    assert_message(
        sample(EVENT_NIGHT_SUMMARY, false, 0),
        "Night: 2 cramps (longest 3 min 33 s), 31 movements and the like dismissed, saw 99.6 % of 8 h 0 min");
    e = sample(EVENT_NIGHT_SUMMARY, false, 0);
    e.night = (struct night_counts){.cramps = 0};
    assert_message(e, "Night: 0 cramps, 0 movements and the like dismissed, nothing was watched");
}

static void fields_are_the_contracts_words(void **state)
{
    (void)state;
    struct event e = sample(EVENT_NIGHT_SUMMARY, false, 0);
    struct journal_record r;

    assert_int_equal(journal_record_make(&r, &e, &stamp), 0);
    assert_string_equal(field(&r, "PRIORITY"), "5");
    assert_string_equal(field(&r, "CRAMPD_DISMISSED_LEG_MOVEMENT"), "30");
    assert_string_equal(field(&r, "CRAMPD_COVERAGE"), "0.996");
    assert_string_equal(field(&r, "CRAMPD_OCCURRED_AT"), "2026-11-03T02:14:07.250Z");
    for (unsigned i = 0; i < r.count; i++)
        for (const char *c = r.field[i]; *c != '='; c++)
            assert_true((*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_');
    journal_record_clear(&r);
    e = sample(EVENT_FAULT, false, FAULT_BUS);
    assert_int_equal(journal_record_make(&r, &e, &stamp), 0);
    assert_string_equal(field(&r, "PRIORITY"), "4");
    journal_record_clear(&r);
}

static void what_is_counted_has_no_line(void **state)
{
    (void)state;
    const enum event_kind silent[] = {EVENT_DISMISSED, EVENT_TENSION_RISE, EVENT_REMINDER_START, EVENT_MUTED};
    struct journal_record r;

    for (size_t i = 0; i < ARRAY_SIZE(silent); i++) {
        struct event e = sample(silent[i], true, 0);
        assert_int_equal(journal_record_make(&r, &e, &stamp), -ENOMSG);
        journal_record_clear(&r);
        journal_event(&e, &stamp);
    }
}

/* Where no journal runs the line is on standard error, and nothing else. */
static void without_a_journal_the_line_is_on_standard_error(void **state)
{
    (void)state;
    struct event e = sample(EVENT_CRAMP_END, true, 0);
    char text[512] = "";
    int ends[2], saved = dup(STDERR_FILENO);

    if (access("/run/systemd/journal/socket", F_OK) == 0)
        skip();
    unsetenv("JOURNAL_STREAM");
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    journal_event(&e, &stamp);
    dup2(saved, STDERR_FILENO);
    close(ends[1]);
    assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
    assert_string_equal(text, "Cramp in the left calf is over after 3 min 33 s; stretching eased it\n");
    close(ends[0]);
    close(saved);
}

static void odd_numbers_harm_nothing(void **state)
{
    (void)state;
    for (int kind = 0; kind < (int)event_kind_count; kind++) {
        struct event e = sample((enum event_kind)kind, true, FAULT_BUS);
        struct journal_record r;
        e.end.duration_s = kind % 2 ? (double)NAN : 1e300;
        e.muscle = muscle_count;
        journal_record_make(&r, &e, &stamp);
        journal_record_clear(&r);
    }
}

/* For catalog.py: the names of the fields of every record there can be, one record a line. */
static void dump_one(struct event e)
{
    struct journal_record r;

    if (journal_record_make(&r, &e, &stamp) == 0) {
        printf("%s", r.message_id);
        for (unsigned i = 0; i < r.count; i++)
            printf(" %.*s", (int)(strchr(r.field[i], '=') - r.field[i]), r.field[i]);
        printf("\n");
    }
    journal_record_clear(&r);
}

static int dump(void)
{
    for (int kind = 0; kind < (int)event_kind_count; kind++)
        for (int reason = 0; reason < (int)fault_reason_count; reason++) {
            bool has_site = kind == EVENT_CRAMP_START || kind == EVENT_CRAMP_END;
            bool is_fault = kind == EVENT_FAULT || kind == EVENT_FAULT_CLEARED;
            struct event e = sample((enum event_kind)kind, has_site, (enum fault_reason)reason);
            for (int part = 0; part < (is_fault ? (int)fault_part_count : 1); part++) {
                if (is_fault)
                    e.fault.part = (enum fault_part)part;
                dump_one(e);
            }
        }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_for_a_tired_person),
        cmocka_unit_test(fields_are_the_contracts_words),
        cmocka_unit_test(what_is_counted_has_no_line),
        cmocka_unit_test(without_a_journal_the_line_is_on_standard_error),
        cmocka_unit_test(odd_numbers_harm_nothing),
    };
    if (argc > 1 && strcmp(argv[1], "--dump") == 0)
        return dump();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
