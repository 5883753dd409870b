#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`crampd --replay` on files that are not what they should be: one clear sentence that names the file, an exit
status other than 0, nothing on standard output, no crash, no waiting.

Usage: test_bad_recordings.py CRAMPD
"""
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fuzz"))
from make_corpus import EMG, IMU, edf  # noqa: E402

PATIENCE_S = 60


def patched(content, offset, text, width):
    return content[:offset] + text.encode().ljust(width) + content[offset + width:]


class BadRecordings(unittest.TestCase):
    crampd = None

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="crampd-bad-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def replay(self, path):
        environment = {k: v for k, v in os.environ.items() if k != "JOURNAL_STREAM"}
        return subprocess.run([self.crampd, "--config", "/dev/null", "--replay", str(path)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE_S, env=environment)

    def refused(self, path, because=None):
        with self.subTest(path=str(path)):
            done = self.replay(path)
            said = done.stderr.decode(errors="replace")
            self.assertGreater(done.returncode, 0, f"exit status {done.returncode}: {said}")
            self.assertEqual(done.stdout, b"")
            self.assertEqual(len(said.strip().split("\n")), 1, said)
            self.assertIn(str(path), said)
            self.assertLess(len(said), 500 + len(str(path)))
            for word in because or []:
                self.assertIn(word, said)

    def refused_bytes(self, name, content, *because):
        path = self.directory / f"{name}.edf"
        path.write_bytes(content)
        self.refused(path, because)

    def test_the_pattern_itself_is_accepted(self):
        for name, content in (("plain", edf([EMG])), ("with motion", edf([EMG] + IMU + [("LeadOff-L", "", 32768, 2)]))):
            path = self.directory / f"{name}.edf"
            path.write_bytes(content)
            done = self.replay(path)
            self.assertEqual(done.returncode, 0, done.stderr.decode())
            self.assertIn(b'"night_summary"', done.stdout)

    def test_empty(self):
        self.refused_bytes("empty", b"", "empty")

    def test_truncated_anywhere(self):
        whole = edf([EMG] + IMU)
        header = 256 * (len(IMU) + 3)
        points = [1, 7, 8, 88, 184, 192, 236, 244, 252, 255, 256, 257, 300, 900, header - 1, header, header + 1,
                  header + 200, (header + len(whole)) // 2, len(whole) - 2, len(whole) - 1]
        for point in points:
            self.refused_bytes(f"cut at {point}", whole[:point])

    def test_random_bytes(self):
        for seed in range(6):
            dice = random.Random(seed)
            noise = dice.randbytes(dice.randrange(1, 20000))
            self.refused_bytes(f"noise {seed}", noise)
            self.refused_bytes(f"noise in disguise {seed}", b"0       " + noise)
            self.refused_bytes(f"noise in the signals' part {seed}", edf([EMG])[:256] + noise)

    def test_discontinuous(self):
        self.refused_bytes("gaps", edf([EMG], kind="EDF+D"), "discontinuous")

    def test_rates_that_make_no_sense(self):
        for samples in (0, -1, 5, 50, 5000, 100000):
            self.refused_bytes(f"{samples} a second", edf([EMG[:3] + (max(samples, 0),)]) if samples >= 0 else
                               patched(edf([EMG]), 256 + 2 * 216, "-1", 8))
        for seconds in ("0", "-1", "1e9", "abc", "0.0000001", ""):
            self.refused_bytes(f"records of '{seconds}' s".replace("/", ""), edf([EMG], record_s=seconds))

    def test_without_emg(self):
        self.refused_bytes("brain", edf([("EEG Fpz-Cz", "uV", 500, 100)]), "EMG")
        self.refused_bytes("motion only", edf(IMU), "EMG")

    def test_record_counts(self):
        self.refused_bytes("never closed", edf([EMG], records=-1), "never closed")
        for count in ("0", "-2", "x", "", "99999999", "3"):
            self.refused_bytes(f"count '{count}'", patched(edf([EMG]), 236, count, 8))

    def test_headers_that_lie(self):
        good = edf([EMG])
        self.refused_bytes("no signals", patched(good, 252, "0", 4))
        self.refused_bytes("thousands of signals", patched(good, 252, "9999", 4))
        self.refused_bytes("fewer signals", patched(good, 252, "1", 4))
        self.refused_bytes("header size", patched(good, 184, "512", 8))
        self.refused_bytes("version", patched(good, 0, "7", 8))
        self.refused_bytes("start", patched(good, 168, "99.99.99", 8))

    def test_mislabelled(self):
        for label in ("EMG", "EMG Gastroc", "EMG Gastroc-X", "calf left", ""):
            self.refused_bytes(f"label '{label}'", edf([(label,) + EMG[1:]]), "EMG")
        self.refused_bytes("unit", edf([(EMG[0], "kg") + EMG[2:]]), "kg")
        self.refused_bytes("two axes only", edf([EMG] + IMU[:2]))
        self.refused_bytes("no range", edf([EMG[:2] + (0,) + EMG[3:]]))
        self.refused_bytes("annotations missing", edf([EMG]).replace(b"EDF Annotations ", b"EMG Soleus-L    "))

    def test_not_files(self):
        self.refused(self.directory)
        self.refused(self.directory / "nobody.edf")
        self.refused(pathlib.Path("/dev/null"))
        fifo = self.directory / "pipe.edf"
        os.mkfifo(fifo)
        self.refused(fifo)
        loop = self.directory / "loop.edf"
        loop.symlink_to(loop)
        self.refused(loop)

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_unreadable(self):
        path = self.directory / "secret.edf"
        path.write_bytes(edf([EMG]))
        path.chmod(0)
        self.refused(path)


if __name__ == "__main__":
    BadRecordings.crampd = sys.argv.pop(1)
    unittest.main()
