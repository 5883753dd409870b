/* SPDX-License-Identifier: MIT */
#include "store/request.h"

struct request *request_new(enum request_kind kind)
{
    struct request *request = calloc(1, sizeof(*request));

    if (request)
        request->kind = kind;
    return request;
}

void request_free(struct request *request)
{
    if (!request)
        return;
    if (request->kind == REQUEST_EVENT)
        free(request->event.payload);
    if (request->kind == REQUEST_ENTRY)
        free(request->entry.entry);
    free(request);
}

void request_list_append(struct request_list *list, struct request *request)
{
    request->next = NULL;
    if (list->last)
        list->last->next = request;
    else
        list->first = request;
    list->last = request;
    list->count++;
}

struct request *request_list_take(struct request_list *list, struct request *before)
{
    struct request *taken = before ? before->next : list->first;

    if (!taken)
        return NULL;
    if (before)
        before->next = taken->next;
    else
        list->first = taken->next;
    if (list->last == taken)
        list->last = before;
    list->count--;
    taken->next = NULL;
    return taken;
}

void request_list_clear(struct request_list *list)
{
    while (list->first)
        request_free(request_list_take(list, NULL));
}
