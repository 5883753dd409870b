/* SPDX-License-Identifier: MIT */
/*
 * Stops one thread of a program, as a hang does: `hold TID SECONDS`. A signal would stop all of them. Being
 * traced is no state the program could notice or end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>

int main(int argc, char **argv)
{
    pid_t thread = argc == 3 ? atoi(argv[1]) : 0;
    int status;

    if (thread <= 0) {
        fprintf(stderr, "Usage: hold TID SECONDS\n");
        return 2;
    }
    if (ptrace(PTRACE_SEIZE, thread, 0, 0) < 0 || ptrace(PTRACE_INTERRUPT, thread, 0, 0) < 0 ||
        waitpid(thread, &status, __WALL) < 0) {
        fprintf(stderr, "hold: thread %d: %s\n", thread, strerror(errno));
        return 1;
    }
    /* A tracee that dies stays until its tracer has looked. */
    for (int left = (int)(100 * atof(argv[2])); left > 0; left--) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        if (waitpid(thread, &status, __WALL | WNOHANG) != 0)
            break;
    }
    return 0; /* the end of the tracer lets it go on */
}
