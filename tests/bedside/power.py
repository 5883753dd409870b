# SPDX-License-Identifier: MIT
"""Power cuts: when the power fails, how that is done, and what must be true after the machine has started again.

A scenario with `cut_between` (a list of [from, to] in seconds; each cut chooses one of them, then a moment in it) lives
until the cut; then, with the keys of its `after` instead of its own, once more on the same card. Every other cut waits
for the next write to the diary and falls up to 0.3 s after it; every fourth machine loses its power a second time
early in the next start.
"""

import random
import sqlite3
from collections import Counter
from dataclasses import dataclass

# The machine stands still (computing takes no time) until the runner kills it. What is not flushed to the card is lost.
CUTTER = """
import os, random, sys, time
moment, after_write, seed = float(sys.argv[1]), sys.argv[2] == "True", sys.argv[3]

def wal():
    try:
        status = os.stat("/var/lib/crampd/diary.db-wal")
        return status.st_size, status.st_mtime_ns
    except OSError:
        return None

os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(99))
time.sleep(max(moment - time.monotonic(), 0))
before, late = wal(), moment + 15
while after_write and wal() == before and time.monotonic() < late:
    time.sleep(0.002)
if after_write:
    time.sleep(random.Random(seed).uniform(0, 0.3))
with open("/proc/sys/kernel/random/boot_id") as file:
    boot = file.read().replace("-", "")
with open("/bedside/out/cutting", "w") as file:
    file.write(f"{time.monotonic():.3f} {boot}")
    file.flush()
    os.fsync(file.fileno())
os.rename("/bedside/out/cutting", "/bedside/out/cut")
while True:
    pass
"""
UNIT = """[Unit]
Description=The power cut
DefaultDependencies=no
[Service]
ExecStart=/usr/bin/python3 /bedside/cutter {0.at} {0.writing} {0.at}
"""

# What may be lost, in seconds before the cut. A commit takes as long as the card needs to flush. What may wait for
# the next batch (what was dismissed, a night's figures, what was delivered) is on the card after batch_s and these:
COMMIT_S = 1
PROGRESS_S = 11  # the night's figures are handed over every 10 s, looked at each second; with them the rest is flushed
BOOT_S = 1
FILES = {"diary.db", "diary.db-wal", "diary.db-shm", "lock", "lost+found"}


@dataclass
class Cut:
    at: float
    writing: bool = False


def draw(scenario, seed):
    """The cuts of one run: one, or a second one in the start after it."""
    chance = random.Random(seed)
    low, high = chance.choice(scenario["cut_between"])
    cuts = [Cut(round(chance.uniform(low, high), 3), chance.random() < 0.5)]
    if chance.random() < 0.25:
        cuts.append(Cut(round(chance.uniform(0.5, 1.5), 3), chance.random() < 0.5))
    return cuts


def run(box, scenario, cuts):
    """Lives, each ended by a cut, and one that ends by itself; a Run each."""
    runs = []
    for number, cut in enumerate(cuts):
        runs.append(box.boot(scenario if number == 0 else dict(scenario, **scenario["after"]), cut))
        box.turn_page(f"cut-{number + 1}")
    return [*runs, box.boot(dict(scenario, **scenario["after"]))]


class Aftermath:
    """All lives of one card. Events are known by (boot_id, seq)."""

    def __init__(self, box, read_messages):
        self.box = box
        self.lost_s = float(box.scenario.get("settings", {}).get("diary.batch_s", 10)) + PROGRESS_S + COMMIT_S
        self.cut_s, self.cut_boot = {}, {}  # of a life: when it was cut, and its boot_id
        self.heard, self.late = [], []  # (time, boot of the listener's life, key, event), on event and on history
        for number, page in enumerate(sorted(box.root.glob("bedside/out-cut-*")) + [box.out]):
            file = page / "cut"
            if file.exists():
                moment, boot = file.read_text().split()
                self.cut_s[number], self.cut_boot[number] = float(moment), boot
            for t, _, topic, value in read_messages(page / "mqtt.txt"):
                if isinstance(value, dict) and topic.endswith(("/event", "/history")):
                    list_ = self.heard if topic.endswith("/event") else self.late
                    list_.append((t, number, (value["boot_id"], value["seq"]), value))
        self.database = None
        if (box.state / "diary.db").exists():
            self.database = sqlite3.connect(f"file:{box.state / 'diary.db'}", uri=True)

    def rows(self, query):
        return self.database.execute(query).fetchall() if self.database else []

    def logged(self):
        return {(boot, seq): kind for boot, seq, kind in self.rows("SELECT boot_id, seq, kind FROM event")}

    def before_cut(self, number, t):
        """How long before the end of that life; a life that ended by itself lost nothing."""
        return self.cut_s[number] - t if number in self.cut_s else 1e9

    def lost(self):
        """[(how long before the cut, event)]: heard at home, not in the diary."""
        logged = self.logged()
        return [(self.before_cut(number, t), value) for t, number, key, value in self.heard + self.late
                if key not in logged]

    def check_kept(self):
        """What the home heard is in the diary, but for what the last moments before the cut may cost."""
        wrong = [f"{value['event']} {age:.1f} s before the cut" for age, value in self.lost()
                 if age > (self.lost_s if value["event"] == "dismissed" else COMMIT_S)]
        return not wrong, ", ".join(wrong)

    def check_once(self):
        """Nothing is news twice, or comes twice within a life; what was news comes again only if that was just before
        the cut."""
        news = Counter(key for _, _, key, _ in self.heard)
        wrong = [f"{key} is news {count} times" for key, count in news.items() if count > 1]
        again = Counter((number, key) for _, number, key, _ in self.late)
        wrong += [f"{key} is history {count} times in life {life}" for (life, key), count in again.items() if count > 1]
        told = {key: self.before_cut(number, t) for t, number, key, _ in self.heard}
        wrong += [f"{key} was news {told[key]:.1f} s before the cut, and comes again" for _, _, key, _ in self.late
                  if told.get(key, 0) > self.lost_s]
        return not wrong, ", ".join(wrong)

    def check_delivered(self):
        """The home has heard of every event in the diary, and the outbox is empty."""
        heard = {key for _, _, key, _ in self.heard + self.late}
        # What the last life says when it stops is in flight when the listener goes.
        silent = [f"{kind} {key}" for key, kind in self.logged().items() if key not in heard]
        left = self.rows("SELECT boot_id, seq FROM outbox")
        return not silent and not left, f"not told: {silent}; left: {left}"

    def check_closed(self):
        """An episode has the end that was seen, or none and says so; then the next start tells that nobody knows it."""
        ends = {episode for episode, in self.rows("SELECT event.episode FROM event JOIN episode ON id = event.episode"
                                                  " WHERE kind = 'cramp_end' AND event.run = episode.run")}
        wrong = [f"{episode}: end {end}, {relief}" for episode, end, relief in
                 self.rows("SELECT id, end_ns, relief FROM episode")
                 if (end is None or relief is None if episode in ends else end is not None or relief != "unknown")]
        starts = {episode for episode, in self.rows("SELECT episode FROM event WHERE kind = 'cramp_start'")}
        kept = {episode for episode, in self.rows("SELECT id FROM episode")}
        return not wrong and starts <= kept, f"{wrong} {starts - kept}"

    def nights(self):
        """[(boot_id, how many seconds of the figures are missing, whether they are called complete)] of cut lives."""
        rows = {boot: (end / 1e9, complete) for boot, end, complete in
                self.rows("SELECT boot_id, end_ns, complete FROM night")}
        nights = []
        for life, cut_s in self.cut_s.items():
            end_s, complete = rows.get(self.cut_boot[life], (BOOT_S, False))
            nights.append((self.cut_boot[life], max(cut_s - end_s, 0), bool(complete)))
        return nights

    def check_night(self):
        """A cut night's figures lack a batch at most; complete are those that were summed up."""
        summed_up = {boot for boot, in self.rows("SELECT boot_id FROM event WHERE kind = 'night_summary'")}
        for boot, missing_s, complete in self.nights():
            if complete != (boot in summed_up) or missing_s > self.lost_s:
                return False, f"{missing_s:.1f} s are missing, complete: {complete}"
        return True, ""

    def check_files(self):
        """Nothing is left over or moved aside."""
        more = {path.name for path in self.box.state.iterdir()} - FILES
        return not more, ", ".join(more)

    def tally(self):
        """What the cuts cost, within what they may."""
        lost = [f"{value['event']} {age:.2f} s before" for age, value in self.lost()]
        news = {key for _, _, key, _ in self.heard}
        again = sum(key in news for _, _, key, _ in self.late)
        nights = [f"{missing_s:.1f}" for _, missing_s, _ in self.nights()]
        return [f"    cut at {', '.join(f'{cut:.3f}' for cut in self.cut_s.values()) or 'no time'} s"
                f"; heard but not kept: {', '.join(lost) or 'nothing'}; came late: {len(self.late)}"
                f", {again} of them a second time; night's figures lost: {', '.join(nights)} s"]
