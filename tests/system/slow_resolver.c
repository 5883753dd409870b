/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD for the tests: a name service that never answers for names below ".never". A thread that asks is
 * held, as it would be by a dead DNS server, until the process ends.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    size_t length = node ? strlen(node) : 0;
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

    while (length > 6 && strcmp(node + length - 6, ".never") == 0)
        pause();
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(node, service, hints, result);
}
