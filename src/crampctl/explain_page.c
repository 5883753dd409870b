/* SPDX-License-Identifier: MIT */
#include "crampctl/explain_page.h"

#include "build_config.h"
#include "crampctl/explain_assets.h"
#include "crampctl/explain_thin.h"
#include "crampctl/html.h"
#include "publish/payload.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <string.h>

/* How a line is written: whole numbers of this many steps a unit, null where it is not known. */
static double steps(int line)
{
    switch (line) {
    case LINE_EVIDENCE:
    case LINE_NEEDED: return 10;
    case LINE_MOTION: return 1000;
    case LINE_POSTURE: return 1;
    default: return line >= LINE_FLOOR ? 100 : 20; /* uV; ratio */
    }
}

static int put_object(FILE *out, cJSON *object)
{
    _cleanup_(freep) char *text = object ? cJSON_PrintUnformatted(object) : NULL;

    cJSON_Delete(object);
    if (!text)
        return -ENOMEM;
    html_json(out, text);
    return 0;
}

/* ---- lines ---- */

static void put_value(FILE *out, bool first, bool known, double value)
{
    fprintf(out, known ? "%s%.0f" : "%snull", first ? "" : ",", value + 0.0);
}

static void put_values(FILE *out, const struct track *track, int line, const struct piece *piece, bool high)
{
    fputc('[', out);
    for (int64_t f = piece->from; f < piece->to; f += piece->each) {
        float least = 0, most = 0;
        bool known = track_range(track, line, f, MIN(f + piece->each, piece->to), &least, &most);

        put_value(out, f == piece->from, known, round((double)(high ? most : least) * steps(line)));
    }
    fputc(']', out);
}

/* {"hi":[...]}, and what is least where a value stands for several frames. */
static void put_line(FILE *out, const struct track *track, int line, const struct piece *piece)
{
    fprintf(out, "{\"hi\":");
    put_values(out, track, line, piece, true);
    if (piece->each > 1) {
        fprintf(out, ",\"lo\":");
        put_values(out, track, line, piece, false);
    }
    fputc('}', out);
}

static void put_piece(FILE *out, const struct track *track, const struct piece *piece)
{
    static const struct {
        const char *name;
        int line;
    } lines[] = {{"evidence", LINE_EVIDENCE},
                 {"needed", LINE_NEEDED},
                 {"motion", LINE_MOTION},
                 {"posture", LINE_POSTURE}};

    fprintf(out, "{\"from\":%lld,\"to\":%lld,\"each\":%lld", (long long)piece->from, (long long)piece->to,
            (long long)piece->each);
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        if (i >= 2 && !track->has_motion)
            break;
        fprintf(out, ",\"%s\":", lines[i].name);
        put_line(out, track, lines[i].line, piece);
    }
    fprintf(out, ",\"ratio\":[");
    for (int k = 0; k < (int)track->channel_count; k++) {
        fputs(k ? "," : "", out);
        put_line(out, track, LINE_RATIO + k, piece);
    }
    fprintf(out, "]}");
}

/* The resting level drifts over minutes: one value for each coarse step is all there is to it. */
static void put_floors(FILE *out, const struct track *track, const struct span *span, int64_t coarse)
{
    struct piece whole = {span->from, MIN(span->to, track->count), MAX(coarse, 10)};

    fprintf(out, "\"floor\":{\"from\":%lld,\"each\":%lld,\"uv\":[", (long long)whole.from,
            (long long)whole.each);
    for (int k = 0; k < (int)track->channel_count; k++) {
        fputs(k ? "," : "", out);
        put_values(out, track, LINE_FLOOR + k, &whole, true);
    }
    fprintf(out, "]}");
}

/* ---- runs ---- */

static void put_fault_words(FILE *out, uint32_t value)
{
    const char *separator = "";

    fputc('"', out);
    for (int reason = 0; reason < (int)fault_reason_count; reason++)
        if (value & BIT(reason)) {
            fprintf(out, "%s%s", separator, fault_reason_name((enum fault_reason)reason));
            separator = " ";
        }
    if (value & UNSEEN_NO_FRAMES)
        fprintf(out, "%sno_data", separator);
    else if (value & UNSEEN_NO_FLOOR)
        fprintf(out, "%slearning", separator);
    fputc('"', out);
}

static void put_run_value(FILE *out, int which, uint32_t value)
{
    switch (which) {
    case RUNS_STATE: fprintf(out, "\"%s\"", episode_state_name((enum episode_state)value)); break;
    case RUNS_GATE: fprintf(out, "\"%s\"", dismiss_reason_name((enum dismiss_reason)(value - 1))); break;
    case RUNS_MOVING:
    case RUNS_MOTOR:
    case RUNS_BOTH: fputc('1', out); break;
    default: put_fault_words(out, value); break;
    }
}

static void put_runs(FILE *out, const struct track *track, int which, const struct span *span)
{
    const struct runs *runs = &track->runs[which];
    const char *separator = "";

    fputc('[', out);
    for (size_t i = 0; i < runs->count; i++) {
        const struct run *run = &runs->run[i];

        if (run->to <= span->from || run->from >= span->to)
            continue;
        fprintf(out, "%s[%lld,%lld,", separator, (long long)MAX(run->from, span->from),
                (long long)MIN(run->to, span->to));
        put_run_value(out, which, run->value);
        fputc(']', out);
        separator = ",";
    }
    fputc(']', out);
}

/* ---- legs and the whole ---- */

static int put_leg(FILE *out, const struct page *page, const struct track *track, const cJSON *items)
{
    static const struct {
        const char *name;
        int which;
    } runs[] = {{"state", RUNS_STATE},   {"gate", RUNS_GATE},   {"unseen", RUNS_UNSEEN},
                {"moving", RUNS_MOVING}, {"motor", RUNS_MOTOR}, {"both", RUNS_BOTH}};
    struct span span = {page->span.from, MIN(page->span.to, track->count)};
    struct pieces pieces;

    if (!thin(items, &span, track->leg, &pieces))
        return -ENOMEM;
    fprintf(out, "{\"leg\":\"%s\",\"imu\":%s,\"coarse\":%lld,\"kept\":\"%s\",\"muscles\":[",
            leg_name(track->leg), track->has_motion ? "true" : "false", (long long)pieces.coarse,
            pieces.kept ? pieces.kept : "");
    for (unsigned k = 0; k < track->channel_count; k++)
        fprintf(out, "%s\"%s\"", k ? "," : "", muscle_name(page->muscle[track->channel[k]]));
    fprintf(out, "],\"pieces\":[");
    for (size_t i = 0; i < pieces.count; i++) {
        fputs(i ? ",\n" : "", out);
        put_piece(out, track, &pieces.piece[i]);
    }
    fprintf(out, "],");
    put_floors(out, track, &span, pieces.coarse);
    for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
        fprintf(out, ",\n\"%s\":", runs[i].name);
        put_runs(out, track, runs[i].which, &span);
    }
    fprintf(out, ",\"faults\":[");
    for (int k = 0; k < (int)track->channel_count; k++) {
        fputs(k ? "," : "", out);
        put_runs(out, track, RUNS_FAULTS + k, &span);
    }
    fprintf(out, "]}");
    pieces_clear(&pieces);
    return 0;
}

static cJSON *settings_object(const struct settings *settings)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "onset_ratio", settings->detect.onset_ratio);
    cJSON_AddNumberToObject(object, "rise_ratio", settings->detect.rise_ratio);
    cJSON_AddNumberToObject(object, "decide_s", settings->detect.decide_s);
    cJSON_AddNumberToObject(object, "decide_fast_s", settings->detect.decide_fast_s);
    return object;
}

static int put_head(FILE *out, const struct page *page)
{
    _cleanup_(freep) char *summary = story_summary(page->night, &page->span);
    cJSON *head = cJSON_CreateObject();

    if (!summary || !head) {
        cJSON_Delete(head);
        return -ENOMEM;
    }
    cJSON_AddStringToObject(head, "crampd", CRAMPD_VERSION);
    cJSON_AddStringToObject(head, "file", page->file);
    if (page->clock)
        cJSON_AddNumberToObject(head, "start", (double)page->start_s);
    else
        cJSON_AddNullToObject(head, "start");
    cJSON_AddNumberToObject(head, "duration_s", page->duration_s);
    cJSON_AddNumberToObject(head, "from_s", (double)page->span.from / 10);
    cJSON_AddNumberToObject(head, "to_s", (double)page->span.to / 10);
    cJSON_AddStringToObject(head, "summary", summary);
    cJSON_AddItemToObject(head, "settings", settings_object(page->settings));
    return put_object(out, head);
}

/* What --replay prints, as far as it belongs to the span. */
static int put_events(FILE *out, const struct page *page)
{
    const char *separator = "";

    for (size_t i = 0; i < page->night->event_count; i++) {
        const struct event *event = &page->night->event[i];
        double t_s = ns_to_s(event->t_ns);

        if (t_s < (double)page->span.from / 10 || t_s > (double)page->span.to / 10)
            continue;
        fputs(separator, out);
        if (put_object(out, payload_event(event, 0, NULL)) < 0)
            return -ENOMEM;
        separator = ",\n";
    }
    return 0;
}

static int put_data(FILE *out, const struct page *page)
{
    cJSON *items = story_items(page->night, &page->span);
    const char *separator = "";
    int r = items ? 0 : -ENOMEM;

    fprintf(out, "{\"night\":");
    if (r == 0)
        r = put_head(out, page);
    fprintf(out, ",\n\"legs\":[");
    for (int leg = 0; r == 0 && leg < (int)leg_count; leg++) {
        if (page->night->leg[leg].count == 0)
            continue;
        fputs(separator, out);
        r = put_leg(out, page, &page->night->leg[leg], items);
        separator = ",\n";
    }
    fprintf(out, "],\n\"events\":[");
    if (r == 0)
        r = put_events(out, page);
    fprintf(out, "],\n\"items\":");
    if (r == 0) {
        r = put_object(out, items);
        items = NULL;
    }
    cJSON_Delete(items);
    fprintf(out, "}");
    return r;
}

int page_write(const struct page *page, FILE *out)
{
    fputs(explain_before_data, out);
    int r = put_data(out, page);
    fputs(explain_after_data, out);
    return r;
}
