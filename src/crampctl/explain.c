/* SPDX-License-Identifier: MIT */
#include "crampctl/explain.h"

#include "crampctl/duration.h"
#include "crampctl/explain_page.h"
#include "crampctl/moment.h"
#include "crampctl/whole_file.h"
#include "replay_run.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void on_event(void *context, const struct event *event)
{
    night_add_event(context, event);
}

static void on_insight(void *context, const struct insight *insight)
{
    struct night *night = context;

    track_add(&night->leg[insight->leg], insight);
}

/* The rule of crampd: the file that is named, or the hub's own, or the defaults. */
static struct settings *load(const char *path)
{
    struct settings *settings = NULL;

    if (!path && access(SETTINGS_FILE, F_OK) == 0)
        path = SETTINGS_FILE;
    if (path)
        return settings_load(path, stderr, &settings) == 0 ? settings : NULL;
    settings = settings_new();
    if (!settings)
        fprintf(stderr, "crampctl: out of memory\n");
    return settings;
}

/* The epoch of EDF, and midnight of any new year, is what is written where no time is meant. */
static bool has_clock(int64_t start_s)
{
    time_t t = (time_t)start_s;
    struct tm tm;

    return gmtime_r(&t, &tm) && !(tm.tm_yday == 0 && tm.tm_hour == 0 && tm.tm_min == 0 && tm.tm_sec == 0);
}

static int read_moment(const char *option, const char *text, const struct page *page, int64_t *frame)
{
    double t_s;
    int r = moment_parse(text, page->clock ? page->start_s : -1, &t_s);

    if (r == -ENODATA)
        fprintf(
            stderr,
            "crampctl: %s %s: this recording has no time of day; say how long after its start, for example "
            "1h30min\n",
            option, text);
    else if (r < 0)
        fprintf(stderr,
                "crampctl: %s %s: give a time of day such as 02:30, or how long after the start, such as "
                "1h30min\n",
                option, text);
    if (r < 0)
        return -EINVAL;
    if (t_s > page->duration_s) {
        char length[DURATION_SIZE];
        duration_text(page->duration_s, length);
        fprintf(stderr, "crampctl: %s %s is not within the recording, which is %s long\n", option, text,
                length);
        return -EINVAL;
    }
    *frame = (int64_t)floor(t_s * 10);
    return 0;
}

static int read_span(const struct explain_options *options, struct page *page)
{
    page->span = (struct span){0, (int64_t)ceil(page->duration_s * 10)};
    if (options->from && read_moment("--from", options->from, page, &page->span.from) < 0)
        return -EINVAL;
    if (options->to && read_moment("--to", options->to, page, &page->span.to) < 0)
        return -EINVAL;
    if (page->span.from >= page->span.to) {
        fprintf(stderr, "crampctl: --from %s is not before --to %s\n", options->from ? options->from : "0s",
                options->to ? options->to : "the end");
        return -EINVAL;
    }
    return 0;
}

static struct recording *open_recording(const struct explain_options *options,
                                        const struct settings *settings, struct page *page)
{
    struct recording *recording = NULL;
    char error[512] = "";

    if (recording_open(options->recording, settings->sensor.recording,
                       (size_t)settings->sensor.recording_count, &recording, error, sizeof(error)) < 0) {
        fprintf(stderr, "crampctl: %s\n", error);
        return NULL;
    }
    const char *slash = strrchr(options->recording, '/');
    page->file = slash ? slash + 1 : options->recording;
    page->settings = settings;
    page->duration_s = recording_duration_s(recording);
    page->start_s = recording_start_s(recording);
    page->clock = has_clock(page->start_s);
    for (unsigned i = 0; i < recording_emg_count(recording); i++)
        page->muscle[i] = recording_emg(recording, i)->muscle;
    return recording;
}

static bool whole(const struct night *night)
{
    bool failed = night->failed;

    for (int leg = 0; leg < (int)leg_count; leg++)
        failed = failed || night->leg[leg].failed;
    return !failed;
}

static int play(struct recording *recording, const struct page *page, struct night *night)
{
    static const struct replay_ops ops = {.tell = on_event, .insight = on_insight};
    char error[512] = "";
    int r = replay_run(recording, page->settings, &ops, night, error, sizeof(error));

    if (r < 0)
        fprintf(stderr, "crampctl: %s\n", error);
    else if (!whole(night)) {
        fprintf(stderr, "crampctl: out of memory\n");
        r = -ENOMEM;
    }
    return r;
}

/* "-o NIGHT.edf" by mistake must not cost the night. */
static bool same_file(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int write_page(const struct page *page, const char *path)
{
    _cleanup_(freep) char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    int r = out ? page_write(page, out) : -ENOMEM;

    if (out && fclose(out) != 0)
        r = -ENOMEM;
    if (r == 0)
        r = whole_file_write(path, text, size);
    if (r < 0)
        fprintf(stderr, "crampctl: %s: can not write: %s\n", path, strerror(-r));
    return r;
}

int explain(const struct explain_options *options)
{
    _cleanup_(settings_freep) struct settings *settings = load(options->config);
    _cleanup_(recording_closep) struct recording *recording = NULL;
    struct night night = {0};
    struct page page = {.night = &night};

    if (!settings)
        return -ENOENT; /* it has said what */
    if (!(recording = open_recording(options, settings, &page)))
        return -ENOENT;
    if (read_span(options, &page) < 0)
        return -EINVAL;
    if (strcmp(options->output, "-") != 0 && same_file(options->recording, options->output)) {
        fprintf(stderr, "crampctl: %s is the recording itself; give another file for the page\n",
                options->output);
        return -EINVAL;
    }
    int r = play(recording, &page, &night);
    if (r == 0)
        r = write_page(&page, options->output);
    night_clear(&night);
    return r;
}
