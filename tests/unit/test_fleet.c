/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/macros.h"
#include "crampsim/fleet_hub.h"
#include "crampsim/fleet_ledger.h"
#include "crampsim/fleet_options.h"
#include "crampsim/fleet_pattern.h"
#include "crampsim/fleet_quantile.h"
#include "crampsim/fleet_report.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NIGHTS 200

static unsigned count_events(const struct fleet_night *night, int event)
{
    unsigned n = 0;

    for (size_t i = 0; i < night->count; i++)
        n += night->steps[i].event == event;
    return n;
}

/* As docs/fleet.md says that played nights have them; three standard errors of a Poisson mean. */
static void nights_hold_what_was_measured(void **state)
{
    static const struct {
        enum event_kind event;
        double mean;
    } rows[] = {{EVENT_DISMISSED, 642},      {EVENT_CRAMP_START, 1.25}, {EVENT_CRAMP_END, 1.25},
                {EVENT_TENSION_RISE, 1.25},  {EVENT_FAULT, 1.25},       {EVENT_FAULT_CLEARED, 1.25},
                {EVENT_REMINDER_START, 2.0}, {EVENT_NIGHT_SUMMARY, 1}};
    unsigned counts[event_kind_count + 1] = {0};
    (void)state;

    for (unsigned hub = 0; hub < NIGHTS; hub++) {
        struct fleet_night night;
        assert_int_equal(fleet_night_draw(&night, 1, hub, hub % 3), 0);
        for (int event = 0; event <= FLEET_NO_EVENT; event++)
            counts[event] += count_events(&night, event);
        fleet_night_clear(&night);
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        double mean = (double)counts[rows[i].event] / NIGHTS, error = 3 * sqrt(rows[i].mean / NIGHTS);
        if (fabs(mean - rows[i].mean) > error)
            fail_msg("%s: %.2f a night instead of %.2f +- %.2f", event_kind_name(rows[i].event), mean,
                     rows[i].mean, error);
    }
    assert_in_range(counts[FLEET_NO_EVENT], (unsigned)(0.93 * 642 * NIGHTS), 642 * NIGHTS);
}

static void a_night_is_in_order_and_what_begins_ends(void **state)
{
    (void)state;
    for (unsigned hub = 0; hub < NIGHTS; hub++) {
        struct fleet_night night;
        int cramps = 0, faults = 0, reminders = 0;

        assert_int_equal(fleet_night_draw(&night, 7, hub, 0), 0);
        for (size_t i = 0; i < night.count; i++) {
            const struct fleet_step *step = &night.steps[i];
            assert_true(i == 0 || step->t_s >= night.steps[i - 1].t_s);
            assert_true(i == 0 || step->episode >= night.steps[i - 1].episode);
            cramps += (step->event == EVENT_CRAMP_START) - (step->event == EVENT_CRAMP_END);
            faults += (step->event == EVENT_FAULT) - (step->event == EVENT_FAULT_CLEARED);
            reminders += (step->event == EVENT_REMINDER_START) - (step->event == EVENT_REMINDER_STOP);
            assert_in_range(reminders, 0, 1);
            assert_in_range(cramps, 0, 1);
            assert_in_range(faults, 0, 1);
        }
        assert_int_equal(cramps, 0);
        assert_int_equal(faults, 0);
        assert_int_equal(reminders, 0);
        assert_int_equal(night.steps[night.count - 1].state, EPISODE_QUIET);
        assert_true((double)night.steps[night.count - 1].t_s == FLEET_NIGHT_S);
        fleet_night_clear(&night);
    }
}

static bool is_same(const struct fleet_night *a, const struct fleet_night *b)
{
    return a->count == b->count && memcmp(a->steps, b->steps, a->count * sizeof(a->steps[0])) == 0;
}

static void a_seed_repeats_and_another_does_not(void **state)
{
    const struct {
        uint64_t seed;
        unsigned hub, number;
    } others[] = {{3, 5, 8}, {2, 6, 8}, {2, 5, 9}};
    struct fleet_night first, night;
    (void)state;

    assert_int_equal(fleet_night_draw(&first, 2, 5, 8), 0);
    assert_int_equal(fleet_night_draw(&night, 2, 5, 8), 0);
    assert_true(is_same(&first, &night));
    fleet_night_clear(&night);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        assert_int_equal(fleet_night_draw(&night, others[i].seed, others[i].hub, others[i].number), 0);
        assert_false(is_same(&first, &night));
        fleet_night_clear(&night);
    }
    fleet_night_clear(&first);
}

static void arrive(struct fleet_ledger *ledger, unsigned hub, const char *payload)
{
    fleet_ledger_arrived(ledger, hub, payload, strlen(payload));
}

static void the_ledger_misses_and_doubles_nothing(void **state)
{
    _cleanup_(fleet_ledger_freep) struct fleet_ledger *ledger = fleet_ledger_new(2);
    struct fleet_delivery sum;
    (void)state;

    fleet_ledger_sent(ledger, 0, "a", true);
    fleet_ledger_sent(ledger, 1, "a", true);
    fleet_ledger_sent(ledger, 0, "b", true);
    assert_false(fleet_ledger_is_complete(ledger));
    arrive(ledger, 0, "b");
    arrive(ledger, 0, "a");
    arrive(ledger, 0, "c"); /* nobody sent it */
    arrive(ledger, 7, "a"); /* there is no such hub */
    fleet_ledger_sum(ledger, &sum);
    assert_int_equal(sum.expected, 3);
    assert_int_equal(sum.missing, 1);
    assert_int_equal(sum.unknown, 2);
    arrive(ledger, 1, "a");
    assert_true(fleet_ledger_is_complete(ledger));
    arrive(ledger, 1, "a");
    fleet_ledger_sent(ledger, 1, "a", true); /* the same again, from another night */
    arrive(ledger, 1, "a");
    fleet_ledger_sum(ledger, &sum);
    assert_int_equal(sum.expected, 4);
    assert_int_equal(sum.missing, 0);
    assert_int_equal(sum.twice, 1);
    assert_int_equal(sum.again, 0);
    assert_int_equal(sum.timed, 4);
    assert_true(sum.p50_s >= 0 && sum.p50_s <= sum.p99_s && sum.p99_s <= sum.max_s);
}

static void after_a_cut_other_rules_hold(void **state)
{
    _cleanup_(fleet_ledger_freep) struct fleet_ledger *ledger = fleet_ledger_new(1);
    struct fleet_delivery sum;
    (void)state;

    size_t event = fleet_ledger_sent(ledger, 0, "event", true);
    size_t lost_state = fleet_ledger_sent(ledger, 0, "tonight 1", true);
    size_t late_state = fleet_ledger_sent(ledger, 0, "tonight 2", true);
    fleet_ledger_delayed(ledger, 0, event);
    fleet_ledger_superseded(ledger, 0, lost_state);
    fleet_ledger_superseded(ledger, 0, late_state);
    fleet_ledger_sum(ledger, &sum);
    assert_int_equal(sum.expected, 1); /* an event must come all the same */
    assert_int_equal(sum.missing, 1);
    arrive(ledger, 0, "tonight 2");
    arrive(ledger, 0, "event");
    arrive(ledger, 0, "event");
    fleet_ledger_sum(ledger, &sum);
    assert_int_equal(sum.missing, 0);
    assert_int_equal(sum.twice, 0);
    assert_int_equal(sum.again, 1);
    assert_int_equal(sum.timed, 0);
    assert_true(isnan(sum.p99_s));
}

static void quantiles_are_values_that_were_there(void **state)
{
    struct fleet_quantile quantile = {.values = NULL};
    (void)state;

    assert_true(isnan(fleet_quantile_at(&quantile, 0.5)));
    for (int i = 100; i >= 1; i--)
        fleet_quantile_add(&quantile, i);
    assert_true(fleet_quantile_at(&quantile, 0) == 1);
    assert_true(fleet_quantile_at(&quantile, 0.5) == 50);
    assert_true(fleet_quantile_at(&quantile, 0.99) == 99);
    assert_true(fleet_quantile_at(&quantile, 1) == 100);
    fleet_quantile_clear(&quantile);
}

static void ids_go_there_and_back(void **state)
{
    char id[FLEET_ID_SIZE], topic[64];
    (void)state;

    fleet_hub_id(id, 417);
    snprintf(topic, sizeof(topic), "crampd/%s/event", id);
    assert_int_equal(fleet_hub_number(topic), 417);
    assert_int_equal(fleet_hub_number("crampd/ebe096fcb1cc/event"), -1);
    assert_int_equal(fleet_hub_number("crampd/fleet00417"), -1);
}

static int parse(struct fleet_options *options, const char *const *words)
{
    char *argv[12] = {(char[]){"fleet"}};
    char copies[12][64];
    int argc = 1;

    for (; words[argc - 1]; argc++) {
        snprintf(copies[argc], sizeof(copies[argc]), "%s", words[argc - 1]);
        argv[argc] = copies[argc];
    }
    optind = 0; /* getopt begins anew */
    return fleet_options_parse(argc, argv, options);
}

static void good_options_are_taken(void **state)
{
    struct fleet_options o;
    (void)state;

    assert_int_equal(parse(&o, (const char *[]){"--hubs", "400", NULL}), -1);
    assert_string_equal(o.host, "localhost");
    assert_int_equal(o.port, 1883);
    assert_true(o.ramp_s == 2 && o.speed == 1 && o.duration_s == 60 && o.storm_s < 0);
    assert_int_equal(parse(&o, (const char *[]){"--hubs", "1", "--broker", "/run/mqtt.sock", NULL}), -1);
    assert_string_equal(o.host, "/run/mqtt.sock");
    assert_int_equal(
        parse(&o, (const char *[]){"--hubs", "1", "--broker", "[::1]:18", "--protocol", "3.1.1", NULL}), -1);
    assert_string_equal(o.host, "::1");
    assert_int_equal(o.port, 18);
    assert_int_equal(o.protocol, MQTT_PROTOCOL_311);
}

static void wrong_options_are_usage(void **state)
{
    static const char *const rows[][5] = {{NULL},
                                          {"--hubs", "0"},
                                          {"--hubs", "1.5"},
                                          {"--hubs", "many"},
                                          {"--hubs", "3", "stray"},
                                          {"--hubs", "3", "--first", "99998"},
                                          {"--hubs", "3", "--broker", "host:port"},
                                          {"--hubs", "3", "--broker", "host:70000"},
                                          {"--hubs", "3", "--broker", ""},
                                          {"--hubs", "3", "--protocol", "4"},
                                          {"--hubs", "3", "--speed", "0"},
                                          {"--hubs", "3", "--duration", "nan"},
                                          {"--hubs", "3", "--reconnect-storm", "60"},
                                          {"--hubs", "3", "--nonsense"}};
    struct fleet_options o;
    (void)state;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (parse(&o, rows[i]) != 2)
            fail_msg("row %zu is taken", i);
}

static void a_process_is_read_and_none_is_nothing(void **state)
{
    (void)state;
    assert_true(fleet_process_read(getpid()).rss_kib > 100);
    assert_true(fleet_process_read(getpid()).cpu_s >= 0);
    assert_true(isnan(fleet_process_read(0).cpu_s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nights_hold_what_was_measured),
        cmocka_unit_test(a_night_is_in_order_and_what_begins_ends),
        cmocka_unit_test(a_seed_repeats_and_another_does_not),
        cmocka_unit_test(the_ledger_misses_and_doubles_nothing),
        cmocka_unit_test(after_a_cut_other_rules_hold),
        cmocka_unit_test(quantiles_are_values_that_were_there),
        cmocka_unit_test(ids_go_there_and_back),
        cmocka_unit_test(good_options_are_taken),
        cmocka_unit_test(wrong_options_are_usage),
        cmocka_unit_test(a_process_is_read_and_none_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
