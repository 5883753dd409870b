/* SPDX-License-Identifier: MIT */
/* What the loop asks of the store's thread: a heap object that changes hands through the ring. */
#pragma once

#include "base/entry.h"
#include "base/event.h"
#include "base/macros.h"

enum request_kind {
    /* to be written */
    REQUEST_EVENT,
    REQUEST_PROGRESS,
    REQUEST_DELIVERED,
    REQUEST_REDATE,
    REQUEST_MUTE,
    REQUEST_CALIBRATION,
    REQUEST_PREFERENCE,
    REQUEST_ENTRY,
    /* to be answered */
    REQUEST_FETCH,
    REQUEST_QUERY,
};

struct request {
    struct request *next;
    enum request_kind kind;
    int64_t due_ns; /* to be committed by then; the worker's affair */
    bool durable;   /* ... and to survive a power cut from then on */
    bool tried;     /* in a commit that failed: it may be on the disk all the same */
    struct stamp stamp;
    union {
        struct {
            struct event event;
            char *payload; /* for the outbox, or NULL */
        } event;
        struct night_counts progress;
        uint64_t delivered; /* token */
        int64_t wall_minus_mono_us;
        int64_t muted_until_wall_us;
        struct {
            struct entry *entry; /* heap */
            int64_t t_ns;
        } entry;
        struct {
            enum preference which;
            int value;
        } preference;
        struct {
            enum leg leg;
            enum muscle muscle;
            double rest_uv, firm_uv;
            int64_t made_ns;
        } calibration;
        struct {
            unsigned id, limit;
            uint64_t below_seq, after_token;
        } fetch;
        struct {
            char what[16];
            unsigned limit;
            uint64_t token;
        } query;
    };
};

/* NULL for ENOMEM. */
struct request *request_new(enum request_kind kind);
void request_free(struct request *request);
DEFINE_CLEANUP(struct request *, request_free);

/* First in, first out; owns what is in it. */
struct request_list {
    struct request *first, *last;
    unsigned count;
};

void request_list_append(struct request_list *list, struct request *request);
/* Takes one out: the one behind `before`, or the first if before is NULL. */
struct request *request_list_take(struct request_list *list, struct request *before);
void request_list_clear(struct request_list *list);
