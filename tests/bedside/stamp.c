/* SPDX-License-Identifier: MIT */
/* Copies lines, each with CLOCK_MONOTONIC in front: wall clocks jump in scenarios. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* `stamp SECONDS`: sleeps until then; without it copies. */
int main(int argc, char **argv)
{
    char *line = NULL;
    size_t size = 0;
    struct timespec t;

    if (argc > 1) {
        double s = atof(argv[1]);

        t = (struct timespec){(time_t)s, (long)((s - (double)(time_t)s) * 1e9)};
        return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (getline(&line, &size, stdin) > 0) {
        clock_gettime(CLOCK_MONOTONIC, &t);
        printf("%lld.%03ld %s", (long long)t.tv_sec, t.tv_nsec / 1000000, line);
        fdatasync(STDOUT_FILENO); /* a power cut must not take it back */
    }
    free(line);
    return 0;
}
