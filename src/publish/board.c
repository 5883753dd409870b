/* SPDX-License-Identifier: MIT */
#include "publish/board.h"

#include <stdatomic.h>
#include <string.h>

struct place {
    char *topic;          /* written once, before `used` counts the place */
    _Atomic(char *) mail; /* posted, not yet collected */
    char *payload;        /* thread side: what the broker should have */
    bool due;
};

struct board {
    _Atomic int used;
    struct place places[BOARD_PLACES];
};

struct board *board_new(void)
{
    return calloc(1, sizeof(struct board));
}

void board_free(struct board *board)
{
    if (!board)
        return;
    for (int i = 0; i < BOARD_PLACES; i++) {
        free(board->places[i].topic);
        free(atomic_load(&board->places[i].mail));
        free(board->places[i].payload);
    }
    free(board);
}

static struct place *find_place(struct board *board, const char *topic)
{
    int used = atomic_load_explicit(&board->used, memory_order_relaxed);

    for (int i = 0; i < used; i++)
        if (strcmp(board->places[i].topic, topic) == 0)
            return &board->places[i];
    if (used == BOARD_PLACES)
        return NULL;
    board->places[used].topic = strdup(topic);
    if (!board->places[used].topic)
        return NULL;
    atomic_store_explicit(&board->used, used + 1, memory_order_release);
    return &board->places[used];
}

bool board_post(struct board *board, const char *topic, const char *payload)
{
    struct place *place = find_place(board, topic);
    char *copy = place ? strdup(payload) : NULL;

    if (!copy)
        return false;
    free(atomic_exchange_explicit(&place->mail, copy, memory_order_acq_rel));
    return true;
}

void board_collect(struct board *board)
{
    int used = atomic_load_explicit(&board->used, memory_order_acquire);

    for (int i = 0; i < used; i++) {
        struct place *place = &board->places[i];
        char *mail = atomic_exchange_explicit(&place->mail, NULL, memory_order_acq_rel);
        if (!mail)
            continue;
        free(place->payload);
        place->payload = mail;
        place->due = true;
    }
}

void board_all_due(struct board *board)
{
    for (int i = 0; i < BOARD_PLACES; i++)
        board->places[i].due = board->places[i].payload != NULL;
}

int board_next(const struct board *board)
{
    for (int i = 0; i < BOARD_PLACES; i++)
        if (board->places[i].due)
            return i;
    return -1;
}

const char *board_topic(const struct board *board, int place)
{
    return board->places[place].topic;
}

const char *board_payload(const struct board *board, int place)
{
    return board->places[place].payload;
}

void board_done(struct board *board, int place)
{
    board->places[place].due = false;
}
