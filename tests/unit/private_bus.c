/* SPDX-License-Identifier: MIT */
#include "private_bus.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char configuration[] =
    "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN\""
    " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">"
    "<busconfig><type>session</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>"
    "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow "
    "eavesdrop=\"true\"/>"
    "<allow own=\"*\"/></policy></busconfig>";

void private_bus_prepare(struct private_bus *bus)
{
    const char *tmp = getenv("TMPDIR");
    char path[96];

    snprintf(bus->directory, sizeof(bus->directory), "%.30s/crampd-bus-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(bus->directory))
        abort();
    snprintf(bus->address, sizeof(bus->address), "unix:path=%s/bus", bus->directory);
    snprintf(path, sizeof(path), "%s/conf", bus->directory);
    FILE *file = fopen(path, "we");
    if (!file)
        abort();
    fprintf(file, configuration, bus->directory);
    fclose(file);
}

bool private_bus_start(struct private_bus *bus)
{
    char option[96], byte;
    int ready[2];

    if (pipe(ready) != 0)
        abort();
    snprintf(option, sizeof(option), "--config-file=%s/conf", bus->directory);
    bus->pid = fork();
    if (bus->pid == 0) {
        char fd[32];
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(fd, sizeof(fd), "--print-address=%d", ready[1]);
        execlp("dbus-daemon", "dbus-daemon", option, "--nofork", "--nosyslog", fd, (char *)NULL);
        _exit(127);
    }
    close(ready[1]);
    /* It writes its address when it listens; nothing comes from a program that is not there. */
    bool listens = read(ready[0], &byte, 1) == 1;
    while (listens && byte != '\n' && read(ready[0], &byte, 1) == 1)
        ;
    close(ready[0]);
    if (!listens)
        private_bus_stop(bus);
    return listens;
}

void private_bus_stop(struct private_bus *bus)
{
    char path[96];

    if (bus->pid <= 0)
        return;
    kill(bus->pid, SIGTERM);
    waitpid(bus->pid, NULL, 0);
    bus->pid = 0;
    snprintf(path, sizeof(path), "%s/bus", bus->directory);
    unlink(path);
}

void private_bus_remove(struct private_bus *bus)
{
    char path[96];

    private_bus_stop(bus);
    snprintf(path, sizeof(path), "%s/conf", bus->directory);
    unlink(path);
    rmdir(bus->directory);
}
