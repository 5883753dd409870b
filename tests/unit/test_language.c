/* SPDX-License-Identifier: MIT */
/* Translations without any generated locale; numbers and log lines stay as they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/language.h"
#include "base/macros.h"
#include "care/care.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static const char *const variables[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};

static int clean_environment(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
        unsetenv(variables[i]);
    return 0;
}

static void the_environment_is_read_as_gettext_does(void **state)
{
    (void)state;
    static const struct {
        const char *list, *all, *messages, *lang;
        enum language expected;
    } cases[] = {
        {NULL, NULL, NULL, NULL, LANGUAGE_EN},
        {NULL, NULL, NULL, "de_DE.UTF-8", LANGUAGE_DE},
        {NULL, NULL, NULL, "fr", LANGUAGE_FR},
        {NULL, NULL, NULL, "es_MX@euro", LANGUAGE_ES},
        {NULL, NULL, "fr_CH.UTF-8", "de_CH.UTF-8", LANGUAGE_FR},
        {NULL, "es_ES.UTF-8", "fr_CH.UTF-8", "de_CH.UTF-8", LANGUAGE_ES},
        {NULL, "", "", "de_AT", LANGUAGE_DE},
        {NULL, NULL, NULL, "it_IT.UTF-8", LANGUAGE_EN},
        {NULL, NULL, NULL, "deu", LANGUAGE_EN},
        {NULL, NULL, NULL, "C", LANGUAGE_EN},
        {"de", NULL, NULL, NULL, LANGUAGE_EN},
        {"de", "C", NULL, "fr_FR", LANGUAGE_EN},
        {"de", "POSIX", NULL, "fr_FR", LANGUAGE_EN},
        {"de", NULL, NULL, "C.UTF-8", LANGUAGE_DE},
        {"", NULL, NULL, "fr_FR.UTF-8", LANGUAGE_FR},
        {"it:es_ES:de", NULL, NULL, "fr_FR.UTF-8", LANGUAGE_ES},
        {"en_GB:en:de", NULL, NULL, "en_GB.UTF-8", LANGUAGE_EN},
        {"it:pt:", NULL, NULL, "fr_FR.UTF-8", LANGUAGE_FR},
        {"::de", NULL, NULL, "fr_FR.UTF-8", LANGUAGE_DE},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        enum language found =
            language_of_environment(cases[i].list, cases[i].all, cases[i].messages, cases[i].lang);
        if (found != cases[i].expected)
            fail_msg("case %zu: \"%s\" instead of \"%s\"", i, language_name(found),
                     language_name(cases[i].expected));
    }
}

static void english_is_the_source(void **state)
{
    (void)state;
    const char *text = care_in_bed(MUSCLE_FOOT)->text;

    assert_ptr_equal(language_text(text), text); /* before anything was started */
    assert_int_equal(language_start(LANGUAGE_EN), 0);
    assert_ptr_equal(language_text(text), text);
    assert_int_equal(language_start(LANGUAGE_SYSTEM), 0);
    assert_ptr_equal(language_text(text), text);
}

static void every_language_speaks_without_its_locale(void **state)
{
    (void)state;
    const char *text = care_in_bed(MUSCLE_FOOT)->text;
    static const struct {
        enum language language;
        const char *begins;
    } cases[] = {{LANGUAGE_DE, "Setzen Sie sich"}, {LANGUAGE_FR, "Asseyez-vous"}, {LANGUAGE_ES, "Siéntese"}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        assert_int_equal(language_start(cases[i].language), 0);
        assert_memory_equal(language_text(text), cases[i].begins, strlen(cases[i].begins));
    }
    const char *unknown = "Nobody has translated this.";
    assert_ptr_equal(language_text(unknown), unknown);
    setenv("LANG", "de_DE.UTF-8", 1);
    unsetenv("LANGUAGE");
    assert_int_equal(language_start(LANGUAGE_SYSTEM), 0);
    assert_memory_equal(language_text(text), "Setzen", 6);
}

static void nothing_else_changes(void **state)
{
    (void)state;
    char number[16];
    char *before = strdup(setlocale(LC_ALL, NULL));

    assert_int_equal(language_start(LANGUAGE_DE), 0);
    language_text(care_in_bed(MUSCLE_FOOT)->text);
    snprintf(number, sizeof(number), "%.1f", 1.5);
    assert_string_equal(number, "1.5");
    assert_string_equal(setlocale(LC_ALL, NULL), before);
    assert_null(getenv("LANGUAGE"));
    assert_string_equal(strerror(ENOENT), "No such file or directory");
    free(before);
}

static void without_a_catalogue_it_is_english(void **state)
{
    (void)state;
    const char *text = care_in_bed(MUSCLE_FOOT)->text;
    char *directory = strdup(getenv("CRAMPD_LOCALEDIR"));

    setenv("CRAMPD_LOCALEDIR", "/nonexistent", 1);
    assert_int_equal(language_start(LANGUAGE_FR), -ENOENT);
    assert_string_equal(language_text(text), text);
    setenv("CRAMPD_LOCALEDIR", directory, 1);
    assert_int_equal(language_start(LANGUAGE_FR), 0);
    assert_string_not_equal(language_text(text), text);
    language_stop();
    assert_ptr_equal(language_text(text), text);
    free(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_environment_is_read_as_gettext_does, clean_environment),
        cmocka_unit_test_setup(english_is_the_source, clean_environment),
        cmocka_unit_test_setup(every_language_speaks_without_its_locale, clean_environment),
        cmocka_unit_test_setup(nothing_else_changes, clean_environment),
        cmocka_unit_test_setup(without_a_catalogue_it_is_english, clean_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
