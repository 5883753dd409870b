#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The peers' rules on signals whose answer is known. Usage: test_peers.py CRAMPSIM"""
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
try:
    import numpy
    from detection import peer_features as features
    from detection import peers
except ImportError as error:
    print(f"skipped: {error} (python3-numpy, python3-scipy)")
    sys.exit(77)

RATE = 860
CRAMPSIM = sys.argv.pop() if len(sys.argv) > 1 else None


def rest(seconds, uv=3.0, seed=1):
    return numpy.random.default_rng(seed).normal(0, uv, seconds * RATE)


class Shake:
    """A recording of acceleration only."""

    def __init__(self, hz, g, seconds=60):
        self.duration_s = seconds
        self.x = g * numpy.sin(2 * math.pi * hz * numpy.arange(100 * seconds) / 100)

    def labels(self, _):
        return ["Acc X-L", "Acc Y-L", "Acc Z-L"]

    def read(self, label, *_):
        return {"X": 0 * self.x, "Y": 0 * self.x, "Z": 1 + self.x}[label[4]]


class Pieces(unittest.TestCase):
    def test_crossings(self):
        values = numpy.array([60, -60, 10, -10, 60, 60, 0, -60, 40, -40, 0, 0], float)
        self.assertEqual(features.crossings(values, 50, numpy.array([0, 6])).tolist(), [2, 1])
        self.assertEqual(features.crossings(0 * values, 50, numpy.array([0, 6])).tolist(), [0, 0])

    def test_whitening(self):
        coloured = numpy.convolve(rest(20), [1, 0.8, 0.3], "same")
        white = features.Whitener(coloured)(coloured)[10:]
        self.assertLess(abs(numpy.corrcoef(white[1:], white[:-1])[0, 1]), 0.05)

    def test_bonato_is_wrong_in_a_twentieth_of_rest(self):
        noise = rest(60, uv=2)
        pairs = features.pairs(noise)
        best = pairs[:len(pairs) // 5 * 5].reshape(-1, 5).max(axis=1)
        self.assertAlmostEqual(float((best > peers.bonato_threshold(4.0)).mean()), 0.05, 1)

    def test_cusum(self):
        ratio = numpy.ones(1000) * 1.1
        self.assertFalse(peers.cusum(ratio).any())
        ratio[500:] = 3.17
        self.assertEqual(int(numpy.argmax(peers.cusum(ratio))), 500)  # 67 nats a frame: one frame is enough

    def test_spans(self):
        active = numpy.array([0, 1, 1, 0, 0, 1], bool)
        self.assertEqual(peers.spans(active), [(0.2, 0.4), (0.6, 0.7)])

    def test_unbroken(self):
        active = numpy.ones(300, bool)
        active[100] = False
        alarm = peers.unbroken(active, 10)
        self.assertEqual([int(i) for i in numpy.flatnonzero(numpy.diff(alarm.astype(int)))], [98, 99, 199])
        self.assertFalse(peers.unbroken(active[:99], 10).any())
        self.assertTrue(peers.unbroken(peers.held(active), 10)[110])

    def test_osd_wants_3_to_8_hz_for_more_than_10_s(self):
        self.assertEqual(peers.open_seizure_detector(Shake(5, 0.3))[0][0], 15)
        self.assertEqual(peers.open_seizure_detector(Shake(1, 0.3)), [])
        self.assertEqual(peers.open_seizure_detector(Shake(5, 0.3, 10)), [])
        self.assertEqual(peers.open_seizure_detector(Shake(5, 0.0005)), [])


class Nights(unittest.TestCase):
    def look(self, *arguments):
        with tempfile.TemporaryDirectory() as scratch:
            path = f"{scratch}/night.edf"
            subprocess.run([CRAMPSIM, *arguments, "-o", path], check=True, stdout=subprocess.DEVNULL)
            record = {"truth": json.loads(pathlib.Path(path).with_suffix(".json").read_text())["events"]}
            peers.look(path, record)
        return record

    def test_clear_cramps(self):
        record = self.look("confuser", "cramp", "--count", "2", "--level", "0.6", "--duration", "40", "--seed", "4")
        for name, alarms in record["peers"].items():
            if "floor followed" in name:
                found = [any(c["start"] < a < c["end"] for a, _ in alarms) for c in record["truth"]]
                self.assertEqual(found, [True, True], name)

    def test_rest_is_no_cramp(self):
        record = self.look("night", "--profile", "clean", "--hours", "0.5", "--seed", "4")
        for name, alarms in record["peers"].items():
            if "floor followed" in name:
                self.assertEqual(alarms, [], name)


if __name__ == "__main__":
    unittest.main()
