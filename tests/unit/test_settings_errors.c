/* SPDX-License-Identifier: MIT */
/* What people get to read when their crampd.conf is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "config/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/crampd-settings-XXXXXX";

static void path_of(const char *name, char path[128])
{
    snprintf(path, 128, "%s/%s", directory, name);
}

static void write_file(const char *name, const char *bytes, size_t length)
{
    char path[128];

    path_of(name, path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* What settings_load() says about a file, without the directory's name in it. To be freed. */
static char *complaints(const char *name, int *result)
{
    char path[128], *text = NULL;
    size_t size;
    struct settings *settings;
    FILE *errors = open_memstream(&text, &size);

    path_of(name, path);
    *result = settings_load(path, errors, &settings);
    fclose(errors);
    assert_int_equal(*result == 0, settings != NULL);
    assert_true(*result == 0 || *result == -EINVAL || *result == -ENOENT);
    settings_free(settings);

    size_t head = strlen(directory) + 1;
    for (char *at; (at = strstr(text, directory));)
        memmove(at, at + head, strlen(at + head) + 1);
    return text;
}

/* A configuration and all that is said about it, a line each, without the leading "t.conf:". */
static const struct {
    const char *text;
    const char *said;
} cases[] = {
    /* wrong kinds */
    {"mqtt: { port = \"1883\"; };", "1: mqtt.port: \"1883\" is text; give a whole number from 1 to 65535\n"},
    {"mqtt: { port = 1883.0; };",
     "1: mqtt.port: 1883 is not a whole number; give a whole number from 1 to 65535\n"},
    {"mqtt: { tls = 1; };", "1: mqtt.tls: 1 is a number; give true or false\n"},
    {"mqtt: { tls = \"yes\"; };", "1: mqtt.tls: \"yes\" is text; give true or false\n"},
    {"mqtt: { protocol = 5; };", "1: mqtt.protocol: 5 is a number; give one of \"5\", \"3.1.1\"\n"},
    {"detect: {\n decide_s = true;\n};",
     "2: detect.decide_s: true is a truth value; give a number from 3 to 60 (s)\n"},
    {"detect: { decide_s = [ 1, 2 ]; };",
     "1: detect.decide_s: is a group or list; give a number from 3 to 60 (s)\n"},
    {"detect: { decide_s = { a = 1; }; };",
     "1: detect.decide_s: is a group or list; give a number from 3 to 60 (s)\n"},
    {"button = 22;", "1: button: is not a group; write button: { key = value; };\n"},
    {"button: ( { line = \"GPIO5\"; } );", "1: button: is not a group; write button: { key = value; };\n"},
    {"imu: { leg = \"left\"; };", "1: imu: is not a list; write imu = ( { key = value; }, ... );\n"},
    {"emg = ( 1 );", "1: emg: entry 0 is not a group; write emg = ( { key = value; }, ... );\n"},
    /* ranges */
    {"detect: { decide_s = 2; };", "1: detect.decide_s: 2 is out of range; give a number from 3 to 60 (s)\n"},
    {"detect: { decide_s = 1e400; };",
     "1: detect.decide_s: inf is out of range; give a number from 3 to 60 (s)\n"},
    {"detect: { mains_hz = 55; };", "1: detect.mains_hz: 55 is not possible; give one of 0, 50, 60 (Hz)\n"},
    {"mqtt: { port = 0; };", "1: mqtt.port: 0 is out of range; give a whole number from 1 to 65535\n"},
    {"mqtt: { port = -5; };", "1: mqtt.port: -5 is out of range; give a whole number from 1 to 65535\n"},
    {"mqtt: { port = 9999999999; };",
     "1: 9999999999 is a number too large for any setting; give what crampd.conf(5) says\n"},
    {"mqtt: {\n port = 0x100000400; };",
     "2: 0x100000400 is a number too large for any setting; give what crampd.conf(5) says\n"},
    {"emg = ( { address = 0x50; } );", "1: emg[0].address: 0x50 is out of range; give 0x48 to 0x4b\n"},
    {"emg = ();", "1: emg: 0 entries; give 1 to 8\n"},
    {"imu = ( {}, {}, {} );", "1: imu: 3 entries; give 0 to 2\n"},
    /* words and forms */
    {"emg = ( {}, {\n muscle = \"calf\"; } );",
     "2: emg[1].muscle: \"calf\" is not known; give one of \"gastrocnemius\", \"gastrocnemius_lateral\", "
     "\"soleus\", "
     "\"tibialis_anterior\", \"hamstring\", \"quadriceps\", \"foot\"\n"},
    {"night: { start = \"9:00\"; end = \"24:00\"; };",
     "1: night.start: \"9:00\" is not a time of day; give a time of day from \"00:00\" to \"23:59\"\n"
     "1: night.end: \"24:00\" is not a time of day; give a time of day from \"00:00\" to \"23:59\"\n"},
    {"hub: { id = \"my hub\"; };", "1: hub.id: \"my hub\" (6 bytes) is not usable; give at most 64 of the "
                                   "characters a-z A-Z 0-9 _ -, or \"\"\n"},
    {"hub: { name = \"\"; };",
     "1: hub.name: is empty; give text of at most 128 bytes, UTF-8, without control characters\n"},
    {"hub: { name = \"a\\nb\"; };", "1: hub.name: \"a?b\" (3 bytes) is not usable; give text of at most 128 "
                                    "bytes, UTF-8, without control characters\n"},
    {"hub: { name = \"\xc0\xaf\xed\xa0\x80\"; };",
     "1: hub.name: \"?????\" (5 bytes) is not usable; give text of at most 128 bytes, UTF-8, without control "
     "characters\n"},
    {"hub: { name = \"a\\x00b\"; };", "1: \\x00 inside of text; leave it out\n"},
    {"sensor: { bus = \"i2c-1\"; };",
     "1: sensor.bus: \"i2c-1\" (5 bytes) is not usable; give an absolute path\n"},
    {"reminder: { led_line = \"GPIO 23\"; };",
     "1: reminder.led_line: \"GPIO 23\" (7 bytes) is not usable; give a name of at most 31 characters "
     "without spaces, or \"\"\n"},
    {"home_assistant: { prefix = \"ha/#\"; };", "1: home_assistant.prefix: \"ha/#\" (4 bytes) is not usable; "
                                                "give a topic of at most 64 bytes, without + # $ and "
                                                "without / at its ends\n"},
    /* unknown words */
    {"\nmqtt: { prot = 3; };", "2: mqtt.prot: unknown key; did you mean \"port\"?\n"},
    {"emg = ( { rate = 860; } );", "1: emg[0].rate: unknown key; did you mean \"rate_hz\"?\n"},
    {"night: { strat = \"21:00\"; };", "1: night.strat: unknown key; did you mean \"start\"?\n"},
    {"mqtt: { discovery = true; };",
     "1: mqtt.discovery: unknown key; \"discovery\" belongs into group home_assistant\n"},
    {"mqtt: { zzzzzzzz = true; };",
     "1: mqtt.zzzzzzzz: unknown key; crampd.conf(5) lists the keys of group mqtt\n"},
    {"mqqt: {};", "1: mqqt: unknown group; did you mean \"mqtt\"?\n"},
    {"port = 1;", "1: port: this key stands outside of its group; write mqtt: { port = ...; };\n"},
    {"zzzzzzzz: {};",
     "1: zzzzzzzz: unknown group; `crampd --print-config` shows every group and key there is\n"},
    /* what does not fit each other */
    {"emg = ( { rate_hz = 920; } );",
     "1: emg[0].rate_hz: an ads1115 cannot do 920 samples/s; give one of 128, 250, 475, 860\n"},
    {"emg = ( { chip = \"ads1015\"; } );", "1: emg[0].rate_hz: an ads1015 cannot do 860 samples/s; give one "
                                           "of 128, 250, 490, 920, 1600, 2400, 3300\n"},
    {"emg = ( { adc_range_v = 1.024; } );", "1: emg[0].adc_range_v: 1.024 V does not reach above the "
                                            "reference of 1.65 V; give the next larger range\n"},
    {"emg = ( {},\n{ address = 0x48; } );",
     "2: emg[1].address: 0x48 is the address of emg[0] too; give each ADC its own (ADDR pin)\n"},
    {"emg = ( {}, { muscle = \"gastrocnemius\"; } );",
     "1: emg[1].muscle: gastrocnemius of the left leg is emg[0] too; name the other muscle or leg\n"},
    {"emg = ( { leg = \"right\"; } );\nimu = ( { leg = \"left\"; } );",
     "2: imu[0].leg: no EMG channel is on the left leg; give the leg that has one\n"},
    {"imu = ( {}, { address = 0x69; } );", "1: imu[1].leg: imu[0] is on the left leg too; give one a leg\n"},
    {"emg = ( {}, { leg = \"right\"; } ); imu = ( {}, { leg = \"right\"; } );",
     "1: imu[1].address: 0x68 is the address of imu[0] too; give each its own (AD0 pin)\n"},
    {"button: { line = \"GPIO17\"; };", "1: emg[0].ready_line: line GPIO17 is used by button.line too; give "
                                        "each its own line, or \"\" where none is wired\n"},
    {"emg = ( { lead_off_plus = \"GPIO5\"; lead_off_minus = \"GPIO5\"; } );",
     "1: emg[0].lead_off_minus: line GPIO5 is used by emg[0].lead_off_plus too; give each its own line, or "
     "\"\" where "
     "none is wired\n"},
    {"reminder: { motor_line = \"GPIO23\"; };",
     "1: reminder.motor_line: line GPIO23 is used by reminder.led_line too; give each its own line, or \"\" "
     "where none is "
     "wired\n"},
    {"night: { end = \"21:00\"; };",
     "1: night.end: the night would end when it starts; give another time, or always = true\n"},
    {"detect: { rise_ratio = 3; };", "1: detect.rise_ratio: 3 is above onset_ratio (2.5); a rise is less "
                                     "than activity, give a smaller number\n"},
    {"detect: { decide_s = 4; };",
     "1: detect.decide_fast_s: 5 s is longer than decide_s (4 s); give at most that\n"},
    {"reminder: { cap_s = 400; };",
     "1: reminder.cap_s: 400 s is above the hard limit max_s (300 s); give at most that\n"},
    {"reminder: { tension_strength = 0.9; };", "1: reminder.tension_strength: 0.9 is stronger than a cramp's "
                                               "reminder (strength 0.6); give at most that\n"},
    {"reminder: { mute_max_s = 60; };",
     "1: reminder.snooze_s: 600 s is longer than mute_max_s (60 s); give at most that\n"},
    {"mqtt: { tls = true; host = \"/run/m.sock\"; };",
     "1: mqtt.tls: a unix socket has no TLS; give false, or the name of a host\n"},
    {"mqtt: { tls = true; cert_file = \"/c\"; };",
     "1: mqtt.cert_file: is given without key_file; give both or neither\n"},
    {"mqtt: { ca_file = \"/c\"; };",
     "1: mqtt.ca_file: is given but TLS is off; give tls = true, or \"\" here\n"},
    /* syntax */
    {"mqtt: {\n port = ;\n};",
     "2: syntax error; write group: { key = value; }; and see whether a ; or } is missing just before\n"},
    {"mqtt: { port = 1; port = 2; };", "1: duplicate setting name; write group: { key = value; }; and see "
                                       "whether a ; or } is missing just before\n"},
    {"mqtt: {\n/* port\n};", "2: this comment is never closed; end it with */\n"},
    {"mqtt: {\n\n host = \"a;\n};", "3: this text is never closed; end it with \"\n"},
    /* all of them, not only the first */
    {"hub: { log_levle = \"info\"; };\nmqtt: { port = 0; tls = 0; };\nnight: { end = \"21:00\"; };",
     "1: hub.log_levle: unknown key; did you mean \"log_level\"?\n"
     "2: mqtt.port: 0 is out of range; give a whole number from 1 to 65535\n"
     "2: mqtt.tls: 0 is a number; give true or false\n"
     "3: night.end: the night would end when it starts; give another time, or always = true\n"},
};

static void bad_input_is_told_where_what_and_what_would_be_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char expected[1024] = "", *line;
        char *said = strdup(cases[i].said);
        int r;

        for (char *rest = said; (line = strsep(&rest, "\n")) && *line;) {
            size_t used = strlen(expected);
            snprintf(expected + used, sizeof(expected) - used, "t.conf:%s\n", line);
        }
        free(said);
        write_file("t.conf", cases[i].text, strlen(cases[i].text));
        char *got = complaints("t.conf", &r);
        if (strcmp(got, expected) != 0)
            fail_msg("%s\n--- said:\n%s--- expected:\n%s", cases[i].text, got, expected);
        assert_int_equal(r, -EINVAL);
        free(got);
    }
}

static void expect(const char *name, int result, const char *said)
{
    int r;
    char *got = complaints(name, &r);

    assert_string_equal(got, said);
    assert_int_equal(r, result);
    free(got);
}

static void write_text(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

static void includes_are_followed_and_named(void **state)
{
    (void)state;
    write_text("main.conf",
               "# main\n@include \"part.conf\" # why\nmqtt: { port = 0; };\n  @include \"inner.conf\"\n");
    write_text("part.conf", "\ndetect: {\n  @include \"inner.conf\"\n  decide_s = 0;\n};");
    write_text("inner.conf", "mains_hz = 70;");
    expect(
        "main.conf", -EINVAL,
        "inner.conf:1: detect.mains_hz: 70 is not possible; give one of 0, 50, 60 (Hz)\n"
        "part.conf:4: detect.decide_s: 0 is out of range; give a number from 3 to 60 (s)\n"
        "main.conf:3: mqtt.port: 0 is out of range; give a whole number from 1 to 65535\n"
        "inner.conf:1: mains_hz: this key stands outside of its group; write detect: { mains_hz = ...; };\n");

    write_text("good.conf", "night: {\n@include \"night.conf\"\n};\n/*\n@include \"not there\"\n*/\n");
    write_text("night.conf", "always = true;\r\n");
    expect("good.conf", 0, "");
}

static void wrong_includes_are_told_at_their_line(void **state)
{
    (void)state;
    write_text("a.conf", "\n@include \"gone.conf\"\n");
    expect("a.conf", -EINVAL, "a.conf:2: @include: gone.conf does not exist; name a file that does\n");
    write_text("b.conf", "@include \"b.conf\"\n");
    expect("b.conf", -EINVAL,
           "b.conf:1: @include: b.conf is one file too many; at most 10 deep and 32 in all, and none may "
           "include "
           "itself\n");
    write_text("c.conf", "@include \"dir\"\n");
    expect("c.conf", -EINVAL, "c.conf:1: @include: dir is a directory; name a file\n");
    write_text("d.conf", "@include \"open.conf\"\nmqtt: { port = 1; };\n");
    write_text("open.conf", "\n/* open");
    expect("d.conf", -EINVAL, "open.conf:2: this comment is never closed; end it with */\n");
    write_text("e.conf", "\nmqtt: {};\n@include \"bad.conf\"\n");
    write_text("bad.conf", "\n\nhub: { = };\n");
    expect(
        "e.conf", -EINVAL,
        "bad.conf:3: syntax error; write group: { key = value; }; and see whether a ; or } is missing just "
        "before\n");
}

static void files_that_are_no_text(void **state)
{
    static char blanks[1024 * 1024 + 1];
    char path[128];

    (void)state;
    expect("not-there.conf", -ENOENT, "not-there.conf: does not exist; name a file that does\n");
    expect("dir", -EINVAL, "dir: is a directory; name a file\n");
    path_of("fifo", path);
    mkfifo(path, 0600);
    expect("fifo", -EINVAL, "fifo: is not a file that can be read to its end; name a file\n");
    write_file("nul.conf", "hub: {};\n\0\n", 11);
    expect("nul.conf", -EINVAL, "nul.conf:2: a NUL byte; a configuration is text\n");
    memset(blanks, ' ', sizeof(blanks));
    write_file("huge.conf", blanks, sizeof(blanks));
    expect("huge.conf", -EINVAL, "huge.conf: has more than a mebibyte; a configuration has some kilobytes\n");
    write_file("large.conf", blanks, sizeof(blanks) - 1);
    expect("large.conf", 0, "");
    write_text("bom.conf", "\xef\xbb\xbfhub: {\r\n name = \"x\";\r\n};\r\n");
    expect("bom.conf", 0, "");
    if (geteuid() != 0) { /* root may read everything */
        write_text("secret.conf", "");
        path_of("secret.conf", path);
        chmod(path, 0);
        expect("secret.conf", -EINVAL,
               "secret.conf: may not be read (permission denied); make it readable for the user crampd runs "
               "as\n");
    }
}

static void deep_nesting_and_long_texts_are_survived(void **state)
{
    size_t length = 60000;
    char *text = malloc(length + 1);
    int r;

    (void)state;
    memset(text, '(', length);
    write_file("deep.conf", text, length);
    char *said = complaints("deep.conf", &r);
    assert_int_equal(r, -EINVAL);
    assert_int_equal(strncmp(said, "deep.conf:1: ", 13), 0);
    free(said);

    memset(text, 'x', length);
    memcpy(text, "hub: { name = \"", 15);
    memcpy(text + length - 4, "\"; }", 4);
    write_file("long.conf", text, length);
    expect("long.conf", -EINVAL,
           "long.conf:1: hub.name: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\" (59981 "
           "bytes) is "
           "not usable; give text of at most 128 bytes, UTF-8, without control characters\n");
    free(text);
}

static int make_directory(void **state)
{
    char path[128];

    (void)state;
    if (!mkdtemp(directory))
        return -1;
    path_of("dir", path);
    return mkdir(path, 0700);
}

static int remove_directory(void **state)
{
    static const char *const names[] = {
        "t.conf",   "main.conf", "part.conf",  "inner.conf", "good.conf",   "night.conf", "a.conf",
        "b.conf",   "c.conf",    "d.conf",     "open.conf",  "e.conf",      "bad.conf",   "fifo",
        "nul.conf", "huge.conf", "large.conf", "bom.conf",   "secret.conf", "deep.conf",  "long.conf"};
    char path[128];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        path_of(names[i], path);
        unlink(path);
    }
    path_of("dir", path);
    rmdir(path);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_input_is_told_where_what_and_what_would_be_right),
        cmocka_unit_test(includes_are_followed_and_named),
        cmocka_unit_test(wrong_includes_are_told_at_their_line),
        cmocka_unit_test(files_that_are_no_text),
        cmocka_unit_test(deep_nesting_and_long_texts_are_survived),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
