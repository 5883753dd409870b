#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Never twice, never lost, never late as new: a few of the disturbances of which tools/outbox makes a thousand.

Usage: test_outbox.py CRAMPSIM [TestClass]
"""
import pathlib
import sys
import time
import types
import unittest

import harness
import ordeal
from ledger import BREATH_S, Ledger

CRAMPSIM = sys.argv[1]
HASTE = 0.3
QUEUE = 380  # more than crampd's thread takes: 256 in its queue and 64 that are not acknowledged


class OutboxCase(harness.TestCase):
    def ordeal(self, seed, cramps=40, **options):
        recordings = ordeal.make_recordings(CRAMPSIM, self.folder, seed=seed, cramps=cramps)
        folder = self.folder / "hub"
        folder.mkdir()
        return self.keep(ordeal.Ordeal(CRAMPSIM, folder, recordings, seed, **options))


class Disturbed(OutboxCase):
    def test_counted(self):
        trial = self.ordeal(7, haste=HASTE)
        ledger = trial.run(24)
        print(dict(ledger.count))
        self.assertEqual(ledger.wrong, [], trial.done)
        self.assertGreater(ledger.count["cramps"], 0)
        self.assertGreater(ledger.count["history only"], 0)


class Crowded(OutboxCase):
    """A queue has to be full before crampd gives the connection up: nothing for a program that a sanitizer slows down."""

    def wait_until(self, condition, what):
        deadline = time.monotonic() + 4 * harness.PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"waited for {what}")
            time.sleep(0.1)

    def test_more_than_fits_into_a_connection_that_stands_still(self):
        """The broker is there and takes nothing until the queue is full: what had no room reaches it afterwards, without
        another connection."""
        trial = self.ordeal(1, cramps=100, keepalive_s=3600)
        trial.start_hub(1, speed=1000)
        connection = trial.connected()
        connection.mode = "hold"
        self.wait_until(lambda: (trial.peek("SELECT count(*) FROM outbox") or 0) > QUEUE, "more events than fit")
        last = trial.newest_kept()
        connection.mode = "pass"
        self.wait_until(lambda: last in {event["seq"] for _, event in trial.home.events()}, "the last of them")
        self.assertIs(trial.proxy.current(), connection)
        heard = trial.home.events()
        self.assertEqual(len(heard), len({event["seq"] for _, event in heard}), "told twice")
        self.assertIn("event", {topic for topic, _ in heard})
        self.assertEqual(next(t for t, e in heard if e["seq"] == last), "history")


class Connection:
    pass


class TheLedgerSees(unittest.TestCase):
    """What is wrong, so that nothing wrong means something."""

    def sent(self, seq, connection, topic="event", acked=1.0, handed_on=1.0, kind="mute", **more):
        event = {"boot_id": "b", "seq": seq, "event": kind, "t": 1.0} | more
        return types.SimpleNamespace(connection=connection, topic=topic, event=event, dup=False, number=("b", seq),
                                     acked=acked, handed_on=handed_on)

    def connection(self, known_before=0, closed_at=1.0):
        made = Connection()
        made.known_before, made.closed_at = known_before, closed_at
        return made

    def ledger(self, sent, rows=None, heard=None, kills=(), waiting=(), cramps=((0, []),)):
        rows = [("b", s, "mute", None) for s in sorted({s.event["seq"] for s in sent})] if rows is None else rows
        heard = [(s.topic, s.event) for s in sent] if heard is None else heard
        return Ledger(rows, sent, heard, list(kills), set(waiting), 0, list(cramps))

    def wrong(self, *arguments, **named):
        return sorted({line.split(":")[0] for line in self.ledger(*arguments, **named).wrong})

    def test_losses(self):
        c = self.connection()
        self.assertEqual(self.wrong([self.sent(1, c)]), [])
        rows = [("b", 1, "mute", None), ("b", 2, "mute", None)]
        self.assertEqual(self.wrong([self.sent(1, c)], rows=rows), ["lost"])
        self.assertEqual(self.wrong([self.sent(1, c)], rows=rows, waiting=[("b", 2)]), ["still waiting"])
        self.assertEqual(self.wrong([self.sent(1, c, acked=None)]), ["lost"])
        self.assertEqual(self.ledger([self.sent(1, c)], heard=[]).count["lost by the broker"], 1)

    def test_repetitions(self):
        a, b = self.connection(), self.connection(known_before=0)
        again = [self.sent(1, a), self.sent(1, b, "history")]
        self.assertEqual(self.wrong(again), [])  # lost in the reset
        a.closed_at = 1.0 + BREATH_S
        self.assertEqual(self.wrong(again), ["again without a reason"])
        self.assertEqual(self.wrong(again, kills=[1.5]), [])
        self.assertEqual(self.wrong([self.sent(1, a, handed_on=None), self.sent(1, b, "history")]), [])
        self.assertEqual(self.wrong([self.sent(1, a, handed_on=None), self.sent(1, b)]),
                         ["live after it was sent", "live twice"])
        self.assertEqual(self.wrong([self.sent(1, a), self.sent(1, a, "history")]), ["again on the same connection"])
        self.assertEqual(self.wrong([self.sent(1, a, handed_on=None), self.sent(1, b, "history", t=2.0)]), ["changed"])

    def test_late(self):
        c = self.connection(known_before=5)
        self.assertEqual(self.wrong([self.sent(6, c)]), [])
        self.assertEqual(self.wrong([self.sent(5, c)]), ["late as live"])
        self.assertEqual(self.wrong([self.sent(8, c, "history"), self.sent(7, c)]), ["late as live"])
        self.assertEqual(self.wrong([self.sent(3, c, "history"), self.sent(2, c, "history")]), ["history out of order"])

    def test_ids(self):
        c = self.connection()
        sent = [self.sent(1, c, kind="cramp_start", t=20), self.sent(2, c, kind="cramp_end"),
                self.sent(3, c, kind="cramp_start", t=25)]
        rows = [("b", 1, "cramp_start", "x"), ("b", 2, "cramp_end", "x"), ("b", 3, "cramp_start", "x")]
        self.assertEqual(self.wrong(sent, rows=rows), ["two starts of one cramp"])
        rows[2] = ("b", 3, "cramp_start", "y")
        self.assertEqual(self.wrong(sent, rows=rows), ["not one end of a cramp"])
        self.assertEqual(self.wrong(sent[:2], rows=rows[:2]), [])
        self.assertEqual(self.wrong(sent[1:2], rows=rows[1:2]), ["an end without a start"])
        sent.append(self.sent(4, c, kind="cramp_end"))
        rows.append(("b", 4, "cramp_end", "y"))
        self.assertEqual(self.wrong(sent, rows=rows), [])
        self.assertEqual(self.wrong(sent, rows=rows, cramps=[(0, [(10, 30)])]), ["one cramp, two ids"])
        self.assertEqual(self.wrong(sent[:1], rows=[("b", 1, "snoozed", None)]), ["one number for two events"])


if __name__ == "__main__":
    harness.tool("mosquitto")
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[2:]])
