# SPDX-License-Identifier: MIT
"""One hub with cramp after cramp, a home that counts, and between them everything that can break, at random: brokers and
daemons that are killed, networks that are cut, stall, swallow answers or stay half open."""
import contextlib
import json
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

import harness
from hub import Hub
from ledger import Ledger
from proxy import Proxy
from wire import Home

SPEED = 100
BASE = "crampd/bed"
COMMANDS = ({"command": "test_reminder"}, {"command": "acknowledge"}, {"command": "mute", "seconds": 600},
            {"command": "unmute"}, {"command": "snooze", "seconds": 60})
# How often each: the half-open connection that crampd has to find out about by itself takes its keepalive.
DISTURBANCES = {"broker_killed": 5, "broker_restarted": 2, "reset": 3, "closed": 3, "stalled_then_cut": 4,
                "stalled_then_on": 2, "answers_swallowed": 5, "half_open_then_cut": 3, "half_open_until_found": 1,
                "away": 3, "daemon_killed": 6, "daemon_restarted": 3}


def make_recordings(crampsim, folder, count=3, seed=1, cramps=40):
    """Recordings of nothing but cramps, and when they were; the first has only one."""
    made = []
    for i in range(count + 1):
        path = pathlib.Path(folder, f"cramps{i}.edf")
        subprocess.run([crampsim, "confuser", "cramp", "--count", str(cramps if i else 1), "--duration", str(20 + 5 * i),
                        "--rate", "250", "--no-imu", "--seed", str(seed + i), "-o", path], check=True, capture_output=True)
        truth = json.loads(path.with_suffix(".json").read_text())["events"]
        made.append((path, [(e["start"], e["end"]) for e in truth if e["class"] == "cramp"]))
    return made


class Ordeal:
    """`haste` shortens the pauses."""

    def __init__(self, crampsim, folder, recordings, seed, haste=1.0, keepalive_s=5):
        self.crampsim, self.folder, self.recordings = crampsim, pathlib.Path(folder), recordings
        self.haste, self.keepalive_s = haste, keepalive_s
        self.random = random.Random(seed)
        self.done, self.kills, self.runs = [], [], []
        self.hub = None
        self.broker = harness.Broker(folder, lines=(
            "persistence true", f"persistence_location {folder}/", "autosave_on_changes true", "autosave_interval 1"))
        self.home = Home(self.broker.port, "home", [f"{BASE}/event", f"{BASE}/history"])
        self.proxy = Proxy(self.broker.port, self.newest_kept)
        self.over = threading.Event()
        self.person = threading.Thread(target=self._command, args=(self.random.random(),), daemon=True)

    def newest_kept(self):
        return self.peek("SELECT max(seq) FROM event")

    def peek(self, query):
        """One value of the diary of a running hub, which lets nobody else in: out of a copy. None: not now."""
        state = self.folder / "state"
        for _ in range(3):
            with tempfile.TemporaryDirectory(dir=self.folder) as folder:
                try:
                    for name in ("diary.db", "diary.db-wal"):
                        if (state / name).exists():
                            shutil.copy(state / name, folder)
                    with contextlib.closing(sqlite3.connect(f"{folder}/diary.db")) as db:
                        return db.execute(query).fetchone()[0]
                except (sqlite3.Error, OSError):  # copied while it was written
                    continue
        return None

    def _command(self, seed):
        """What people do to reminders meanwhile."""
        choice = random.Random(seed)
        number = 0
        while not self.over.wait(choice.uniform(0.1, 0.8)):
            number += 1
            command = choice.choice(COMMANDS) | {"id": f"{self.broker.port}-{number}"}
            with contextlib.suppress(OSError):
                self.home.publish(f"{BASE}/command", json.dumps(command))

    def start_hub(self, which=None, speed=SPEED):
        recording, cramps = self.random.choice(self.recordings[1:]) if which is None else self.recordings[which]
        self.runs.append((int(time.monotonic() * 1e6), cramps))
        self.hub = Hub(self.crampsim, self.folder, recording, "--linger", speed=speed, settings='hub: { id = "bed"; };',
                       mqtt=f'host = "127.0.0.1"; port = {self.proxy.port}; reconnect_max_s = 1.0; '
                            f'keepalive_s = {self.keepalive_s};')

    def connected(self):
        """The connection, as soon as there is one that the broker has welcomed."""
        deadline = time.monotonic() + 2 * harness.PATIENCE_S
        while time.monotonic() < deadline:
            if connection := self.proxy.current():
                return connection
            if self.hub.child.poll() is not None:
                break
            time.sleep(0.01)
        raise AssertionError(f"crampd does not come back after {self.done[-3:]}:\n{self.hub.log()[-3000:]}")

    def pause(self, most):
        time.sleep(self.random.uniform(0, most * self.haste))

    # ---- the disturbances ----

    def _restart_broker(self, number):
        self.proxy.open = False  # nobody before the home listens again: the broker would have nobody to keep it for
        self.broker.end(number)
        self.pause(1)
        self.broker.start()
        self.home.resume()
        self.proxy.open = True

    def broker_killed(self, _connection):
        self._restart_broker(signal.SIGKILL)

    def broker_restarted(self, _connection):
        self._restart_broker(signal.SIGTERM)

    def reset(self, _connection):
        self.proxy.hard = True
        self.proxy.cut()
        self.proxy.hard = False

    def closed(self, _connection):
        self.proxy.cut()

    def stalled_then_cut(self, connection):
        connection.limit = self.random.randrange(400)
        connection.mode = "stall"
        self.pause(1)
        self.reset(connection)

    def stalled_then_on(self, connection):
        connection.limit = self.random.randrange(400)
        connection.mode = "stall"
        self.pause(1.5)
        connection.limit = None
        connection.mode = "pass"

    def answers_swallowed(self, connection):
        connection.mode = "swallow"
        self.pause(1.5)
        self.random.choice((self.reset, self.closed))(connection)

    def half_open_then_cut(self, connection):
        connection.mode = "hold"
        self.pause(2)
        self.random.choice((self.reset, self.closed))(connection)

    def half_open_until_found(self, connection):
        connection.mode = "hold"
        if not connection.ended.wait(harness.PATIENCE_S):
            raise AssertionError("crampd does not find out that nobody answers")

    def away(self, connection):
        self.proxy.open = False
        self.closed(connection)
        self.pause(3)
        self.proxy.open = True

    def daemon_killed(self, _connection):
        self.hub.send(signal.SIGKILL)
        self.kills.append(time.monotonic())
        self.hub.end(signal.SIGKILL)
        self.pause(0.5)
        self.start_hub()

    def daemon_restarted(self, _connection):
        self._stop_hub()
        self.start_hub()

    def _stop_hub(self):
        status = self.hub.end()
        if status not in (0, -signal.SIGTERM):  # the latter: before it had blocked the signal, in its first milliseconds
            raise AssertionError(f"crampd ended with {status}:\n{self.hub.log()[-3000:]}")

    # ---- the whole ----

    def run(self, kills, kinds=tuple(DISTURBANCES)):
        """The account after that many disturbances."""
        self.start_hub()
        self.person.start()
        weights = [DISTURBANCES[k] for k in kinds]
        for _ in range(kills):
            connection = self.connected()
            if self.random.random() < 0.7:  # else at once, in the midst of what is told late
                self.pause(1)
            over = any(line.get("end") for line in self.hub.lines)
            kind = "daemon_restarted" if over else self.random.choices(kinds, weights)[0]
            self.done.append(kind)
            getattr(self, kind)(connection)
        self.over.set()
        self.person.join()
        return self.account()

    def _told_all(self):
        """Everything that waits is told, as far as crampd can: a while without anything new on the wire, and nothing new
        happens."""
        self.connected()
        self.hub.wait(lambda line: line.get("end"), what="the end of the recording")
        told = -1
        while told != len(self.proxy.sent):
            told = len(self.proxy.sent)
            time.sleep(1)

    def account(self):
        """Ends everything in an orderly way, and counts."""
        self._stop_hub()
        for _ in range(5):
            self.start_hub(0)
            self._told_all()
            self._stop_hub()
            waiting = set(self.hub.rows("SELECT boot_id, seq FROM outbox"))
            if not waiting:
                break
        time.sleep(0.5)  # what the broker still has for the home
        dropped = self.hub.rows("SELECT value FROM meta WHERE key = 'outbox_dropped'")
        return Ledger(self.hub.rows("SELECT boot_id, seq, kind, episode FROM event"), self.proxy.sent, self.home.events(),
                      self.kills, waiting, dropped[0][0] if dropped else 0, self.runs)

    def end(self):
        self.over.set()
        for thing in (self.hub, self.proxy, self.home):
            if thing:
                thing.end()
        self.broker.kill()
