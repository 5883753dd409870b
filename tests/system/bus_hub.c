/* SPDX-License-Identifier: MIT */
/*
 * A hub that is only its D-Bus face: answers from the files of a directory, and sends each line of standard
 * input as an event. Ends when standard input does.
 *
 * Usage: bus_hub system|session DIRECTORY
 */
#include "publish/bus_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct scene {
    const char *directory;
    struct bus *bus;
    sd_event *loop;
    uint64_t pending[BUS_QUERIES];
    char what[BUS_QUERIES][16];
    unsigned count;
};

static char *read_answer(const struct scene *scene, const char *what)
{
    char path[4096], *text = NULL;
    size_t size = 0;

    snprintf(path, sizeof(path), "%s/%s.json", scene->directory, what);
    FILE *file = fopen(path, "re");
    if (!file)
        return NULL;
    if (getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

static char *status(void *context)
{
    return read_answer(context, "status");
}

static char *measure(void *context)
{
    return read_answer(context, "measure");
}

static int query(void *context, const char *what, unsigned limit, uint64_t token)
{
    struct scene *scene = context;
    (void)limit;

    snprintf(scene->what[scene->count], sizeof(scene->what[0]), "%s", what);
    scene->pending[scene->count++] = token;
    return 0;
}

static int answer_pending(sd_event_source *source, void *context)
{
    struct scene *scene = context;
    (void)source;

    for (unsigned i = 0; i < scene->count; i++) {
        char *text = read_answer(scene, scene->what[i]);
        bus_reply(scene->bus, scene->pending[i], text ? 0 : -EIO, text);
        free(text);
    }
    scene->count = 0;
    return 0;
}

/* Refuses with the errno in the file "refuse", if there is one; says what it was asked. */
static int command(void *context, enum command command, double seconds)
{
    char *refuse = read_answer(context, "refuse");
    int r = refuse ? -atoi(refuse) : 0;

    free(refuse);
    printf("%s %g\n", command_name(command), seconds);
    fflush(stdout);
    return r;
}

/* Says what it was told, and answers with the file "result". */
static char *tell(void *context, const char *json)
{
    char *result = read_answer(context, "result");

    printf("tell %s\n", json);
    fflush(stdout);
    return result ? result : strdup("{\"ok\":true}");
}

static char *calibration(void *context)
{
    return read_answer(context, "calibration");
}

/* Says what it was asked, and refuses as command() does. */
static int calibrate(void *context, enum bus_calibrate what, int leg)
{
    static const char *const words[] = {"calibrate", "cancel", "forget"};
    char *refuse = read_answer(context, "refuse");
    int r = refuse ? -atoi(refuse) : 0;

    free(refuse);
    printf("%s %s\n", words[what], leg < 0 ? "-" : leg_name((enum leg)leg));
    fflush(stdout);
    return r;
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *context)
{
    struct scene *scene = context;
    char line[4096];
    (void)source, (void)fd, (void)events;

    if (!fgets(line, sizeof(line), stdin))
        return sd_event_exit(scene->loop, 0);
    line[strcspn(line, "\n")] = '\0';
    bus_event(scene->bus, line);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct bus_ops ops = {.status = status,
                                       .measure = measure,
                                       .calibration = calibration,
                                       .calibrate = calibrate,
                                       .query = query,
                                       .tell = tell,
                                       .command = command};
    struct control_params params = {.bus = argc == 3 && strcmp(argv[1], "system") == 0 ? BUS_SYSTEM
                                                                                       : BUS_SESSION};
    struct scene scene = {.directory = argc == 3 ? argv[2] : "."};
    sd_event_source *post = NULL;

    setvbuf(stdin, NULL, _IONBF, 0);
    if (argc != 3 || sd_event_new(&scene.loop) < 0 ||
        !(scene.bus = bus_new(&params, scene.loop, &ops, &scene)) ||
        sd_event_add_post(scene.loop, &post, answer_pending, &scene) < 0)
        return 1;
    while (!scene.bus->named)
        if (scene.bus->outage_said || sd_event_run(scene.loop, UINT64_MAX) < 0)
            return 1;
    if (sd_event_add_io(scene.loop, NULL, STDIN_FILENO, EPOLLIN, on_input, &scene) < 0)
        return 1;
    printf("ready\n");
    fflush(stdout);
    int r = sd_event_loop(scene.loop);
    bus_free(scene.bus);
    sd_event_source_unref(post);
    sd_event_unref(scene.loop);
    return r < 0;
}
