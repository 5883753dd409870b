/* SPDX-License-Identifier: MIT */
#include "crampctl/calibrate.h"

#include "crampctl/interrupt.h"
#include "crampctl/json.h"
#include "crampctl/render_calibration.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ASK_EVERY_NS (200 * NSEC_PER_MSEC)
#define LINE_SIZE    256
#define LINE_CLEAR   "\r\033[K"

struct guide {
    struct client *client;
    const struct calibrate_options *options;
    bool live;            /* one line that changes; else a line when something else is to be done */
    char said[LINE_SIZE]; /* the last line, up to its numbers */
    char *last;           /* the last answer, for programs: not told twice */
};

/* What is to be done, without the seconds that run: those are worth a line only where it is one and the same.
 */
static void say_step(struct guide *guide, const cJSON *answer)
{
    char line[LINE_SIZE] = "", same[LINE_SIZE];
    FILE *out = fmemopen(line, sizeof(line) - 1, "w");

    if (!out)
        return;
    render_calibration_step(answer, out);
    fclose(out);
    if (guide->live) {
        printf(LINE_CLEAR "%s", line);
    } else {
        snprintf(same, sizeof(same), "%s %s", json_text(answer, "phase", ""),
                 json_text(answer, "hindrance", ""));
        if (strcmp(same, guide->said) != 0)
            printf("%s.\n", line);
        snprintf(guide->said, sizeof(guide->said), "%s", same);
    }
    fflush(stdout);
}

/* 1: goes on. 0: done. Negative: not done, and it was said why. */
static int judge(struct guide *guide, const cJSON *answer)
{
    int phase = calibration_phase_from_name(json_text(answer, "phase", NULL));

    switch (phase) {
    case CALIBRATION_REST:
    case CALIBRATION_CONTRACT:
    case CALIBRATION_RELAX: return 1;
    default: break;
    }
    if (guide->live)
        printf("\n");
    fflush(stdout);
    switch (phase) {
    case CALIBRATION_DONE:
        if (!guide->options->json)
            render_calibrations(cJSON_GetObjectItemCaseSensitive(answer, "sites"),
                                json_text(answer, "leg", NULL), stdout);
        return 0;
    case CALIBRATION_FAILED:
        fprintf(stderr, "crampctl: ");
        render_calibration_failure(answer, stderr);
        fprintf(stderr, "\n");
        return -ECANCELED;
    case CALIBRATION_CANCELLED: fprintf(stderr, "crampctl: cancelled by somebody else\n"); return -ECANCELED;
    default: fprintf(stderr, "crampctl: crampd was started again meanwhile\n"); return -ECANCELED;
    }
}

/* Takes json over. As judge(). */
static int show(struct guide *guide, char *json)
{
    cJSON *answer = cJSON_Parse(json);

    if (!answer) {
        fprintf(stderr, "crampctl: the answer is not JSON: %.200s\n", json);
        free(json);
        return -EBADMSG;
    }
    if (!guide->options->json)
        say_step(guide, answer);
    else if (!guide->last || strcmp(guide->last, json) != 0)
        printf("%s\n", json);
    fflush(stdout);
    free(guide->last);
    guide->last = json;
    int r = judge(guide, answer);
    cJSON_Delete(answer);
    return r;
}

static int cancel(struct guide *guide)
{
    if (guide->live)
        printf("\n");
    fflush(stdout);
    int r = client_call(guide->client, "CancelCalibration", NULL, NULL);
    if (r == 0)
        fprintf(stderr, "crampctl: cancelled; nothing was changed\n");
    return r < 0 ? r : -EINTR;
}

static int guide_leg(struct guide *guide, const char *leg)
{
    const struct timespec pause = {.tv_nsec = ASK_EVERY_NS};
    int r = client_call(guide->client, "Calibrate", NULL, "s", leg);

    guide->said[0] = '\0';
    if (r < 0)
        return r;
    do {
        char *json = NULL;
        r = client_call(guide->client, "Calibration", &json, NULL);
        if (r == 0)
            r = show(guide, json);
        if (r > 0 && !interrupted())
            nanosleep(&pause, NULL);
    } while (r > 0 && !interrupted());
    return r > 0 ? cancel(guide) : r;
}

/* One leg after the other, as far as they have electrodes. */
static int guide_legs(struct guide *guide)
{
    _cleanup_(freep) char *json = NULL;
    int r = client_call(guide->client, "Calibration", &json, NULL);

    if (r < 0)
        return r;
    cJSON *answer = cJSON_Parse(json);
    const cJSON *sites = cJSON_GetObjectItemCaseSensitive(answer, "sites"), *site;
    for (int leg = 0; leg < (int)leg_count && r >= 0; leg++)
        cJSON_ArrayForEach(site, sites)
        {
            if (strcmp(json_text(site, "leg", ""), leg_name((enum leg)leg)) != 0)
                continue;
            r = guide_leg(guide, leg_name((enum leg)leg));
            break;
        }
    cJSON_Delete(answer);
    return r;
}

static int show_known(struct client *client, const struct calibrate_options *options)
{
    _cleanup_(freep) char *json = NULL;
    int r = client_call(client, "Calibration", &json, NULL);

    if (r < 0)
        return r;
    if (options->json) {
        printf("%s\n", json);
        return 0;
    }
    cJSON *answer = cJSON_Parse(json);
    render_calibrations(cJSON_GetObjectItemCaseSensitive(answer, "sites"), options->leg, stdout);
    cJSON_Delete(answer);
    return 0;
}

static int forget(struct client *client, const struct calibrate_options *options)
{
    int r = client_call(client, "ForgetCalibration", NULL, "s", options->leg ? options->leg : "");

    if (r == 0)
        puts(options->json ? "{\"done\":\"forget\"}" : "Forgotten.");
    return r;
}

int calibrate(struct client *client, const struct calibrate_options *options)
{
    const char *terminal = getenv("TERM");
    struct guide guide = {.client = client, .options = options};

    if (options->show)
        return show_known(client, options);
    if (options->forget)
        return forget(client, options);
    guide.live = !options->json && isatty(STDOUT_FILENO) && terminal && strcmp(terminal, "dumb") != 0;
    interrupt_catch();
    int r = options->leg ? guide_leg(&guide, options->leg) : guide_legs(&guide);
    free(guide.last);
    return r;
}
