/* SPDX-License-Identifier: MIT */
#include "crampctl/render_measure.h"

#include "base/macros.h"
#include "crampctl/explain_words.h"
#include "crampctl/json.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define LINE_SIZE 512
#define BAR_TOP   100.0 /* times rest at the bar's end; a maximal contraction of a good calf */
#define NAME_SIZE 24
#define BAR_MIN   10

/* One line, never longer than the terminal is wide: a line that wraps would spoil the picture. */
_printf_(3, 4) static void put(FILE *out, int width, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list ap;

    va_start(ap, format);
    vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    fprintf(out, "%.*s\n", width, line);
}

/* share of the bar, 0..1 */
static void draw_bar(char *bar, int size, double share)
{
    int full = (int)lround(MAX(0.0, MIN(share, 1.0)) * size);

    memset(bar, '#', (size_t)full);
    memset(bar + full, '.', (size_t)(size - full));
    bar[size] = '\0';
}

static void append(char *text, size_t size, const char *separator, const char *more)
{
    size_t length = strlen(text);

    snprintf(text + length, size - length, "%s%s", length ? separator : "", more);
}

/* "contact lost, fault: lead off", "contact on"; empty when nothing tells of contact and all is well. */
static const char *condition(const cJSON *channel, char *text, size_t size)
{
    const char *contact = json_text(channel, "contact", NULL);
    const cJSON *fault;
    char reason[WORDS_SIZE];

    *text = '\0';
    if (contact)
        append(text, size, ", ", strcmp(contact, "off") == 0 ? "contact lost" : "contact on");
    cJSON_ArrayForEach(fault, cJSON_GetObjectItemCaseSensitive(channel, "faults"))
    {
        if (!cJSON_IsString(fault))
            continue;
        snprintf(reason, sizeof(reason), "fault: %.60s", fault->valuestring);
        for (char *c = reason; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        append(text, size, ", ", reason);
    }
    return text;
}

static const char *gate_words(const cJSON *channel)
{
    int gate = dismiss_reason_from_name(json_text(channel, "gate", NULL));

    return gate >= 0 ? words_gate((enum dismiss_reason)gate) : NULL;
}

/* Of a calibrated muscle. */
static const char *percent_text(double percent, char text[WORDS_SIZE])
{
    snprintf(text, WORDS_SIZE, "%.0f %% of firm", percent);
    return text;
}

static void render_level(const cJSON *channel, int bar_size, int width, FILE *out)
{
    double ratio = json_number(channel, "ratio"), level = json_number(channel, "level_uv");
    double rest = json_number(channel, "floor_uv"), percent = json_number(channel, "percent");
    char muscle[WORDS_SIZE], bar[LINE_SIZE], part[WORDS_SIZE], more[160], level_text[160] = "no signal",
                                                                          many[16] = "?";

    draw_bar(bar, bar_size, isnan(ratio) ? 0 : log(MAX(ratio, 1.0)) / log(BAR_TOP));
    if (!isnan(ratio))
        snprintf(many, sizeof(many), "%.1f", ratio);
    if (!isnan(level) && isnan(rest))
        snprintf(level_text, sizeof(level_text), "%.1f uV, rest not known yet", level);
    else if (!isnan(level))
        snprintf(level_text, sizeof(level_text), "%.1f uV, rest %.1f", level, rest);
    if (!isnan(level) && !isnan(percent))
        append(level_text, sizeof(level_text), ", ", percent_text(percent, part));
    condition(channel, more, sizeof(more));
    put(out, width, "  %-*.*s %6s x [%s] %s%s%s", NAME_SIZE, NAME_SIZE,
        json_words(channel, "muscle", "?", muscle), many, bar, level_text, *more ? ", " : "", more);
}

static void render_evidence(const cJSON *channel, int bar_size, int width, FILE *out)
{
    double have = json_number(channel, "evidence_s"), needed = json_number(channel, "needed_s");
    const char *gate = gate_words(channel);
    char bar[LINE_SIZE], text[NAME_SIZE + 16];

    if (isnan(needed) || needed <= 0) /* nothing is judged */
        return;
    draw_bar(bar, bar_size, have / needed);
    snprintf(text, sizeof(text), "evidence %.1f of %.1f s", have, needed);
    put(out, width, "    %-*.*s          [%s] %s%s", NAME_SIZE - 3, NAME_SIZE - 1, text, bar,
        gate ? "does not count: " : "", gate ? gate : "");
}

/* "left leg: suspect for 4.2 s, moving (0.12 g), posture 3 deg" */
static void leg_text(const cJSON *leg, char *text, size_t size)
{
    double judged = json_number(leg, "judged_s"), motion = json_number(leg, "motion_g");
    double posture = json_number(leg, "posture_deg");
    char state[WORDS_SIZE], part[WORDS_SIZE];

    snprintf(text, size, "%.20s leg: %s", json_text(leg, "leg", "?"), json_words(leg, "state", "?", state));
    if (!isnan(judged)) {
        snprintf(part, sizeof(part), " for %.1f s", judged);
        append(text, size, "", part);
    }
    if (isnan(motion))
        snprintf(part, sizeof(part), "motion not known");
    else
        snprintf(part, sizeof(part), "%s (%.3f g)", json_true(leg, "moving") ? "moving" : "still", motion);
    append(text, size, ", ", part);
    if (!isnan(posture)) {
        snprintf(part, sizeof(part), "posture %.0f deg", posture);
        append(text, size, ", ", part);
    }
}

void render_measure(const cJSON *frame, int width, FILE *out)
{
    const cJSON *legs = cJSON_GetObjectItemCaseSensitive(frame, "legs"), *leg, *channel;
    int bar_size = MAX(BAR_MIN, MIN(width - NAME_SIZE - 46, LINE_SIZE / 4));
    char text[256];

    width = MIN(width, LINE_SIZE - 1);
    put(out, width, "crampd sees%s      1 x is rest, a full bar %.0f x; Ctrl-C ends it",
        json_true(frame, "reminding") ? " (reminding)" : "", BAR_TOP);
    if (cJSON_GetArraySize(legs) == 0)
        put(out, width, "nothing yet");
    cJSON_ArrayForEach(leg, legs)
    {
        leg_text(leg, text, sizeof(text));
        put(out, width, "%s", "");
        put(out, width, "%s%s", text, json_true(leg, "seen") ? "" : "; NOT SEEN");
        cJSON_ArrayForEach(channel, cJSON_GetObjectItemCaseSensitive(leg, "channels"))
        {
            render_level(channel, bar_size, width, out);
            render_evidence(channel, bar_size, width, out);
        }
    }
}

static void channel_line(const cJSON *channel, FILE *out)
{
    double ratio = json_number(channel, "ratio"), level = json_number(channel, "level_uv");
    double rest = json_number(channel, "floor_uv"), needed = json_number(channel, "needed_s");
    double percent = json_number(channel, "percent");
    char muscle[WORDS_SIZE], part[WORDS_SIZE], more[160];
    const char *gate = gate_words(channel);

    fprintf(out, "; %s", json_words(channel, "muscle", "?", muscle));
    if (isnan(level))
        fprintf(out, " no signal");
    else if (isnan(ratio))
        fprintf(out, " %.1f uV (rest not known yet)", level);
    else
        fprintf(out, " %.1f x rest (%.1f uV, rest %.1f)", ratio, level, rest);
    if (!isnan(percent))
        fprintf(out, ", %s", percent_text(percent, part));
    if (!isnan(needed) && needed > 0)
        fprintf(out, ", evidence %.1f of %.1f s", json_number(channel, "evidence_s"), needed);
    if (gate)
        fprintf(out, ", does not count: %s", gate);
    if (*condition(channel, more, sizeof(more)))
        fprintf(out, ", %s", more);
}

void render_measure_line(const cJSON *frame, FILE *out)
{
    const cJSON *legs = cJSON_GetObjectItemCaseSensitive(frame, "legs"), *leg, *channel;
    const char *separator = "";
    char text[256];

    if (cJSON_GetArraySize(legs) == 0)
        fprintf(out, "nothing seen yet");
    cJSON_ArrayForEach(leg, legs)
    {
        leg_text(leg, text, sizeof(text));
        fprintf(out, "%s%s%s", separator, text, json_true(leg, "seen") ? "" : ", not seen");
        cJSON_ArrayForEach(channel, cJSON_GetObjectItemCaseSensitive(leg, "channels"))
        {
            channel_line(channel, out);
        }
        separator = " | ";
    }
    fprintf(out, "%s\n", json_true(frame, "reminding") ? " | reminding" : "");
}
