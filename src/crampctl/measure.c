/* SPDX-License-Identifier: MIT */
#include "crampctl/measure.h"

#include "crampctl/interrupt.h"
#include "crampctl/json.h"
#include "crampctl/render_measure.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define FRAME_NS     (100 * NSEC_PER_MSEC)
#define WIDTH_NORMAL 80

/* The second screen of a terminal: what was there before is back afterwards. */
#define SCREEN_BEGIN "\033[?1049h\033[?25l"
#define SCREEN_HOME  "\033[H"
#define SCREEN_REST  "\033[J"
#define SCREEN_END   "\033[?25h\033[?1049l"

struct screen {
    bool json, live;
    int64_t next_ns;
    double last_t; /* of the last frame shown */
};

static int width(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : WIDTH_NORMAL;
}

/* Lines that end in "clear the rest of the line", so that nothing of the picture before shines through. */
static void print_live(const cJSON *frame)
{
    _cleanup_(freep) char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return;
    render_measure(frame, width(), out);
    fclose(out);
    fputs(SCREEN_HOME, stdout);
    for (const char *line = text; line && *line;) {
        size_t length = strcspn(line, "\n");
        printf("%.*s\033[K\r\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    fputs(SCREEN_REST, stdout);
}

static void print_plain(const cJSON *frame)
{
    char clock[16] = "";
    time_t now = time(NULL);
    struct tm tm;

    if (localtime_r(&now, &tm))
        strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
    printf("%s  ", clock);
    render_measure_line(frame, stdout);
}

static int show(struct screen *screen, const char *json)
{
    cJSON *frame = cJSON_Parse(json);

    if (!frame) {
        fprintf(stderr, "crampctl: the answer is not JSON: %.200s\n", json);
        return -EBADMSG;
    }
    double t = json_number(frame, "t");
    bool fresh = isnan(t) || isnan(screen->last_t) || fabs(t - screen->last_t) > 1e-9;
    if (fresh || !screen->json) { /* a hub that sees nothing new is shown as it is, but not told twice */
        if (screen->json)
            printf("%s\n", json);
        else if (screen->live)
            print_live(frame);
        else
            print_plain(frame);
    }
    screen->last_t = t;
    cJSON_Delete(frame);
    return fflush(stdout) == 0 ? 0 : -errno;
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

/* Until the next frame is due; never catches up on what was missed. */
static void wait_for_next(struct screen *screen)
{
    int64_t every_ns = screen->json || screen->live ? FRAME_NS : NSEC_PER_SEC;

    screen->next_ns = MAX(screen->next_ns + every_ns, now_ns());
    struct timespec until = {.tv_sec = screen->next_ns / NSEC_PER_SEC,
                             .tv_nsec = screen->next_ns % NSEC_PER_SEC};
    if (!interrupted())
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static int follow(struct screen *screen, struct client *client, char *json)
{
    int r = 0;

    while (r >= 0 && !interrupted()) {
        r = show(screen, json);
        free(json);
        json = NULL;
        wait_for_next(screen);
        if (r >= 0 && !interrupted())
            r = client_ask(client, "Measure", &json);
    }
    free(json);
    return interrupted() ? 0 : r;
}

int measure(struct client *client, bool json)
{
    const char *terminal = getenv("TERM");
    struct screen screen = {.json = json, .last_t = (double)NAN};
    char *first = NULL;
    /* The first question explains what is wrong if it is not answered; before the screen is taken. */
    int r = client_call(client, "Measure", &first, NULL);

    if (r < 0)
        return r;
    screen.live = !json && isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
    screen.next_ns = now_ns();
    interrupt_catch();
    if (screen.live)
        fputs(SCREEN_BEGIN, stdout);
    r = follow(&screen, client, first);
    if (screen.live) {
        fputs(SCREEN_END, stdout);
        fflush(stdout);
    }
    if (r < 0)
        fprintf(stderr, "crampctl: %s\n", r == -ENOTCONN ? "crampd has stopped" : strerror(-r));
    return r;
}
