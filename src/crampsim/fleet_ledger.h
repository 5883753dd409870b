/* SPDX-License-Identifier: MIT */
/*
 * What the hubs of a fleet have sent that a recorder should get, and what it got: each message once, how long
 * it took, none missing. The hubs' thread and the recorder's both write; it locks itself.
 */
#pragma once

#include "base/macros.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fleet_ledger;

/* NULL for ENOMEM. */
struct fleet_ledger *fleet_ledger_new(unsigned hubs);
void fleet_ledger_free(struct fleet_ledger *ledger);
DEFINE_CLEANUP(struct fleet_ledger *, fleet_ledger_free);

/* Hub `hub` is about to send it. timed: how long it takes counts. Returns what names it in the calls below.
 */
size_t fleet_ledger_sent(struct fleet_ledger *ledger, unsigned hub, const char *payload, bool timed);
/* Its connection broke before the broker's answer: it may come late, and it may come twice. */
void fleet_ledger_delayed(struct fleet_ledger *ledger, unsigned hub, size_t entry);
/* The same of a state that a newer one replaces: it need not come at all. */
void fleet_ledger_superseded(struct fleet_ledger *ledger, unsigned hub, size_t entry);

void fleet_ledger_arrived(struct fleet_ledger *ledger, unsigned hub, const void *payload, size_t size);

struct fleet_delivery {
    unsigned long expected, missing;
    unsigned long twice;   /* came more than once although nothing had been cut */
    unsigned long again;   /* came more than once after a cut: allowed, (boot_id, seq) tells */
    unsigned long unknown; /* nobody sent it */
    unsigned long timed;
    double p50_s, p99_s, max_s; /* NAN: nothing was timed */
};
void fleet_ledger_sum(struct fleet_ledger *ledger, struct fleet_delivery *sum);
/* Whether something that must come has not. */
bool fleet_ledger_is_complete(struct fleet_ledger *ledger);
