#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""crampctl calibrate against the whole hub at a simulated bedside: guided through, kept over a restart, forgotten.

Usage: test_calibrate.py CRAMPCTL CRAMPSIM
"""
import array
import datetime
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from private_bus import PrivateBus, die_with_parent  # noqa: E402

CRAMPCTL, CRAMPSIM = sys.argv[1:3]
REST_S, HOLD_S = 20, 6  # in turn: whenever the hub asks, rest and a contraction are near


def records(path):
    """Header, record length in bytes, where in it the annotations are, and the records of one second."""
    data = path.read_bytes()
    signals = int(data[252:256])
    size = 256 * (signals + 1)
    labels = [data[256 + 16 * i:272 + 16 * i] for i in range(signals)]
    counts = [int(data[256 + 216 * signals + 8 * i:264 + 216 * signals + 8 * i]) for i in range(signals)]
    length = 2 * sum(counts)
    place = labels.index(b"EDF Annotations ")
    start, room = 2 * sum(counts[:place]), 2 * counts[place]
    body = [data[at:at + length] for at in range(size, len(data), length)]
    return data[:size], start, room, body


def write(target, header, start, room, made):
    with target.open("wb") as out:
        out.write(header[:236] + str(len(made)).ljust(8).encode() + header[244:])
        for number, record in enumerate(made):
            stamp = f"+{number}\x14\x14\0".encode().ljust(room, b"\0")
            out.write(record[:start] + stamp + record[start + room:])


def pattern(source, target, hold_at, length_s):
    """A recording of rest and contractions in turn, made of the seconds of one contraction."""
    header, start, room, body = records(source)
    made = []
    while len(made) < length_s:
        made += body[10:10 + REST_S] + body[hold_at - 1:hold_at - 1 + HOLD_S]
    write(target, header, start, room, made)


def moved(source, target, off_at, off_s, rate_hz):
    """A recording in which the electrode was off and is back where all is five times as strong."""
    def louder(record):
        emg = array.array("h", record[:2 * rate_hz])
        return array.array("h", (max(-32767, min(32767, 5 * v)) for v in emg)).tobytes() + record[2 * rate_hz:]

    header, start, room, body = records(source)
    write(target, header, start, room, body[off_at - 100:off_at + off_s] + [louder(r) for r in body[10:off_at - 10]])


def seconds(iso):
    return datetime.datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp()


class Calibrate(unittest.TestCase):
    def setUp(self):
        self.bus = PrivateBus()
        self.addCleanup(self.bus.__exit__)
        directory = tempfile.TemporaryDirectory(prefix="crampd-calibrate-")
        self.addCleanup(directory.cleanup)
        self.folder = pathlib.Path(directory.name)
        self.environment = {**os.environ, **self.bus.environment, "TZ": "UTC", "LC_ALL": "C"}
        one = self.folder / "one.edf"
        subprocess.run([CRAMPSIM, "confuser", "voluntary_hold", "--duration", "4", "--level", "0.6", "-o", one],
                       check=True, capture_output=True)
        truth = json.loads(one.with_suffix(".json").read_text())
        hold = next(e for e in truth["events"] if e["class"] == "voluntary_hold")
        pattern(one, self.folder / "night.edf", int(hold["start"]), 1800)

    def start(self, *command):
        process = subprocess.Popen(command, env=self.environment, text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, preexec_fn=die_with_parent)
        for stream in process.stderr, process.stdout:
            self.addCleanup(stream.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def start_hub(self, recording="night.edf"):
        settings = self.folder / "settings.conf"
        settings.write_text(f'mqtt: {{ enabled = false; }};\ndiary: {{ directory = "{self.folder}"; }};\n'
                            'control: { bus = "session"; };\nnight: { always = true; };\n')
        hub = self.start(CRAMPSIM, "play", self.folder / recording, "--speed", "20", "--linger", "--config", settings)
        while self.crampctl("status", check=False).returncode:
            self.assertIsNone(hub.poll())
        return hub

    def stop(self, hub):
        hub.terminate()
        hub.communicate()

    def crampctl(self, *arguments, check=True):
        done = subprocess.run([CRAMPCTL, "--bus", "session", *arguments], env=self.environment, text=True,
                              capture_output=True)
        if check:
            self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def known(self):
        sites = json.loads(self.crampctl("calibrate", "--show", "--json").stdout)["sites"]
        return [site["calibration"] for site in sites]

    def restored(self):
        """After a start the diary tells it in a moment."""
        while self.known() == [None]:
            pass
        return self.known()

    def test_the_whole_way(self):
        hub = self.start_hub()
        self.assertEqual(self.known(), [None])
        self.assertEqual(self.crampctl("calibrate", "--show").stdout, "left gastrocnemius: not calibrated\n")
        monitor = self.start(CRAMPCTL, "--bus", "session", "--json", "monitor")
        self.assertIn("listening", monitor.stderr.readline())
        guided = self.crampctl("calibrate")
        monitor.terminate()
        heard = [json.loads(line) for line in monitor.stdout]
        self.assertIn("lie still", guided.stdout)
        self.assertIn("Now point the left foot", guided.stdout)
        self.assertRegex(guided.stdout, r"left gastrocnemius: at rest [0-9.]+ uV, firm contraction [0-9]+ uV")
        known = self.known()
        self.assertEqual(len(known), 1)
        self.assertGreater(known[0]["firm_uv"], 10 * known[0]["rest_uv"])
        self.assertRegex(known[0]["at"], r"^20\d\d-\d\d-\d\dT")
        # Three contractions at least came meanwhile, the last one asked for; none of them was judged.
        done = seconds(known[0]["at"])
        for event in heard:
            self.assertEqual(event["event"], "dismissed")
            begun = seconds(event["occurred_at"]) - event["t"] + event["start_t"]
            self.assertFalse(done - 60 < begun < done, event)
        status = json.loads(self.crampctl("status", "--json").stdout)
        self.assertEqual(status["sites"][0]["calibration"], known[0])
        self.assertIn("Calibrated left gastrocnemius: at rest", self.crampctl("status").stdout)

        self.stop(hub)
        hub = self.start_hub()
        self.assertEqual(self.restored(), known)

        self.assertEqual(self.crampctl("calibrate", "--forget", "right", check=False).returncode, 1)
        self.assertEqual(self.known(), known)
        self.assertEqual(self.crampctl("calibrate", "--forget").stdout, "Forgotten.\n")
        self.assertEqual(self.known(), [None])
        self.stop(hub)
        self.start_hub()
        self.assertEqual(self.crampctl("nights", check=False).returncode, 0)  # the diary is there
        self.assertEqual(self.known(), [None])

    def test_interrupted_it_is_cancelled(self):
        hub = self.start_hub()
        guide = self.start(CRAMPCTL, "--bus", "session", "calibrate", "left")
        self.assertIn("lie still", guide.stdout.readline())
        self.assertIn("already", self.crampctl("calibrate", "left", check=False).stderr)
        guide.send_signal(signal.SIGINT)
        output, errors = guide.communicate()
        self.assertEqual(errors, "crampctl: cancelled; nothing was changed\n")
        self.assertEqual(guide.returncode, 1)
        self.assertEqual(self.known(), [None])
        self.assertEqual(json.loads(self.crampctl("calibrate", "--show", "--json").stdout)["phase"], "cancelled")
        self.stop(hub)

    def test_another_placement_is_told_and_forgets_it(self):
        source = self.folder / "off.edf"
        subprocess.run([CRAMPSIM, "confuser", "lead_off", "--duration", "20", "-o", source], check=True, capture_output=True)
        off = json.loads(source.with_suffix(".json").read_text())["events"][0]
        moved(source, self.folder / "moved.edf", int(off["start"]), 20, 860)
        self.stop(self.start_hub("moved.edf"))  # makes the diary
        diary = sqlite3.connect(self.folder / "diary.db", isolation_level=None)
        diary.execute("INSERT INTO calibration VALUES ('left', 'gastrocnemius', 'b', 1, 1767306600000000, 1, 3, 150)")
        diary.close()  # the hub wants it alone
        hub = self.start_hub("moved.edf")
        self.assertEqual(self.restored(), [{"rest_uv": 3, "firm_uv": 150, "at": "2026-01-01T22:30:00.000Z"}])
        while not (site := json.loads(self.crampctl("status", "--json").stdout)["sites"][0])["placement"]:
            self.assertIsNone(hub.poll())
        self.assertGreater(site["placement"]["floor_uv"], 3 * site["placement"]["floor_before_uv"])
        self.assertIsNone(site["calibration"])
        self.assertIn("the electrodes sit elsewhere", self.crampctl("status").stdout)
        time.sleep(3)  # the hub looks once a second
        hub.terminate()
        said = [line for line in hub.communicate()[1].splitlines() if "the electrodes were off and rest is" in line]
        self.assertEqual(len(said), 1, said)
        diary = sqlite3.connect(self.folder / "diary.db")
        self.addCleanup(diary.close)
        self.assertEqual(diary.execute("SELECT count(*) FROM calibration").fetchone(), (0,))

    def test_what_can_not_be_is_refused(self):
        hub = self.start_hub()
        for arguments, status, words in [(("calibrate", "right"), 1, "no electrodes"),
                                         (("calibrate", "middle"), 2, "left or right"),
                                         (("calibrate", "--show", "--forget"), 2, "not both"),
                                         (("status", "--show"), 2, "for calibrate"),
                                         (("status", "--forget"), 2, "for calibrate")]:
            done = self.crampctl(*arguments, check=False)
            self.assertEqual((done.returncode, words in done.stderr), (status, True), done.stderr)
        guide = self.start(CRAMPCTL, "--bus", "session", "--json", "calibrate")
        self.assertEqual(json.loads(guide.stdout.readline())["phase"], "rest")
        self.stop(hub)
        guide.communicate()
        self.assertEqual(guide.returncode, 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
