/* SPDX-License-Identifier: MIT */
#include "crampctl/verbs.h"

#include "crampctl/calibrate.h"
#include "crampctl/duration.h"
#include "crampctl/explain.h"
#include "crampctl/guide.h"
#include "crampctl/json.h"
#include "crampctl/measure.h"
#include "crampctl/purge.h"
#include "crampctl/render.h"
#include "crampctl/report.h"
#include "crampctl/tell.h"
#include "crampctl/verbs_check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ROWS_STANDARD 20

/* Shows an answer as it came, or for people. */
static int show(const struct verb *verb, const struct command_line *line, const char *json)
{
    if (line->json) {
        printf("%s\n", json);
        return 0;
    }
    cJSON *answer = cJSON_Parse(json);
    if (!answer) {
        fprintf(stderr, "crampctl: the answer is not JSON: %.200s\n", json);
        return -EBADMSG;
    }
    verb->render(answer, stdout);
    cJSON_Delete(answer);
    return 0;
}

static int run_status(const struct verb *verb, const struct command_line *line, struct client *client)
{
    _cleanup_(freep) char *json = NULL;
    int r = client_call(client, verb->method, &json, NULL);

    return r < 0 ? r : show(verb, line, json);
}

static int run_query(const struct verb *verb, const struct command_line *line, struct client *client)
{
    _cleanup_(freep) char *json = NULL;
    int r = client_call(client, verb->method, &json, "u", line->number ? line->number : ROWS_STANDARD);

    return r < 0 ? r : show(verb, line, json);
}

/* What was done, so that nobody has to wonder. */
static void confirm(const struct verb *verb, const struct command_line *line, double seconds)
{
    char text[DURATION_SIZE];

    if (line->json) {
        printf("{\"done\":\"%s\"}\n", verb->name);
        return;
    }
    duration_text(seconds, text);
    if (seconds > 0)
        printf("%s for %s.\n", verb->done, text);
    else
        printf("%s.\n", verb->done);
}

static int run_action(const struct verb *verb, const struct command_line *line, struct client *client)
{
    int r = client_call(client, verb->method, NULL, NULL);

    if (r == 0)
        confirm(verb, line, 0);
    return r;
}

static int run_timed_action(const struct verb *verb, const struct command_line *line, struct client *client)
{
    double seconds = 0; /* as the settings say */

    if (line->argument && duration_parse(line->argument, &seconds) < 0)
        return -EINVAL;
    int r = client_call(client, verb->method, NULL, "d", seconds);
    if (r == 0)
        confirm(verb, line, seconds);
    return r;
}

struct listener {
    const struct verb *verb;
    const struct command_line *line;
};

static int on_event(sd_bus_message *message, void *context, sd_bus_error *error)
{
    (void)error;
    const struct listener *listener = context;
    const char *json;

    if (sd_bus_message_read(message, "s", &json) > 0)
        show(listener->verb, listener->line, json);
    fflush(stdout);
    return 0;
}

static int on_owner(sd_bus_message *message, void *context, sd_bus_error *error)
{
    (void)context, (void)error;
    const char *name, *before, *after;

    if (sd_bus_message_read(message, "sss", &name, &before, &after) > 0)
        fprintf(stderr, "crampctl: %s\n", *after ? "crampd is back" : "crampd has stopped; waiting for it");
    return 0;
}

static int listen_on(struct client *client, struct listener *listener)
{
    int r = sd_bus_match_signal(client->bus, NULL, HUB_NAME, HUB_PATH, HUB_INTERFACE, "Event", on_event,
                                listener);

    if (r >= 0)
        r = sd_bus_add_match(client->bus, NULL,
                             "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                             "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" HUB_NAME "'",
                             on_owner, NULL);
    return r;
}

/* Until interrupted. Asks for the status first: who may not ask would wait for ever and hear nothing. */
static int run_monitor(const struct verb *verb, const struct command_line *line, struct client *client)
{
    struct listener listener = {verb, line};
    _cleanup_(freep) char *json = NULL;
    int r = client_call(client, "Status", &json, NULL);

    if (r < 0)
        return r;
    r = listen_on(client, &listener);
    if (r >= 0)
        fprintf(stderr, "crampctl: listening; Ctrl-C ends it\n");
    while (r >= 0) {
        r = sd_bus_process(client->bus, NULL);
        if (r == 0)
            r = sd_bus_wait(client->bus, UINT64_MAX);
    }
    fprintf(stderr, "crampctl: the bus has gone: %s\n", strerror(-r));
    return r;
}

static int run_measure(const struct verb *verb, const struct command_line *line, struct client *client)
{
    (void)verb;
    return measure(client, line->json);
}

static int run_calibrate(const struct verb *verb, const struct command_line *line, struct client *client)
{
    const struct calibrate_options options = {
        .leg = line->argument, .json = line->json, .show = line->show, .forget = line->forget};
    (void)verb;

    return calibrate(client, &options);
}

static int run_explain(const struct verb *verb, const struct command_line *line, struct client *client)
{
    const struct explain_options options = {.recording = line->argument,
                                            .output = line->output,
                                            .from = line->from,
                                            .to = line->to,
                                            .config = line->config};
    (void)verb, (void)client;

    return explain(&options);
}

static struct report_options report_options(const struct command_line *line)
{
    return (struct report_options){
        .from = line->from, .to = line->to, .output = line->output, .json = line->json};
}

static int run_report(const struct verb *verb, const struct command_line *line, struct client *client)
{
    const struct report_options options = report_options(line);
    (void)verb;

    return report_tell(client, &options);
}

static int run_label(const struct verb *verb, const struct command_line *line, struct client *client)
{
    (void)verb;
    return label_tell(client, line->argument, line->json);
}

static int run_set(const struct verb *verb, const struct command_line *line, struct client *client)
{
    (void)verb;
    return set_tell(client, line->argument, line->json);
}

static int run_entry(const struct verb *verb, const struct command_line *line, struct client *client)
{
    return entry_tell(client, verb->name, line->words, line->word_count, line->json);
}

static int run_guide(const struct verb *verb, const struct command_line *line, struct client *client)
{
    (void)verb, (void)client;
    return guide(line->argument, line->json);
}

static int run_mqtt(const struct verb *verb, const struct command_line *line, struct client *client)
{
    (void)verb, (void)client;

    return mqtt_purge(line->config, line->hub, line->bus);
}

/* The rooms' own, in the shape of a row. */
static int check_label(const struct command_line *line)
{
    return label_check(line->argument);
}

static int check_set(const struct command_line *line)
{
    return set_check(line->argument);
}

static int check_guide(const struct command_line *line)
{
    return guide_check(line->argument);
}

static int check_report(const struct command_line *line)
{
    const struct report_options options = report_options(line);

    if (!line->output && !line->json) {
        fprintf(stderr,
                "crampctl: say where the page goes: crampctl report -o report.html; or --json for the "
                "figures alone\n");
        return -EINVAL;
    }
    return report_check(&options);
}

const struct verb verbs[] = {
    {.name = "status",
     .help = "what the hub sees and does now",
     .method = "Status",
     .run = run_status,
     .render = render_status},
    {.name = "episodes",
     .help = "the cramps in the diary, newest first",
     .method = "Episodes",
     .options = TAKES_NUMBER,
     .run = run_query,
     .render = render_episodes},
    {.name = "nights",
     .help = "the nights: how well they were watched, what was found, what was dismissed",
     .method = "Nights",
     .options = TAKES_NUMBER,
     .run = run_query,
     .render = render_nights},
    {.name = "faults",
     .help = "what kept the hub from watching",
     .method = "Faults",
     .options = TAKES_NUMBER,
     .run = run_query,
     .render = render_faults},
    {.name = "entries",
     .help = "what was told of each day: check-ins, triggers, medicines, notes (-n N)",
     .method = "Entries",
     .options = TAKES_NUMBER,
     .run = run_query,
     .render = render_entries},
    {.name = "monitor",
     .help = "events as they happen, one a line",
     .run = run_monitor,
     .render = render_event},
    {.name = "measure",
     .help = "what the detector sees now, live: level, motion, evidence, contact",
     .run = run_measure},
    {.name = "calibrate",
     .argument = "[left|right]",
     .help = "a minute of rest and a firm contraction: what this leg's levels mean",
     .options = TAKES_SHOW | TAKES_FORGET,
     .check = verb_check_leg,
     .run = run_calibrate},
    {.name = "ack",
     .alias = "acknowledge",
     .help = "stop the reminder: I am awake and stretching",
     .method = "Acknowledge",
     .run = run_action,
     .done = "Acknowledged"},
    {.name = "snooze",
     .argument = "[DURATION]",
     .help = "stop the reminder, and none for a while",
     .method = "Snooze",
     .check = verb_check_duration,
     .run = run_timed_action,
     .done = "Snoozed"},
    {.name = "mute",
     .argument = "[DURATION]",
     .help = "no reminders for a longer while; detection and diary go on",
     .method = "Mute",
     .check = verb_check_duration,
     .run = run_timed_action,
     .done = "Muted"},
    {.name = "unmute",
     .help = "reminders again",
     .method = "Unmute",
     .run = run_action,
     .done = "Not muted any more"},
    {.name = "test-reminder",
     .alias = "test",
     .help = "a short reminder, to see and feel that it works",
     .method = "TestReminder",
     .run = run_action,
     .done = "Reminding for a moment"},
    {.name = "label",
     .argument = "WORD",
     .needs_argument = true,
     .example = "label no-cramp",
     .help = "cramp-felt: I had a cramp; no-cramp: the last one was none",
     .check = check_label,
     .run = run_label},
    {.name = "checkin",
     .argument = "KEY=VALUE...",
     .needs_argument = true,
     .takes_more = true,
     .example = "checkin felt=yes pain=6 helped=stretch,massage",
     .help = "the morning after: felt, pain, sore, leg, muscle, helped, signs, triggers, text",
     .run = run_entry},
    {.name = "trigger",
     .argument = "WORD",
     .needs_argument = true,
     .takes_more = true,
     .example = "trigger alcohol",
     .help = "something of the day: exertion, standing, heat, alcohol, stress ...",
     .run = run_entry},
    {.name = "medicine",
     .argument = "CHANGE NAME",
     .needs_argument = true,
     .takes_more = true,
     .example = "medicine started \"name and dose\"",
     .help = "started, stopped or changed: the date matters",
     .run = run_entry},
    {.name = "note",
     .argument = "TEXT",
     .needs_argument = true,
     .takes_more = true,
     .example = "note \"slept in another bed\"",
     .help = "anything else; date=2026-11-21 with these four: of another day",
     .run = run_entry},
    {.name = "set",
     .argument = "NAME=VALUE",
     .needs_argument = true,
     .example = "set night_start=21:30",
     .help = "changes a setting now and for good: reminder_strength, night_start, night_end",
     .check = check_set,
     .run = run_set},
    {.name = "report",
     .help = "the last 30 nights, or --from DAY --to DAY, as a page for a doctor (-o PAGE.html)",
     .options = TAKES_OUTPUT | TAKES_SPAN,
     .check = check_report,
     .run = run_report},
    {.name = "explain",
     .argument = "NIGHT.edf",
     .needs_argument = true,
     .example = "explain night.edf -o page.html",
     .help = "a page that shows what a recording was taken for, and why (-o PAGE.html)",
     .options = TAKES_OUTPUT | TAKES_SPAN | TAKES_CONFIG | NO_JSON,
     .check = verb_check_page,
     .run = run_explain,
     .alone = true},
    {.name = "guide",
     .argument = "[MUSCLE]",
     .help = "what to do about a cramp, with sources; without MUSCLE also about prevention and doctors",
     .check = check_guide,
     .run = run_guide,
     .alone = true},
    {.name = "mqtt",
     .argument = "purge",
     .needs_argument = true,
     .example = "mqtt purge",
     .help = "takes back all that this hub has left at the broker, so that the home forgets it",
     .options = TAKES_CONFIG | TAKES_HUB | NO_JSON,
     .check = verb_check_mqtt,
     .run = run_mqtt,
     .alone = true},
    {0},
};
