/* SPDX-License-Identifier: MIT */
#include "crampctl/render.h"

#include "base/macros.h"
#include "crampctl/duration.h"
#include "crampctl/json.h"

#include <math.h>
#include <string.h>

/* What of an event is worth a place on its line. */
static const struct detail {
    const char *key;
    enum { DETAIL_WORD, DETAIL_SECONDS, DETAIL_RATIO, DETAIL_SHARE, DETAIL_COUNT } kind;
    const char *format;
} details[] = {
    {"source", DETAIL_WORD, "%s"},
    {"occasion", DETAIL_WORD, "for %s"},
    {"reason", DETAIL_WORD, "%s"},
    {"relief", DETAIL_WORD, "relief %s"},
    {"origin", DETAIL_WORD, "by %s"},
    {"duration_s", DETAIL_SECONDS, "lasted %s"},
    {"for_s", DETAIL_SECONDS, "for %s"},
    {"peak_ratio", DETAIL_RATIO, "peak %s x rest"},
    {"peak_percent", DETAIL_COUNT, "%s % of the firm contraction"},
    {"confidence", DETAIL_SHARE, "confidence %s"},
    {"cramps", DETAIL_COUNT, "cramps: %s"},
    {"coverage", DETAIL_SHARE, "usable %s"},
};

/* False when the event does not have it. */
static bool detail_text(const struct detail *detail, const cJSON *event, char text[WORDS_SIZE])
{
    double number = json_number(event, detail->key);

    switch (detail->kind) {
    case DETAIL_WORD: return *json_words(event, detail->key, "", text) != '\0';
    case DETAIL_SECONDS:
        if (!isnan(number))
            duration_text(number, text);
        break;
    case DETAIL_RATIO:
    case DETAIL_COUNT: snprintf(text, WORDS_SIZE, "%.0f", number); break;
    case DETAIL_SHARE: snprintf(text, WORDS_SIZE, "%.0f %%", number * 100); break;
    }
    return !isnan(number);
}

static void print_detail(const char *format, const char *text, FILE *out)
{
    const char *hole = strstr(format, "%s");

    fprintf(out, "%.*s%s%s", (int)(hole - format), format, text, hole + 2);
}

void render_event(const cJSON *event, FILE *out)
{
    char time[LOCAL_TIME_SIZE], kind[WORDS_SIZE], where[WORDS_SIZE], text[WORDS_SIZE];
    const char *place = json_site(event, where);
    const char *separator = *place ? ", " : "";

    fprintf(out, "%s  %-15s ", json_local_time(event, "occurred_at", false, time),
            json_words(event, "event", "?", kind));
    fprintf(out, "%s", place);
    for (size_t i = 0; i < ARRAY_SIZE(details); i++)
        if (detail_text(&details[i], event, text)) {
            fprintf(out, "%s", separator);
            print_detail(details[i].format, text, out);
            separator = ", ";
        }
    fprintf(out, "\n");
}
