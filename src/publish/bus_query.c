/* SPDX-License-Identifier: MIT */
#include "publish/bus_private.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define QUERY_TIMEOUT_US UINT64_C(10000000)

static void release(struct bus_query *query)
{
    query->timeout = sd_event_source_disable_unref(query->timeout);
    query->call = sd_bus_message_unref(query->call);
    query->token = 0;
}

static struct bus_query *find(struct bus *bus, uint64_t token)
{
    for (unsigned i = 0; i < BUS_QUERIES; i++)
        if (bus->queries[i].token == token)
            return &bus->queries[i];
    return NULL;
}

void bus_query_forget_all(struct bus *bus)
{
    for (unsigned i = 0; i < BUS_QUERIES; i++)
        release(&bus->queries[i]);
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *context)
{
    (void)source;
    (void)usec;
    struct bus_query *query = context;

    sd_bus_reply_method_errorf(query->call, BUS_ERROR("DiaryTimeout"),
                               "the diary did not answer within %u s; its disk may be stalled",
                               (unsigned)(QUERY_TIMEOUT_US / 1000000));
    release(query);
    return 0;
}

int bus_query_begin(struct bus *bus, sd_bus_message *call, const char *what, sd_bus_error *error)
{
    struct bus_query *query = find(bus, 0);
    uint32_t limit;
    int r = sd_bus_message_read(call, "u", &limit);

    if (r < 0)
        return r;
    if (!query)
        return sd_bus_error_setf(error, BUS_ERROR("TooManyQueries"),
                                 "%d callers wait for the diary already; try again later", BUS_QUERIES);
    r = sd_event_add_time_relative(bus->loop, &query->timeout, CLOCK_MONOTONIC, QUERY_TIMEOUT_US, 0,
                                   on_timeout, query);
    if (r < 0)
        return r;
    query->token = ++bus->token;
    query->call = sd_bus_message_ref(call);
    r = bus->ops->query(bus->context, what, limit, query->token);
    if (r < 0) {
        release(query);
        return sd_bus_error_setf(error, BUS_ERROR("DiaryUnavailable"), "the diary takes no question now: %s",
                                 strerror(-r));
    }
    return 1; /* answered later */
}

void bus_reply(struct bus *bus, uint64_t token, int error, const char *json)
{
    struct bus_query *query = bus && token != 0 ? find(bus, token) : NULL;

    if (!query)
        return;
    if (error == 0 && json)
        sd_bus_reply_method_return(query->call, "s", json);
    else
        sd_bus_reply_method_errorf(query->call, BUS_ERROR("DiaryUnavailable"),
                                   "the diary can not be read: %s", strerror(error < 0 ? -error : EIO));
    release(query);
}
