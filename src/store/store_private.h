/* SPDX-License-Identifier: MIT */
/* What the files of the store share: store.c (life, and what comes back), store_ask.c (what is asked of it),
   store_thread.c (what the thread does). */
#pragma once

#include "base/ring.h"
#include "store/disk_fault.h"
#include "store/store.h"
#include "store/worker.h"

#include <pthread.h>
#include <stdatomic.h>

#define STALL_AFTER_S 5
#define STALL_OVER    1 /* the token of a STORE_RECOVERED that ends what the stall timer began */

struct store {
    struct ring *requests; /* struct request *; NULL only wakes */
    struct ring *notices;  /* struct store_notice */
    struct worker *worker; /* the thread's, while it runs */
    pthread_t thread;
    bool running;
    bool leaked; /* the thread is stuck in the disk and keeps everything */
    _Atomic bool stopping;
    int done_fd;
    int epoll_fd; /* what the loop polls: notices, and the stall timer */

    /* Armed by the thread before it touches the disk and by the loop before it asks for something, disarmed
       by the thread when it has done a turn: it fires in the loop when the disk, or whatever, holds the
       thread. */
    int stall_fd;
    _Atomic bool stalled;    /* it has fired */
    bool slow;               /* the thread's: it did, and no flush has been in time since */
    int64_t probe_ns;        /* while slow: when to try one */
    struct disk_fault fault; /* the loop's: of this and of what the thread finds */

    /* The loop's: what must not be forgotten, while the ring is full. */
    struct request_list held;
    /* ... and figures not yet sent. */
    struct request *progress;
    int64_t progress_sent_ns;
};

/* store_thread.c */
void *store_run(void *store);
void store_post(void *store, struct store_notice *notice);
/* Arms the stall timer; 0 disarms it. */
void store_guard(struct store *store, int seconds);

/* store_ask.c */

/* What had to wait for room in the ring, as far as there is some now. */
void store_send_held(struct store *store);
/* The night's figures, if there are newer ones. */
void store_send_progress(struct store *store);
