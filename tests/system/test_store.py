#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The diary of a whole crampd, asked and told by crampctl: restarts, a second daemon, and disks that fail.

Usage: test_store.py CRAMPD CRAMPCTL
"""
import datetime
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import PATIENCE_S, Process  # noqa: E402
from private_bus import PrivateBus  # noqa: E402

CRAMPD, CRAMPCTL = (os.path.abspath(path) for path in sys.argv[1:3])
CONFIGURATION = """
control: {{ bus = "{bus}"; }};
mqtt: {{ enabled = false; }};
night: {{ always = true; }};
diary: {{ directory = "{state}"; batch_s = 1.0; }};
"""


def can_mount():
    return os.geteuid() == 0 and shutil.which("unshare") and shutil.which("nsenter") and subprocess.run(
        ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0


class Daemon:
    """crampd without any sensor: alive, with faults declared. Its log is in .log; returns when it says READY."""

    def __init__(self, home, environment, before=()):
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = str(home / "notify")
        pathlib.Path(path).unlink(missing_ok=True)
        self.notify.bind(path)
        self.notify.settimeout(PATIENCE_S)
        self.log = Process([*before, CRAMPD, "--config", home / "conf"], stderr=subprocess.STDOUT,
                           env={**environment, "NOTIFY_SOCKET": path})
        while b"READY=1" not in self.notify.recv(4096):
            pass

    @property
    def pid(self):
        return self.log.child.pid

    def stop(self, number=signal.SIGTERM):
        status = self.log.end(number)
        self.notify.close()
        return status


class DiaryCase(unittest.TestCase):
    def setUp(self):
        self.bus = PrivateBus()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="crampd-store-"))
        self.state = self.home / "state"
        self.addCleanup(shutil.rmtree, self.home)
        self.addCleanup(self.bus.__exit__)
        self.daemons = []
        self.configure()

    def tearDown(self):
        for daemon in self.daemons:
            daemon.stop()

    def configure(self, bus="session"):
        (self.home / "conf").write_text(CONFIGURATION.format(bus=bus, state=self.state))

    def start(self, *before):
        daemon = Daemon(self.home, self.bus.environment, before)
        self.daemons.append(daemon)
        self.eventually(lambda: self.run_crampctl("status").returncode == 0)
        return daemon

    def stop(self, daemon, number=signal.SIGTERM):
        self.daemons.remove(daemon)
        return daemon.stop(number)

    def run_crampctl(self, *arguments):
        return subprocess.run([CRAMPCTL, "--bus", "session", *arguments], env=self.bus.environment, text=True,
                              capture_output=True)

    def crampctl(self, *arguments):
        done = self.run_crampctl(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def ask(self, what):
        return json.loads(self.crampctl("--json", what))

    def eventually(self, holds):
        """Nothing tells us when; the patience only ends a failed test."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            self.assertLess(time.monotonic(), deadline, "never came true")
            time.sleep(0.05)

    def disk_faults(self, status=None):
        return [f["reason"] for f in (status or self.ask("status"))["faults"] if f["source"] == "disk"]


class Life(DiaryCase):
    def test_commands_act_and_are_kept(self):
        daemon = self.start()
        self.assertIn("nothing to acknowledge", self.run_crampctl("ack").stderr)
        self.assertIn("nothing to snooze", self.run_crampctl("snooze", "10min").stderr)
        self.assertIn("does not mute for that long", self.run_crampctl("mute", "300d").stderr)
        self.crampctl("mute", "1h")
        self.assertTrue(self.ask("status")["muted"])
        self.crampctl("unmute")
        self.assertFalse(self.ask("status")["muted"])
        self.crampctl("test-reminder")
        self.eventually(lambda: len(self.ask("faults")) > 0)  # there is no sensor
        self.assertEqual(self.ask("episodes"), [])
        self.assertEqual(self.stop(daemon), 0)
        self.start()
        nights = self.ask("nights")
        self.assertTrue(nights[-1]["complete"])
        self.assertFalse(self.ask("status")["muted"])

    def test_a_mute_survives_a_crash(self):
        daemon = self.start()
        self.crampctl("mute", "1h")
        self.ask("nights")  # asked after, answered after: it is written
        self.assertEqual(self.stop(daemon, signal.SIGKILL), -signal.SIGKILL)
        self.start()
        self.eventually(lambda: self.ask("status")["muted"])

    def test_a_night_cut_short_is_kept(self):
        daemon = self.start()
        self.eventually(lambda: any(night["ongoing"] for night in self.ask("nights")))
        self.stop(daemon, signal.SIGKILL)
        self.start()
        self.assertEqual([(n["complete"], n["ongoing"]) for n in self.ask("nights")][-1:], [(False, False)])

    def write_a_night(self, evening):
        """As crampd would have: 22:00 to 06:00 UTC, a cramp at 02:14 that rose for 40 s, and one felt at 04:00."""
        at = lambda hours: int((evening + datetime.timedelta(hours=hours)).timestamp() * 1e6)  # noqa: E731
        ns = lambda seconds: int((1e5 + seconds) * 1e9)  # noqa: E731
        db = sqlite3.connect(self.state / "diary.db")
        with db:
            db.execute("INSERT INTO night (run, start_ns, end_ns, boot_id, wall_us, clock_synced, complete, cramps, tension_rises, faults,"
                       " reminders, dismissed, watched_s, usable_s) VALUES (1, ?, ?, 'b', ?, 1, 1, 1, 1, 0, 1, ?, 28800, 28000)",
                       (ns(0), ns(28800), at(22), '{"periodic_leg_movement":7}'))
            onset = 4 * 3600 + 14 * 60
            db.execute("INSERT INTO episode (id, run, boot_id, leg, muscle, rise_ns, onset_ns, start_ns, wall_us, clock_synced, end_ns,"
                       " duration_s, relief, reminders, acknowledged_ns, acknowledged_by)"
                       " VALUES ('e', 1, 'b', 'left', 'soleus', ?, ?, ?, ?, 1, ?, 90, 'stretch', 1, ?, 'button')",
                       (ns(onset - 40), ns(onset), ns(onset + 10), at(26) + 850_000_000, ns(onset + 90), ns(onset + 25)))
            db.execute("INSERT INTO event (run, seq, boot_id, t_ns, wall_us, clock_synced, kind, episode, leg, reason)"
                       " VALUES (1, 900000, 'b', ?, ?, 1, 'labelled', 'f', 'right', 'cramp_felt')", (ns(6 * 3600), at(28)))
        db.close()

    def test_what_is_in_it_becomes_a_report(self):
        self.stop(self.start())
        evening = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0) - datetime.timedelta(days=3)
        self.write_a_night(evening)
        self.start()
        day, morning = evening.date().isoformat(), (evening + datetime.timedelta(days=1)).date().isoformat()
        self.crampctl("trigger", "alcohol", f"date={day}")
        self.crampctl("medicine", "started", "Example 5 mg", f"date={day}")
        self.crampctl("checkin", "felt=yes", "pain=6", f"date={morning}")
        found = json.loads(self.crampctl("report", "--json", "--from", day, "--to", day))
        night, = found["nights"]
        self.assertEqual({key: night[key] for key in ("state", "coverage", "cramps", "missed", "periodic_leg_movements", "triggers")},
                         {"state": "watched", "coverage": 0.972, "cramps": 1, "missed": True, "periodic_leg_movements": 7,
                          "triggers": ["alcohol"]})
        self.assertEqual(night["checkin"], {"felt": "yes", "pain": 6})
        cramp, = found["cramps"]
        self.assertEqual([cramp[key] for key in ("clock", "warning_s", "answered_s", "duration_s")], ["02:14", 40, 25, 90])
        self.assertEqual(found["felt_and_not_seen"], [{"night": day, "told_at": "04:00", "leg": "right"}])
        self.assertEqual(found["medicines"][0]["name"], "Example 5 mg")

    def test_a_second_daemon_is_refused_and_disturbs_nothing(self):
        self.start()
        second = subprocess.run([CRAMPD, "--config", self.home / "conf"], text=True, capture_output=True,
                                env={**self.bus.environment})
        self.assertNotEqual(second.returncode, 0)
        self.assertIn("another crampd uses this state directory", second.stderr)
        self.assertEqual(self.run_crampctl("status").returncode, 0)

    def test_it_runs_without_a_bus(self):
        for bus in "system", "off":
            self.configure(bus)
            environment = {**self.bus.environment, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"}
            daemon = Daemon(self.home, environment)
            self.assertEqual(daemon.stop(), 0)

    def test_the_diary_is_private(self):
        self.start()
        self.ask("episodes")
        self.assertEqual(self.state.stat().st_mode & 0o777, 0o700)
        for path in self.state.iterdir():
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_somebody_who_opens_the_file_meanwhile_does_no_harm(self):
        self.start()
        self.ask("episodes")
        db = sqlite3.connect(self.state / "diary.db", timeout=0)
        with self.assertRaisesRegex(sqlite3.OperationalError, "locked"):
            db.execute("SELECT * FROM run").fetchall()
        db.close()
        self.assertEqual(self.ask("episodes"), [])
        self.assertEqual(self.disk_faults(), [])


class Trouble(DiaryCase):
    def test_a_corrupt_diary_is_kept_and_a_new_one_begun(self):
        self.stop(self.start())
        diary = self.state / "diary.db"
        rubbish = b"This was a diary once. " * 1000
        diary.write_bytes(rubbish)
        daemon = self.start()
        daemon.log.wait(lambda line: "diary.db.corrupt-1" in line and "disk:" in line)
        self.assertEqual((self.state / "diary.db.corrupt-1").read_bytes(), rubbish)
        self.assertEqual(self.ask("episodes"), [])
        self.eventually(lambda: any(f["reason"] == "corrupt" and f["source"] == "disk" for f in self.ask("faults")))
        self.assertEqual(self.disk_faults(), [])

    def test_a_state_directory_that_is_a_file(self):
        self.state.write_text("not a directory")
        daemon = self.start()
        daemon.log.wait(lambda line: "disk:" in line and str(self.state) in line)
        self.eventually(lambda: self.disk_faults() == ["read_only"])
        self.assertIn("can not be read", self.run_crampctl("episodes").stderr)
        self.crampctl("mute", "1h")
        self.state.unlink()
        self.eventually(lambda: self.disk_faults() == [])
        self.stop(daemon)
        self.start()
        self.eventually(lambda: self.ask("status")["muted"])  # what waited in memory was written

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_directory_without_the_right_to_write(self):
        self.state.mkdir(mode=0o500)
        self.start()
        self.eventually(lambda: self.disk_faults() == ["read_only"])
        self.state.chmod(0o700)
        self.eventually(lambda: self.disk_faults() == [])


@unittest.skipUnless(can_mount(), "takes the right to mount")
class Disks(DiaryCase):
    """A small file system of the daemon's own, in its own mount name space."""

    def start_on_small_disk(self):
        self.state.mkdir(exist_ok=True)
        return self.start("unshare", "-m", "sh", "-c",
                          f'mount -t tmpfs -o size=512k none {self.state} && exec "$@"', "sh")

    def inside(self, daemon):
        return pathlib.Path(f"/proc/{daemon.pid}/root{self.state}")

    def fill(self, daemon):
        with open(self.inside(daemon) / "rubbish", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
        return self.inside(daemon) / "rubbish"

    def test_a_full_disk(self):
        daemon = self.start_on_small_disk()
        self.ask("episodes")
        rubbish = self.fill(daemon)
        self.mutes = 1
        # More than the holes in the file hold.
        def more_until_full():
            for _ in range(50):
                self.crampctl("mute", "1h")
                self.crampctl("unmute")
            self.mutes += 50
            return self.disk_faults() == ["full"]
        self.eventually(more_until_full)
        daemon.log.wait(lambda line: "disk:" in line and "full" in line)
        self.crampctl("mute", "2h")
        self.assertTrue(self.ask("status")["muted"])  # acting depends on no disk
        rubbish.unlink()
        self.eventually(lambda: self.disk_faults() == [])
        self.ask("episodes")  # asked after, answered after: all is written
        # SQLite follows /proc/PID/root out of the name space, so it gets a copy.
        shutil.copytree(self.inside(daemon), self.home / "copy")
        db = sqlite3.connect(self.home / "copy" / "diary.db")
        self.assertGreater(db.execute("SELECT value FROM meta WHERE key LIKE 'muted%'").fetchone()[0], 0)
        self.assertEqual(db.execute("SELECT count(*) FROM event WHERE kind = 'muted'").fetchone()[0], self.mutes)
        self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        db.close()

    def test_a_disk_that_was_read_only_from_the_start(self):
        self.stop(self.start())
        nights = len(self.ask_stopped("night"))
        daemon = self.start("unshare", "-m", "sh", "-c",
                            f'mount --bind {self.state} {self.state} && mount -o remount,bind,ro {self.state} && exec "$@"',
                            "sh")
        self.eventually(lambda: self.disk_faults() == ["read_only"])
        self.assertEqual(len(self.ask("nights")), nights)  # it can still be read
        subprocess.run(["nsenter", "-t", str(daemon.pid), "-m", "mount", "-o", "remount,bind,rw", self.state], check=True)
        self.eventually(lambda: self.disk_faults() == [])

    def ask_stopped(self, table):
        db = sqlite3.connect(self.state / "diary.db")
        rows = db.execute(f"SELECT * FROM {table}").fetchall()
        db.close()
        return rows


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
