/* SPDX-License-Identifier: MIT */
/*
 * What the leg does in a scenario: events at given times become a recording.
 *
 *     leg SECONDS RATE_HZ FILE.edf [CLASS@START[,KEY=VALUE...]]...
 *
 * CLASS: see `crampsim confuser --list`. Keys: duration, level, rise (seconds before START), rise_ratio,
 * stretch (1: ended by stretching), wake, extent, lateral (1: of the lateral head), right (1: the right leg).
 * Two channels of the left leg (the medial and the lateral head) and its IMU; one of the right leg and its
 * IMU if anything happens there.
 */
#include "crampsim/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool set_key(struct synth_event *event, const char *key, double value)
{
    const struct {
        const char *name;
        double *target;
    } numbers[] = {{"duration", &event->duration_s},   {"level", &event->level}, {"rise", &event->rise_s},
                   {"rise_ratio", &event->rise_ratio}, {"wake", &event->wake_s}, {"extent", &event->extent}};

    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (!strcmp(key, numbers[i].name)) {
            *numbers[i].target = value;
            return true;
        }
    if (!strcmp(key, "right"))
        event->leg = value != 0 ? LEG_RIGHT : LEG_LEFT;
    else if (!strcmp(key, "lateral"))
        event->muscle = value != 0 ? MUSCLE_GASTROCNEMIUS_LATERAL : MUSCLE_GASTROCNEMIUS;
    else if (!strcmp(key, "stretch"))
        event->stretch = value != 0;
    else
        return false;
    return true;
}

/* Takes the text apart. */
static bool parse_event(char *text, struct synth_event *event)
{
    char *rest = strchr(text, '@'), *word;

    *event = (struct synth_event){.leg = LEG_LEFT, .muscle = MUSCLE_GASTROCNEMIUS, .rise_ratio = 3};
    if (!rest)
        return false;
    *rest++ = '\0';
    event->class = synth_class_find(text);
    word = strtok(rest, ",");
    if (!event->class || !word)
        return false;
    event->start_s = atof(word);
    while ((word = strtok(NULL, ","))) {
        char *value = strchr(word, '=');

        if (!value)
            return false;
        *value++ = '\0';
        if (!set_key(event, word, atof(value)))
            return false;
    }
    return true;
}

static bool uses_right_leg(int count, char **events)
{
    for (int i = 0; i < count; i++)
        if (strstr(events[i], ",right=1"))
            return true;
    return false;
}

int main(int argc, char **argv)
{
    struct synth_setup setup = synth_default_setup();
    _cleanup_(script_freep) struct script *script = NULL;

    if (argc < 4) {
        fprintf(stderr, "Usage: leg SECONDS RATE_HZ FILE.edf [CLASS@START[,KEY=VALUE...]]...\n");
        return 2;
    }
    setup.rate_hz = atof(argv[2]);
    setup.imu_rate_hz = 50;
    setup.channel_count = uses_right_leg(argc - 4, argv + 4) ? 3 : 2;
    setup.channels[0] = (struct synth_channel){LEG_LEFT, MUSCLE_GASTROCNEMIUS};
    setup.channels[1] = (struct synth_channel){LEG_LEFT, MUSCLE_GASTROCNEMIUS_LATERAL};
    setup.channels[2] = (struct synth_channel){LEG_RIGHT, MUSCLE_GASTROCNEMIUS};
    script = script_new(&setup, atof(argv[1]));
    if (!script)
        return 1;
    for (int i = 4; i < argc; i++) {
        struct synth_event event;

        if (!parse_event(argv[i], &event) || script_add(script, &event) < 0) {
            fprintf(stderr, "leg: no such event: %s\n", argv[i]);
            return 2;
        }
    }
    return script_write(script, argv[3]);
}
