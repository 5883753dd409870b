/* SPDX-License-Identifier: MIT */
#include "crampsim/fleet_loop.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_A_TURN 256

struct seat {
    struct fleet_hub *hub;
    int fd; /* as epoll knows it; -1: none */
    uint32_t events;
    unsigned place; /* in the heap */
    int64_t due_ns;
    int64_t start_ns; /* TIME_UNKNOWN: has begun to connect */
    double next_s;    /* the next step of its night */
};

struct fleet_loop {
    int epoll_fd;
    unsigned count;
    struct seat *seats;
    struct seat **heap; /* the earliest first */
    bool playing;
    int64_t play_ns;
    double speed;
};

static int64_t now_ns(void)
{
    return clock_now(clock_monotonic());
}

static void put(struct fleet_loop *loop, unsigned place, struct seat *seat)
{
    loop->heap[place] = seat;
    seat->place = place;
}

static void sift(struct fleet_loop *loop, struct seat *seat)
{
    unsigned place = seat->place;

    while (place > 0 && loop->heap[(place - 1) / 2]->due_ns > seat->due_ns) {
        put(loop, place, loop->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    for (unsigned child; (child = 2 * place + 1) < loop->count; place = child) {
        if (child + 1 < loop->count && loop->heap[child + 1]->due_ns < loop->heap[child]->due_ns)
            child++;
        if (loop->heap[child]->due_ns >= seat->due_ns)
            break;
        put(loop, place, loop->heap[child]);
    }
    put(loop, place, seat);
}

static int64_t due(const struct fleet_loop *loop, const struct seat *seat)
{
    int64_t deadline_ns = fleet_hub_deadline(seat->hub), due_ns = INT64_MAX;

    if (seat->start_ns != TIME_UNKNOWN)
        return seat->start_ns;
    if (deadline_ns != TIME_UNKNOWN)
        due_ns = deadline_ns;
    if (loop->playing)
        due_ns = MIN(due_ns, loop->play_ns + s_to_ns(seat->next_s / loop->speed));
    return due_ns;
}

/* A closed socket has left epoll by itself, and the next one often has its number. */
static void watch(struct fleet_loop *loop, struct seat *seat)
{
    int fd = fleet_hub_fd(seat->hub);
    short wanted = fd < 0 ? 0 : fleet_hub_poll_events(seat->hub);
    struct epoll_event event = {.events = (uint32_t)(unsigned short)wanted, .data.ptr = seat};

    /* Only a new socket is waited for like this, and it may have the number of the one before. */
    bool may_be_new = event.events == EPOLLOUT;
    if (fd >= 0 && (fd != seat->fd || event.events != seat->events || may_be_new) &&
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event) < 0 && errno == ENOENT)
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);
    seat->fd = fd;
    seat->events = event.events;
}

static void refresh(struct fleet_loop *loop, struct seat *seat)
{
    watch(loop, seat);
    seat->due_ns = due(loop, seat);
    sift(loop, seat);
}

static void refresh_all(struct fleet_loop *loop)
{
    for (unsigned i = 0; i < loop->count; i++)
        refresh(loop, &loop->seats[i]);
}

struct fleet_loop *fleet_loop_new(struct fleet_hub **hubs, unsigned count, double ramp_s)
{
    struct fleet_loop *loop = calloc(1, sizeof(*loop));
    int64_t begin_ns = now_ns();

    if (!loop)
        return NULL;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->seats = calloc(count, sizeof(loop->seats[0]));
    loop->heap = calloc(count, sizeof(struct seat *));
    if (loop->epoll_fd < 0 || !loop->seats || !loop->heap) {
        fleet_loop_free(loop);
        return NULL;
    }
    loop->count = count;
    for (unsigned i = 0; i < count; i++) {
        int64_t start_ns = begin_ns + s_to_ns(ramp_s * i / count);
        loop->seats[i] =
            (struct seat){.hub = hubs[i], .fd = -1, .start_ns = start_ns, .due_ns = start_ns, .place = i};
        loop->heap[i] = &loop->seats[i]; /* in order, which makes it a heap */
    }
    return loop;
}

void fleet_loop_free(struct fleet_loop *loop)
{
    if (!loop)
        return;
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    free(loop->seats);
    free(loop->heap);
    free(loop);
}

void fleet_loop_play(struct fleet_loop *loop, double speed)
{
    loop->playing = true;
    loop->play_ns = now_ns();
    loop->speed = speed;
    for (unsigned i = 0; i < loop->count; i++)
        loop->seats[i].next_s = 0;
    refresh_all(loop);
}

void fleet_loop_pause(struct fleet_loop *loop)
{
    loop->playing = false;
    refresh_all(loop);
}

static void do_due(struct fleet_loop *loop, struct seat *seat, int64_t time_ns)
{
    if (seat->start_ns != TIME_UNKNOWN) {
        seat->start_ns = TIME_UNKNOWN;
        fleet_hub_start(seat->hub);
    }
    if (loop->playing)
        seat->next_s = fleet_hub_play(seat->hub, ns_to_s(time_ns - loop->play_ns) * loop->speed);
    fleet_hub_tick(seat->hub);
    refresh(loop, seat);
}

void fleet_loop_turn(struct fleet_loop *loop, int64_t until_ns)
{
    struct epoll_event events[EVENTS_A_TURN];
    int64_t wait_ns = MIN(until_ns, loop->heap[0]->due_ns) - now_ns();
    int timeout_ms = (int)(MIN(MAX(wait_ns, 0), NSEC_PER_SEC) / NSEC_PER_MSEC) + (wait_ns > 0);
    int n = epoll_wait(loop->epoll_fd, events, EVENTS_A_TURN, timeout_ms);

    for (int i = 0; i < n; i++) {
        struct seat *seat = events[i].data.ptr;
        fleet_hub_io(seat->hub, (short)events[i].events);
        refresh(loop, seat);
    }
    int64_t time_ns = now_ns();
    for (unsigned i = 0; i < loop->count && loop->heap[0]->due_ns <= time_ns; i++)
        do_due(loop, loop->heap[0], time_ns);
}

void fleet_loop_each(struct fleet_loop *loop, void (*act)(struct fleet_hub *hub))
{
    for (unsigned i = 0; i < loop->count; i++)
        act(loop->seats[i].hub);
    refresh_all(loop);
}

unsigned fleet_loop_count(const struct fleet_loop *loop, bool (*is)(const struct fleet_hub *hub))
{
    unsigned n = 0;

    for (unsigned i = 0; i < loop->count; i++)
        n += is(loop->seats[i].hub);
    return n;
}
