/* SPDX-License-Identifier: MIT */
#include "crampctl/verbs_check.h"

#include "base/macros.h"
#include "base/names.h"
#include "crampctl/duration.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HUB_ID_MAX 64

int verb_check_duration(const struct command_line *line)
{
    double seconds;

    if (!line->argument || duration_parse(line->argument, &seconds) == 0)
        return 0;
    fprintf(stderr, "crampctl: \"%s\" is no duration; write for example 90s, 10min or 1h30min\n",
            line->argument);
    return -EINVAL;
}

int verb_check_leg(const struct command_line *line)
{
    if (line->show && line->forget) {
        fprintf(stderr, "crampctl: --show or --forget, not both\n");
        return -EINVAL;
    }
    if (line->argument && leg_from_name(line->argument) < 0) {
        fprintf(stderr, "crampctl: \"%s\" is no leg; write left or right\n", line->argument);
        return -EINVAL;
    }
    return 0;
}

int verb_check_page(const struct command_line *line)
{
    if (line->output)
        return 0;
    fprintf(stderr, "crampctl: say where the page goes, for example: crampctl explain %s -o page.html\n",
            line->argument);
    return -EINVAL;
}

static bool is_hub_id(const char *text)
{
    size_t length = strlen(text);

    return length > 0 && length <= HUB_ID_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == length;
}

int verb_check_mqtt(const struct command_line *line)
{
    if (!line->argument || strcmp(line->argument, "purge") != 0) {
        fprintf(stderr, "crampctl: mqtt knows purge, not \"%s\"\n", line->argument ? line->argument : "");
        return -EINVAL;
    }
    if (line->hub && !is_hub_id(line->hub)) {
        fprintf(stderr, "crampctl: --hub %s: give 1 to 64 of the characters a-z A-Z 0-9 _ -\n", line->hub);
        return -EINVAL;
    }
    return 0;
}

static unsigned options_given(const struct command_line *line)
{
    return (line->number ? TAKES_NUMBER : 0u) | (line->output ? TAKES_OUTPUT : 0u) |
           (line->from || line->to ? TAKES_SPAN : 0u) | (line->config ? TAKES_CONFIG : 0u) |
           (line->hub ? TAKES_HUB : 0u) | (line->show ? TAKES_SHOW : 0u) | (line->forget ? TAKES_FORGET : 0u);
}

/* "--output is for report and explain, not for status" */
static void say_misplaced(const char *name, unsigned option, const struct verb *verb)
{
    const struct verb *last = NULL;
    bool first = true;

    fprintf(stderr, "crampctl: %s for", name);
    for (const struct verb *v = verbs; v->name; v++) {
        if (!(v->options & option))
            continue;
        if (last)
            fprintf(stderr, "%s %s", first ? "" : ",", last->name);
        first = first && !last;
        last = v;
    }
    fprintf(stderr, "%s %s, not for %s\n", first ? "" : " and", last ? last->name : "nothing", verb->name);
}

static int check_options(const struct command_line *line)
{
    static const struct {
        unsigned option;
        const char *name;
    } rows[] = {
        {TAKES_NUMBER, "--number is"}, {TAKES_OUTPUT, "--output is"}, {TAKES_SPAN, "--from and --to are"},
        {TAKES_CONFIG, "--config is"}, {TAKES_HUB, "--hub is"},       {TAKES_SHOW, "--show is"},
        {TAKES_FORGET, "--forget is"}};
    unsigned misplaced = options_given(line) & ~line->verb->options;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (misplaced & rows[i].option) {
            say_misplaced(rows[i].name, rows[i].option, line->verb);
            return -EINVAL;
        }
    if (line->json && (line->verb->options & NO_JSON)) {
        fprintf(
            stderr,
            "crampctl: %s has no JSON; leave --json out (of recordings, crampd --replay prints JSON lines)\n",
            line->verb->name);
        return -EINVAL;
    }
    return 0;
}

int verb_check(const struct command_line *line)
{
    const struct verb *verb = line->verb;

    if (verb->needs_argument && !line->argument) {
        fprintf(stderr, "crampctl: %s needs more, for example: crampctl %s\n", verb->name, verb->example);
        return -EINVAL;
    }
    if (line->argument && !verb->argument) {
        fprintf(stderr, "crampctl: %s takes no argument, but there is \"%s\"\n", verb->name, line->argument);
        return -EINVAL;
    }
    if (check_options(line) < 0)
        return -EINVAL;
    return verb->check ? verb->check(line) : 0;
}
