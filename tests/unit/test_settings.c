/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "config/table.h"
#include "config/value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What settings_print() makes of settings: two that print the same are the same. */
static char *printed(const struct settings *settings)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    settings_print(settings, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static struct settings *load_text(const char *text)
{
    char path[] = "/tmp/crampd-settings-XXXXXX";
    int fd = mkstemp(path);
    struct settings *settings;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    int r = settings_load(path, stderr, &settings);
    unlink(path);
    assert_int_equal(r, 0);
    return settings;
}

static void every_default_is_inside_its_range(void **state)
{
    struct settings scratch = {0};
    struct strings *strings = strings_new();
    char problem[PROBLEM_SIZE];
    struct value value;

    (void)state;
    for (size_t i = 0; i < settings_row_count; i++) {
        const struct row *row = &settings_rows[i];
        const char *texts[] = {row->standard, row->second};
        assert_non_null(row->standard);
        for (size_t k = 0; k < 2 && texts[k]; k++) {
            int r = value_from_text(row, texts[k], &value);
            if (r == 0)
                r = value_store(row, &value, &scratch, strings, problem);
            if (r < 0)
                fail_msg("%s.%s: %s: %s", row->group, row->key, texts[k], problem);
        }
    }
    strings_free(strings);
}

static void rows_are_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; i < settings_row_count; i++) {
        const struct row *row = &settings_rows[i];
        assert_non_null(group_find(row->group));
        assert_ptr_equal(row_find(row->group, row->key), row); /* named once */
        assert_true(strlen(row->help) > 4 && !strpbrk(row->help, "\n"));
        assert_true(row->help[strlen(row->help) - 1] != '.'); /* print.c puts it there */
        assert_true(strlen(row->key) <= 32);
        if (row->type == TYPE_INT || row->type == TYPE_HEX || row->type == TYPE_FLOAT)
            assert_true(row->min < row->max);
        for (unsigned k = 0; k < row->choice_count; k++)
            assert_true(row->choices[k] >= row->min && row->choices[k] <= row->max);
        assert_true(row->second == NULL || group_find(row->group)->list);
    }
}

static void say_loudly(void *context, const struct finding *finding)
{
    (void)context;
    print_error("%s.%s: %s\n", finding->group, finding->key, finding->text);
}

static void defaults_fit_each_other(void **state)
{
    _cleanup_(settings_freep) struct settings *settings = settings_new();

    (void)state;
    assert_non_null(settings);
    assert_int_equal(settings_cross_check(settings, say_loudly, NULL), 0);
    assert_int_equal(settings->sensor.emg_count, 2);
    assert_int_equal(settings->sensor.emg[1].address, 0x49);
    assert_string_equal(settings->sensor.emg[1].ready_line, "GPIO27");
    assert_int_equal(settings->policy.night_start_min, 21 * 60);
    assert_int_equal(settings->store.outbox_max_rows, settings->mqtt.outbox_max_rows);
}

static void the_sample_is_the_defaults(void **state)
{
    _cleanup_(settings_freep) struct settings *settings = settings_new();
    _cleanup_(freep) char *sample = printed(settings);
    _cleanup_(settings_freep) struct settings *again = load_text(sample);
    _cleanup_(settings_freep) struct settings *empty = load_text("");
    _cleanup_(freep) char *sample_again = printed(again);
    _cleanup_(freep) char *from_empty = printed(empty);

    (void)state;
    assert_string_equal(sample, sample_again);
    assert_string_equal(sample, from_empty);
}

/* Some other permitted value for each row; the text a person would write. */
static void print_other(const struct row *row, FILE *out)
{
    switch (row->type) {
    case TYPE_BOOL: fputs(strcmp(row->standard, "true") == 0 ? "false" : "true", out); return;
    case TYPE_INT:
    case TYPE_FLOAT: /* whole numbers are good for floats too */
    case TYPE_HEX:
        fprintf(out, "%.10g", (row->choice_count ? row->choices[row->choice_count - 1] : row->max));
        return;
    case TYPE_WORD: fprintf(out, "\"%s\"", row->words->name(row->words->count - 1)); return;
    case TYPE_TIME: fprintf(out, "\"%s\"", strcmp(row->key, "end") == 0 ? "00:00" : "23:59"); return;
    case TYPE_STRING: fprintf(out, "\"%s%.20s\"", row->form == FORM_PATH ? "/" : "", row->key); return;
    }
}

/* Every key of every group set to something else is read, kept and printed. */
static void every_key_can_be_set(void **state)
{
    (void)state;
    for (size_t i = 0; i < settings_row_count; i++) {
        const struct row *row = &settings_rows[i];
        const struct group *group = group_find(row->group);
        struct settings *scratch = settings_new();
        char problem[PROBLEM_SIZE] = "", *text = NULL, *shown = NULL;
        size_t size;
        struct value value;

        FILE *out = open_memstream(&text, &size);
        print_other(row, out);
        fclose(out);
        char *bare = text[0] == '"' ? text + 1 : text;
        if (bare != text)
            bare[strlen(bare) - 1] = '\0';
        assert_int_equal(value_from_text(row, bare, &value), 0);
        void *base = group_base(group, scratch, 0);
        if (value_store(row, &value, base, scratch->strings, problem) < 0)
            fail_msg("%s.%s = %s: %s", row->group, row->key, bare, problem);
        out = open_memstream(&shown, &size);
        value_print(row, base, out);
        fclose(out);
        if (row->type == TYPE_FLOAT || row->type == TYPE_HEX)
            assert_true(strtod(shown, NULL) == strtod(bare, NULL));
        else
            assert_non_null(strstr(shown, bare));
        free(text);
        free(shown);
        settings_free(scratch);
    }
}

static void changed_settings_survive_printing(void **state)
{
    static const char text[] =
        "hub: { id = \"bed-2\"; name = \"Omas \\\"Bett\\\" \\\\ \xc3\xa4\"; };\n"
        "emg = ( { leg = \"right\"; gain = 0.3e4; adc_range_v = 4.096; }, { leg = \"right\"; },\n"
        "  { leg = \"left\"; muscle = \"soleus\"; chip = \"ads1015\"; rate_hz = 920; address = 0x4B;\n"
        "    ready_line = \"GPIO5\"; lead_off_plus = \"GPIO6\"; } );\n"
        "imu = ();\n"
        "detect: { decide_s = 7; mains_hz = 50; };\n"
        "night: { always = true; start = \"00:00\"; end = \"00:00\"; };\n"
        "mqtt: { host = \"/run/mosquitto.sock\"; protocol = \"3.1.1\"; outbox_max_rows = 500; };\n";
    _cleanup_(settings_freep) struct settings *settings = load_text(text);
    _cleanup_(freep) char *once = printed(settings);
    _cleanup_(settings_freep) struct settings *again = load_text(once);
    _cleanup_(freep) char *twice = printed(again);

    (void)state;
    assert_string_equal(once, twice);
    assert_string_equal(settings->mqtt.hub_name, "Omas \"Bett\" \\ \xc3\xa4");
    assert_int_equal(settings->sensor.emg_count, 3);
    assert_int_equal(settings->sensor.imu_count, 0);
    assert_int_equal(settings->sensor.emg[0].leg, LEG_RIGHT);
    assert_true(settings->sensor.emg[0].gain == 3000);
    assert_int_equal(settings->sensor.emg[1].address, 0x49); /* the second entry's own defaults */
    assert_int_equal(settings->sensor.emg[2].address, 0x4b);
    assert_int_equal(settings->mqtt.protocol, MQTT_PROTOCOL_311);
    assert_true(settings->detect.decide_s == 7);
    assert_int_equal(settings->store.outbox_max_rows, 500);
}

static void the_imu_follows_the_only_leg(void **state)
{
    _cleanup_(settings_freep) struct settings *settings = load_text("emg = ( { leg = \"right\"; } );\n");

    (void)state;
    assert_int_equal(settings->sensor.imu_count, 1);
    assert_int_equal(settings->sensor.imu[0].leg, LEG_RIGHT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_default_is_inside_its_range),
        cmocka_unit_test(rows_are_well_formed),
        cmocka_unit_test(defaults_fit_each_other),
        cmocka_unit_test(the_sample_is_the_defaults),
        cmocka_unit_test(every_key_can_be_set),
        cmocka_unit_test(changed_settings_survive_printing),
        cmocka_unit_test(the_imu_follows_the_only_leg),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
