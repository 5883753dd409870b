/* SPDX-License-Identifier: MIT */
#include "crampctl/report.h"

#include "crampctl/client.h"
#include "crampctl/json.h"
#include "crampctl/report_page.h"
#include "crampctl/whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NIGHTS_STANDARD 30

static int read_day(const char *option, const char *text, int *day)
{
    *day = day_parse(text);
    if (*day != NO_DAY)
        return 0;
    fprintf(stderr, "crampctl: %s %s: give the date of an evening, such as 2026-11-22\n", option, text);
    return -EINVAL;
}

/* The last night that has begun, where nothing is said. */
static int read_span(const struct report_options *options, struct span *span)
{
    span->to = local_moment((double)time(NULL)).night;
    if (options->to && read_day("--to", options->to, &span->to) < 0)
        return -EINVAL;
    span->from = span->to - NIGHTS_STANDARD + 1;
    if (options->from && read_day("--from", options->from, &span->from) < 0)
        return -EINVAL;
    if (span->from > span->to) {
        fprintf(stderr, "crampctl: --from %s is after --to %s\n", options->from,
                options->to ? options->to : "(tonight)");
        return -EINVAL;
    }
    if (span->to - span->from >= REPORT_SPAN_MAX) {
        fprintf(stderr, "crampctl: that are more than ten years; give a later --from\n");
        return -EINVAL;
    }
    return 0;
}

int report_check(const struct report_options *options)
{
    struct span span;

    return read_span(options, &span);
}

static int fetch(struct client *client, const char *method, cJSON **rows)
{
    _cleanup_(freep) char *json = NULL;
    int r = client_call(client, method, &json, "u", (unsigned)REPORT_ROWS_MAX);

    if (r < 0)
        return r;
    *rows = cJSON_Parse(json);
    if (cJSON_IsArray(*rows))
        return 0;
    fprintf(stderr, "crampctl: the answer is no list: %.200s\n", json);
    return -EBADMSG;
}

static int write_out(const struct report *report, const struct report_options *options)
{
    _cleanup_(freep) char *text = NULL;
    size_t size = 0;
    FILE *out = options->json ? NULL : open_memstream(&text, &size);
    int r = out || options->json ? 0 : -ENOMEM;

    if (options->json) {
        cJSON *object = report_json(report);
        text = object ? cJSON_PrintUnformatted(object) : NULL;
        cJSON_Delete(object);
        r = text ? 0 : -ENOMEM;
        size = text ? strlen(text) : 0;
        if (text)
            text[size++] = '\n'; /* in the place of the NUL */
    } else if (out) {
        r = report_page_write(report, (double)time(NULL), out);
        r = fclose(out) != 0 ? -ENOMEM : r;
    }
    const char *path = options->output ? options->output : "-";
    if (r == 0)
        r = whole_file_write(path, text, size);
    if (r < 0)
        fprintf(stderr, "crampctl: %s: can not write: %s\n", path, strerror(-r));
    return r;
}

int report_tell(struct client *client, const struct report_options *options)
{
    static const char *const methods[] = {"Episodes", "Nights", "Faults", "Entries"};
    cJSON *rows[ARRAY_SIZE(methods)] = {NULL};
    struct report found = {0};
    struct span span;
    int r = read_span(options, &span);

    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(methods); i++)
        r = fetch(client, methods[i], &rows[i]);
    if (r == 0) {
        r = report_make(&found, &(struct report_rows){rows[0], rows[1], rows[2], rows[3]}, span);
        if (r < 0)
            fprintf(stderr, "crampctl: out of memory\n");
    }
    if (r == 0)
        r = write_out(&found, options);
    report_clear(&found);
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
        cJSON_Delete(rows[i]);
    return r;
}
