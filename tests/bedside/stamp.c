/* SPDX-License-Identifier: MIT */
/* Copies lines, each with CLOCK_MONOTONIC in front: wall clocks jump in scenarios. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    struct timespec t;

    setvbuf(stdout, NULL, _IOLBF, 0);
    while (getline(&line, &size, stdin) > 0) {
        clock_gettime(CLOCK_MONOTONIC, &t);
        printf("%lld.%03ld %s", (long long)t.tv_sec, t.tv_nsec / 1000000, line);
    }
    free(line);
    return 0;
}
