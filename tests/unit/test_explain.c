/* SPDX-License-Identifier: MIT */
/* What crampctl explain keeps of a night, thins out, and says of it. */
#include "crampctl/explain_story.h"
#include "crampctl/explain_thin.h"
#include "crampctl/explain_words.h"
#include "crampctl/json.h"
#include "crampctl/moment.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START_S INT64_C(1767306600) /* 2026-01-01 22:30:00 */

/* ---- moments ---- */

static void moments_are_times_of_day_or_spans(void **state)
{
    double t;

    (void)state;
    assert_int_equal(moment_parse("02:30", START_S, &t), 0);
    assert_true(fabs(t - 4 * 3600) < 1e-9);
    assert_int_equal(moment_parse("22:30:05", START_S, &t), 0);
    assert_true(fabs(t - 5) < 1e-9);
    assert_int_equal(moment_parse("22:29", START_S, &t), 0); /* of the next day */
    assert_true(fabs(t - (86400 - 60)) < 1e-9);
    assert_int_equal(moment_parse("1h30min", START_S, &t), 0);
    assert_true(fabs(t - 5400) < 1e-9);
    assert_int_equal(moment_parse("1h30min", -1, &t), 0);
    assert_int_equal(moment_parse("02:30", -1, &t), -ENODATA);
}

static void other_moments_are_refused(void **state)
{
    static const char *const wrong[] = {
        "", "2", "24:00", "2:60", ":30", "2:", "2:30:", "2:30:60", "2:30:15x", "-1:00", "123:00", "noon"};
    double t;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        assert_int_equal(moment_parse(wrong[i], START_S, &t), -EINVAL);
}

/* ---- a night by hand ---- */

static struct insight frame_of(int64_t frame)
{
    struct insight in = {.leg = LEG_LEFT,
                         .frame = frame,
                         .t_ns = (frame + 1) * 100 * NSEC_PER_MSEC,
                         .channel_count = 1,
                         .motion_known = true,
                         .motion_g = 0.005,
                         .posture_deg = 3};

    in.channel[0] = (struct insight_channel){.usable = true,
                                             .level_uv = 2,
                                             .floor_uv = 2,
                                             .ratio = 1,
                                             .smooth = 1,
                                             .needed_s = (double)NAN,
                                             .gate = -1};
    return in;
}

static void tracks_keep_numbers_and_runs(void **state)
{
    struct track track = {0};
    float low, high;

    (void)state;
    for (int64_t f = 0; f < 40000; f++) { /* more than is there at first */
        struct insight in = frame_of(f);

        in.channel[0].ratio = f == 500 ? 40 : 1;
        in.state = f >= 490 && f < 530 ? EPISODE_SUSPECT : EPISODE_QUIET;
        in.moving = f >= 495 && f < 500;
        track_add(&track, &in);
    }
    assert_false(track.failed);
    assert_int_equal(track.count, 40000);
    assert_true(track_range(&track, LINE_RATIO, 400, 600, &low, &high));
    assert_true(low >= 1 && low <= 1 && high >= 40);
    assert_true(track_range(&track, LINE_RATIO, 501, 600, &low, &high) && high < 2);
    assert_int_equal(track.runs[RUNS_STATE].count, 1);
    assert_int_equal(track_time(&track, RUNS_STATE, EPISODE_SUSPECT, 0, 40000), 40);
    assert_int_equal(track_time(&track, RUNS_STATE, EPISODE_CRAMP, 0, 40000), 0);
    assert_int_equal(track_time(&track, RUNS_MOVING, 0, 498, 40000), 2);
    track_clear(&track);
}

static void silence_is_unseen_not_calm(void **state)
{
    struct track track = {0};
    struct insight in = frame_of(0);
    float low, high;

    (void)state;
    track_add(&track, &in);
    in = frame_of(1);
    in.strongest = -1;
    in.channel[0].usable = false;
    in.channel[0].ratio = (double)NAN;
    in.channel[0].faults = BIT(FAULT_GAP);
    track_add(&track, &in);
    in = frame_of(1000); /* the detector has passed over the rest */
    track_add(&track, &in);
    assert_int_equal(track.count, 1001);
    assert_false(track_range(&track, LINE_RATIO, 1, 1000, &low, &high));
    assert_int_equal(track_time(&track, RUNS_UNSEEN, 0, 0, 1001), 999);
    assert_int_equal(track_time(&track, RUNS_UNSEEN, UNSEEN_ALWAYS | BIT(FAULT_GAP), 0, 1001), 1);
    track_clear(&track);
}

/* ---- thinning ---- */

static void add_item(cJSON *items, double from_s, double to_s, double near, double peak)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "kind", "dismissed");
    cJSON_AddStringToObject(item, "leg", "left");
    cJSON_AddNumberToObject(item, "from_s", from_s);
    cJSON_AddNumberToObject(item, "to_s", to_s);
    cJSON_AddNumberToObject(item, "at_s", to_s);
    cJSON_AddNumberToObject(item, "near", near);
    cJSON_AddNumberToObject(item, "peak", peak);
    cJSON_AddItemToArray(items, item);
}

static int64_t check_pieces(const struct pieces *pieces, const struct span *span)
{
    int64_t at = span->from, fine = 0;

    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *p = &pieces->piece[i];

        assert_int_equal(p->from, at);
        assert_true(p->to > p->from);
        assert_true(p->each == 1 || p->each == pieces->coarse);
        fine += p->each == 1 ? p->to - p->from : 0;
        at = p->to;
    }
    assert_int_equal(at, span->to);
    return fine;
}

static bool is_fine(const struct pieces *pieces, int64_t frame)
{
    for (size_t i = 0; i < pieces->count; i++)
        if (frame >= pieces->piece[i].from && frame < pieces->piece[i].to)
            return pieces->piece[i].each == 1;
    return false;
}

static void activities_stay_whole(void **state)
{
    const struct span night = {0, 288000};
    cJSON *items = cJSON_CreateArray();
    struct pieces pieces;

    (void)state;
    add_item(items, 2, 5, 0, 3); /* its margin begins before the night */
    add_item(items, 1000, 1010, 0.3, 20);
    add_item(items, 1005, 1006, 0.1, 3); /* within the one before */
    add_item(items, 28795, 28800, 0.9, 30);
    assert_true(thin(items, &night, LEG_LEFT, &pieces));
    int64_t fine = check_pieces(&pieces, &night);
    assert_true(fine > 200 && fine < 2000);
    assert_true(pieces.coarse > 10);
    for (int64_t f = 10000; f < 10100; f++)
        assert_true(is_fine(&pieces, f));
    assert_true(is_fine(&pieces, 10190)); /* the margin of the longer of two */
    assert_true(is_fine(&pieces, 287960) && !is_fine(&pieces, 20000));
    pieces_clear(&pieces);
    assert_true(thin(items, &night, LEG_RIGHT, &pieces)); /* nothing of that leg */
    assert_int_equal(check_pieces(&pieces, &night), 0);
    pieces_clear(&pieces);
    cJSON_Delete(items);
}

static void restless_nights_stay_small(void **state)
{
    const struct span night = {0, 288000};
    cJSON *items = cJSON_CreateArray();
    struct pieces pieces;

    (void)state;
    for (int i = 0; i < 1400; i++)
        add_item(items, 20 * i, 20 * i + 15, i == 700 ? 1 : 0.01, i == 600 ? 12 : 2);
    assert_true(thin(items, &night, LEG_LEFT, &pieces));
    assert_true(check_pieces(&pieces, &night) < 60000);
    assert_true(is_fine(&pieces, 140050)); /* the cramp */
    assert_true(is_fine(&pieces, 120100)); /* what was strong and long */
    assert_false(is_fine(&pieces, 100100));
    assert_string_not_equal(pieces.kept, "all activities");
    pieces_clear(&pieces);
    const struct span part = {3000, 9000};
    assert_true(thin(items, &part, LEG_LEFT, &pieces)); /* ten minutes are shown whole */
    assert_int_equal(check_pieces(&pieces, &part), 6000);
    pieces_clear(&pieces);
    cJSON_Delete(items);
}

/* ---- words ---- */

static void every_reason_has_words(void **state)
{
    (void)state;
    for (int i = 0; i < (int)dismiss_reason_count; i++) {
        assert_string_not_equal(words_dismissed((enum dismiss_reason)i),
                                dismiss_reason_name((enum dismiss_reason)i));
        assert_string_not_equal(words_because((enum dismiss_reason)i),
                                dismiss_reason_name((enum dismiss_reason)i));
    }
    for (int i = 0; i < (int)cramp_reason_count; i++)
        assert_string_not_equal(words_cramp((enum cramp_reason)i), cramp_reason_name((enum cramp_reason)i));
    for (int i = 0; i < (int)relief_count; i++)
        assert_string_not_equal(words_relief((enum relief)i), relief_name((enum relief)i));
    for (int i = 0; i <= FAULT_RATE; i++) /* those of the leg sensor */
        assert_string_not_equal(words_fault((enum fault_reason)i), fault_reason_name((enum fault_reason)i));
}

/* What keeps a moment from counting is not what is said of a whole activity. */
static void every_gate_has_words(void **state)
{
    static const enum dismiss_reason gates[] = {
        DISMISS_INTERFERENCE, DISMISS_ARTEFACT,        DISMISS_GAIT,        DISMISS_TURN, DISMISS_REMINDER,
        DISMISS_VOLUNTARY,    DISMISS_BILATERAL_TONIC, DISMISS_LEG_MOVEMENT};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(gates); i++)
        assert_string_not_equal(words_gate(gates[i]), words_because(gates[i]));
    assert_non_null(strstr(words_gate(DISMISS_LEG_MOVEMENT), "shin"));
}

/* Half a minute of activity that counted for 9 of 10.7 s, dismissed. */
static void an_activity_is_told(void **state)
{
    struct night night = {0};
    struct event event = {.kind = EVENT_DISMISSED,
                          .t_ns = 60 * NSEC_PER_SEC,
                          .episode = 1,
                          .has_site = true,
                          .leg = LEG_LEFT,
                          .muscle = MUSCLE_GASTROCNEMIUS};
    struct span span = {0, 1000};

    (void)state;
    event.dismissed.start_ns = 30 * NSEC_PER_SEC;
    event.dismissed.duration_s = 26.4;
    event.dismissed.peak_ratio = 12;
    event.dismissed.reason = DISMISS_VOLUNTARY;
    for (int64_t f = 0; f < 1000; f++) {
        struct insight in = frame_of(f);

        if (f >= 300 && f < 564) {
            in.state = EPISODE_SUSPECT;
            in.channel[0].needed_s = 10.7;
            in.channel[0].evidence_s = fmin(9, 0.1 * (double)(f - 300));
            in.channel[0].gate = f >= 390 ? DISMISS_TURN : -1;
            in.moving = f >= 390;
            in.posture_deg = f >= 400 ? 45 : 3;
        }
        track_add(&night.leg[LEG_LEFT], &in);
    }
    night_add_event(&night, &event);
    cJSON *items = story_items(&night, &span);
    assert_int_equal(cJSON_GetArraySize(items), 1);
    const cJSON *item = cJSON_GetArrayItem(items, 0);
    const char *text = json_text(item, "text", "");
    assert_string_equal(json_text(item, "kind", ""), "dismissed");
    assert_non_null(strstr(json_text(item, "title", ""), "Left calf, 26 s: a contraction held"));
    assert_non_null(strstr(text, "Up to 12 times"));
    assert_non_null(strstr(text, "Only 9.0 of the 10.7 s"));
    assert_null(strstr(text, "lasted long enough"));
    assert_non_null(strstr(text, "For 17.4 s time did not count, or hardly, because the leg was moving"));
    assert_non_null(strstr(text, "posture changed by 42 degrees"));
    assert_null(strstr(text, "lay still"));
    assert_non_null(strstr(text, "Therefore no reminder."));
    assert_true(fabs(json_number(item, "near") - 0.84) < 0.011);
    cJSON_Delete(items);
    span = (struct span){700, 1000}; /* another part of the night */
    items = story_items(&night, &span);
    assert_int_equal(cJSON_GetArraySize(items), 0);
    cJSON_Delete(items);
    night_clear(&night);
}

/* It has all the time that a cramp needs, but was never called one. */
static void what_lasted_long_enough_was_too_weak_or_too_even(void **state)
{
    struct night night = {0};
    struct event event = {.kind = EVENT_DISMISSED,
                          .t_ns = 60 * NSEC_PER_SEC,
                          .episode = 1,
                          .has_site = true,
                          .leg = LEG_LEFT,
                          .muscle = MUSCLE_GASTROCNEMIUS};
    const struct span span = {0, 1000};

    (void)state;
    event.dismissed.start_ns = 30 * NSEC_PER_SEC;
    event.dismissed.duration_s = 26.4;
    event.dismissed.peak_ratio = 3;
    event.dismissed.reason = DISMISS_VOLUNTARY;
    for (int64_t f = 0; f < 1000; f++) {
        struct insight in = frame_of(f);

        if (f >= 300 && f < 564) {
            in.channel[0].needed_s = 5;
            in.channel[0].evidence_s = fmin(5, 0.1 * (double)(f - 300));
        }
        track_add(&night.leg[LEG_LEFT], &in);
    }
    night_add_event(&night, &event);
    cJSON *items = story_items(&night, &span);
    const char *text = json_text(cJSON_GetArrayItem(items, 0), "text", "");
    assert_non_null(strstr(text, "held and then let go."));
    assert_non_null(strstr(text, "It lasted long enough for a cramp, but was too weak or too even for one."));
    assert_null(strstr(text, "were counted"));
    cJSON_Delete(items);
    night_clear(&night);
}

static void a_gap_is_told_with_its_cause(void **state)
{
    struct night night = {0};
    const struct span span = {0, 3000};

    (void)state;
    for (int64_t f = 0; f < 3000; f++) {
        struct insight in = frame_of(f);

        if (f >= 1000 && f < 2000) {
            in.strongest = -1;
            in.state = EPISODE_BLIND;
            in.channel[0].usable = false;
            in.channel[0].ratio = (double)NAN;
            in.channel[0].faults = f < 1990 ? BIT(FAULT_LEAD_OFF) : 0;
        }
        track_add(&night.leg[LEG_LEFT], &in);
    }
    cJSON *items = story_items(&night, &span);
    assert_int_equal(cJSON_GetArraySize(items), 1);
    const cJSON *item = cJSON_GetArrayItem(items, 0);
    assert_string_equal(json_text(item, "kind", ""), "unseen");
    assert_non_null(strstr(json_text(item, "title", ""), "Not seen, left leg, 1 min 40 s"));
    assert_non_null(strstr(json_text(item, "text", ""), "an electrode had lost contact"));
    cJSON_Delete(items);
    char *summary = story_summary(&night, &span);
    assert_non_null(strstr(summary, "not seen for 1 min 40 s (33.3 %)"));
    free(summary);
    night_clear(&night);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_times_of_day_or_spans),
        cmocka_unit_test(other_moments_are_refused),
        cmocka_unit_test(tracks_keep_numbers_and_runs),
        cmocka_unit_test(silence_is_unseen_not_calm),
        cmocka_unit_test(activities_stay_whole),
        cmocka_unit_test(restless_nights_stay_small),
        cmocka_unit_test(every_reason_has_words),
        cmocka_unit_test(every_gate_has_words),
        cmocka_unit_test(an_activity_is_told),
        cmocka_unit_test(what_lasted_long_enough_was_too_weak_or_too_even),
        cmocka_unit_test(a_gap_is_told_with_its_cause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
