/* SPDX-License-Identifier: MIT */
#include "crampsim/fleet_ledger.h"

#include "base/clock.h"
#include "crampsim/fleet_quantile.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

struct entry {
    uint64_t hash; /* of the payload: an event's is unique by boot_id and seq, `tonight`'s by watched_s */
    int64_t sent_ns;
    uint32_t copies;
    bool timed, delayed, optional;
};

struct page {
    struct entry *entries;
    size_t count, room;
    size_t open; /* all before have come */
};

struct fleet_ledger {
    pthread_mutex_t lock;
    struct page *pages;
    unsigned hubs;
    unsigned long missing; /* of those that must come */
    unsigned long expected, twice, again, unknown;
    struct fleet_quantile latency;
};

/* FNV-1a */
static uint64_t hash_of(const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

struct fleet_ledger *fleet_ledger_new(unsigned hubs)
{
    struct fleet_ledger *ledger = calloc(1, sizeof(*ledger));

    if (!ledger)
        return NULL;
    ledger->pages = calloc(hubs, sizeof(ledger->pages[0]));
    ledger->hubs = hubs;
    pthread_mutex_init(&ledger->lock, NULL);
    if (ledger->pages)
        return ledger;
    fleet_ledger_free(ledger);
    return NULL;
}

void fleet_ledger_free(struct fleet_ledger *ledger)
{
    if (!ledger)
        return;
    for (unsigned i = 0; ledger->pages && i < ledger->hubs; i++)
        free(ledger->pages[i].entries);
    free(ledger->pages);
    fleet_quantile_clear(&ledger->latency);
    pthread_mutex_destroy(&ledger->lock);
    free(ledger);
}

static struct entry *add_entry(struct page *page)
{
    if (page->count == page->room) {
        size_t room = page->room ? 2 * page->room : 16;
        struct entry *entries = realloc(page->entries, room * sizeof(entries[0]));
        if (!entries)
            abort(); /* a count that leaves something out is worse than none */
        page->entries = entries;
        page->room = room;
    }
    return &page->entries[page->count++];
}

size_t fleet_ledger_sent(struct fleet_ledger *ledger, unsigned hub, const char *payload, bool timed)
{
    uint64_t hash = hash_of(payload, strlen(payload));

    pthread_mutex_lock(&ledger->lock);
    struct page *page = &ledger->pages[hub];
    *add_entry(page) = (struct entry){
        .hash = hash, .sent_ns = clock_now(clock_monotonic()), .timed = timed, .delayed = !timed};
    size_t place = page->count - 1;
    ledger->expected++;
    ledger->missing++;
    pthread_mutex_unlock(&ledger->lock);
    return place;
}

static void forgive(struct fleet_ledger *ledger, unsigned hub, size_t place, bool optional)
{
    pthread_mutex_lock(&ledger->lock);
    struct entry *entry = &ledger->pages[hub].entries[place];
    entry->delayed = true;
    entry->timed = false;
    if (optional && !entry->optional && entry->copies == 0) {
        entry->optional = true;
        ledger->missing--;
        ledger->expected--;
    }
    pthread_mutex_unlock(&ledger->lock);
}

void fleet_ledger_delayed(struct fleet_ledger *ledger, unsigned hub, size_t entry)
{
    forgive(ledger, hub, entry, false);
}

void fleet_ledger_superseded(struct fleet_ledger *ledger, unsigned hub, size_t entry)
{
    forgive(ledger, hub, entry, true);
}

/* The eldest that has not come; else the newest that has. */
static struct entry *find(const struct page *page, uint64_t hash)
{
    for (size_t i = page->open; i < page->count; i++)
        if (page->entries[i].hash == hash && page->entries[i].copies == 0)
            return &page->entries[i];
    for (size_t i = page->count; i-- > 0;)
        if (page->entries[i].hash == hash)
            return &page->entries[i];
    return NULL;
}

static void check_in(struct fleet_ledger *ledger, struct entry *entry, int64_t now_ns)
{
    if (entry->copies++ > 0) {
        *(entry->delayed ? &ledger->again : &ledger->twice) += 1;
        return;
    }
    if (entry->optional)
        return;
    ledger->missing--;
    if (entry->timed)
        fleet_quantile_add(&ledger->latency, ns_to_s(now_ns - entry->sent_ns));
}

void fleet_ledger_arrived(struct fleet_ledger *ledger, unsigned hub, const void *payload, size_t size)
{
    int64_t now_ns = clock_now(clock_monotonic());
    uint64_t hash = hash_of(payload, size);

    pthread_mutex_lock(&ledger->lock);
    struct page *page = hub < ledger->hubs ? &ledger->pages[hub] : NULL;
    struct entry *entry = page ? find(page, hash) : NULL;
    if (entry)
        check_in(ledger, entry, now_ns);
    else
        ledger->unknown++;
    while (page && page->open < page->count && page->entries[page->open].copies > 0)
        page->open++;
    pthread_mutex_unlock(&ledger->lock);
}

void fleet_ledger_sum(struct fleet_ledger *ledger, struct fleet_delivery *sum)
{
    pthread_mutex_lock(&ledger->lock);
    *sum = (struct fleet_delivery){.expected = ledger->expected,
                                   .missing = ledger->missing,
                                   .twice = ledger->twice,
                                   .again = ledger->again,
                                   .unknown = ledger->unknown,
                                   .timed = ledger->latency.count,
                                   .p50_s = fleet_quantile_at(&ledger->latency, 0.5),
                                   .p99_s = fleet_quantile_at(&ledger->latency, 0.99),
                                   .max_s = fleet_quantile_at(&ledger->latency, 1)};
    pthread_mutex_unlock(&ledger->lock);
}

bool fleet_ledger_is_complete(struct fleet_ledger *ledger)
{
    pthread_mutex_lock(&ledger->lock);
    bool complete = ledger->missing == 0;
    pthread_mutex_unlock(&ledger->lock);
    return complete;
}
