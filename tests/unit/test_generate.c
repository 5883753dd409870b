/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "crampsim/generate.h"
#include "crampsim/synth_class.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <string.h>

/* A night as `crampsim night` plans it, without a sample. */
struct planned {
    struct person person;
    struct night night;
    struct script *script;
};

static void plan_night(struct planned *p, const char *family, const char *profile, uint64_t number,
                       uint64_t seed)
{
    struct synth_setup setup = synth_default_setup();

    setup.channel_count = 2;
    setup.channels[1] = (struct synth_channel){LEG_LEFT, MUSCLE_GASTROCNEMIUS_LATERAL};
    setup.seed = seed;
    person_draw(&p->person, synth_family_find(family), number);
    person_apply(&p->person, &setup);
    assert_int_equal(night_draw(&p->night, profile, 8, &setup), 0);
    p->script = script_new(&setup, 8 * 3600);
    assert_non_null(p->script);
    script_describe(p->script, &p->person, profile);
    night_fill(&p->night, p->script, &p->person);
}

static unsigned count_class(const struct script *script, const char *name)
{
    const struct synth_event *event;
    unsigned n = 0;

    for (size_t i = 0; (event = script_event(script, i)); i++)
        n += strcmp(synth_class_name(event->class), name) == 0;
    return n;
}

/* Three standard errors of a share. */
static void assert_share(unsigned hits, unsigned of, double expected)
{
    double share = (double)hits / of, error = 3 * sqrt(expected * (1 - expected) / of) + 0.5 / of;

    if (fabs(share - expected) > error)
        fail_msg("%u of %u = %.3f instead of %.3f +- %.3f", hits, of, share, expected, error);
}

static void a_person_is_the_same_every_night_and_another_one_is_not(void **state)
{
    (void)state;
    const struct synth_family *tuning = synth_family_find("tuning"), *other = synth_family_find("evaluation");
    struct person a, b;

    assert_ptr_equal(synth_family_at(0), tuning);
    assert_null(synth_family_find("no such family"));
    person_draw(&a, tuning, 7);
    person_draw(&b, tuning, 7);
    assert_memory_equal(&a, &b, sizeof(a));
    person_draw(&b, tuning, 8);
    assert_true(fabs(a.mvc_uv - b.mvc_uv) > 1e-6);
    person_draw(&b, other, 7);
    assert_true(fabs(a.mvc_uv - b.mvc_uv) > 1e-6);

    struct synth_setup first = synth_default_setup(), second = first;
    person_apply(&a, &first);
    person_apply(&b, &second);
    assert_true(first.person != second.person);
}

static void persons_come_out_of_their_ranges(void **state)
{
    (void)state;
    enum { N = 2000 };
    for (size_t f = 0; synth_family_at(f); f++) {
        const struct synth_family *family = synth_family_at(f);
        size_t turn = 0;
        unsigned below = 0, quiet = 0, fast = 0;
        double turns = 0, squares = 0;
        while (strcmp(synth_class_name(synth_class_at(turn)), "turn") != 0)
            turn++;
        for (uint64_t n = 1; n <= N; n++) {
            struct person p;
            person_draw(&p, family, n);
            below += p.mvc_uv < family->persons.mvc_uv.median;
            quiet += p.floor_uv < family->persons.floor_uv.median;
            fast += p.rate_error > 0;
            turns += p.habits[turn] / N;
            squares += p.habits[turn] * p.habits[turn] / N;
            assert_true(p.mvc_uv >= 60 && p.mvc_uv <= 1000 && fabs(p.rate_error) <= 0.025);
            assert_true(p.heart_bpm >= 50 && p.heart_bpm <= 100 && p.mains_uv >= 0 && p.mains_uv <= 50);
            assert_true(p.myoclonus_per_h >= 10 && p.myoclonus_per_h <= 144);
        }
        assert_share(below, N, 0.5);
        assert_share(quiet, N, 0.5);
        assert_share(fast, N, 0.5);
        /* 1.6 +- 0.7 turns an hour: a spread of 0.44 */
        assert_true(fabs(turns - 1) < 0.04 && fabs(sqrt(squares - turns * turns) - 0.44) < 0.05);
    }
}

static void cramps_are_as_many_and_as_hard_as_said(void **state)
{
    (void)state;
    enum { N = 4000 };
    unsigned nights[4] = {0}, cramps = 0, hard = 0, kinds[cramp_kind_count] = {0};

    for (uint64_t seed = 1; seed <= N; seed++) {
        struct synth_setup setup = synth_default_setup();
        struct night night;
        setup.seed = seed;
        assert_int_equal(night_draw(&night, "normal", 8, &setup), 0);
        nights[MIN(night.cramp_count, 3U)]++;
        bool clipped = false;
        for (unsigned i = 0; i < night.cramp_count; i++) {
            cramps++;
            hard += night.cramps[i] != CRAMP_FULL;
            kinds[night.cramps[i]]++;
            clipped = clipped || night.cramps[i] == CRAMP_CLIPPED;
        }
        assert_true(clipped == (setup.clip_uv < setup.mvc_uv));
    }
    assert_share(nights[0], N, 0.50);
    assert_share(nights[1], N, 0.30);
    assert_share(nights[2], N, 0.15);
    assert_share(nights[3], N, 0.05);
    assert_share(hard, cramps, 0.2);
    for (int kind = CRAMP_WEAK; kind < cramp_kind_count; kind++) {
        assert_share(kinds[kind], hard, 0.25);
        assert_true(strlen(cramp_kind_name((enum cramp_kind)kind)) > 2);
    }
    struct synth_setup setup = synth_default_setup();
    struct night night;
    assert_int_equal(night_draw(&night, "no such profile", 8, &setup), -EINVAL);
}

static void cramps_follow_their_laws(void **state)
{
    (void)state;
    unsigned cramps = 0, announced = 0, full = 0, lasting = 0, near = 0, pairs = 0, leads = 0;
    double lead = 0;

    for (uint64_t seed = 1; seed <= 250; seed++) {
        struct planned p;
        double last_end = -1;
        const struct synth_event *event;
        plan_night(&p, "tuning", seed % 2 ? "normal" : "hard", seed, seed);
        for (size_t i = 0; (event = script_event(p.script, i)) && event->class->one_muscle; i++) {
            cramps++;
            announced += event->rise_s > 0;
            if (event->rise_s > 0 && event->duration_s > 60) { /* it is not over before the sleeper wakes */
                lead += event->rise_s + event->wake_s;
                leads++;
            }
            if (last_end >= 0) {
                pairs++;
                near += fabs(event->start_s - last_end) < 3600;
            }
            last_end = event->start_s + event->duration_s;
            assert_true(event->wake_s <= event->duration_s);
            assert_true(event->duration_s >= 8 &&
                        event->duration_s <= (event->kind == CRAMP_FULL ? 900 : 20));
            assert_true((event->share > 0) == (event->kind == CRAMP_PARTLY_OFF));
            full += event->kind == CRAMP_FULL;
            lasting += event->kind == CRAMP_FULL && event->duration_s > 180;
        }
        script_free(p.script);
    }
    assert_true(cramps > 300);
    assert_share(announced, cramps, 0.7);
    assert_true(fabs(lead / leads - 41) < 3 * 11 / sqrt(leads));
    assert_share(lasting, full, 0.5); /* median 179 s */
    /* Evenly, 24 % of pairs would begin within an hour; three times as likely makes it about half. */
    assert_true(near > 0.35 * pairs && near < 0.65 * pairs);
}

static void nights_hold_what_their_family_and_profile_say(void **state)
{
    (void)state;
    double movements = 0, holds[2] = {0}, held_out = 0;
    const struct synth_event *event;

    for (uint64_t seed = 1; seed <= 120; seed++) {
        struct planned p;
        plan_night(&p, "tuning", seed % 2 ? "normal" : "hold", seed, seed);
        movements += count_class(p.script, "leg_movement") / 120.0;
        holds[seed % 2] += count_class(p.script, "voluntary_hold") / 60.0;
        for (size_t i = 0; (event = script_event(p.script, i)); i++) {
            const struct spread *bounds = &event->class->duration_s;
            assert_false(event->class->held_out);
            assert_true(event->class->background ||
                        (event->duration_s >= bounds->min && event->duration_s <= bounds->max));
        }
        script_free(p.script);
        plan_night(&p, "evaluation", "normal", seed, seed);
        for (size_t i = 0; (event = script_event(p.script, i)); i++)
            held_out += event->class->held_out / 120.0;
        script_free(p.script);
    }
    assert_true(movements > 20 && movements < 30);
    assert_true(holds[1] > 0.6 && holds[1] < 1.4 && holds[0] > 3.5 && holds[0] < 6);
    assert_true(held_out > 2 && held_out < 6);

    struct planned clean;
    plan_night(&clean, "tuning", "clean", 1, 1);
    assert_null(script_event(clean.script, 0));
    script_free(clean.script);
}

static void evaluation_stretches_and_shortens(void **state)
{
    (void)state;
    const struct spread bounds = {10, 0, 5, 14};
    struct rng rng = {.state = 1};
    unsigned longer = 0;

    for (int i = 0; i < 400; i++) {
        double length = synth_family_length(synth_family_find("evaluation"), &rng, 10, &bounds);
        assert_true(fabs(length - 7) < 1e-9 ||
                    fabs(length - 14) < 1e-9); /* 15 is beyond the class's bounds */
        longer += length > 10;
        assert_true(fabs(synth_family_length(synth_family_find("tuning"), &rng, 10, &bounds) - 10) < 1e-9);
    }
    assert_share(longer, 400, 0.5);
}

static double number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(object, name);

    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

static void truth_tells_what_was_planned(void **state)
{
    (void)state;
    struct planned p;
    const struct synth_event *event;

    plan_night(&p, "evaluation", "hard", 12, 5);
    _cleanup_(freep) char *text = truth_text(p.script, &p.person, "hard");
    assert_non_null(text);
    cJSON *root = cJSON_Parse(text);
    const cJSON *person = cJSON_GetObjectItem(root, "person"), *events = cJSON_GetObjectItem(root, "events");
    assert_string_equal(cJSON_GetObjectItem(root, "family")->valuestring, "evaluation");
    assert_string_equal(cJSON_GetObjectItem(root, "profile")->valuestring, "hard");
    assert_string_equal(cJSON_GetObjectItem(person, "number")->valuestring, "12");
    assert_true(fabs(number_of(person, "mvc_uv") - p.person.mvc_uv) < 0.001);
    for (size_t i = 0; (event = script_event(p.script, i)); i++) {
        const cJSON *item = cJSON_GetArrayItem(events, (int)i);
        assert_string_equal(cJSON_GetObjectItem(item, "class")->valuestring, synth_class_name(event->class));
        assert_true(fabs(number_of(item, "start") - event->start_s) < 0.001);
        assert_true(fabs(number_of(item, "end") - event->start_s - event->duration_s) < 0.001);
        assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(item, "measurement")), event->class->measurement);
        if (!event->class->one_muscle)
            continue;
        assert_string_equal(cJSON_GetObjectItem(item, "hardness")->valuestring, "hard");
        assert_string_equal(cJSON_GetObjectItem(item, "kind")->valuestring, cramp_kind_name(event->kind));
        assert_string_equal(cJSON_GetObjectItem(item, "relief")->valuestring,
                            event->stretch ? "stretch" : "spontaneous");
        assert_int_equal(cJSON_HasObjectItem(item, "rise"), event->rise_s > 0);
        assert_int_equal(cJSON_HasObjectItem(item, "wake"), event->wake_s > 0);
    }
    assert_int_equal(cJSON_GetArraySize(events) > 20, 1);

    struct planned again;
    plan_night(&again, "evaluation", "hard", 12, 5);
    _cleanup_(freep) char *same = truth_text(again.script, &again.person, "hard");
    assert_string_equal(text, same);
    cJSON_Delete(root);
    script_free(p.script);
    script_free(again.script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_is_the_same_every_night_and_another_one_is_not),
        cmocka_unit_test(persons_come_out_of_their_ranges),
        cmocka_unit_test(cramps_are_as_many_and_as_hard_as_said),
        cmocka_unit_test(cramps_follow_their_laws),
        cmocka_unit_test(nights_hold_what_their_family_and_profile_say),
        cmocka_unit_test(evaluation_stretches_and_shortens),
        cmocka_unit_test(truth_tells_what_was_planned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
