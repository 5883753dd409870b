# SPDX-License-Identifier: MIT
"""The account after an ordeal: what crampd decided (its diary), what it sent and was acknowledged (the proxy), what the
home heard. An entry's number is (boot_id, seq)."""
import collections

# An acknowledgement that crampd was given and lost with its own life, or that it had not read when the connection was
# reset. It is acted upon at once and written down within a second; on a busy machine that may be some.
BREATH_S = 10


class Ledger:
    """`rows`: (boot_id, seq, kind, episode) of the diary's events. `sent`: proxy.Sent in order. `heard`: (topic, event)
    of the home. `kills`: when crampd was killed. `cramps`: [(first seq of a run, [(start, end) of its true cramps])]."""

    def __init__(self, rows, sent, heard, kills, waiting, dropped, cramps):
        self.kept = {(boot, seq): (kind, episode) for boot, seq, kind, episode in rows}
        self.sent, self.heard, self.kills, self.cramps = sent, heard, kills, cramps
        self.waiting, self.dropped = waiting, dropped
        self.ways = collections.defaultdict(list)
        for s in sent:
            self.ways[s.number].append(s)
        self.wrong = []
        self.count = collections.Counter()
        self.oldest_lost_ack_s = 0.0
        self._losses()
        self._repetitions()
        self._late()
        self._ids()

    def _say(self, what, number, more=""):
        self.count[what] += 1
        self.wrong.append(f"{what}: {number} {more}")

    def _losses(self):
        acked = {n for n, ways in self.ways.items() if any(s.acked for s in ways)}
        heard = {(e["boot_id"], e["seq"]) for _, e in self.heard}
        self.count["events"] = len(self.kept.keys() | self.ways.keys())
        self.count["live"] = sum(any(s.topic == "event" and s.acked for s in ways) for ways in self.ways.values())
        self.count["history only"] = len(acked) - self.count["live"]
        self.count["told, not kept"] = len(self.ways.keys() - self.kept.keys())
        self.count["lost by the broker"] = len(acked - heard)
        for number in sorted(self.waiting):
            self._say("still waiting", number, self.kept.get(number))
        for number in sorted(self.kept.keys() - acked - self.waiting)[self.dropped:]:
            self._say("lost", number, self.kept[number])
        for number in sorted(heard - self.ways.keys()):
            self._say("heard, never sent", number)

    def _repetitions(self):
        for number, ways in self.ways.items():
            if sum(s.topic == "event" for s in ways) > 1:
                self._say("live twice", number)
            for before, after in zip(ways, ways[1:]):
                self.count["sent again"] += 1
                if after.topic == "event":
                    self._say("live after it was sent", number)
                if after.event != before.event:
                    self._say("changed", number, f"{before.event} {after.event}")
                self._explain(number, before, after)

    def _explain(self, number, before, after):
        if after.connection is before.connection:
            self._say("again on the same connection", number)
        elif not before.acked:
            self.count["again: not acknowledged"] += 1
        elif not before.handed_on:
            self.count["again: acknowledgement lost on the way"] += 1
        else:
            ends = [t for t in [before.connection.closed_at, *self.kills] if t and t >= before.handed_on]
            age = min(ends, default=before.handed_on + BREATH_S) - before.handed_on
            killed = any(before.handed_on <= t <= before.handed_on + BREATH_S for t in self.kills)
            self.oldest_lost_ack_s = max(self.oldest_lost_ack_s, age)
            if age >= BREATH_S:
                self._say("again without a reason", number, before.event["event"])
            else:
                self.count["again: killed before it was written down" if killed else "again: lost in the reset"] += 1

    def _late(self):
        connections = {s.connection for s in self.sent}
        self.count["connections"] = len(connections)
        self.count["connections whose past was known"] = sum(c.known_before is not None for c in connections)
        newest = {}  # connection -> the newest that came as history
        for s in self.sent:
            seq = s.event["seq"]
            if s.dup:
                self._say("resent by the library", s.number)
            if s.topic == "history":
                if seq <= newest.get(s.connection, 0):
                    self._say("history out of order", s.number)
                newest[s.connection] = seq
            elif seq <= max(s.connection.known_before or 0, newest.get(s.connection, 0)):
                self._say("late as live", s.number, s.event["event"])

    def _ids(self):
        starts, ends = collections.defaultdict(set), collections.defaultdict(set)
        for number, (kind, episode) in self.kept.items():
            if kind in ("cramp_start", "cramp_end"):
                (starts if kind == "cramp_start" else ends)[episode].add(number)
        self.count["cramps"] = len(starts)
        for episode, numbers in starts.items():
            if len(numbers) > 1:
                self._say("two starts of one cramp", episode, numbers)
            if len(ends[episode]) != 1:
                self._say("not one end of a cramp", episode, ends[episode])
        for episode in ends.keys() - starts.keys():
            self._say("an end without a start", episode)
        for number, ways in self.ways.items():
            kept = self.kept.get(number)
            if kept and kept[0] != ways[0].event["event"]:
                self._say("one number for two events", number, f"{kept} {ways[0].event}")
        self._physical()

    def _physical(self):
        """Each true cramp that a run lived through has at most one id in that run."""
        firsts = [first for first, _ in self.cramps] + [float("inf")]
        seen = collections.Counter()
        for _, ways in self.ways.items():
            event = ways[0].event
            if event["event"] != "cramp_start":
                continue
            run = next(i for i in range(len(self.cramps)) if firsts[i] <= event["seq"] < firsts[i + 1])
            onset = event.get("onset_t", event["t"])
            for i, (start, end) in enumerate(self.cramps[run][1]):
                if start - 5 <= onset <= end:
                    seen[run, i] += 1
        for cramp, times in seen.items():
            if times > 1:
                self._say("one cramp, two ids", cramp)
