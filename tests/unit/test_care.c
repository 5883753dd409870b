/* SPDX-License-Identifier: MIT */
/* The rules of care/care.h, held against every row. That the translations keep them too: translations.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/macros.h"
#include "care/care.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static size_t characters(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* At least one source that is not ours, and all of them known. */
static bool is_sourced(const struct care_sentence *s)
{
    bool foreign = false;

    for (const char *const *key = s->sources; *key; key++) {
        if (!care_source_find(*key))
            return false;
        foreign |= strcmp(*key, CARE_OWN) != 0;
    }
    return foreign;
}

static void every_sentence_has_a_source(void **state)
{
    (void)state;
    const struct care_sentence without = {.id = "x", .text = "x"};
    const struct care_sentence own = {.id = "x", .text = "x", .sources = {CARE_OWN}};
    const struct care_sentence unknown = {.id = "x", .text = "x", .sources = {"004", "nowhere"}};

    assert_false(is_sourced(&without));
    assert_false(is_sourced(&own));
    assert_false(is_sourced(&unknown));
    assert_true(care_sentence_count > 40);
    for (size_t i = 0; i < care_sentence_count; i++)
        if (!is_sourced(&care_sentences[i]))
            fail_msg("%s: no source", care_sentences[i].id);
}

static void every_source_is_used_and_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < care_source_count; i++) {
        unsigned used = 0;
        for (size_t s = 0; s < care_sentence_count; s++)
            for (const char *const *key = care_sentences[s].sources; *key; key++)
                used += strcmp(*key, care_sources[i].key) == 0;
        if (!used || !*care_sources[i].what)
            fail_msg("source %s: used %u times", care_sources[i].key, used);
        assert_ptr_equal(care_source_find(care_sources[i].key), &care_sources[i]);
    }
    assert_null(care_source_find("nowhere"));
    assert_null(care_source_find(NULL));
}

static void rows_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < care_sentence_count; i++) {
        const struct care_sentence *s = &care_sentences[i];
        assert_true(*s->id && s->id[strspn(s->id, "abcdefghijklmnopqrstuvwxyz_")] == '\0');
        assert_ptr_equal(care_find(s->id), s); /* so it is unique */
        assert_string_not_equal(care_use_name(s->use), "?");
        assert_string_not_equal(care_level_name(s->level), "?");
        assert_true(s->muscles && s->muscles < BIT(muscle_count));
        assert_true(*s->text);
        assert_true(characters(s->text) <= (s->use == CARE_IN_BED ? CARE_IN_BED_MAX : CARE_TEXT_MAX));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(care_sentences[k].text, s->text);
    }
    assert_null(care_find("nothing"));
    assert_null(care_find(NULL));
    assert_string_equal(care_use_name(care_use_count), "?");
    assert_string_equal(care_level_name(care_level_count), "?");
}

static void nothing_is_promised_or_diagnosed(void **state)
{
    (void)state;
    static const char *const words[] = {" will ",   " cure",     " heals", "prevents",  "stops the",
                                        "you have", "diagnosis", "suffer", "caused by", "because of"};

    for (size_t i = 0; i < care_sentence_count; i++) {
        const struct care_sentence *s = &care_sentences[i];
        for (size_t w = 0; w < ARRAY_SIZE(words); w++)
            if (strstr(s->text, words[w]))
                fail_msg("%s says \"%s\"", s->id, words[w]);
        if (s->use == CARE_PREVENTION && !strstr(s->text, " may "))
            fail_msg("%s does not say \"may\"", s->id);
    }
}

static unsigned count(enum care_use use, enum muscle muscle)
{
    unsigned n = 0;

    for (const struct care_sentence *s = NULL; (s = care_guidance(s, use, muscle)); n++) {
        assert_int_equal(s->use, use);
        assert_true(s->muscles & BIT(muscle));
    }
    return n;
}

static void every_muscle_has_its_stretch_in_bed(void **state)
{
    (void)state;
    for (int m = 0; m < (int)muscle_count; m++) {
        enum muscle muscle = (enum muscle)m;
        assert_int_equal(count(CARE_IN_BED, muscle), 1);
        assert_ptr_equal(care_in_bed(muscle), care_guidance(NULL, CARE_IN_BED, muscle));
        assert_true(count(CARE_RISING, muscle) > 0);
        assert_true(count(CARE_AFTERWARDS, muscle) > 0);
    }
    assert_true(count(CARE_STANDING, MUSCLE_SOLEUS) > 1);
    assert_null(care_in_bed(muscle_count));
    assert_null(care_guidance(NULL, CARE_IN_BED, (enum muscle) - 1));
    assert_string_equal(care_in_bed(MUSCLE_GASTROCNEMIUS)->id, "calf_in_bed");
    assert_string_equal(care_in_bed(MUSCLE_TIBIALIS)->id, "shin_in_bed");
    /* Pulling the toes up shortens the shin's muscle: nobody is told to. */
    for (int use = 0; use < (int)care_use_count; use++)
        for (const struct care_sentence *s = NULL;
             (s = care_guidance(s, (enum care_use)use, MUSCLE_TIBIALIS));)
            assert_null(strstr(s->text, "pull your toes"));
}

/* Falls are the risk of a night: nobody reads of standing before lying. */
static void beds_come_before_floors(void **state)
{
    (void)state;
    assert_true(CARE_IN_BED < CARE_RISING && CARE_RISING < CARE_STANDING);
    for (size_t i = 1; i < care_sentence_count; i++)
        if (care_sentences[i].use <= CARE_CAUTION)
            assert_true(care_sentences[i - 1].use <= care_sentences[i].use);
    for (int m = 0; m < (int)muscle_count; m++)
        assert_null(strstr(care_in_bed((enum muscle)m)->text, "tand"));
}

static void every_level_says_what_to_do_and_when(void **state)
{
    (void)state;
    size_t signs = 0, listed = 0;

    for (int l = 0; l < (int)care_level_count; l++) {
        enum care_level level = (enum care_level)l;
        const struct care_sentence *advice = care_advice(level);
        assert_non_null(advice);
        assert_int_equal(advice->use, CARE_LEVEL);
        assert_int_equal(advice->level, level);
        assert_non_null(care_sign(NULL, level));
        for (const struct care_sentence *s = NULL; (s = care_sign(s, level)); signs++)
            assert_true(s->use == CARE_SIGN && s->level == level);
    }
    for (size_t i = 0; i < care_sentence_count; i++)
        listed += care_sentences[i].use == CARE_SIGN;
    assert_int_equal(signs, listed);
    assert_null(care_advice(care_level_count));
    assert_null(care_sign(NULL, care_level_count));
    /* what the hub can see by itself */
    assert_int_equal(care_find("long_cramp")->level, CARE_NOW);
    assert_int_equal(care_find("often")->level, CARE_APPOINTMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sentence_has_a_source),
        cmocka_unit_test(every_source_is_used_and_told),
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(nothing_is_promised_or_diagnosed),
        cmocka_unit_test(every_muscle_has_its_stretch_in_bed),
        cmocka_unit_test(beds_come_before_floors),
        cmocka_unit_test(every_level_says_what_to_do_and_when),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
